//! JSON text to messages.

use std::fmt;

use bytes::Bytes;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{MAX_DEPTH, scan};
use crate::{Dict, Id, Kind, MAX_ID, Message, Payload, Secret};

/// Why a frame is no WAMP message. The texts are fit to be sent back in ABORT: they name types and
/// places, never content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Not text.
    #[error("expected UTF-8 text, got bytes that are none")]
    NotUtf8,
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("expected at most {MAX_DEPTH} levels of lists and objects, got more")]
    TooDeep,
    /// Not JSON, or not a list, or a list longer than any message.
    #[error("expected a JSON list that is a WAMP message: {reason}")]
    Syntax {
        /// What the JSON parser found, with its place.
        reason: String,
    },
    /// The list does not begin with a message type.
    #[error("expected a message type (a number) first, got {got}")]
    NoType {
        /// What was there.
        got: &'static str,
    },
    /// No message has this type, or none that this crate knows.
    #[error("expected a known message type, got {code}")]
    UnknownType {
        /// The number.
        code: u64,
    },
    /// Too few or too many elements for this kind.
    #[error("expected {message} to have {least} to {most} elements, got {got}")]
    WrongLength {
        /// Which message.
        message: Kind,
        /// How many it has at least, its type counted.
        least: usize,
        /// How many it has at most.
        most: usize,
        /// How many there were.
        got: usize,
    },
    /// An element is of the wrong type.
    #[error("{message} element {position} ({name}): expected {expected}, got {got}")]
    WrongElement {
        /// Which message.
        message: Kind,
        /// Which element; the message type is element 1.
        position: usize,
        /// The element's name in the specification.
        name: &'static str,
        /// What belongs there.
        expected: &'static str,
        /// What was there.
        got: &'static str,
    },
}

