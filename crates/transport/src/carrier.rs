//! What carries messages to a peer and back, whatever is below it.

use axum::extract::ws::Utf8Bytes;
use bytes::Bytes;
use wamp::{Message, Serializer};

/// A message as bytes. Clones share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    Text(Utf8Bytes),
    Binary(Bytes),
}

impl Frame {
    /// That message in the bytes of that serializer.
    pub(crate) fn of(serializer: Serializer, message: &Message) -> Self {
        let bytes = serializer.encode(message);
        if serializer.is_text() {
            Self::Text(Utf8Bytes::try_from(bytes).expect("the codec writes UTF-8"))
        } else {
            Self::Binary(bytes)
        }
    }

    /// How many bytes it is.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

impl From<Frame> for Bytes {
    fn from(frame: Frame) -> Self {
        match frame {
            Frame::Text(text) => text.into(),
            Frame::Binary(bytes) => bytes,
        }
    }
}

/// The connection cannot be written to any more: why.
#[derive(Debug)]
pub(crate) struct Broken(pub(crate) String);

/// The way to a peer.
///
/// What a future of it has taken on is not lost when the future is dropped: it goes out first next time.
pub(crate) trait Sender: Send {
    /// Takes a frame, to be sent with the next flush at the latest.
    fn feed(&mut self, frame: Frame) -> impl Future<Output = Result<(), Broken>> + Send;

    /// Sends all that was taken.
    fn flush(&mut self) -> impl Future<Output = Result<(), Broken>> + Send;

    /// Asks whether the peer still lives.
    fn ping(&mut self) -> impl Future<Output = Result<(), Broken>> + Send;

    /// Waits until a question of the peer whether we live is to be answered, where that is not done below. Cancel safe.
    fn asked(&mut self) -> impl Future<Output = Bytes> + Send;

    /// Answers such a question.
    fn pong(&mut self, question: Bytes) -> impl Future<Output = Result<(), Broken>> + Send;

    /// Says goodbye with a code of RFC 6455 and a reason, where there is a way to, and closes.
    fn close(
        &mut self,
        farewell: Option<(u16, &str)>,
    ) -> impl Future<Output = Result<(), Broken>> + Send;
}

/// The way from a peer.
pub(crate) trait Receiver: Send {
    /// The next thing. Cancel safe.
    fn next(&mut self) -> impl Future<Output = Heard> + Send;
}

/// What came from a peer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message.
    Message(Bytes),
    /// Nothing but a sign of life.
    Life,
    /// Something that a peer may not send: the code of RFC 6455 to close with, and what it was.
    Fault { code: u16, what: String },
    /// The end, and what was said of it.
    Gone(String),
}
