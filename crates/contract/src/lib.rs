//! What the games API speaks, as data: resources, their fields, constraints and filters, the changes it reports and what it
//! announces at its root.
//!
//! The server builds its SQL, its validation and its JSON from these tables, the client its paths and its reading: one truth for
//! both. The tables describe the REST contract of the original games API, so that programs written for either work with both.
//!
//! Deliberately absent: I/O, async, SQL, HTTP types, and any opinion about who may see what.
//!
//! * [`Resource`]: the twelve resources, their names and their place in the tree;
//! * [`Table`], [`Field`], [`Filter`]: what each resource is made of;
//! * [`Change`], [`Action`]: one row that was created, changed or deleted;
//! * [`RowText`]: a row that nobody takes apart yet;
//! * [`Announcement`]: the answer of `GET /apis/`;
//! * [`Group`], [`Operation`], [`GroupResult`]: many writes in one request;
//! * [`LeaseRequest`], [`Lease`]: who serves a game;
//! * [`is_ticket`]: what somebody shows instead of a password;
//! * [`SIGNATURE_HEADER`]: what shows the receiver of a webhook who sent it.
//!
//! # Batches
//!
//! Ours alone, announced as `batch`. `POST /apis/batch/` takes groups of operations; each group is done as a whole or not at
//! all, one group's refusal leaves the others alone, and all of them share one commit to disk:
//!
//! ```json
//! {"groups": [{
//!   "key": "div/scenario/4/period/1/step",
//!   "fence": 7,
//!   "operations": [
//!     {"op": "upsert", "resource": "result", "row": {"period": 9, "name": "result", "role": null, "data": {"quotient": 2.5}}},
//!     {"op": "create", "resource": "period", "row": {"scenario": 4, "order": 2}},
//!     {"op": "create", "resource": "decision", "row": {"period": {"ref": 1}, "name": "decision", "role": 3}},
//!     {"op": "update", "resource": "scenario", "pk": 4, "row": {"data": {}}, "if_updated": "2026-11-21T08:48:34.673333Z"},
//!     {"op": "delete", "resource": "decision", "pk": 12}
//!   ]
//! }]}
//! ```
//!
//! The answer is 200 with one result for each group in the same order: `{"groups": [{"key": …, "status": 200, "rows": […]}]}`
//! with the row after each operation, or `{"key": …, "status": 404, "operation": 4, "error": {"detail": "Not found."}}` and then
//! nothing of that group is done. A group whose key was done before, for the same user and within a day, is answered with the
//! same rows and not done again, so that a request whose answer was lost can be sent once more. Users and webhook subscriptions
//! are not written in batches.
//!
//! # Leases
//!
//! Ours alone, announced as `leases`. `POST /apis/leases/` with a [`LeaseRequest`] answers with a [`Lease`] (200), with nothing
//! (204) when one is given back, or with 409 while somebody else holds the game. A group that carries the fence of a lease is
//! refused with status 409 once somebody else has taken the game, however late it arrives.

//!
//! # Tickets
//!
//! Ours alone, announced as `tickets`. `POST /apis/tickets/` with `{"seconds": 3600}` answers `{"ticket": "simpl-ticket-1.…",
//! "expires": "2026-11-21T20:48:34.000000Z"}`: a text that stands for whoever asks until then, as `Authorization: Ticket …`, in
//! `POST /apis/authcheck/` as `{"authid": …, "ticket": …}`, and as WAMP ticket. Staff may name another `user`. Without `seconds` it
//! is good for 12 hours, at most for a week, and never after the user's password has changed.
//!
//! # Signed webhooks
//!
//! Ours alone, in a header of what the original sends as well. `GET /apis/hooks/<id>/secret/` shows the owner of a subscription its
//! secret, and `POST` gives it another one: `{"secret": "<64 hexadecimal digits>"}`. The `ref` of a delivery stays the same when it is
//! sent again.

mod about;
mod announcement;
mod batch;
mod change;
mod lease;
mod resource;
mod row_text;
mod table;
mod tables;
mod ticket;
mod webhook;

pub use announcement::Announcement;
pub use batch::{
    BATCH_GROUPS, BATCH_KEY, BATCH_OPERATIONS, Group, GroupResult, Groups, Operation, Target,
};
pub use change::{Action, BadEvent, Change};
pub use lease::{LEASE_SECONDS, Lease, LeaseRequest};
pub use resource::Resource;
pub use row_text::RowText;
pub use table::{Default, Field, Filter, FilterKind, Kind, Order, Table, Unique};
pub use ticket::{TICKET_PREFIX, TICKET_SECONDS, TICKET_USUAL_SECONDS, is_ticket};
pub use webhook::SIGNATURE_HEADER;

/// A JSON object with its keys in order: one row as REST shows it.
pub type Map = serde_json::Map<String, serde_json::Value>;

/// What the addresses of users end with that were made for bots: a name that no mail reaches and nobody can register.
pub const BOTS_DOMAIN: &str = "bots.invalid";

/// Rows in a page when nobody asks for another size.
pub const PAGE_SIZE: usize = 500;
