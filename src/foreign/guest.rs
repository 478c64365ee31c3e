//! The service on somebody else's router: joining, registering, serving, and all of that again when the router was lost.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wamp::{Id, MatchPolicy, Payload, error};
use wamp_transport::{CallError, Inbound, Inbox, Session};

use super::people::{Person, person};
use super::porter::Porter;
use super::pulse::{silence, within};
use super::{Address, Fault, Line};
use crate::dispatch::{Callers, Dispatcher, NotOffered};
use crate::figures::Figures;
use crate::game::Hosted;
use crate::gate::Door;

/// The first pause before a router that was lost is tried again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest one.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How many sessions are asked about at once.
const QUESTIONS: usize = 64;

const ON_JOIN: &str = "wamp.session.on_join";
const ON_LEAVE: &str = "wamp.session.on_leave";

/// The service has joined, and does not serve yet.
#[derive(Debug)]
pub struct Guest {
    address: Address,
    line: Arc<Line>,
    session: Session,
    inbox: Inbox,
}

/// What is served.
#[derive(Clone, Debug)]
pub struct Served {
    /// The games.
    pub games: Vec<Arc<Hosted>>,
    /// Who tells the router who may come in, where it asks.
    pub door: Arc<Door>,
    /// How calls go.
    pub figures: Arc<Figures>,
    /// Counts the tasks of calls.
    pub tasks: TaskTracker,
    /// Fires when the service stops.
    pub stop: CancellationToken,
}

/// The service at work on the router.
#[derive(Debug)]
struct Stay {
    session: Session,
    inbox: Inbox,
    dispatcher: Arc<Dispatcher>,
    porter: Porter,
    joins: Id,
    leaves: Id,
}

/// Why a stay has ended.
enum End {
    /// The service stops.
    Stopped,
    /// The router is lost: why.
    Lost(String),
}

impl Guest {
    /// Joins the realm.
    ///
    /// # Errors
    /// The router is not there, has no such realm, or does not let the service in.
    pub async fn join(address: Address, line: Arc<Line>) -> Result<Self, Fault> {
        let (session, inbox) = address.join().await?;
        Ok(Self {
            address,
            line,
            session,
            inbox,
        })
    }

    /// Registers everything, and leaves a task that serves until the service stops, whatever becomes of the router.
    ///
    /// # Errors
    /// The router refuses something that the service cannot do without.
    pub async fn serve(self, served: Served) -> Result<(), Fault> {
        let Self {
            address,
            line,
            session,
            inbox,
        } = self;
        let host = Host {
            address,
            line,
            served,
        };
        let stay = host.settle(session, inbox).await?;
        let tasks = host.served.tasks.clone();
        tasks.spawn(host.keep(stay));
        Ok(())
    }
}

/// What stays when the router is lost.
struct Host {
    address: Address,
    line: Arc<Line>,
    served: Served,
}

impl Host {
    /// Serves until the service stops.
    async fn keep(self, mut stay: Stay) {
        loop {
            // Some may have stayed on the router since this service was there last, also as the process before.
            self.tell_again();
            let before = stay.session.id();
            match self.serve(&mut stay).await {
                End::Stopped => {
                    self.line.lost();
                    return stay.session.leave().await;
                }
                End::Lost(reason) => {
                    self.line.lost();
                    tracing::warn!(
                        url = self.address.url,
                        reason,
                        "the router was lost; decisions that are stored stay stored, and it is tried again until it is back"
                    );
                }
            }
            drop(stay);
            match self.return_to(before).await {
                Some(again) => stay = again,
                None => return,
            }
            tracing::info!(url = self.address.url, "the service is on the router again");
        }
    }

