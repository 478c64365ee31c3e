//! The `wamp.2.json` codec: one message is one JSON list, in one text frame.
//!
//! Payloads are not parsed: decoding slices them out of the frame, encoding copies them in.

mod decode;
mod encode;
mod scan;

pub use decode::{DecodeError, decode};
pub use encode::encode;

/// How deep lists and objects may nest in a message, the message itself counted.
///
/// Below the 128 levels at which `serde_json` stops, so that whoever parses a payload later can.
pub const MAX_DEPTH: usize = 100;
