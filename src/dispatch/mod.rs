//! Dispatch: an invocation or event from the router becomes a read from a snapshot or a job of an actor.
//!
//! The loop never waits for an actor, so a stuck world cannot stop another; calls of one caller to one world keep their order.

mod arguments;
mod audit;
mod bots;
mod call;
mod caller;
mod callers;
mod deadlines;
mod deeds;
mod game;
mod joining;
pub mod presence;
mod procedures;
mod read;
mod rewind;
mod runs;
mod seating;
mod subscriptions;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use simpl::Rejected;
use tokio_util::task::TaskTracker;
use wamp::{MatchPolicy, Payload};
use wamp_transport::{CallError, Id, Inbound, Inbox, Session};

pub use callers::Callers;
pub use procedures::{GameProcedure, Procedure, ScopeProcedure};
pub use subscriptions::{is_open, spoken};

use arguments::Arguments;
use callers::STRANGER;
use deeds::{Deed, Deeds};

use crate::figures::Figures;
use crate::game::Hosted;
use crate::scopes::{Target, Topic};
use crate::sight::Viewer;

/// The role given to staff; everybody else from outside is a `browser`.
pub const STAFF: &str = "staff";
/// The role of sessions of this process, which the gate gives to nobody.
pub const SERVICE: &str = "service";

/// What each registration and subscription of the service's session is for.
#[derive(Debug)]
pub struct Dispatcher {
    session: Session,
    callers: Callers,
    procedures: HashMap<Id, (Arc<Hosted>, Procedure)>,
    /// With the topic, where it is one and no pattern.
    topics: HashMap<Id, (Arc<Hosted>, Option<String>)>,
    deeds: Deeds,
    figures: Arc<Figures>,
    tasks: TaskTracker,
}

/// The router does not let the service offer or hear something.
#[derive(Debug, thiserror::Error)]
#[error("{doing} {uri}: {error}")]
pub struct NotOffered {
    /// `register` or `subscribe to`.
    pub doing: &'static str,
    /// What.
    pub uri: String,
    /// What the router said.
    pub error: CallError,
}

/// One invocation, taken apart.
#[derive(Debug)]
struct Invocation {
    id: Id,
    uri: String,
    viewer: Viewer,
    payload: Payload,
}

impl Dispatcher {
    /// Registers the procedures and subscribes to the topics of every game.
    ///
    /// # Errors
    /// The router refused one, or is gone.
    pub async fn register(
        session: Session,
        callers: Callers,
        games: &[Arc<Hosted>],
        figures: Arc<Figures>,
        tasks: TaskTracker,
    ) -> Result<Arc<Self>, NotOffered> {
        let mut dispatcher = Self {
            session,
            callers,
            procedures: HashMap::new(),
            topics: HashMap::new(),
            deeds: Deeds::default(),
            figures,
            tasks,
        };
        for game in games {
            for (uri, policy, procedure) in procedures::of(game) {
                let registered = dispatcher.session.register(&uri, policy).await;
                let id = registered.map_err(|error| not_offered("register", uri, error))?;
                dispatcher.procedures.insert(id, (game.clone(), procedure));
            }
            for (topic, policy) in presence::topics(game)
                .into_iter()
                .chain(subscriptions::topics(game))
            {
                let exact = (policy == MatchPolicy::Exact).then(|| topic.clone());
                let subscribed = dispatcher.session.subscribe(&topic, policy).await;
                let id = subscribed.map_err(|error| not_offered("subscribe to", topic, error))?;
                dispatcher.topics.insert(id, (game.clone(), exact));
            }
        }
        Ok(Arc::new(dispatcher))
    }

    /// Serves what arrives until the session ends.
    pub async fn serve(self: Arc<Self>, mut inbox: Inbox) {
        while let Some(inbound) = inbox.recv().await {
            if let Inbound::Closed { reason } = inbound {
                tracing::debug!(reason, "the service's session has ended");
                break;
            }
            self.take(inbound);
        }
    }

