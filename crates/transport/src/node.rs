//! A WAMP router at work.
//!
//! One task owns the router (`actor`); everybody else sends it commands and gets what the router
//! decides through a line of their own (`line`).

mod actor;
mod counts;
mod ids;
mod line;
mod oversize;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use wamp::{Id, Message};
use wamp_router::{AskId, AuthMethod, Full, Listeners, Verdict};

use crate::session::{self, Delivery, Link};
use crate::{Closed, Gate, Inbox, NodeConfig, Session, websocket};
use actor::Actor;
pub use counts::Counts;
use counts::Tally;
pub(crate) use line::{Line, Outbox, Parcel};

/// How many commands may wait for the router. Whoever has one more waits.
const COMMANDS: usize = 1_024;

/// What the task that owns the router is told.
#[derive(Debug)]
pub(crate) enum Command {
    /// A client has connected.
    Open {
        peer: Option<SocketAddr>,
        outbox: Outbox,
        reply: oneshot::Sender<Result<Id, Full>>,
    },
    /// A session joins from within the process.
    Join {
        authid: String,
        authrole: String,
        delivery: Delivery,
        reply: oneshot::Sender<Result<Id, Full>>,
    },
    /// A session said something. The credit is given back when the router is done with it.
    Message {
        session: Id,
        message: Message,
        credit: Option<OwnedSemaphorePermit>,
    },
    /// A session said something that is no message.
    Violation { session: Id, what: String },
    /// The connection of a session is gone.
    Closed { session: Id },
    /// The gate has answered.
    Answer {
        session: Id,
        ask: AskId,
        verdict: Option<Verdict>,
    },
    /// End the sessions of a user.
    CloseUser {
        authid: String,
        reply: oneshot::Sender<usize>,
    },
    /// Offer these ways to prove who one is.
    Offer(Vec<AuthMethod>),
    /// Say GOODBYE to everybody, and stop when all have left.
    Shutdown,
}

/// A running WAMP router. Clones are handles to the same one.
///
/// It stops after [`Node::shutdown`], or when the last handle, session and connection is gone.
#[derive(Clone, Debug)]
pub struct Node {
    config: Arc<NodeConfig>,
    commands: mpsc::Sender<Command>,
    listeners: Listeners,
    tally: Arc<Tally>,
    /// The router's task and those of connections.
    tasks: TaskTracker,
}

impl Node {
    /// Starts a router in a task of its own. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(config: NodeConfig, gate: Arc<dyn Gate>) -> Self {
        let (sender, commands) = mpsc::channel(COMMANDS);
        let config = Arc::new(config);
        let tasks = TaskTracker::new();
        let tally = Arc::new(Tally::default());
        let actor = Actor::new(
            Arc::clone(&config),
            gate,
            sender.downgrade(),
            Arc::clone(&tally),
        );
        let listeners = actor.listeners();
        tasks.spawn(actor.run(commands));
        Self {
            config,
            commands: sender,
            listeners,
            tally,
            tasks,
        }
    }

    /// Joins the realm from within this process. The session is trusted: it is never asked about.
    ///
    /// # Errors
    /// [`Closed`] when the node has stopped or is stopping.
    pub async fn join(&self, authid: &str, authrole: &str) -> Result<(Session, Inbox), Closed> {
        let (inbox, delivery) = session::prepare();
        let (reply, id) = oneshot::channel();
        self.tell(Command::Join {
            authid: authid.to_owned(),
            authrole: authrole.to_owned(),
            delivery,
            reply,
        })
        .await?;
        let Ok(Ok(id)) = id.await else {
            return Err(stopped());
        };
        let link = Link::Node {
            commands: self.commands.clone(),
            listeners: self.listeners.clone(),
        };
        let session = Session::new(id, link, &inbox, self.config.call_timeout);
        Ok((session, inbox))
    }

    /// `GET /ws`: the WebSocket endpoint.
    ///
    /// Serve it with `into_make_service_with_connect_info::<SocketAddr>()`, so that the gate learns
    /// where clients come from, and with `TCP_NODELAY` set on accepted connections.
    pub fn websocket_route(&self) -> axum::Router {
        websocket::route(self.clone())
    }

    /// What it has done since it was started.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.tally.read(self.tasks.len())
    }

    /// Ends every client session of a user, for example because their rights have changed. Returns
    /// how many there were. Sessions joined in process are left alone.
    pub async fn close_sessions(&self, authid: &str) -> usize {
        let (reply, count) = oneshot::channel();
        let command = Command::CloseUser {
            authid: authid.to_owned(),
            reply,
        };
        match self.tell(command).await {
            Ok(()) => count.await.unwrap_or(0),
            Err(_) => 0,
        }
    }

    /// From now on clients may prove who they are in these ways. Who has joined stays.
    pub async fn offer(&self, methods: Vec<AuthMethod>) {
        // A node that has stopped lets nobody in.
        let _ = self.tell(Command::Offer(methods)).await;
    }

    /// Says GOODBYE to every session, lets nobody in any more, and returns when all connections are
    /// closed or `grace` is over.
    pub async fn shutdown(&self, grace: Duration) {
        // A node that has stopped already needs no telling.
        let _ = self.tell(Command::Shutdown).await;
        self.tasks.close();
        if timeout(grace, self.tasks.wait()).await.is_err() {
            let left = self.tasks.len();
            tracing::warn!(left, "connections did not close in time and are dropped");
        }
    }

    pub(crate) fn config(&self) -> &NodeConfig {
        &self.config
    }

    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Tells the router's task something; waits while it is behind.
    pub(crate) async fn tell(&self, command: Command) -> Result<(), Closed> {
        self.commands.send(command).await.map_err(|_| stopped())
    }
}

fn stopped() -> Closed {
    Closed {
        reason: String::from("the router has stopped"),
    }
}
