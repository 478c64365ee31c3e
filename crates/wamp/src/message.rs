//! The messages of the protocol.

use std::fmt;

use crate::{Dict, Id, Payload, Secret};

/// Declares [`Kind`] with its numbers and names in one place.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $code:literal $name:literal,)*) => {
        /// What kind of message: its number on the wire and its name in the specification.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind { $($(#[$doc])* $variant,)* }

        impl Kind {
            /// Every kind this crate knows.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The number that opens the message on the wire.
            #[must_use]
            pub fn code(self) -> u64 {
                match self { $(Self::$variant => $code,)* }
            }

            /// The kind of that number, if it is one.
            #[must_use]
            pub fn from_code(code: u64) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }

            /// The name in capitals, as in the specification.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    /// A client asks to join a realm.
    Hello = 1 "HELLO",
    /// The router lets it in.
    Welcome = 2 "WELCOME",
    /// The router, or a client, gives up.
    Abort = 3 "ABORT",
    /// The router asks for proof.
    Challenge = 4 "CHALLENGE",
    /// The proof.
    Authenticate = 5 "AUTHENTICATE",
    /// One side leaves, the other answers in kind.
    Goodbye = 6 "GOODBYE",
    /// A request failed.
    Error = 8 "ERROR",
    /// Publish to a topic.
    Publish = 16 "PUBLISH",
    /// It was published (only when asked for).
    Published = 17 "PUBLISHED",
    /// Subscribe to a topic or pattern.
    Subscribe = 32 "SUBSCRIBE",
    /// Subscribed.
    Subscribed = 33 "SUBSCRIBED",
    /// Take a subscription back.
    Unsubscribe = 34 "UNSUBSCRIBE",
    /// Taken back.
    Unsubscribed = 35 "UNSUBSCRIBED",
    /// Something was published.
    Event = 36 "EVENT",
    /// Call a procedure.
    Call = 48 "CALL",
    /// The caller waits no longer.
    Cancel = 49 "CANCEL",
    /// What the call returned.
    Result = 50 "RESULT",
    /// Offer a procedure or pattern.
    Register = 64 "REGISTER",
    /// Registered.
    Registered = 65 "REGISTERED",
    /// Take a registration back.
    Unregister = 66 "UNREGISTER",
    /// Taken back, or taken away.
    Unregistered = 67 "UNREGISTERED",
    /// The router asks a callee.
    Invocation = 68 "INVOCATION",
    /// The router tells a callee to stop.
    Interrupt = 69 "INTERRUPT",
    /// The callee answers.
    Yield = 70 "YIELD",
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One WAMP message, with fields in the order of the wire.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    missing_docs,
    reason = "the fields are those of the specification, named as there"
)]
pub enum Message {
    /// `[HELLO, Realm, Details]`
    Hello { realm: String, details: Dict },
    /// `[WELCOME, Session, Details]`
    Welcome { session: Id, details: Dict },
    /// `[ABORT, Details, Reason]`
    Abort { details: Dict, reason: String },
    /// `[CHALLENGE, AuthMethod, Extra]`
    Challenge { method: String, extra: Dict },
    /// `[AUTHENTICATE, Signature, Extra]`
    Authenticate { signature: Secret, extra: Dict },
    /// `[GOODBYE, Details, Reason]`
    Goodbye { details: Dict, reason: String },
    /// `[ERROR, REQUEST.Type, REQUEST.Request, Details, Error, Arguments, ArgumentsKw]`
    Error {
        request_kind: Kind,
        request: Id,
        details: Dict,
        error: String,
        payload: Payload,
    },
    /// `[PUBLISH, Request, Options, Topic, Arguments, ArgumentsKw]`
    Publish {
        request: Id,
        options: Dict,
        topic: String,
        payload: Payload,
    },
    /// `[PUBLISHED, Request, Publication]`
    Published { request: Id, publication: Id },
    /// `[SUBSCRIBE, Request, Options, Topic]`
    Subscribe {
        request: Id,
        options: Dict,
        topic: String,
    },
    /// `[SUBSCRIBED, Request, Subscription]`
    Subscribed { request: Id, subscription: Id },
    /// `[UNSUBSCRIBE, Request, Subscription]`
    Unsubscribe { request: Id, subscription: Id },
    /// `[UNSUBSCRIBED, Request]`
    Unsubscribed { request: Id },
    /// `[EVENT, Subscription, Publication, Details, Arguments, ArgumentsKw]`
    Event {
        subscription: Id,
        publication: Id,
        details: Dict,
        payload: Payload,
    },
    /// `[CALL, Request, Options, Procedure, Arguments, ArgumentsKw]`
    Call {
        request: Id,
        options: Dict,
        procedure: String,
        payload: Payload,
    },
    /// `[CANCEL, Request, Options]`
    Cancel { request: Id, options: Dict },
    /// `[RESULT, Request, Details, Arguments, ArgumentsKw]`
    Result {
        request: Id,
        details: Dict,
        payload: Payload,
    },
    /// `[REGISTER, Request, Options, Procedure]`
    Register {
        request: Id,
        options: Dict,
        procedure: String,
    },
    /// `[REGISTERED, Request, Registration]`
    Registered { request: Id, registration: Id },
    /// `[UNREGISTER, Request, Registration]`
    Unregister { request: Id, registration: Id },
    /// `[UNREGISTERED, Request]`, or `[UNREGISTERED, 0, Details]` when the router takes it away
    Unregistered { request: Id, details: Dict },
    /// `[INVOCATION, Request, Registration, Details, Arguments, ArgumentsKw]`
    Invocation {
        request: Id,
        registration: Id,
        details: Dict,
        payload: Payload,
    },
    /// `[INTERRUPT, Request, Options]`
    Interrupt { request: Id, options: Dict },
    /// `[YIELD, Request, Options, Arguments, ArgumentsKw]`
    Yield {
        request: Id,
        options: Dict,
        payload: Payload,
    },
}

