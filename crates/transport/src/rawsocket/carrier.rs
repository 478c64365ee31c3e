//! A stream of octets as a carrier: each frame has a kind and a length before it.

use axum::extract::ws::close_code;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

use crate::carrier::{Broken, Frame, Heard, Receiver, Sender};

/// Kinds of frames.
const MESSAGE: u8 = 0;
const PING: u8 = 1;
const PONG: u8 = 2;

/// How much stands before a frame.
const HEAD: usize = 4;

/// How much is read at once. Small, because there are many connections.
const READ_BUFFER: usize = 4 << 10;

/// From how much on is written without waiting for more to send along.
const WRITE_BUFFER: usize = 16 << 10;

/// How many pings may wait for their pong. Nothing is read while there are more.
const PINGS: usize = 4;

/// The sending half.
#[derive(Debug)]
pub(crate) struct RawSender<W> {
    /// `None` once it was given up.
    write: Option<W>,
    /// What is to be written.
    out: BytesMut,
    pings: mpsc::Receiver<Bytes>,
}

/// The receiving half.
#[derive(Debug)]
pub(crate) struct RawReceiver<R> {
    read: R,
    /// What was read and is no whole frame yet.
    buffer: BytesMut,
    /// The largest frame that is taken, in bytes.
    largest: usize,
    pings: mpsc::Sender<Bytes>,
    /// A ping that is to be answered.
    ping: Option<Bytes>,
}

/// Both halves, behind the handshake.
pub(crate) fn halves<R, W>(read: R, write: W, largest: usize) -> (RawSender<W>, RawReceiver<R>) {
    let (asking, pings) = mpsc::channel(PINGS);
    let sender = RawSender {
        write: Some(write),
        out: BytesMut::new(),
        pings,
    };
    let receiver = RawReceiver {
        read,
        buffer: BytesMut::new(),
        largest,
        pings: asking,
        ping: None,
    };
    (sender, receiver)
}

impl<W: AsyncWrite + Send + Unpin> RawSender<W> {
    /// Writes nothing any more.
    pub(crate) fn give_up(&mut self) {
        self.write = None;
    }

    fn put(&mut self, kind: u8, bytes: &[u8]) -> Result<(), Broken> {
        let length = u32::try_from(bytes.len()).ok();
        let Some(length) = length.filter(|length| length.leading_zeros() >= 8) else {
            return Err(Broken(format!(
                "a frame of {} bytes, and lengths have 24 bits",
                bytes.len()
            )));
        };
        self.out.put_u32(u32::from(kind) << 24 | length);
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    /// Writes until at most so much is left. What was written is taken out at once, so that nothing is written twice.
    async fn write_down_to(&mut self, left: usize) -> Result<(), Broken> {
        let write = self.write.as_mut();
        let write = write.ok_or_else(|| Broken(String::from("the connection was lost")))?;
        while self.out.len() > left {
            match write.write_buf(&mut self.out).await {
                Ok(0) => return Err(Broken(String::from("the connection takes nothing"))),
                Ok(_) => {}
                Err(error) => return Err(Broken(error.to_string())),
            }
        }
        write
            .flush()
            .await
            .map_err(|error| Broken(error.to_string()))
    }
}

impl<W: AsyncWrite + Send + Unpin> Sender for RawSender<W> {
    async fn feed(&mut self, frame: Frame) -> Result<(), Broken> {
        self.put(MESSAGE, &Bytes::from(frame))?;
        match self.out.len() {
            0..WRITE_BUFFER => Ok(()),
            _ => self.write_down_to(0).await,
        }
    }

    async fn flush(&mut self) -> Result<(), Broken> {
        self.write_down_to(0).await
    }

    async fn ping(&mut self) -> Result<(), Broken> {
        self.put(PING, &[])?;
        self.write_down_to(0).await
    }

    async fn asked(&mut self) -> Bytes {
        match self.pings.recv().await {
            Some(ping) => ping,
            None => std::future::pending().await,
        }
    }

    async fn pong(&mut self, question: Bytes) -> Result<(), Broken> {
        self.put(PONG, &question)?;
        self.write_down_to(0).await
    }

