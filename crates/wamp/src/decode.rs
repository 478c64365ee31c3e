//! From the elements of a list to a message, whatever the list was written in.

use bytes::Bytes;

use crate::token::MAX_DEPTH;
use crate::{Dict, Id, Kind, MAX_ID, Message, Payload, Secret, Serializer};

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
    /// Not what the serializer writes, or not a list, or a list longer than any message.
    #[error("expected a {serializer} list that is a WAMP message: {reason}")]
    Syntax {
        /// What it was read as.
        serializer: Serializer,
        /// What was found, with its place.
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

/// What an argument list or a dictionary of arguments is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    List,
    Map,
}

/// 2^53.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The integer that a float is: Lua and PHP have no others. Up to 2^53 it is one without doubt.
pub(crate) fn whole(float: f64) -> Option<u64> {
    let whole = float.fract() == 0.0 && (0.0..=EXACT).contains(&float);
    whole.then(|| format!("{float:.0}").parse().ok()).flatten()
}

/// One element of a message, cut out but not read.
pub(crate) trait Element: Copy {
    /// What it is written in.
    const SERIALIZER: Serializer;

    /// A whole number that is not negative.
    fn number(self) -> Option<u64>;

    fn text(self) -> Option<String>;

    fn dict(self) -> Option<Dict>;

    /// The element as it stands in the frame, if it has that shape; no bytes for null and for what is empty: some clients send it.
    fn part(self, frame: &Bytes, shape: Shape) -> Option<Bytes>;

    /// What kind of value this is, in words.
    fn describe(self) -> &'static str;
}

/// The elements of a message: none has more than seven.
pub(crate) struct List<E> {
    elements: [Option<E>; 7],
    count: usize,
}

impl<E: Element> List<E> {
    pub(crate) fn new() -> Self {
        Self {
            elements: [None; 7],
            count: 0,
        }
    }

    /// Adds one; whether there was room.
    pub(crate) fn push(&mut self, element: E) -> bool {
        let slot = self.elements.get_mut(self.count);
        self.count += 1;
        slot.map(|slot| *slot = Some(element)).is_some()
    }

    /// How many were added.
    pub(crate) fn count(&self) -> usize {
        self.count
    }
}

/// The message that these elements of `frame` are.
pub(crate) fn message<E: Element>(frame: &Bytes, list: List<E>) -> Result<Message, DecodeError> {
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

/// Reads the elements of a message one after another.
struct Elements<'a, E> {
    frame: &'a Bytes,
    list: List<E>,
    kind: Kind,
    /// How many have been read.
    read: usize,
}

impl<'a, E: Element> Elements<'a, E> {
    fn open(frame: &'a Bytes, list: List<E>) -> Result<Self, DecodeError> {
        let got = list.elements[0];
        let code = got.and_then(E::number);
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

    fn next(&mut self) -> Option<E> {
        let raw = self.list.elements.get(self.read).copied().flatten();
        self.read += 1;
        raw
    }

    /// The error for the element read last.
    fn wrong(&self, name: &'static str, expected: &'static str, got: Option<E>) -> DecodeError {
        DecodeError::WrongElement {
            message: self.kind,
            position: self.read,
            name,
            expected,
            got: describe(got),
        }
    }

    fn id(&mut self, name: &'static str) -> Result<Id, DecodeError> {
        let element = self.next();
        element
            .and_then(E::number)
            .filter(|id| *id <= MAX_ID)
            .ok_or_else(|| self.wrong(name, "an integer from 0 to 2^53", element))
    }

    fn kind(&mut self, name: &'static str) -> Result<Kind, DecodeError> {
        let element = self.next();
        element
            .and_then(E::number)
            .and_then(Kind::from_code)
            .ok_or_else(|| self.wrong(name, "a message type", element))
    }

    fn text(&mut self, name: &'static str) -> Result<String, DecodeError> {
        let element = self.next();
        element
            .and_then(E::text)
            .ok_or_else(|| self.wrong(name, "a string", element))
    }

    fn dict(&mut self, name: &'static str) -> Result<Dict, DecodeError> {
        let element = self.next();
        element
            .and_then(E::dict)
            .ok_or_else(|| self.wrong(name, "an object", element))
    }

    fn dict_if_there(&mut self, name: &'static str) -> Result<Dict, DecodeError> {
        match self.list.count > self.read {
            true => self.dict(name),
            false => Ok(Dict::new()),
        }
    }

    fn payload(&mut self) -> Result<Payload, DecodeError> {
        let args = self.part("Arguments", "a list", Shape::List)?;
        let kwargs = self.part("ArgumentsKw", "an object", Shape::Map)?;
        Ok(Payload::checked(E::SERIALIZER, args, kwargs))
    }

    fn part(
        &mut self,
        name: &'static str,
        expected: &'static str,
        shape: Shape,
    ) -> Result<Bytes, DecodeError> {
        match self.next() {
            None => Ok(Bytes::new()),
            Some(element) => element
                .part(self.frame, shape)
                .ok_or_else(|| self.wrong(name, expected, Some(element))),
        }
    }
}

fn describe<E: Element>(element: Option<E>) -> &'static str {
    element.map_or("nothing", E::describe)
}