/// Reads one message from one frame. Payloads are slices of `frame`, not copies.
///
/// # Errors
/// [`DecodeError`], which says which message and which element was wrong.
pub fn decode(frame: &Bytes) -> Result<Message, DecodeError> {
    let text = std::str::from_utf8(frame).map_err(|_| DecodeError::NotUtf8)?;
    if !scan::nests_within(text, MAX_DEPTH) {
        return Err(DecodeError::TooDeep);
    }
    let list: List<'_> = serde_json::from_str(text).map_err(|error| DecodeError::Syntax {
        reason: error.to_string(),
    })?;
    let mut elements = Elements::open(frame, list)?;
    let message = match elements.kind {
        Kind::Hello => Message::Hello {
            realm: elements.text("Realm")?,
            details: elements.dict("Details")?,
        },
        Kind::Welcome => Message::Welcome {
            session: elements.id("Session")?,
            details: elements.dict("Details")?,
        },
        Kind::Abort => Message::Abort {
            details: elements.dict("Details")?,
            reason: elements.text("Reason")?,
        },
        Kind::Challenge => Message::Challenge {
            method: elements.text("AuthMethod")?,
            extra: elements.dict("Extra")?,
        },
        Kind::Authenticate => Message::Authenticate {
            signature: Secret::new(elements.text("Signature")?),
            extra: elements.dict("Extra")?,
        },
        Kind::Goodbye => Message::Goodbye {
            details: elements.dict("Details")?,
            reason: elements.text("Reason")?,
        },
        Kind::Error => Message::Error {
            request_kind: elements.kind("REQUEST.Type")?,
            request: elements.id("REQUEST.Request")?,
            details: elements.dict("Details")?,
            error: elements.text("Error")?,
            payload: elements.payload()?,
        },
        Kind::Publish => Message::Publish {
            request: elements.id("Request")?,
            options: elements.dict("Options")?,
            topic: elements.text("Topic")?,
            payload: elements.payload()?,
        },
        Kind::Published => Message::Published {
            request: elements.id("PUBLISH.Request")?,
            publication: elements.id("Publication")?,
        },
        Kind::Subscribe => Message::Subscribe {
            request: elements.id("Request")?,
            options: elements.dict("Options")?,
            topic: elements.text("Topic")?,
        },
        Kind::Subscribed => Message::Subscribed {
            request: elements.id("SUBSCRIBE.Request")?,
            subscription: elements.id("Subscription")?,
        },
        Kind::Unsubscribe => Message::Unsubscribe {
            request: elements.id("Request")?,
            subscription: elements.id("SUBSCRIBED.Subscription")?,
        },
        Kind::Unsubscribed => Message::Unsubscribed {
            request: elements.id("UNSUBSCRIBE.Request")?,
        },
        Kind::Event => Message::Event {
            subscription: elements.id("SUBSCRIBED.Subscription")?,
            publication: elements.id("PUBLISHED.Publication")?,
            details: elements.dict("Details")?,
            payload: elements.payload()?,
        },
        Kind::Call => Message::Call {
            request: elements.id("Request")?,
            options: elements.dict("Options")?,
            procedure: elements.text("Procedure")?,
            payload: elements.payload()?,
        },
        Kind::Cancel => Message::Cancel {
            request: elements.id("CALL.Request")?,
            options: elements.dict("Options")?,
        },
        Kind::Result => Message::Result {
            request: elements.id("CALL.Request")?,
            details: elements.dict("Details")?,
            payload: elements.payload()?,
        },
        Kind::Register => Message::Register {
            request: elements.id("Request")?,
            options: elements.dict("Options")?,
            procedure: elements.text("Procedure")?,
        },
        Kind::Registered => Message::Registered {
            request: elements.id("REGISTER.Request")?,
            registration: elements.id("Registration")?,
        },
        Kind::Unregister => Message::Unregister {
            request: elements.id("Request")?,
            registration: elements.id("REGISTERED.Registration")?,
        },
        Kind::Unregistered => Message::Unregistered {
            request: elements.id("UNREGISTER.Request")?,
            details: elements.dict_if_there("Details")?,
        },
        Kind::Invocation => Message::Invocation {
            request: elements.id("Request")?,
            registration: elements.id("REGISTERED.Registration")?,
            details: elements.dict("Details")?,
            payload: elements.payload()?,
        },
        Kind::Interrupt => Message::Interrupt {
            request: elements.id("INVOCATION.Request")?,
            options: elements.dict("Options")?,
        },
        Kind::Yield => Message::Yield {
            request: elements.id("INVOCATION.Request")?,
            options: elements.dict("Options")?,
            payload: elements.payload()?,
        },
    };
    Ok(message)
}

/// How many elements a message of this kind has, at least and at most, its type counted.
fn length(kind: Kind) -> (usize, usize) {
    match kind {
        Kind::Unsubscribed => (2, 2),
        Kind::Unregistered => (2, 3),
        Kind::Hello
        | Kind::Welcome
        | Kind::Abort
        | Kind::Challenge
        | Kind::Authenticate
        | Kind::Goodbye
        | Kind::Published
        | Kind::Subscribed
        | Kind::Unsubscribe
        | Kind::Registered
        | Kind::Unregister
        | Kind::Cancel
        | Kind::Interrupt => (3, 3),
        Kind::Subscribe | Kind::Register => (4, 4),
        Kind::Result | Kind::Yield => (3, 5),
        Kind::Publish | Kind::Event | Kind::Call | Kind::Invocation => (4, 6),
        Kind::Error => (5, 7),
    }
}

/// The elements of a message, cut apart but not read: no message has more than seven.
#[derive(Default)]
struct List<'a> {
    elements: [Option<&'a RawValue>; 7],
    count: usize,
}

impl<'de> Deserialize<'de> for List<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cutter;
        impl<'de> Visitor<'de> for Cutter {
            type Value = List<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of at most 7 elements")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<'de>, A::Error> {
                let mut list = List::default();
                while let Some(element) = seq.next_element()? {
                    let Some(slot) = list.elements.get_mut(list.count) else {
                        return Err(serde::de::Error::invalid_length(list.count + 1, &self));
                    };
                    *slot = Some(element);
                    list.count += 1;
                }
                Ok(list)
            }
        }
        deserializer.deserialize_seq(Cutter)
    }
}

