//! Messages of the binary serializers.
//!
//! As with JSON, payloads are not taken apart: they are checked, and passed on as they are.

pub(crate) mod cbor;
mod elements;
mod list;
pub(crate) mod msgpack;

pub(crate) use elements::decode;
pub(crate) use list::encode;
