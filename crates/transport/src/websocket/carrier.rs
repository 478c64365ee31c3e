//! A WebSocket as a carrier, on the server's side and on the client's, which have types of their own for the same things.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::marker::PhantomData;

use axum::extract::ws::{self, close_code};
use bytes::{Bytes, BytesMut};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio_tungstenite::tungstenite::{self, Error as WebSocketError, protocol};

use super::batch;
use super::subprotocol::Subprotocol;
use crate::carrier::{Broken, Frame, Heard, Receiver, Sender};

/// A frame of a WebSocket.
pub(crate) trait Fragment: Send + Unpin {
    fn of(frame: Frame) -> Self;
    fn ping() -> Self;
    fn close(code: u16, reason: &str) -> Self;
    fn open(self) -> Content;
}

/// What is in a frame.
pub(crate) enum Content {
    Text(Bytes),
    Binary(Bytes),
    /// A ping or pong: pings are answered below.
    Control,
    Close(Option<(u16, String)>),
}

impl Fragment for ws::Message {
    fn of(frame: Frame) -> Self {
        match frame {
            Frame::Text(text) => Self::Text(text),
            Frame::Binary(bytes) => Self::Binary(bytes),
        }
    }

    fn ping() -> Self {
        Self::Ping(Bytes::new())
    }

    fn close(code: u16, reason: &str) -> Self {
        let reason = reason.into();
        Self::Close(Some(ws::CloseFrame { code, reason }))
    }

    fn open(self) -> Content {
        match self {
            Self::Text(text) => Content::Text(text.into()),
            Self::Binary(bytes) => Content::Binary(bytes),
            Self::Ping(_) | Self::Pong(_) => Content::Control,
            Self::Close(frame) => {
                Content::Close(frame.map(|frame| (frame.code, frame.reason.to_string())))
            }
        }
    }
}

impl Fragment for tungstenite::Message {
    fn of(frame: Frame) -> Self {
        match frame {
            Frame::Text(text) => {
                let text = tungstenite::Utf8Bytes::try_from(Bytes::from(text));
                Self::Text(text.expect("text is UTF-8"))
            }
            Frame::Binary(bytes) => Self::Binary(bytes),
        }
    }

    fn ping() -> Self {
        Self::Ping(Bytes::new())
    }

    fn close(code: u16, reason: &str) -> Self {
        let (code, reason) = (code.into(), reason.into());
        Self::Close(Some(protocol::CloseFrame { code, reason }))
    }

    fn open(self) -> Content {
        match self {
            Self::Text(text) => Content::Text(text.into()),
            Self::Binary(bytes) => Content::Binary(bytes),
            Self::Ping(_) | Self::Pong(_) | Self::Frame(_) => Content::Control,
            Self::Close(frame) => {
                Content::Close(frame.map(|frame| (frame.code.into(), frame.reason.to_string())))
            }
        }
    }
}

/// The sending half.
pub(crate) struct WebSocketSender<S, F> {
    sink: S,
    subprotocol: Subprotocol,
    /// Messages that wait for more to be sent with, where they are batched.
    batch: BytesMut,
    fragment: PhantomData<fn(F)>,
}

/// The receiving half.
pub(crate) struct WebSocketReceiver<S> {
    stream: S,
    subprotocol: Subprotocol,
    /// The largest frame that is taken, to say so.
    largest: usize,
    /// The rest of a batch.
    messages: VecDeque<Bytes>,
}

/// Both halves of a socket that speaks this.
pub(crate) fn halves<S, F, E>(
    socket: S,
    subprotocol: Subprotocol,
    largest: usize,
) -> (impl Sender, impl Receiver)
where
    S: Sink<F, Error = E> + Stream<Item = Result<F, E>> + Send + Unpin,
    F: Fragment + 'static,
    E: StdError + Send + 'static,
{
    let (sink, stream) = socket.split();
    let sender = WebSocketSender {
        sink,
        subprotocol,
        batch: BytesMut::new(),
        fragment: PhantomData,
    };
    let receiver = WebSocketReceiver {
        stream,
        subprotocol,
        largest,
        messages: VecDeque::new(),
    };
    (sender, receiver)
}

fn broken(error: impl StdError) -> Broken {
    Broken(error.to_string())
}

