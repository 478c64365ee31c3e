//! The ways to write a message down.

use std::fmt;

use bytes::Bytes;

use crate::binary::{self, cbor::Cbor, msgpack::MsgPack};
use crate::{DecodeError, Message, json};

/// How messages, and the payloads in them, are turned into bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Serializer {
    /// JSON text. Binary is a string that begins with U+0000 and goes on in base64.
    #[default]
    Json,
    /// MessagePack.
    MsgPack,
    /// CBOR, RFC 8949.
    Cbor,
}

impl Serializer {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Json, Self::MsgPack, Self::Cbor];

    /// The end of its subprotocol's name, `wamp.2.…`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::MsgPack => "msgpack",
            Self::Cbor => "cbor",
        }
    }

    /// Its name in sentences.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::MsgPack => "MessagePack",
            Self::Cbor => "CBOR",
        }
    }

    /// Is what it writes text? Then it goes in text frames, else in binary ones.
    #[must_use]
    pub fn is_text(self) -> bool {
        self == Self::Json
    }

    /// Reads one message from one frame. Payloads are slices of `frame`, not copies.
    ///
    /// # Errors
    /// [`DecodeError`], which says which message and which element was wrong.
    pub fn decode(self, frame: &Bytes) -> Result<Message, DecodeError> {
        match self {
            Self::Json => json::decode(frame),
            Self::MsgPack => binary::decode::<MsgPack>(frame),
            Self::Cbor => binary::decode::<Cbor>(frame),
        }
    }

    /// Writes one message. A payload in another form is rewritten; trailing empty arguments are left out.
    #[must_use]
    pub fn encode(self, message: &Message) -> Bytes {
        match self {
            Self::Json => json::encode(message),
            Self::MsgPack => binary::encode::<MsgPack>(message),
            Self::Cbor => binary::encode::<Cbor>(message),
        }
    }
}

impl fmt::Display for Serializer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.title())
    }
}
