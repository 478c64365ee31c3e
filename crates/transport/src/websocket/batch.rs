//! Many messages in one frame.

use std::collections::VecDeque;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use wamp::Serializer;

/// What ends a message in JSON.
const END: u8 = 0x1e;

/// From how many bytes on a batch is sent without waiting for more.
pub(super) const FULL: usize = 64 << 10;

/// Adds a message to a batch: with an end behind it if it is text, else with its length in four bytes before it.
pub(super) fn append(batch: &mut BytesMut, serializer: Serializer, message: &[u8]) {
    if serializer.is_text() {
        batch.extend_from_slice(message);
        batch.put_u8(END);
    } else {
        let length = u32::try_from(message.len()).expect("a message is far shorter than 4 GB");
        batch.put_u32(length);
        batch.extend_from_slice(message);
    }
}

/// The messages of a batch.
pub(super) fn split(serializer: Serializer, mut batch: Bytes) -> Result<VecDeque<Bytes>, String> {
    let mut messages = VecDeque::new();
    while !batch.is_empty() {
        if serializer.is_text() {
            let end = batch.iter().position(|byte| *byte == END);
            let Some(end) = end else {
                return Err(String::from(
                    "expected every message of a batch to end with 0x1E, got one that does not",
                ));
            };
            messages.push_back(batch.split_to(end));
            batch.advance(1);
        } else {
            let length = batch.try_get_u32().ok();
            let length = length.and_then(|length| usize::try_from(length).ok());
            match length.filter(|length| *length <= batch.len()) {
                Some(length) => messages.push_back(batch.split_to(length)),
                None => {
                    return Err(String::from(
                        "expected every message of a batch to come with its length in 4 bytes, got a length that does not fit",
                    ));
                }
            }
        }
    }
    Ok(messages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitfall_31_text_has_ends_and_bytes_have_lengths() {
        let mut batch = BytesMut::new();
        append(&mut batch, Serializer::Json, b"[1]");
        assert_eq!(batch, b"[1]\x1e".as_slice());
        append(&mut batch, Serializer::Json, b"[2]");
        assert_eq!(batch, b"[1]\x1e[2]\x1e".as_slice());
        let mut batch = BytesMut::new();
        append(&mut batch, Serializer::Cbor, b"\x81\x01");
        assert_eq!(batch, b"\0\0\0\x02\x81\x01".as_slice());
    }

    #[test]
    fn a_batch_is_taken_apart_as_it_was_put_together() {
        for serializer in Serializer::ALL {
            let mut batch = BytesMut::new();
            for message in [&b"one"[..], b"two", b""] {
                append(&mut batch, serializer, message);
            }
            let messages = split(serializer, batch.freeze()).unwrap();
            assert_eq!(messages, [&b"one"[..], b"two", b""], "{serializer}");
            assert!(split(serializer, Bytes::new()).unwrap().is_empty());
        }
    }

    #[test]
    fn a_batch_that_ends_in_the_middle_is_refused() {
        let json = split(Serializer::Json, Bytes::from_static(b"[1]\x1e[2]"));
        assert!(json.unwrap_err().contains("0x1E"));
        for bytes in [&b"\0\0\0\x02x"[..], b"\0\0\0", b"\xff\xff\xff\xffx"] {
            let binary = split(Serializer::MsgPack, Bytes::from_static(bytes));
            assert!(binary.unwrap_err().contains("4 bytes"), "{bytes:02x?}");
        }
    }
}