    /// Joins again, however long it takes; `None` when the service stops.
    async fn return_to(&self, before: Id) -> Option<Stay> {
        let mut pause = FIRST_PAUSE;
        loop {
            tokio::select! {
                () = self.served.stop.cancelled() => return None,
                () = tokio::time::sleep(jittered(pause)) => {}
            }
            let again = async {
                let (session, inbox) = self.address.join().await?;
                let settled = self.settle(session.clone(), inbox).await;
                if let Err(Fault::Taken { .. }) = &settled {
                    // The router may not have noticed yet that the session before has ended; nobody else's is touched.
                    let payload = Payload::from_args(&[Value::from(before)]);
                    if let Ok(Err(error)) = within(session.call("wamp.session.kill", payload)).await
                    {
                        tracing::debug!(%error, "the session before could not be ended");
                    }
                }
                if settled.is_err() {
                    session.leave().await;
                }
                settled
            };
            let again = tokio::select! {
                () = self.served.stop.cancelled() => return None,
                again = again => again,
            };
            match again {
                Ok(stay) => return Some(stay),
                Err(fault) => tracing::warn!("{fault}"),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Registers everything, and learns who is there.
    async fn settle(&self, session: Session, inbox: Inbox) -> Result<Stay, Fault> {
        // First, so that nobody who comes meanwhile is missed.
        let joins = subscribe(&session, ON_JOIN).await?;
        let leaves = subscribe(&session, ON_LEAVE).await?;
        let served = &self.served;
        let dispatcher = Dispatcher::register(
            session.clone(),
            Callers::Foreign(self.line.clone()),
            &served.games,
            served.figures.clone(),
            served.tasks.clone(),
        );
        let dispatcher = dispatcher
            .await
            .map_err(|NotOffered { doing, uri, error }| Fault::refused(doing, &uri, &error))?;
        self.line.people.are(&present(&session).await?);
        let porter = Porter::register(
            &self.address,
            served.door.clone(),
            session.clone(),
            served.tasks.clone(),
        );
        let porter = porter.await?;
        self.line.opened(session.clone());
        Ok(Stay {
            session,
            inbox,
            dispatcher,
            porter,
            joins,
            leaves,
        })
    }

    async fn serve(&self, stay: &mut Stay) -> End {
        let session = stay.session.clone();
        let mut silent = pin!(silence(&session));
        loop {
            let inbound = tokio::select! {
                () = self.served.stop.cancelled() => return End::Stopped,
                () = &mut silent => {
                    session.give_up("the router does not answer any more");
                    return End::Lost(String::from("it does not answer any more"));
                }
                inbound = stay.inbox.recv() => inbound,
            };
            match inbound {
                None => return End::Lost(String::from("the session was given up")),
                Some(Inbound::Closed { reason }) => return End::Lost(reason),
                Some(inbound) => self.take(stay, inbound),
            }
        }
    }

    fn take(&self, stay: &Stay, inbound: Inbound) {
        match inbound {
            Inbound::Event {
                subscription,
                payload,
                ..
            } if subscription == stay.joins => {
                let details = first(&payload);
                if let Some((session, who)) = person(&details) {
                    self.line.people.joined(session, who);
                }
            }
            Inbound::Event {
                subscription,
                payload,
                ..
            } if subscription == stay.leaves => {
                if let Some(session) = first(&payload).as_u64() {
                    self.line.people.left(session);
                }
            }
            Inbound::Revoked { registration } => tracing::error!(
                registration,
                "another session has taken a procedure of the games from this service: allow `register` to nobody else"
            ),
            inbound => {
                if let Some(inbound) = stay.porter.take(inbound) {
                    stay.dispatcher.take(inbound);
                }
            }
        }
    }

    /// Whoever has stayed on the router has missed what was published meanwhile: they hear where each run and world stands, and who counts
    /// changes (`rev`) reads the tree again.
    fn tell_again(&self) {
        if !self.line.people.has_any() {
            return;
        }
        for run in self.served.games.iter().flat_map(|game| game.runs()) {
            let told = run
                .mailbox
                .try_post(|state| Box::pin(async move { state.tell_again().await }));
            if told.is_err() {
                tracing::debug!(run = run.pk, "a run is busy, and tells of itself anyway");
            }
            for branch in run.branches() {
                let told = branch
                    .mailbox
                    .try_post(|state| Box::pin(async move { state.tell_again().await }));
                if told.is_err() {
                    tracing::debug!(?branch.owner, "a world is busy, and tells of itself anyway");
                }
            }
        }
    }
}

async fn subscribe(session: &Session, topic: &str) -> Result<Id, Fault> {
    let subscribed = session.subscribe(topic, MatchPolicy::Exact).await;
    subscribed.map_err(|error| Fault::refused("subscribe to", topic, &error))
}

/// Whose sessions are on the router now.
async fn present(session: &Session) -> Result<HashMap<Id, Person>, Fault> {
    const LIST: &str = "wamp.session.list";
    const GET: &str = "wamp.session.get";
    let listed = session.call(LIST, Payload::empty()).await;
    let listed = listed.map_err(|error| Fault::refused("call", LIST, &error))?;
    let ids: Vec<Id> = match first(&listed) {
        Value::Array(ids) => ids.iter().filter_map(Value::as_u64).collect(),
        _ => Vec::new(),
    };
    let mut asked = futures_util::stream::iter(ids)
        .map(|id| async move {
            session
                .call(GET, Payload::from_args(&[Value::from(id)]))
                .await
        })
        .buffer_unordered(QUESTIONS);
    let mut present = HashMap::new();
    while let Some(answer) = asked.next().await {
        match answer {
            Ok(details) => present.extend(person(&first(&details))),
            // It has left since.
            Err(CallError::Refused(refused)) if refused.uri == error::NO_SUCH_SESSION => {}
            Err(error) => return Err(Fault::refused("call", GET, &error)),
        }
    }
    Ok(present)
}

fn first(payload: &Payload) -> Value {
    let args = payload.args().ok();
    let first = args.and_then(|args| args.into_iter().next());
    first.unwrap_or(json!(null))
}

/// Up to half as long again, so that not all who lost a router come back at once.
fn jittered(pause: Duration) -> Duration {
    let more = getrandom::u32().unwrap_or_default() % 500;
    pause + pause * more / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_are_spread_and_never_twice_as_long() {
        let pause = Duration::from_secs(10);
        let spread: Vec<Duration> = (0..100).map(|_| jittered(pause)).collect();
        assert!(spread.iter().all(|it| (pause..pause * 3 / 2).contains(it)));
        assert!(spread.iter().any(|it| *it != spread[0]));
    }
}
