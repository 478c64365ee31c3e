//! A WAMP client session, whatever carries it: in process or over a WebSocket.

mod call;
mod error;
mod inbox;
mod options;
mod parts;
mod pending;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use wamp::{Dict, Id, Kind, Message, Payload, close};
use wamp_router::Listeners;

pub use call::Call;
pub use error::{CallError, Closed, WampError};
pub(crate) use inbox::Delivery;
pub use inbox::{Inbound, Inbox};
pub use options::{CallOptions, CancelMode, PublishOptions, RegisterOptions, SubscribeOptions};
use pending::{Pending, Reply};

use crate::node::Command;

/// How long [`Session::leave`] waits for the answer to its GOODBYE.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// One side of a session: what it says. What it hears arrives in its [`Inbox`].
///
/// Clones share the session. Requests of one session keep their order. When the last clone is
/// dropped the session ends.
#[derive(Clone, Debug)]
pub struct Session {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    id: Id,
    link: Link,
    pending: Arc<Pending>,
    next_request: AtomicU64,
    call_timeout: Duration,
}

/// Where a session's messages go.
#[derive(Debug)]
pub(crate) enum Link {
    /// To the node in this process.
    Node {
        commands: mpsc::Sender<Command>,
        listeners: Listeners,
    },
    /// To the task that owns the socket.
    Socket(mpsc::Sender<Message>),
}

/// The receiving ends of a session that is about to be: the inbox, and where its messages are
/// delivered. They exist before the session does, so that nothing it is sent can be missed.
pub(crate) fn prepare() -> (Inbox, Delivery) {
    inbox::channel(Arc::default())
}

impl Session {
    /// The session whose messages are delivered to `inbox`.
    pub(crate) fn new(id: Id, link: Link, inbox: &Inbox, call_timeout: Duration) -> Self {
        Self {
            inner: Arc::new(Inner {
                id,
                link,
                pending: Arc::clone(inbox.pending()),
                next_request: AtomicU64::new(1),
                call_timeout,
            }),
        }
    }

    /// The session id of WELCOME.
    #[must_use]
    pub fn id(&self) -> Id {
        self.inner.id
    }

    /// Offers a procedure, or with another policy than exact a pattern of procedures. Returns the
    /// registration id that invocations will name.
    ///
    /// # Errors
    /// [`CallError::Refused`] with `wamp.error.procedure_already_exists` if somebody offers it.
    pub async fn register(
        &self,
        procedure: &str,
        options: impl Into<RegisterOptions>,
    ) -> Result<Id, CallError> {
        let request = self.next_request();
        let message = Message::Register {
            request,
            options: options.into().into_dict(),
            procedure: procedure.to_owned(),
        };
        match self.request(request, message).await? {
            Message::Registered { registration, .. } => Ok(registration),
            other => Err(CallError::unexpected(&other)),
        }
    }

    /// Takes a registration back.
    ///
    /// # Errors
    /// [`CallError::Refused`] with `wamp.error.no_such_registration` if there is none.
    pub async fn unregister(&self, registration: Id) -> Result<(), CallError> {
        let request = self.next_request();
        let message = Message::Unregister {
            request,
            registration,
        };
        match self.request(request, message).await? {
            Message::Unregistered { .. } => Ok(()),
            other => Err(CallError::unexpected(&other)),
        }
    }

    /// Subscribes to a topic or pattern. Returns the subscription id that events will name.
    ///
    /// # Errors
    /// [`CallError::Refused`] when the router or the gate says no.
    pub async fn subscribe(
        &self,
        topic: &str,
        options: impl Into<SubscribeOptions>,
    ) -> Result<Id, CallError> {
        let request = self.next_request();
        let message = Message::Subscribe {
            request,
            options: options.into().into_dict(),
            topic: topic.to_owned(),
        };
        match self.request(request, message).await? {
            Message::Subscribed { subscription, .. } => Ok(subscription),
            other => Err(CallError::unexpected(&other)),
        }
    }

    /// Takes a subscription back.
    ///
    /// # Errors
    /// [`CallError::Refused`] with `wamp.error.no_such_subscription` if there is none.
    pub async fn unsubscribe(&self, subscription: Id) -> Result<(), CallError> {
        let request = self.next_request();
        let message = Message::Unsubscribe {
            request,
            subscription,
        };
        match self.request(request, message).await? {
            Message::Unsubscribed { .. } => Ok(()),
            other => Err(CallError::unexpected(&other)),
        }
    }

    /// Could anybody hear what is published to this topic now? Where nobody could, an event need not be made. Whoever subscribes after
    /// this was asked could not tell an event from one that was published before; over a socket only the router knows, so it may be
    /// heard.
    #[must_use]
    pub fn may_be_heard(&self, topic: &str) -> bool {
        match &self.inner.link {
            Link::Node { listeners, .. } => listeners.hear(topic),
            Link::Socket(_) => true,
        }
    }

    /// Publishes to a topic. Waits while the router is behind, never for a slow subscriber.
    ///
    /// # Errors
    /// [`CallError::Closed`] when the session has ended; refusals only with
    /// [`PublishOptions::acknowledge`].
    pub async fn publish(
        &self,
        topic: &str,
        options: PublishOptions,
        payload: Payload,
    ) -> Result<(), CallError> {
        if options.is_for_nobody() {
            return Ok(self.inner.pending.check()?);
        }
        let request = self.next_request();
        let acknowledge = options.acknowledge;
        let message = Message::Publish {
            request,
            options: options.into_dict(),
            topic: topic.to_owned(),
            payload,
        };
        if !acknowledge {
            return Ok(self.send(message).await?);
        }
        match self.request(request, message).await? {
            Message::Published { .. } => Ok(()),
            other => Err(CallError::unexpected(&other)),
        }
    }

