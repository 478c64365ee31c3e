//! The task that owns a client's socket once it has joined.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use wamp::{Dict, Message, Serializer, close};

use crate::carrier::{Broken, Frame, Heard, Receiver, Sender};
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
pub(super) async fn run(
    mut sender: impl Sender,
    mut receiver: impl Receiver,
    serializer: Serializer,
    mut messages: mpsc::Receiver<Message>,
    delivery: Delivery,
) {
    let said_goodbye = AtomicBool::new(false);
    let end = tokio::select! {
        // What the router said last is read before it is asked whether the session has ended.
        biased;
        end = write(&mut sender, serializer, &mut messages, &said_goodbye) => end,
        end = read(&mut receiver, serializer, &delivery) => end,
        reason = delivery.given_up() => End::Lost(reason),
    };
    // Best effort: the router closes whether or not it gets this.
    match end {
        End::Over if said_goodbye.load(Ordering::Relaxed) => {}
        End::Over => {
            let answer = goodbye(close::GOODBYE_AND_OUT);
            let _ = timeout(PATIENCE, say(&mut sender, serializer, &answer)).await;
        }
        End::Dropped => {
            delivery.close(close::NORMAL);
            let farewell = goodbye(close::NORMAL);
            let _ = timeout(PATIENCE, say(&mut sender, serializer, &farewell)).await;
        }
        End::Lost(reason) => delivery.close(&reason),
    }
    let _ = timeout(PATIENCE, sender.close(None)).await;
    let discard = async { while !matches!(receiver.next().await, Heard::Gone(_)) {} };
    let _ = timeout(PATIENCE, discard).await;
}

/// Sends one message.
pub(super) async fn say(
    sender: &mut impl Sender,
    serializer: Serializer,
    message: &Message,
) -> Result<(), Broken> {
    sender.feed(Frame::of(serializer, message)).await?;
    sender.flush().await
}

async fn write(
    sender: &mut impl Sender,
    serializer: Serializer,
    messages: &mut mpsc::Receiver<Message>,
    said_goodbye: &AtomicBool,
) -> End {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let count = tokio::select! {
            biased;
            count = messages.recv_many(&mut batch, BATCH) => count,
            question = sender.asked() => {
                if let Err(Broken(reason)) = sender.pong(question).await {
                    return End::Lost(reason);
                }
                continue;
            }
        };
        if count == 0 {
            return End::Dropped;
        }
        let sent = async {
            for message in batch.drain(..) {
                if matches!(message, Message::Goodbye { .. }) {
                    said_goodbye.store(true, Ordering::Relaxed);
                }
                sender.feed(Frame::of(serializer, &message)).await?;
            }
            sender.flush().await
        };
        if let Err(Broken(reason)) = sent.await {
            return End::Lost(reason);
        }
    }
}

async fn read(receiver: &mut impl Receiver, serializer: Serializer, delivery: &Delivery) -> End {
    loop {
        let bytes = match receiver.next().await {
            Heard::Message(bytes) => bytes,
            Heard::Life => continue,
            Heard::Fault { what, .. } => {
                return End::Lost(format!("the router does not speak WAMP: {what}"));
            }
            Heard::Gone(reason) => return End::Lost(reason),
        };
        let message = match serializer.decode(&bytes) {
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