/// Reads the elements of a message one after another.
struct Elements<'a> {
    frame: &'a Bytes,
    list: List<'a>,
    kind: Kind,
    /// How many have been read.
    read: usize,
}

impl<'a> Elements<'a> {
    fn open(frame: &'a Bytes, list: List<'a>) -> Result<Self, DecodeError> {
        let got = list.elements[0];
        let code = got.and_then(|raw| serde_json::from_str::<u64>(raw.get()).ok());
        let Some(code) = code else {
            return Err(DecodeError::NoType { got: describe(got) });
        };
        let kind = Kind::from_code(code).ok_or(DecodeError::UnknownType { code })?;
        let (least, most) = length(kind);
        if !(least..=most).contains(&list.count) {
            return Err(DecodeError::WrongLength {
                message: kind,
                least,
                most,
                got: list.count,
            });
        }
        Ok(Self {
            frame,
            list,
            kind,
            read: 1,
        })
    }

    fn next(&mut self) -> Option<&'a RawValue> {
        let raw = self.list.elements.get(self.read).copied().flatten();
        self.read += 1;
        raw
    }

    /// The error for the element read last.
    fn wrong(
        &self,
        name: &'static str,
        expected: &'static str,
        got: Option<&RawValue>,
    ) -> DecodeError {
        DecodeError::WrongElement {
            message: self.kind,
            position: self.read,
            name,
            expected,
            got: describe(got),
        }
    }

    fn parse<T: DeserializeOwned>(
        &mut self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<T, DecodeError> {
        let raw = self.next();
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
            .ok_or_else(|| self.wrong(name, expected, raw))
    }

    fn id(&mut self, name: &'static str) -> Result<Id, DecodeError> {
        let expected = "an integer from 0 to 2^53";
        let raw = self.next();
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
            .filter(|id| *id <= MAX_ID)
            .ok_or_else(|| self.wrong(name, expected, raw))
    }

    fn kind(&mut self, name: &'static str) -> Result<Kind, DecodeError> {
        let raw = self.next();
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
            .and_then(Kind::from_code)
            .ok_or_else(|| self.wrong(name, "a message type", raw))
    }

    fn text(&mut self, name: &'static str) -> Result<String, DecodeError> {
        self.parse(name, "a string")
    }

    fn dict(&mut self, name: &'static str) -> Result<Dict, DecodeError> {
        self.parse(name, "an object")
    }

    fn dict_if_there(&mut self, name: &'static str) -> Result<Dict, DecodeError> {
        match self.list.count > self.read {
            true => self.dict(name),
            false => Ok(Dict::new()),
        }
    }

    fn payload(&mut self) -> Result<Payload, DecodeError> {
        let args = self.part("Arguments", "a list", '[')?;
        let kwargs = self.part("ArgumentsKw", "an object", '{')?;
        Ok(Payload::from_json(args, kwargs))
    }

    /// A list or object as it stands in the frame. `null` counts as absent: some clients send it.
    fn part(
        &mut self,
        name: &'static str,
        expected: &'static str,
        opening: char,
    ) -> Result<Bytes, DecodeError> {
        let Some(raw) = self.next() else {
            return Ok(Bytes::new());
        };
        match raw.get() {
            text if text.starts_with(opening) => Ok(self.frame.slice_ref(text.as_bytes())),
            "null" => Ok(Bytes::new()),
            _ => Err(self.wrong(name, expected, Some(raw))),
        }
    }
}

/// What kind of JSON value this is, in words.
fn describe(raw: Option<&RawValue>) -> &'static str {
    match raw.and_then(|raw| raw.get().bytes().next()) {
        None => "nothing",
        Some(b'[') => "a list",
        Some(b'{') => "an object",
        Some(b'"') => "a string",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        Some(_) => "another number",
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
