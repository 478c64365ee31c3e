//! Four octets there and four back: what is spoken, and how much at once.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use wamp::Serializer;

/// What a handshake begins with.
const MAGIC: u8 = 0x7f;

/// The smallest limit that can be said is 2^9 bytes.
const LEAST: u32 = 9;

/// The largest is 2^24.
const MOST: u32 = 24;

/// The largest length that fits the three octets in front of a frame.
const FITS: usize = (1 << MOST) - 1;

/// What a peer says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) serializer: Serializer,
    /// The largest message that it takes, in bytes.
    pub(crate) largest: usize,
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is something else that speaks, or nobody.
    NotWamp,
    /// A serializer that is not spoken here.
    Serializer,
    /// Something of a later version.
    Reserved,
    /// There are as many connections as may be.
    Full,
}

impl Refusal {
    /// What the client is told, if it understands anything.
    pub(crate) fn words(self) -> Option<[u8; 4]> {
        let error = match self {
            Self::NotWamp => return None,
            Self::Serializer => 1,
            Self::Reserved => 3,
            Self::Full => 4,
        };
        Some([MAGIC, error << 4, 0, 0])
    }
}

/// The number by which the protocol calls a serializer.
fn number(serializer: Serializer) -> u8 {
    match serializer {
        Serializer::Json => 1,
        Serializer::MsgPack => 2,
        Serializer::Cbor => 3,
    }
}

/// The largest power of two that is said for a limit in bytes, less 9.
pub(crate) fn exponent(limit: usize) -> u8 {
    let log = limit.checked_ilog2().unwrap_or_default();
    let exponent = log.clamp(LEAST, MOST) - LEAST;
    u8::try_from(exponent).expect("it is at most 15")
}

/// What a peer that was told of such a limit may send.
pub(crate) fn largest(limit: usize) -> usize {
    meant(exponent(limit))
}

fn meant(exponent: u8) -> usize {
    (1_usize << (u32::from(exponent) + LEAST)).min(FITS)
}

/// What one side says to the other.
pub(crate) fn words(serializer: Serializer, exponent: u8) -> [u8; 4] {
    [MAGIC, exponent << 4 | number(serializer), 0, 0]
}

/// What those words mean.
pub(crate) fn meaning(words: [u8; 4]) -> Result<Hello, Refusal> {
    let [magic, offer, reserved @ ..] = words;
    if magic != MAGIC {
        return Err(Refusal::NotWamp);
    }
    if reserved != [0, 0] {
        return Err(Refusal::Reserved);
    }
    let serializer = Serializer::ALL
        .into_iter()
        .find(|serializer| number(*serializer) == offer & 0x0f)
        .ok_or(Refusal::Serializer)?;
    Ok(Hello {
        serializer,
        largest: meant(offer >> 4),
    })
}

/// What the client says.
pub(crate) async fn hear(read: &mut (impl AsyncRead + Unpin)) -> Result<Hello, Refusal> {
    let mut words = [0; 4];
    match read.read_exact(&mut words).await {
        Ok(_) => meaning(words),
        Err(_) => Err(Refusal::NotWamp),
    }
}

/// What the server answers; a sentence if it refuses.
pub(crate) async fn answer(read: &mut (impl AsyncRead + Unpin)) -> io::Result<Hello> {
    let mut words = [0; 4];
    read.read_exact(&mut words).await?;
    if words[0] == MAGIC && words[1] & 0x0f == 0 {
        let why = match words[1] >> 4 {
            1 => "it does not speak this serializer",
            2 => "it does not take messages of this length",
            3 => "it wants reserved bits to be zero",
            4 => "it has as many connections as may be",
            _ => "it does not say why",
        };
        return Err(io::Error::other(format!("the server refuses: {why}")));
    }
    meaning(words).map_err(|_| io::Error::other("it does not speak WAMP over RawSocket"))
}

/// Sends four octets.
pub(crate) async fn say(write: &mut (impl AsyncWrite + Unpin), words: [u8; 4]) -> io::Result<()> {
    write.write_all(&words).await?;
    write.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitfall_31_a_limit_is_a_power_of_two_from_2_to_the_9_to_2_to_the_24() {
        assert_eq!(exponent(1 << 20), 11);
        assert_eq!(exponent((1 << 20) + 1), 11);
        assert_eq!(largest(1 << 20), 1 << 20);
        assert_eq!((exponent(0), largest(0)), (0, 512));
        // A frame's length has 24 bits, one too few for 2^24.
        assert_eq!(
            (exponent(usize::MAX), largest(usize::MAX)),
            (15, (1 << 24) - 1)
        );
    }

    #[test]
    fn pitfall_31_what_is_said_is_understood() {
        for serializer in Serializer::ALL {
            let hello = meaning(words(serializer, 11)).unwrap();
            assert_eq!(
                hello,
                Hello {
                    serializer,
                    largest: 1 << 20
                }
            );
        }
    }

    #[test]
    fn what_cannot_be_served_is_refused_with_its_error() {
        for (words, refusal, answer) in [
            (*b"GET ", Refusal::NotWamp, None),
            (
                [0x7f, 0xf4, 0, 0],
                Refusal::Serializer,
                Some([0x7f, 0x10, 0, 0]),
            ),
            (
                [0x7f, 0xf0, 0, 0],
                Refusal::Serializer,
                Some([0x7f, 0x10, 0, 0]),
            ),
            (
                [0x7f, 0xf1, 0, 1],
                Refusal::Reserved,
                Some([0x7f, 0x30, 0, 0]),
            ),
        ] {
            assert_eq!(meaning(words), Err(refusal));
            assert_eq!(refusal.words(), answer);
        }
        assert_eq!(Refusal::Full.words(), Some([0x7f, 0x40, 0, 0]));
    }
}