    /// There are no words for a farewell: the messages have said all.
    async fn close(&mut self, _: Option<(u16, &str)>) -> Result<(), Broken> {
        self.write_down_to(0).await?;
        match &mut self.write {
            Some(write) => write
                .shutdown()
                .await
                .map_err(|error| Broken(error.to_string())),
            None => Ok(()),
        }
    }
}

impl<R> RawReceiver<R> {
    /// Takes a whole frame out of what was read, if there is one.
    fn take(&mut self) -> Option<Heard> {
        let head = self.buffer.first_chunk::<HEAD>()?;
        let [kind, length @ ..] = *head;
        let length = length
            .iter()
            .fold(0, |length: usize, octet| length << 8 | usize::from(*octet));
        if kind > PONG {
            return Some(Heard::Fault {
                code: close_code::PROTOCOL,
                what: format!("expected a message, a ping or a pong, got a frame of kind {kind}"),
            });
        }
        if length > self.largest {
            return Some(Heard::Fault {
                code: close_code::SIZE,
                what: format!(
                    "expected messages of at most {} bytes, got a larger one",
                    self.largest
                ),
            });
        }
        if self.buffer.len() < HEAD + length {
            return None;
        }
        self.buffer.advance(HEAD);
        let bytes = self.buffer.split_to(length).freeze();
        Some(match kind {
            MESSAGE => Heard::Message(bytes),
            PING => {
                self.ping = Some(bytes);
                Heard::Life
            }
            _ => Heard::Life,
        })
    }
}

impl<R: AsyncRead + Send + Unpin> Receiver for RawReceiver<R> {
    async fn next(&mut self) -> Heard {
        if self.ping.is_some() {
            // Taken only once there is room, or it would be lost with the future.
            let room = self.pings.reserve().await;
            match (room, self.ping.take()) {
                (Ok(room), Some(ping)) => room.send(ping),
                _ => return Heard::Gone(String::from("the connection was lost")),
            }
        }
        loop {
            if let Some(heard) = self.take() {
                return heard;
            }
            // No more room than what has come asks for: a length that is announced costs nothing.
            self.buffer.reserve(READ_BUFFER);
            match self.read.read_buf(&mut self.buffer).await {
                Ok(0) => return Heard::Gone(String::from("the connection was lost")),
                Ok(_) => {}
                Err(error) => return Heard::Gone(error.to_string()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn heard(octets: &[u8], largest: usize) -> Vec<Heard> {
        let (_sender, mut receiver) = halves(octets, tokio::io::sink(), largest);
        let mut all = Vec::new();
        loop {
            let heard = receiver.next().await;
            let over = matches!(heard, Heard::Gone(_) | Heard::Fault { .. });
            all.push(heard);
            if over {
                return all;
            }
        }
    }

    #[tokio::test]
    async fn frames_are_taken_apart_however_they_come() {
        let all = heard(b"\0\0\0\x02[]\x02\0\0\x01x\0\0\0\0\0\0", 512).await;
        assert_eq!(all[0], Heard::Message(Bytes::from_static(b"[]")));
        assert_eq!(all[1], Heard::Life);
        assert_eq!(all[2], Heard::Message(Bytes::new()));
        assert!(matches!(all[3], Heard::Gone(_)), "half a head");
    }

    #[tokio::test]
    async fn unknown_kinds_and_lengths_beyond_the_limit_are_faults_before_anything_more_is_read() {
        for (head, wanted) in [
            (b"\x03\0\0\0", close_code::PROTOCOL),
            (b"\x80\0\0\0", close_code::PROTOCOL),
            (b"\0\0\x02\x01", close_code::SIZE),
            (b"\x01\xff\xff\xff", close_code::SIZE),
        ] {
            match &heard(head, 512).await[..] {
                [Heard::Fault { code, .. }] => assert_eq!(*code, wanted),
                other => panic!("{other:?}"),
            }
        }
    }

    #[tokio::test]
    async fn a_ping_is_to_be_answered_with_what_it_carries() {
        let (mut sender, mut receiver) = halves(&b"\x01\0\0\x02hi\0\0\0\0"[..], Vec::new(), 512);
        assert_eq!(receiver.next().await, Heard::Life);
        assert_eq!(receiver.next().await, Heard::Message(Bytes::new()));
        let question = sender.asked().await;
        sender.pong(question).await.unwrap();
        assert_eq!(sender.write.unwrap(), b"\x02\0\0\x02hi");
    }
}