    /// Takes what has arrived: begins what is called, and waits for none of it.
    pub fn take(self: &Arc<Self>, inbound: Inbound) {
        match inbound {
            Inbound::Invocation {
                id,
                registration,
                procedure,
                caller_authid,
                caller_authrole,
                payload,
                ..
            } => {
                let Some((game, kind)) = self.procedures.get(&registration) else {
                    tracing::warn!(registration, "an invocation of an unknown registration");
                    return;
                };
                let (authid, authrole) = (caller_authid.as_deref(), caller_authrole.as_deref());
                let viewer = self.callers.viewer(authid, authrole);
                let uri = procedure.unwrap_or_else(|| kind.uri(game));
                let invocation = Invocation {
                    id,
                    uri,
                    viewer: *viewer.as_ref().unwrap_or(&STRANGER),
                    payload,
                };
                match viewer {
                    // Whether the service is there is for everybody to know.
                    Err(rejected) if !matches!(kind, Procedure::Ready) => {
                        self.reply_soon(game, &invocation, Err(rejected));
                    }
                    _ => self.dispatch(game, kind, &invocation),
                }
            }
            Inbound::Event {
                subscription,
                topic,
                publisher_authid,
                publisher_authrole,
                payload,
                ..
            } => {
                let Some((game, exact)) = self.topics.get(&subscription) else {
                    return;
                };
                let (authid, authrole) =
                    (publisher_authid.as_deref(), publisher_authrole.as_deref());
                let viewer = match self.callers.viewer(authid, authrole) {
                    Ok(viewer) => viewer,
                    Err(rejected) => {
                        tracing::debug!(topic, "what somebody published was dropped: {rejected}");
                        return;
                    }
                };
                // A topic that is subscribed to exactly is not named with each event.
                let topic = topic.as_ref().or(exact.as_ref());
                if let Some(topic) = topic {
                    presence::take(game, viewer, topic);
                    subscriptions::take(game, viewer, topic, &payload);
                }
            }
            _ => {}
        }
    }

    fn dispatch(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        procedure: &Procedure,
        invocation: &Invocation,
    ) {
        let outcome = match procedure {
            Procedure::Ready => Ok(Next::Reply(Value::Bool(true))),
            Procedure::Game(procedure) => {
                Arguments::of(&invocation.payload).and_then(|arguments| {
                    if let Some(deed) = Deed::of_game(&arguments, invocation) {
                        self.deeds.expect(invocation.id, deed);
                    }
                    match procedure {
                        GameProcedure::CreateRun => self.create_run(game, &arguments, invocation),
                        GameProcedure::GetRuns => self.get_runs(game, &arguments, invocation),
                        _ => game::of_game(game, *procedure, &arguments, invocation.viewer),
                    }
                })
            }
            Procedure::Own(name) => self.own(game, name, invocation),
            Procedure::Scope(procedure) => match Topic::parse(&game.root, &invocation.uri) {
                Some(Topic {
                    target: Target::Scope(resource, pk),
                    ..
                }) => self.on_scope(game, procedure, resource, pk, invocation),
                _ => Err(Rejected::no_such_procedure(&invocation.uri)),
            },
        };
        match outcome {
            Ok(Next::Queued) => {}
            Ok(Next::Reply(value)) => self.reply_soon(game, invocation, Ok(value)),
            Ok(Next::Read(read)) => {
                let (caller, uri) = (self.caller(game, invocation), invocation.uri.clone());
                self.tasks.spawn(async move {
                    let reply = read().ok_or_else(|| Rejected::no_such_procedure(&uri));
                    caller.hears(reply).await;
                });
            }
            Err(rejected) => self.reply_soon(game, invocation, Err(rejected)),
        }
    }

    fn reply_soon(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        invocation: &Invocation,
        reply: Result<Value, Rejected>,
    ) {
        let caller = self.caller(game, invocation);
        self.tasks.spawn(caller.hears(reply));
    }
}

/// What is to be done for an invocation.
enum Next {
    /// A job of an actor will answer.
    Queued,
    /// Answer this.
    Reply(Value),
    /// Work this out from snapshots, off the loop; `None` is "no such procedure".
    Read(Read),
}

type Read = Box<dyn FnOnce() -> Option<Value> + Send>;

fn not_offered(doing: &'static str, uri: String, error: CallError) -> NotOffered {
    NotOffered { doing, uri, error }
}
