//! A WebSocket as a carrier, on the server's side and on the client's, which have types of their own for the same things.

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::marker::PhantomData;

use axum::extract::ws::{self, close_code};
use bytes::{Bytes, BytesMut};
use futures_util::stream::SplitStream;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use tokio_tungstenite::tungstenite::error::ProtocolError;
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
) -> (impl Sender, WebSocketReceiver<SplitStream<S>>)
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

impl<S, F, E> WebSocketReceiver<S>
where
    S: Stream<Item = Result<F, E>> + Send + Unpin,
    F: Fragment,
    E: StdError + Send + 'static,
{
    /// What is in the next frame, or why there is none any more.
    pub(super) async fn frame(&mut self) -> Result<Content, Heard> {
        match self.stream.next().await {
            Some(Ok(frame)) => Ok(frame.open()),
            Some(Err(error)) => Err(heard_of(&error, self.largest)),
            None => Err(Heard::Gone(String::from("the connection was lost"))),
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
        match self.frame().await {
            Ok(Content::Text(bytes)) => self.take(bytes, true),
            Ok(Content::Binary(bytes)) => self.take(bytes, false),
            Ok(Content::Control) => Heard::Life,
            Ok(Content::Close(None)) => {
                Heard::Gone(String::from("the other side closed the connection"))
            }
            Ok(Content::Close(Some((code, reason)))) => Heard::Gone(format!(
                "the other side closed the connection ({code}): {reason}"
            )),
            Err(end) => end,
        }
    }
}

/// What an error says of the peer: that it broke the rules of RFC 6455, or only that it cannot be heard any more.
fn heard_of(error: &(impl StdError + 'static), largest: usize) -> Heard {
    let (code, what) = match websocket_error(error) {
        Some(WebSocketError::Capacity(_)) => (
            close_code::SIZE,
            format!("expected messages of at most {largest} bytes, got a larger one"),
        ),
        Some(WebSocketError::Utf8(_)) => (
            close_code::INVALID,
            String::from("expected text in UTF-8, got other bytes"),
        ),
        Some(WebSocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake)) | None => {
            return Heard::Gone(error.to_string());
        }
        Some(WebSocketError::Protocol(broken)) => (
            close_code::PROTOCOL,
            format!("expected frames as RFC 6455 has them: {broken}"),
        ),
        Some(_) => return Heard::Gone(error.to_string()),
    };
    Heard::Fault { code, what }
}

/// The error of the WebSocket below. The server's error has it inside.
fn websocket_error<'a>(mut error: &'a (dyn StdError + 'static)) -> Option<&'a WebSocketError> {
    loop {
        match error.downcast_ref() {
            Some(found) => return Some(found),
            None => error = error.source()?,
        }
    }
}