impl Message {
    /// What kind of message this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Hello { .. } => Kind::Hello,
            Self::Welcome { .. } => Kind::Welcome,
            Self::Abort { .. } => Kind::Abort,
            Self::Challenge { .. } => Kind::Challenge,
            Self::Authenticate { .. } => Kind::Authenticate,
            Self::Goodbye { .. } => Kind::Goodbye,
            Self::Error { .. } => Kind::Error,
            Self::Publish { .. } => Kind::Publish,
            Self::Published { .. } => Kind::Published,
            Self::Subscribe { .. } => Kind::Subscribe,
            Self::Subscribed { .. } => Kind::Subscribed,
            Self::Unsubscribe { .. } => Kind::Unsubscribe,
            Self::Unsubscribed { .. } => Kind::Unsubscribed,
            Self::Event { .. } => Kind::Event,
            Self::Call { .. } => Kind::Call,
            Self::Cancel { .. } => Kind::Cancel,
            Self::Result { .. } => Kind::Result,
            Self::Register { .. } => Kind::Register,
            Self::Registered { .. } => Kind::Registered,
            Self::Unregister { .. } => Kind::Unregister,
            Self::Unregistered { .. } => Kind::Unregistered,
            Self::Invocation { .. } => Kind::Invocation,
            Self::Interrupt { .. } => Kind::Interrupt,
            Self::Yield { .. } => Kind::Yield,
        }
    }

    /// The arguments it carries, if its kind carries any.
    #[must_use]
    pub fn payload(&self) -> Option<&Payload> {
        match self {
            Self::Error { payload, .. }
            | Self::Publish { payload, .. }
            | Self::Event { payload, .. }
            | Self::Call { payload, .. }
            | Self::Result { payload, .. }
            | Self::Invocation { payload, .. }
            | Self::Yield { payload, .. } => Some(payload),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_again_by_its_number() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(*kind));
        }
        assert_eq!(Kind::from_code(7), None);
    }

    #[test]
    fn an_authenticate_message_does_not_show_its_ticket() {
        let message = Message::Authenticate {
            signature: Secret::new("s1"),
            extra: Dict::new(),
        };
        assert!(!format!("{message:?}").contains("s1"));
    }
}
