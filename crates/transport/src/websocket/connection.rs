//! One connection of a client, in one task: frames in, frames out, and an end with a reason.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket, close_code};
use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};
use wamp::{Dict, Id, Message, error, json};
use wamp_router::CloseReason;

use crate::node::{Command, Line, Node, Outbox, Parcel};

/// How many frames are written together at most.
const BATCH: usize = 64;

/// How much of one client's messages the router takes on before it is done with earlier ones, in
/// units of [`CREDIT_BYTES`]. A message costs at least one. Further ones stay in the socket.
const CREDITS: u32 = 512;

/// What one credit buys.
const CREDIT_BYTES: usize = 1 << 10;

type Sink = SplitSink<WebSocket, Frame>;
type Stream = SplitStream<WebSocket>;

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The router said so, and everything before has been sent.
    Closed(CloseReason),
    /// The client closed, or the connection broke.
    Gone,
    /// Nothing was heard for too long.
    Silent,
    /// The client sent what it may not.
    Fault { code: u16, what: String },
    /// It did not take what it was sent: the router gave it up, or too much waited for too long.
    Cut,
}

/// Serves one client until its connection ends.
pub(super) async fn serve(socket: WebSocket, node: Node, peer: Option<SocketAddr>) {
    let (outbox, line, parcels) = Outbox::new(node.config().outbox_bytes / 2);
    let (mut sink, mut stream) = socket.split();
    let (reply, opened) = oneshot::channel();
    let open = Command::Open {
        peer,
        outbox,
        reply,
    };
    let patience = node.config().close_timeout;
    let session = match node.tell(open).await {
        Ok(()) => opened.await,
        Err(_) => return,
    };
    let Ok(Ok(session)) = session else {
        return farewell(
            &mut sink,
            patience,
            close_code::AGAIN,
            "no more sessions now",
        )
        .await;
    };
    Connection {
        node,
        session,
        line,
        patience,
    }
    .run(&mut sink, &mut stream, parcels)
    .await;
}

struct Connection {
    node: Node,
    session: Id,
    line: Arc<Line>,
    /// How long closing may take.
    patience: Duration,
}

impl Connection {
    async fn run(
        self,
        sink: &mut Sink,
        stream: &mut Stream,
        mut parcels: mpsc::UnboundedReceiver<Parcel>,
    ) {
        let end = tokio::select! {
            biased;
            () = self.line.is_cut() => End::Cut,
            end = self.write(sink, &mut parcels) => end,
            end = self.read(stream) => end,
        };
        tracing::debug!(session = self.session, ?end, "connection ends");
        match end {
            End::Closed(reason) => {
                if reason == CloseReason::Goodbye {
                    // Who said GOODBYE first closes first.
                    self.drain(stream).await;
                }
                let (code, text) = close_words(reason);
                farewell(sink, self.patience, code, text).await;
                self.drain(stream).await;
            }
            End::Fault { code, what } => {
                let session = self.session;
                let violation = Command::Violation {
                    session,
                    what: what.clone(),
                };
                if self.node.tell(violation).await.is_ok() {
                    // The router has the last word: ABORT, after what it had to say before.
                    let _ = timeout(self.patience, self.write(sink, &mut parcels)).await;
                }
                farewell(sink, self.patience, code, &what).await;
                self.linger(stream, code).await;
            }
            End::Silent => {
                self.lost().await;
                let text = "nothing was heard for too long";
                farewell(sink, self.patience, close_code::AWAY, text).await;
            }
            End::Gone => {
                self.lost().await;
                // Answers the client's close frame, if it sent one.
                let _ = timeout(self.patience, sink.close()).await;
            }
            End::Cut => {
                drop(parcels);
                self.lost().await;
                let text = "too slow: more waits to be read than may";
                let abort = json::encode(&abort(error::LIMIT_EXCEEDED, text));
                if let Ok(abort) = abort.try_into() {
                    let _ = timeout(self.patience, sink.send(Frame::Text(abort))).await;
                }
                farewell(sink, self.patience, close_code::POLICY, text).await;
            }
        }
    }

    /// Sends what is queued, many frames in one write, and pings.
    async fn write(&self, sink: &mut Sink, parcels: &mut mpsc::UnboundedReceiver<Parcel>) -> End {
        let every = self.node.config().ping_interval;
        let mut ping = interval_at(Instant::now() + every, every);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut batch = Vec::new();
        loop {
            let result = tokio::select! {
                biased;
                count = parcels.recv_many(&mut batch, BATCH) => {
                    if count == 0 {
                        return End::Closed(CloseReason::Unanswered);
                    }
                    match self.write_batch(sink, &mut batch).await {
                        Ok(None) => Ok(()),
                        Ok(Some(reason)) => return End::Closed(reason),
                        Err(error) => Err(error),
                    }
                }
                _ = ping.tick() => sink.send(Frame::Ping(Bytes::new())).await,
            };
            if result.is_err() {
                return End::Gone;
            }
        }
    }

