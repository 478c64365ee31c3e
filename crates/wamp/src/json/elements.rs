//! The elements of a message in JSON.

use std::fmt;

use bytes::Bytes;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::scan;
use crate::decode::{self, DecodeError, Element, List, Shape};
use crate::token::MAX_DEPTH;
use crate::{Dict, Message, Serializer};

/// Reads one message from one frame.
pub(crate) fn decode(frame: &Bytes) -> Result<Message, DecodeError> {
    let text = std::str::from_utf8(frame).map_err(|_| DecodeError::NotUtf8)?;
    if !scan::nests_within(text, MAX_DEPTH) {
        return Err(DecodeError::TooDeep);
    }
    let cut: Cut<'_> = serde_json::from_str(text).map_err(|error| DecodeError::Syntax {
        serializer: Serializer::Json,
        reason: error.to_string(),
    })?;
    decode::message(frame, cut.0)
}

/// The elements, cut apart but not read.
struct Cut<'a>(List<&'a RawValue>);

impl<'de> Deserialize<'de> for Cut<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cutter;
        impl<'de> Visitor<'de> for Cutter {
            type Value = Cut<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of at most 7 elements")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cut<'de>, A::Error> {
                let mut list = List::new();
                while let Some(element) = seq.next_element()? {
                    if !list.push(element) {
                        return Err(serde::de::Error::invalid_length(list.count(), &self));
                    }
                }
                Ok(Cut(list))
            }
        }
        deserializer.deserialize_seq(Cutter)
    }
}

impl Element for &RawValue {
    const SERIALIZER: Serializer = Serializer::Json;

    fn number(self) -> Option<u64> {
        let number = serde_json::from_str(self.get()).ok();
        let float = || decode::whole(serde_json::from_str(self.get()).ok()?);
        number.or_else(float)
    }

    fn text(self) -> Option<String> {
        serde_json::from_str(self.get()).ok()
    }

    fn dict(self) -> Option<Dict> {
        serde_json::from_str(self.get()).ok()
    }

    fn part(self, frame: &Bytes, shape: Shape) -> Option<Bytes> {
        let opening = match shape {
            Shape::List => '[',
            Shape::Map => '{',
        };
        match self.get() {
            text if text.starts_with(opening) => {
                Some(unless_hollow(frame.slice_ref(text.as_bytes())))
            }
            "null" => Some(Bytes::new()),
            _ => None,
        }
    }

    fn describe(self) -> &'static str {
        match self.get().bytes().next() {
            None => "nothing",
            Some(b'[') => "a list",
            Some(b'{') => "an object",
            Some(b'"') => "a string",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            Some(_) => "another number",
        }
    }
}

/// A list or object with nothing between its brackets is as good as none.
fn unless_hollow(raw: Bytes) -> Bytes {
    let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
    if inner.iter().all(u8::is_ascii_whitespace) {
        Bytes::new()
    } else {
        raw
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::encode;
    use serde_json::json;

    fn parse(text: &str) -> Result<Message, DecodeError> {
        decode(&Bytes::copy_from_slice(text.as_bytes()))
    }

    fn complaint(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_call_is_read_with_its_arguments() {
        let message =
            parse(r#"[48, 7, {"timeout": 100}, "a.b", ["12", null], {"k": {}}]"#).unwrap();
        let Message::Call {
            request,
            options,
            procedure,
            payload,
        } = message
        else {
            panic!("not a CALL: {message:?}");
        };
        assert_eq!((request, procedure.as_str()), (7, "a.b"));
        assert_eq!(options["timeout"], 100);
        assert_eq!(payload.args().unwrap(), vec![json!("12"), json!(null)]);
        assert_eq!(payload.kwargs().unwrap()["k"], json!({}));
    }

    #[test]
    fn pitfall_29_numbers_pass_through_letter_by_letter() {
        let text = r#"[48,1,{},"a",[1,1.0,9007199254740993,9223372036854775808,1e400,0.10]]"#;
        assert_eq!(encode(&parse(text).unwrap()), text.as_bytes());
    }

    #[test]
    fn pitfall_27_empty_and_null_arguments_are_dropped() {
        for text in [
            r#"[48,1,{},"a",[],{}]"#,
            r#"[48,1,{},"a",[ ]]"#,
            r#"[48,1,{},"a",null,null]"#,
        ] {
            assert_eq!(
                encode(&parse(text).unwrap()),
                r#"[48,1,{},"a"]"#.as_bytes(),
                "{text}"
            );
        }
    }

    #[test]
    fn payloads_are_slices_of_the_frame() {
        let frame = Bytes::from_static(br#"[36,1,2,{},[1,2,3]]"#);
        let message = decode(&frame).unwrap();
        let args = message.payload().unwrap().raw_args();
        assert!(frame.as_ptr_range().contains(&args.as_ptr()));
    }

    #[test]
    fn an_error_says_which_message_and_which_element_was_wrong() {
        assert_eq!(
            complaint(r#"[48,1,{},5]"#),
            "CALL element 4 (Procedure): expected a string, got another number"
        );
        assert_eq!(
            complaint(r#"[48,1,{}]"#),
            "expected CALL to have 4 to 6 elements, got 3"
        );
        assert_eq!(
            complaint(r#"[32,-1,{},"a"]"#),
            "SUBSCRIBE element 2 (Request): expected an integer from 0 to 2^53, got another number"
        );
        assert_eq!(
            complaint(r#"[16,1,{},"a",{}]"#),
            "PUBLISH element 5 (Arguments): expected a list, got an object"
        );
        assert_eq!(
            complaint(r#"["HELLO"]"#),
            "expected a message type (a number) first, got a string"
        );
        assert_eq!(complaint("[7]"), "expected a known message type, got 7");
        assert!(complaint("{}").contains("a list of at most 7 elements"));
        assert!(complaint(r#"[8,1,1,{},"a",[],{},1]"#).contains("invalid length 8"));
    }

    #[test]
    fn ids_beyond_2_to_the_53_are_refused() {
        assert!(parse("[33,9007199254740992,1]").is_ok());
        assert!(parse("[33,9007199254740993,1]").is_err());
    }

    #[test]
    fn pitfall_29_depth_bombs_are_refused() {
        let nested = |depth: usize| {
            let args = "[".repeat(depth) + &"]".repeat(depth);
            parse(&format!(r#"[48,1,{{}},"a",{args}]"#))
        };
        assert!(nested(MAX_DEPTH - 1).is_ok());
        assert_eq!(nested(MAX_DEPTH), Err(DecodeError::TooDeep));
        assert_eq!(nested(1_000_000), Err(DecodeError::TooDeep));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let frame = Bytes::from_static(b"[48,1,{},\"a\",[\"\xff\"]]");
        assert_eq!(decode(&frame), Err(DecodeError::NotUtf8));
    }

    #[test]
    fn an_error_never_repeats_what_was_sent() {
        assert!(!complaint(r#"[5,["s3cret"],{}]"#).contains("s3cret"));
    }
}
