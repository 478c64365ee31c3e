//! What a session hears.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tokio::sync::mpsc;
use wamp::{Dict, Id, Message, Payload, error};

use super::Pending;

/// What a message counts for besides its payload, in bytes.
const OVERHEAD: usize = 256;

/// What arrives at a session, in the order it arrived.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Inbound {
    /// Somebody calls a procedure of this session. Answer with [`Session::answer`](crate::Session::answer).
    Invocation {
        /// What to answer to.
        id: Id,
        /// Which registration it came by.
        registration: Id,
        /// Which procedure, if the registration is a pattern.
        procedure: Option<String>,
        /// The caller's session.
        caller: Option<Id>,
        /// The caller's user.
        caller_authid: Option<String>,
        /// The caller's role.
        caller_authrole: Option<String>,
        /// Whether the caller takes the result in parts ([`Session::answer_part`](crate::Session::answer_part)).
        receive_progress: bool,
        /// Whether more of the call follows, as invocations of the same id. Never so unless the session announced that it takes that.
        more: bool,
        /// The arguments.
        payload: Payload,
    },
    /// Somebody published to a topic of this session.
    Event {
        /// Which subscription it came by.
        subscription: Id,
        /// The publication: the same for every event of one publish.
        publication: Id,
        /// Which topic, if the subscription is a pattern.
        topic: Option<String>,
        /// The publisher's session.
        publisher: Option<Id>,
        /// The publisher's user.
        publisher_authid: Option<String>,
        /// The publisher's role.
        publisher_authrole: Option<String>,
        /// Whether it was published before this session subscribed.
        retained: bool,
        /// The arguments.
        payload: Payload,
    },
    /// Nobody waits for the answer to an invocation any more, or not for long: it is to be given up.
    Interrupted {
        /// Which invocation.
        id: Id,
        /// Whether an answer still reaches the caller (mode `kill`); otherwise it is dropped.
        answerable: bool,
        /// Why: `wamp.error.canceled` or `wamp.error.timeout`.
        reason: String,
    },
    /// Another session has registered a procedure of this one anew; no more calls of it come.
    Revoked {
        /// The registration that has ended.
        registration: Id,
    },
    /// The session has ended; nothing comes after this.
    Closed {
        /// The reason URI of GOODBYE or ABORT, or a sentence when the connection was lost.
        reason: String,
    },
}

/// Where what a session hears waits to be read. It is bounded by the bytes the node lets it hold.
#[derive(Debug)]
pub struct Inbox {
    queue: mpsc::UnboundedReceiver<(usize, Inbound)>,
    pending: Arc<Pending>,
}

impl Inbox {
    /// The next thing; `None` once [`Inbound::Closed`] has been read. Cancel safe.
    pub async fn recv(&mut self) -> Option<Inbound> {
        let (size, inbound) = self.queue.recv().await?;
        self.pending.taken(size);
        Some(inbound)
    }

    pub(super) fn pending(&self) -> &Arc<Pending> {
        &self.pending
    }
}

/// The other end of a session: what the router sends to it is put in here.
#[derive(Debug)]
pub(crate) struct Delivery {
    queue: mpsc::UnboundedSender<(usize, Inbound)>,
    pending: Arc<Pending>,
    /// Whether the inbox has been told of the end.
    over: AtomicBool,
}

pub(super) fn channel(pending: Arc<Pending>) -> (Inbox, Delivery) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let inbox = Inbox {
        queue: receiver,
        pending: Arc::clone(&pending),
    };
    let delivery = Delivery {
        queue: sender,
        pending,
        over: AtomicBool::new(false),
    };
    (inbox, delivery)
}

impl Delivery {
    /// Delivers one message: answers to whoever asked, the rest to the inbox. Returns whether
    /// somebody will deal with it: an invocation for an inbox that was dropped would wait for ever.
    pub(crate) fn deliver(&self, message: Message) -> bool {
        if matches!(message, Message::Invocation { .. }) && self.queue.is_closed() {
            return false;
        }
        match message {
            Message::Invocation {
                request,
                registration,
                mut details,
                payload,
            } => self.push(Inbound::Invocation {
                id: request,
                registration,
                procedure: take_text(&mut details, "procedure"),
                caller: take_id(&details, "caller"),
                caller_authid: take_text(&mut details, "caller_authid"),
                caller_authrole: take_text(&mut details, "caller_authrole"),
                receive_progress: is_set(&details, "receive_progress"),
                more: is_set(&details, "progress"),
                payload,
            }),
            Message::Event {
                subscription,
                publication,
                mut details,
                payload,
            } => self.push(Inbound::Event {
                subscription,
                publication,
                topic: take_text(&mut details, "topic"),
                publisher: take_id(&details, "publisher"),
                publisher_authid: take_text(&mut details, "publisher_authid"),
                publisher_authrole: take_text(&mut details, "publisher_authrole"),
                retained: is_set(&details, "retained"),
                payload,
            }),
            Message::Interrupt {
                request,
                mut options,
            } => self.push(Inbound::Interrupted {
                id: request,
                answerable: options.get("mode").and_then(Value::as_str) == Some("kill"),
                reason: take_text(&mut options, "reason")
                    .unwrap_or_else(|| error::CANCELED.to_owned()),
            }),
            Message::Unregistered {
                request: 0,
                details,
            } => {
                if let Some(registration) = take_id(&details, "registration") {
                    self.push(Inbound::Revoked { registration });
                }
            }
            Message::Result {
                request,
                details,
                payload,
            } if is_set(&details, "progress") => self.pending.part(request, payload),
            Message::Published { request, .. }
            | Message::Subscribed { request, .. }
            | Message::Unsubscribed { request }
            | Message::Result { request, .. }
            | Message::Registered { request, .. }
            | Message::Unregistered { request, .. }
            | Message::Error { request, .. } => self.pending.resolve(request, message),
            Message::Goodbye { reason, .. } | Message::Abort { reason, .. } => self.close(&reason),
            // Nothing else is sent to a session that has joined.
            other => tracing::warn!(kind = %other.kind(), "a session got a message it cannot use"),
        }
        true
    }

    /// Waits until whoever has the session gives it up, and says why.
    pub(crate) async fn given_up(&self) -> String {
        self.pending.closed().await;
        self.pending.why_closed().reason
    }

    /// Ends the session, and tells the inbox; where it was given up, with the reason that was given for that.
    pub(crate) fn close(&self, reason: &str) {
        self.pending.close(reason);
        if !self.over.swap(true, Ordering::Relaxed) {
            let reason = self.pending.why_closed().reason;
            self.push(Inbound::Closed { reason });
        }
    }

    /// How many bytes wait to be read.
    pub(crate) fn held(&self) -> usize {
        self.pending.held()
    }

    fn push(&self, inbound: Inbound) {
        let size = OVERHEAD
            + match &inbound {
                Inbound::Invocation { payload, .. } | Inbound::Event { payload, .. } => {
                    payload.len()
                }
                Inbound::Interrupted { .. } | Inbound::Revoked { .. } | Inbound::Closed { .. } => 0,
            };
        self.pending.put(size);
        if self.queue.send((size, inbound)).is_err() {
            self.pending.taken(size);
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.close("the connection was lost");
    }
}

fn take_text(details: &mut Dict, key: &str) -> Option<String> {
    match details.get_mut(key).map(Value::take) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn take_id(details: &Dict, key: &str) -> Option<Id> {
    details.get(key).and_then(Value::as_u64)
}

fn is_set(details: &Dict, key: &str) -> bool {
    details.get(key) == Some(&Value::Bool(true))
}
