//! The vocabulary of WAMP, the Web Application Messaging Protocol: messages, their JSON form,
//! URIs and patterns, ids, and the error URIs that peers agree on.
//!
//! Everything that speaks WAMP here is built on this crate: the router, which decides, and the
//! transports, which carry. What a peer says to another (`args` and `kwargs`) is a [`Payload`]:
//! bytes that pass through unparsed, so that numbers and key order survive the trip.
//!
//! Deliberately absent: sockets, tasks, clocks, randomness, and any notion of what a session may
//! do. A message that decodes is well formed; whether it is allowed is the router's business.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`message`] | [`Message`], one variant per kind, and [`Kind`], its number on the wire |
//! | [`payload`] | [`Payload`], positional and named arguments as raw bytes |
//! | [`json`] | the `wamp.2.json` codec |
//! | [`uri`] | which URIs and patterns are valid, what a pattern matches, which patterns beat which |
//! | [`error`] | the error URIs of the protocol |
//! | [`close`] | the reasons a session ends with |
//! | [`cra`] | challenges of WAMP-CRA, and signatures over them |
//! | [`secret`] | [`Secret`], text that never shows in a log |

pub mod close;
pub mod cra;
pub mod error;
pub mod json;
pub mod message;
pub mod payload;
pub mod secret;
pub mod uri;

pub use json::DecodeError;
pub use message::{Kind, Message};
pub use payload::{Format, Payload, PayloadError};
pub use secret::Secret;
pub use uri::MatchPolicy;

/// A WAMP id: a session, a request, a subscription… From 0 to [`MAX_ID`].
pub type Id = u64;

/// The largest id, 2^53: the largest integer up to which every JavaScript number is exact.
pub const MAX_ID: Id = 1 << 53;

/// Options and details of a message: a JSON object.
pub type Dict = serde_json::Map<String, serde_json::Value>;
