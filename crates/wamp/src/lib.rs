//! The vocabulary of WAMP, the Web Application Messaging Protocol: messages, the bytes they become,
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
//! | [`serializer`] | [`Serializer`]: JSON, MessagePack or CBOR |
//! | `decode`, `encode` | between a message and the elements of a list, whatever the list is written in |
//! | `json`, `binary` | lists as text, and as the bytes of MessagePack and CBOR |
//! | `token`, `transcode`, `value` | a value piece by piece; from one serializer to another; options and details |
//! | [`uri`] | which URIs and patterns are valid, what a pattern matches, which patterns beat which |
//! | [`error`] | the error URIs of the protocol |
//! | [`close`] | the reasons a session ends with |
//! | [`cra`] | challenges of WAMP-CRA, and signatures over them |
//! | [`cryptosign`] | the same with Ed25519 keys |
//! | [`secret`] | [`Secret`], text that never shows in a log |

mod binary;
pub mod close;
pub mod cra;
pub mod cryptosign;
mod decode;
mod encode;
pub mod error;
mod json;
pub mod message;
pub mod payload;
pub mod secret;
pub mod serializer;
mod token;
mod transcode;
pub mod uri;
mod value;

pub use decode::DecodeError;
pub use message::{Kind, Message};
pub use payload::{Payload, PayloadError};
pub use secret::Secret;
pub use serializer::Serializer;
pub use token::MAX_DEPTH;
pub use uri::MatchPolicy;

/// A WAMP id: a session, a request, a subscription… From 0 to [`MAX_ID`].
pub type Id = u64;

/// The largest id, 2^53: the largest integer up to which every JavaScript number is exact.
pub const MAX_ID: Id = 1 << 53;

/// Options and details of a message: a JSON object.
pub type Dict = serde_json::Map<String, serde_json::Value>;