    /// Publishes to everybody who listens, waits until the router has done it, and returns the id of the publication.
    ///
    /// # Errors
    /// [`CallError::Refused`] when the router or the gate says no, [`CallError::Closed`] when the session has ended.
    pub async fn publish_acknowledged(
        &self,
        topic: &str,
        payload: Payload,
    ) -> Result<Id, CallError> {
        let request = self.next_request();
        let options = PublishOptions {
            acknowledge: true,
            ..PublishOptions::default()
        };
        let message = Message::Publish {
            request,
            options: options.into_dict(),
            topic: topic.to_owned(),
            payload,
        };
        match self.request(request, message).await? {
            Message::Published { publication, .. } => Ok(publication),
            other => Err(CallError::unexpected(&other)),
        }
    }

    /// Calls a procedure and waits for its result.
    ///
    /// # Errors
    /// [`CallError::Refused`] with what the callee or the router answered,
    /// [`CallError::Timeout`] when nothing came in time.
    pub async fn call(&self, procedure: &str, payload: Payload) -> Result<Payload, CallError> {
        let request = self.next_request();
        let message = Message::Call {
            request,
            options: Dict::new(),
            procedure: procedure.to_owned(),
            payload,
        };
        match self.request(request, message).await? {
            Message::Result { payload, .. } => Ok(payload),
            other => Err(CallError::unexpected(&other)),
        }
    }

    /// Calls a procedure that answers in parts, takes its arguments in parts, or may be given up.
    ///
    /// # Errors
    /// [`CallError::Closed`] when the session has ended. What comes of the call, the [`Call`] tells.
    pub async fn begin(
        &self,
        procedure: &str,
        options: CallOptions,
        payload: Payload,
    ) -> Result<Call, CallError> {
        let request = self.next_request();
        let (reply, parts) = self.inner.pending.expect_parts(request)?;
        let call = Call::new(self.clone(), request, procedure, reply, parts);
        call.say(options.into_dict(), payload).await?;
        Ok(call)
    }

    /// Answers part of an [`Inbound::Invocation`] whose caller takes parts; [`answer`](Self::answer) gives the last one.
    ///
    /// # Errors
    /// [`Closed`] when the session has ended.
    pub async fn answer_part(&self, invocation: Id, payload: Payload) -> Result<(), Closed> {
        let mut options = Dict::new();
        options::set_if(&mut options, "progress", true);
        let part = Message::Yield {
            request: invocation,
            options,
            payload,
        };
        self.send(part).await
    }

    /// Answers an [`Inbound::Invocation`]: with a result, or with an error that the caller gets as
    /// it is. An answer that nobody waits for any more is dropped by the router.
    ///
    /// # Errors
    /// [`Closed`] when the session has ended.
    pub async fn answer(
        &self,
        invocation: Id,
        reply: Result<Payload, WampError>,
    ) -> Result<(), Closed> {
        self.send(match reply {
            Ok(payload) => Message::Yield {
                request: invocation,
                options: Dict::new(),
                payload,
            },
            Err(error) => Message::Error {
                request_kind: Kind::Invocation,
                request: invocation,
                details: Dict::new(),
                error: error.uri,
                payload: error.payload,
            },
        })
        .await
    }

    /// Ends the session at once, for a router that does not answer any more: whoever waits for it learns of it, so
    /// does the inbox, and a socket is closed.
    pub fn give_up(&self, reason: &str) {
        self.inner.pending.close(reason);
    }

    /// Leaves the realm: says GOODBYE and waits shortly for the answer. Requests that still wait
    /// end with [`CallError::Closed`].
    pub async fn leave(&self) {
        let goodbye = Message::Goodbye {
            details: Dict::new(),
            reason: close::NORMAL.to_owned(),
        };
        let left = async {
            if self.send(goodbye).await.is_ok() {
                self.inner.pending.closed().await;
            }
        };
        // A router that takes or answers nothing has only itself to blame: we are gone either way.
        let _ = timeout(LEAVE_TIMEOUT, left).await;
    }

    fn next_request(&self) -> Id {
        self.inner.next_request.fetch_add(1, Ordering::Relaxed)
    }

    async fn request(&self, request: Id, message: Message) -> Result<Message, CallError> {
        let reply = self.inner.pending.expect(request)?;
        self.send(message).await?;
        self.await_reply(reply).await
    }

    async fn await_reply(&self, reply: Reply) -> Result<Message, CallError> {
        match timeout(self.inner.call_timeout, reply.wait()).await {
            Ok(Ok(Message::Error { error, payload, .. })) => Err(CallError::Refused(WampError {
                uri: error,
                payload,
            })),
            Ok(reply) => Ok(reply?),
            Err(_) => Err(self.too_late()),
        }
    }

    fn too_late(&self) -> CallError {
        CallError::Timeout {
            after: self.inner.call_timeout,
        }
    }

    async fn send(&self, message: Message) -> Result<(), Closed> {
        self.inner.pending.check()?;
        let sent = match &self.inner.link {
            Link::Node { commands, .. } => {
                let command = Command::Message {
                    session: self.inner.id,
                    message,
                    credit: None,
                };
                commands.send(command).await.is_ok()
            }
            Link::Socket(socket) => socket.send(message).await.is_ok(),
        };
        if sent {
            Ok(())
        } else {
            Err(self.inner.pending.why_closed())
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Link::Node { commands, .. } = &self.link {
            // If the node is too busy to be told, the session stays until the node stops.
            let _ = commands.try_send(Command::Closed { session: self.id });
        }
    }
}
