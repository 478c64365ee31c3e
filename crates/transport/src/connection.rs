//! One connection of a client, in one task: frames in, frames out, and an end with a reason.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::close_code;
use serde_json::Value;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};
use wamp::{Dict, Id, Message, Serializer, error};
use wamp_router::CloseReason;

use crate::carrier::{Broken, Frame, Heard, Receiver, Sender};
use crate::node::{Command, Line, Node, Outbox, Parcel};

/// How many frames are written together at most.
const BATCH: usize = 64;

/// How much of one client's messages the router takes on before it is done with earlier ones, in
/// units of [`CREDIT_BYTES`]. A message costs at least one. Further ones stay in the socket.
const CREDITS: u32 = 512;

/// What one credit buys.
const CREDIT_BYTES: usize = 1 << 10;

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

/// Who has connected.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    /// From where, if it has an address.
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) serializer: Serializer,
    /// The largest message that it takes, in bytes.
    pub(crate) largest: usize,
}

/// Serves one client until its connection ends.
pub(crate) async fn serve(
    mut sender: impl Sender,
    receiver: impl Receiver,
    node: Node,
    client: Client,
) {
    let patience = node.config().close_timeout;
    match Connection::open(node, client).await {
        Opened::Served(connection, parcels) => connection.run(sender, receiver, parcels).await,
        Opened::Full => farewell(&mut sender, patience, close_code::AGAIN, FULL).await,
        Opened::Stopped => {}
    }
}

/// What whoever comes when there is no place is told.
const FULL: &str = "no more sessions now";

/// Whether a client has a session.
pub(crate) enum Opened {
    /// It has one, and this is what the router sends to it.
    Served(Connection, mpsc::UnboundedReceiver<Parcel>),
    /// There are as many sessions as may be.
    Full,
    /// The router has stopped.
    Stopped,
}

pub(crate) struct Connection {
    node: Node,
    session: Id,
    serializer: Serializer,
    line: Arc<Line>,
    /// How long closing may take.
    patience: Duration,
}

impl Connection {
    /// Announces a client to the router.
    pub(crate) async fn open(node: Node, client: Client) -> Opened {
        let high_water = node.config().outbox_bytes / 2;
        let (outbox, line, parcels) = Outbox::new(high_water, client.serializer, client.largest);
        let (reply, opened) = oneshot::channel();
        let open = Command::Open {
            peer: client.peer,
            outbox,
            reply,
        };
        if node.tell(open).await.is_err() {
            return Opened::Stopped;
        }
        match opened.await {
            Ok(Ok(session)) => {
                let connection = Self {
                    session,
                    serializer: client.serializer,
                    line,
                    patience: node.config().close_timeout,
                    node,
                };
                Opened::Served(connection, parcels)
            }
            _ => Opened::Full,
        }
    }

    /// Carries messages both ways until there is an end to it.
    pub(crate) async fn run(
        self,
        mut sender: impl Sender,
        mut receiver: impl Receiver,
        mut parcels: mpsc::UnboundedReceiver<Parcel>,
    ) {
        let (sink, stream) = (&mut sender, &mut receiver);
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
                    drain(stream, self.patience).await;
                }
                let (code, text) = close_words(reason);
                farewell(sink, self.patience, code, text).await;
                drain(stream, self.patience).await;
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
                linger(stream, self.patience, code).await;
            }
            End::Silent => {
                self.lost().await;
                let text = "nothing was heard for too long";
                farewell(sink, self.patience, close_code::AWAY, text).await;
            }
            End::Gone => {
                self.lost().await;
                // Answers the client's close frame, if it sent one.
                let _ = timeout(self.patience, sink.close(None)).await;
            }
            End::Cut => {
                drop(parcels);
                self.lost().await;
                let text = "too slow: more waits to be read than may";
                let abort = Frame::of(self.serializer, &abort(error::LIMIT_EXCEEDED, text));
                let send = async {
                    sink.feed(abort).await?;
                    sink.flush().await
                };
                let _ = timeout(self.patience, send).await;
                farewell(sink, self.patience, close_code::POLICY, text).await;
            }
        }
    }

    /// Sends what is queued, many frames in one write, and pings.
    async fn write(
        &self,
        sink: &mut impl Sender,
        parcels: &mut mpsc::UnboundedReceiver<Parcel>,
    ) -> End {
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
                question = sink.asked() => sink.pong(question).await,
                _ = ping.tick() => sink.ping().await,
            };
            if result.is_err() {
                return End::Gone;
            }
        }
    }

    async fn write_batch(
        &self,
        sink: &mut impl Sender,
        batch: &mut Vec<Parcel>,
    ) -> Result<Option<CloseReason>, Broken> {
        let size: usize = batch.iter().map(Parcel::size).sum();
        let mut close = None;
        for parcel in batch.drain(..) {
            match parcel {
                Parcel::Frame(frame) => sink.feed(frame).await?,
                Parcel::Close(reason) => close = Some(reason),
            }
        }
        sink.flush().await?;
        self.line.sent(size);
        Ok(close)
    }

    /// Hands what the client says to the router, no faster than the router takes it and no faster
    /// than the client takes what it is sent.
    async fn read(&self, stream: &mut impl Receiver) -> End {
        let credits = Arc::new(Semaphore::new(CREDITS as usize));
        let patience = self.node.config().ping_timeout;
        let mut heard = Instant::now();
        let silence = sleep_until(heard + patience);
        tokio::pin!(silence);
        loop {
            let heard_now = tokio::select! {
                biased;
                heard_now = stream.next() => heard_now,
                () = &mut silence => {
                    if heard.elapsed() >= patience {
                        return End::Silent;
                    }
                    silence.as_mut().reset(heard + patience);
                    continue;
                }
            };
            heard = Instant::now();
            let bytes = match heard_now {
                Heard::Message(bytes) => bytes,
                Heard::Life => continue,
                Heard::Fault { code, what } => return End::Fault { code, what },
                Heard::Gone(_) => return End::Gone,
            };
            let message = match self.serializer.decode(&bytes) {
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
            let cost = u32::try_from(1 + bytes.len() / CREDIT_BYTES).unwrap_or(CREDITS);
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
}

/// Waits for the client to close, discarding what it still says.
async fn drain(stream: &mut impl Receiver, patience: Duration) {
    let discard =
        async { while !matches!(stream.next().await, Heard::Gone(_) | Heard::Fault { .. }) {} };
    let _ = timeout(patience, discard).await;
}

/// Keeps the connection open until the client can have read why it is closed: closing with
/// unread data in the socket would destroy what is under way to the client.
pub(crate) async fn linger(stream: &mut impl Receiver, patience: Duration, code: u16) {
    if code == close_code::SIZE {
        sleep(patience).await;
    } else {
        drain(stream, patience).await;
    }
}

/// Says goodbye, if that is possible within `patience`.
pub(crate) async fn farewell(sink: &mut impl Sender, patience: Duration, code: u16, text: &str) {
    let _ = timeout(patience, sink.close(Some((code, text)))).await;
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
