//! What can go wrong in a session.

use std::fmt;
use std::time::Duration;

use wamp::{Message, Payload};

/// An application's or the router's error, as it travels in ERROR.
#[derive(Clone, PartialEq, Eq)]
pub struct WampError {
    /// What happened, as a URI.
    pub uri: String,
    /// What there is to say about it; usually a sentence as first argument.
    pub payload: Payload,
}

impl WampError {
    /// An error with a sentence as its only argument.
    #[must_use]
    pub fn new(uri: impl Into<String>, sentence: &str) -> Self {
        Self {
            uri: uri.into(),
            payload: Payload::text(sentence),
        }
    }

    /// The first argument, if it is a sentence.
    #[must_use]
    pub fn sentence(&self) -> Option<String> {
        let args = self.payload.args().ok()?;
        args.first()?.as_str().map(str::to_owned)
    }
}

impl fmt::Display for WampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.uri)?;
        match self.sentence() {
            Some(sentence) => write!(f, ": {sentence}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for WampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WampError({self})")
    }
}

impl std::error::Error for WampError {}

/// The session has ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the session has ended: {reason}")]
pub struct Closed {
    /// Why: the reason URI of GOODBYE or ABORT, or a sentence when the connection was lost.
    pub reason: String,
}

/// Why a request came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The other side answered with an error.
    #[error("{0}")]
    Refused(WampError),
    /// No answer in time. Whether the request was carried out is unknown.
    #[error("no answer within {after:?}")]
    Timeout {
        /// How long was waited.
        after: Duration,
    },
    /// The session has ended.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The router answered with something that is no answer to this request.
    #[error("the router answered with {got}, which is no answer to this request")]
    Unexpected {
        /// The kind of message it sent.
        got: &'static str,
    },
}

impl CallError {
    pub(crate) fn unexpected(message: &Message) -> Self {
        Self::Unexpected {
            got: message.kind().name(),
        }
    }

    /// The error URI, if the other side answered with one.
    #[must_use]
    pub fn uri(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => Some(&error.uri),
            _ => None,
        }
    }
}
