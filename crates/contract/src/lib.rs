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
//! * [`Announcement`]: the answer of `GET /apis/`.

mod announcement;
mod change;
mod resource;
mod table;
mod tables;

pub use announcement::Announcement;
pub use change::{Action, BadEvent, Change};
pub use resource::Resource;
pub use table::{Default, Field, Filter, FilterKind, Kind, Order, Table, Unique};

/// A JSON object with its keys in order: one row as REST shows it.
pub type Map = serde_json::Map<String, serde_json::Value>;

/// Rows in a page when nobody asks for another size.
pub const PAGE_SIZE: usize = 500;