    async fn write_batch(
        &self,
        sink: &mut Sink,
        batch: &mut Vec<Parcel>,
    ) -> Result<Option<CloseReason>, axum::Error> {
        let size: usize = batch.iter().map(Parcel::size).sum();
        let mut close = None;
        for parcel in batch.drain(..) {
            match parcel {
                Parcel::Text(text) => sink.feed(Frame::Text(text)).await?,
                Parcel::Close(reason) => close = Some(reason),
            }
        }
        sink.flush().await?;
        self.line.sent(size);
        Ok(close)
    }

    /// Hands what the client says to the router, no faster than the router takes it and no faster
    /// than the client takes what it is sent.
    async fn read(&self, stream: &mut Stream) -> End {
        let credits = Arc::new(Semaphore::new(CREDITS as usize));
        let patience = self.node.config().ping_timeout;
        let mut heard = Instant::now();
        let silence = sleep_until(heard + patience);
        tokio::pin!(silence);
        loop {
            let frame = tokio::select! {
                biased;
                frame = stream.next() => frame,
                () = &mut silence => {
                    if heard.elapsed() >= patience {
                        return End::Silent;
                    }
                    silence.as_mut().reset(heard + patience);
                    continue;
                }
            };
            heard = Instant::now();
            let text = match frame {
                Some(Ok(Frame::Text(text))) => Bytes::from(text),
                Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => continue,
                Some(Ok(Frame::Binary(_))) => {
                    return End::Fault {
                        code: close_code::UNSUPPORTED,
                        what: String::from("expected text frames, got a binary one"),
                    };
                }
                Some(Err(error)) if is_too_big(&error) => {
                    let limit = self.node.config().max_message_bytes;
                    return End::Fault {
                        code: close_code::SIZE,
                        what: format!(
                            "expected messages of at most {limit} bytes, got a larger one"
                        ),
                    };
                }
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return End::Gone,
            };
            let message = match json::decode(&text) {
                Ok(message) => message,
                Err(error) => {
                    return End::Fault {
                        code: close_code::PROTOCOL,
                        what: error.to_string(),
                    };
                }
            };
            if timeout(patience, self.line.flows()).await.is_err() {
                return End::Cut;
            }
            let cost = u32::try_from(1 + text.len() / CREDIT_BYTES).unwrap_or(CREDITS);
            let credit = Arc::clone(&credits)
                .acquire_many_owned(cost.min(CREDITS))
                .await;
            let said = Command::Message {
                session: self.session,
                message,
                credit: credit.ok(),
            };
            if self.node.tell(said).await.is_err() {
                return End::Gone;
            }
            heard = Instant::now();
        }
    }

    /// Tells the router that the client is gone.
    async fn lost(&self) {
        let session = self.session;
        // A router that has stopped knows.
        let _ = self.node.tell(Command::Closed { session }).await;
    }

    /// Waits for the client to close, discarding what it still says.
    async fn drain(&self, stream: &mut Stream) {
        let discard = async { while let Some(Ok(_)) = stream.next().await {} };
        let _ = timeout(self.patience, discard).await;
    }

    /// Keeps the connection open until the client can have read why it is closed: closing with
    /// unread data in the socket would destroy what is under way to the client.
    async fn linger(&self, stream: &mut Stream, code: u16) {
        if code == close_code::SIZE {
            sleep(self.patience).await;
        } else {
            self.drain(stream).await;
        }
    }
}

/// Sends a close frame, if that is possible within `patience`.
async fn farewell(sink: &mut Sink, patience: Duration, code: u16, text: &str) {
    // A close frame has room for 123 bytes of reason.
    let text = &text[..text.floor_char_boundary(123)];
    let frame = Frame::Close(Some(CloseFrame {
        code,
        reason: text.into(),
    }));
    let _ = timeout(patience, sink.send(frame)).await;
}

fn close_words(reason: CloseReason) -> (u16, &'static str) {
    match reason {
        CloseReason::Goodbye | CloseReason::Dismissed => (close_code::NORMAL, "goodbye"),
        CloseReason::Unanswered => (close_code::AWAY, "goodbye"),
        CloseReason::Refused => (close_code::NORMAL, "not let in; see ABORT"),
        CloseReason::Violation => (close_code::PROTOCOL, "protocol violation; see ABORT"),
        CloseReason::TooMuchWaiting => (close_code::POLICY, "too much waiting; see ABORT"),
    }
}

fn abort(reason: &str, message: &str) -> Message {
    Message::Abort {
        details: Dict::from_iter([("message".to_owned(), Value::from(message))]),
        reason: reason.to_owned(),
    }
}

fn is_too_big(error: &axum::Error) -> bool {
    use std::error::Error as _;
    use tokio_tungstenite::tungstenite::Error as WebSocketError;

    let source = error.source();
    let source = source.and_then(|source| source.downcast_ref::<WebSocketError>());
    matches!(source, Some(WebSocketError::Capacity(_)))
}
