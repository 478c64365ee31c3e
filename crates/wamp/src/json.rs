//! Messages as JSON text.
//!
//! Payloads are not parsed: decoding slices them out of the frame, encoding copies them in.

pub(crate) mod binary;
mod elements;
mod list;
mod scan;
pub(crate) mod tokens;
pub(crate) mod writer;

pub(crate) use elements::decode;
pub(crate) use list::encode;