impl<S, F, E> WebSocketSender<S, F>
where
    S: Sink<F, Error = E> + Send + Unpin,
    F: Fragment,
    E: StdError + Send,
{
    /// Puts the batch into a frame, if there is one.
    async fn wrap(&mut self) -> Result<(), Broken> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let bytes = self.batch.split().freeze();
        let frame = if self.subprotocol.serializer.is_text() {
            let text = ws::Utf8Bytes::try_from(bytes);
            Frame::Text(text.expect("messages of text are text together"))
        } else {
            Frame::Binary(bytes)
        };
        self.sink.feed(F::of(frame)).await.map_err(broken)
    }
}

impl<S, F, E> Sender for WebSocketSender<S, F>
where
    S: Sink<F, Error = E> + Send + Unpin,
    F: Fragment,
    E: StdError + Send,
{
    async fn feed(&mut self, frame: Frame) -> Result<(), Broken> {
        if !self.subprotocol.batched {
            return self.sink.feed(F::of(frame)).await.map_err(broken);
        }
        batch::append(
            &mut self.batch,
            self.subprotocol.serializer,
            &Bytes::from(frame),
        );
        match self.batch.len() {
            0..batch::FULL => Ok(()),
            _ => self.wrap().await,
        }
    }

    async fn flush(&mut self) -> Result<(), Broken> {
        self.wrap().await?;
        self.sink.flush().await.map_err(broken)
    }

    async fn ping(&mut self) -> Result<(), Broken> {
        self.sink.send(F::ping()).await.map_err(broken)
    }

    async fn asked(&mut self) -> Bytes {
        std::future::pending().await
    }

    async fn pong(&mut self, _: Bytes) -> Result<(), Broken> {
        Ok(())
    }

    async fn close(&mut self, farewell: Option<(u16, &str)>) -> Result<(), Broken> {
        match farewell {
            Some((code, reason)) => {
                // A close frame has room for 123 bytes of reason.
                let reason = &reason[..reason.floor_char_boundary(123)];
                let frame = F::close(code, reason);
                self.sink.send(frame).await.map_err(broken)
            }
            None => self.sink.close().await.map_err(broken),
        }
    }
}

impl<S> WebSocketReceiver<S> {
    /// The message, or the first of them, that a frame holds.
    fn take(&mut self, bytes: Bytes, is_text: bool) -> Heard {
        let (wanted, got) = match self.subprotocol.serializer.is_text() {
            true => ("text", "a binary one"),
            false => ("binary", "a text one"),
        };
        if is_text != self.subprotocol.serializer.is_text() {
            return Heard::Fault {
                code: close_code::UNSUPPORTED,
                what: format!("expected {wanted} frames, got {got}"),
            };
        }
        if !self.subprotocol.batched {
            return Heard::Message(bytes);
        }
        match batch::split(self.subprotocol.serializer, bytes) {
            Ok(messages) => {
                self.messages = messages;
                self.messages
                    .pop_front()
                    .map_or(Heard::Life, Heard::Message)
            }
            Err(what) => Heard::Fault {
                code: close_code::PROTOCOL,
                what,
            },
        }
    }
}

impl<S, F, E> Receiver for WebSocketReceiver<S>
where
    S: Stream<Item = Result<F, E>> + Send + Unpin,
    F: Fragment,
    E: StdError + Send + 'static,
{
    async fn next(&mut self) -> Heard {
        if let Some(message) = self.messages.pop_front() {
            return Heard::Message(message);
        }
        let frame = match self.stream.next().await {
            Some(Ok(frame)) => frame,
            Some(Err(error)) if is_too_big(&error) => {
                let limit = self.largest;
                return Heard::Fault {
                    code: close_code::SIZE,
                    what: format!("expected messages of at most {limit} bytes, got a larger one"),
                };
            }
            Some(Err(error)) => return Heard::Gone(error.to_string()),
            None => return Heard::Gone(String::from("the connection was lost")),
        };
        match frame.open() {
            Content::Text(bytes) => self.take(bytes, true),
            Content::Binary(bytes) => self.take(bytes, false),
            Content::Control => Heard::Life,
            Content::Close(None) => {
                Heard::Gone(String::from("the other side closed the connection"))
            }
            Content::Close(Some((code, reason))) => Heard::Gone(format!(
                "the other side closed the connection ({code}): {reason}"
            )),
        }
    }
}

/// Is it the complaint that a frame is larger than may be? The server's error has it inside.
fn is_too_big(error: &(impl StdError + 'static)) -> bool {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(WebSocketError::Capacity(_)) = error.downcast_ref() {
            return true;
        }
        cause = error.source();
    }
    false
}
