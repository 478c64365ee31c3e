//! The task that owns a client's socket once it has joined.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;
use wamp::{Dict, Message, close, json};

use super::{Socket, frame};
use crate::session::Delivery;

/// How many messages are written together at most.
const BATCH: usize = 64;

/// How many bytes may wait in the inbox before the session ends.
const INBOX_BYTES: usize = 64 << 20;

/// How long closing may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Why the link ends.
enum End {
    /// Every handle of the session was dropped.
    Dropped,
    /// The router said GOODBYE or ABORT, which the session has been told.
    Over,
    /// The connection broke, or is of no use any more: why.
    Lost(String),
}

/// Carries messages both ways until the session ends.
pub(super) async fn run(socket: Socket, mut messages: mpsc::Receiver<Message>, delivery: Delivery) {
    let (mut sink, mut stream) = socket.split();
    let said_goodbye = AtomicBool::new(false);
    let end = tokio::select! {
        end = write(&mut sink, &mut messages, &said_goodbye) => end,
        end = read(&mut stream, &delivery) => end,
    };
    match end {
        End::Over if said_goodbye.load(Ordering::Relaxed) => {}
        End::Over => {
            // Best effort: the router closes whether or not it gets this.
            let answer = frame(&goodbye(close::GOODBYE_AND_OUT));
            let _ = timeout(PATIENCE, sink.send(answer)).await;
        }
        End::Dropped => {
            delivery.close(close::NORMAL);
            let farewell = frame(&goodbye(close::NORMAL));
            let _ = timeout(PATIENCE, sink.send(farewell)).await;
        }
        End::Lost(reason) => delivery.close(&reason),
    }
    let _ = timeout(PATIENCE, sink.close()).await;
    let discard = async { while let Some(Ok(_)) = stream.next().await {} };
    let _ = timeout(PATIENCE, discard).await;
}

async fn write(
    sink: &mut SplitSink<Socket, Frame>,
    messages: &mut mpsc::Receiver<Message>,
    said_goodbye: &AtomicBool,
) -> End {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        if messages.recv_many(&mut batch, BATCH).await == 0 {
            return End::Dropped;
        }
        let sent = async {
            for message in batch.drain(..) {
                if matches!(message, Message::Goodbye { .. }) {
                    said_goodbye.store(true, Ordering::Relaxed);
                }
                sink.feed(frame(&message)).await?;
            }
            sink.flush().await
        };
        if let Err(error) = sent.await {
            return End::Lost(error.to_string());
        }
    }
}

async fn read(stream: &mut SplitStream<Socket>, delivery: &Delivery) -> End {
    loop {
        let text = match stream.next().await {
            Some(Ok(Frame::Text(text))) => text,
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => continue,
            Some(Ok(Frame::Close(Some(frame)))) => {
                let (code, reason) = (u16::from(frame.code), frame.reason);
                return End::Lost(format!(
                    "the router closed the connection ({code}): {reason}"
                ));
            }
            Some(Ok(_)) => return End::Lost(String::from("the router closed the connection")),
            Some(Err(error)) => return End::Lost(error.to_string()),
            None => return End::Lost(String::from("the connection was lost")),
        };
        let message = match json::decode(&text.into()) {
            Ok(message) => message,
            Err(error) => return End::Lost(format!("the router does not speak WAMP: {error}")),
        };
        let over = matches!(message, Message::Goodbye { .. } | Message::Abort { .. });
        if !delivery.deliver(message) {
            return End::Lost(String::from("nobody is left to answer invocations"));
        }
        if over {
            return End::Over;
        }
        if delivery.held() > INBOX_BYTES {
            return End::Lost(String::from("the inbox is not read"));
        }
    }
}

fn goodbye(reason: &str) -> Message {
    Message::Goodbye {
        details: Dict::new(),
        reason: reason.to_owned(),
    }
}
