//! What a handler may do to the outside: [`simpl::Desk`] over the live tree and the games API.

use std::sync::Arc;

use async_trait::async_trait;
use games_contract::{Map, Resource};
use serde_json::Value;
use simpl::{Desk, Rejected, ScopeKind, Seat, Sight, check_downwards, check_event};
use tokio::sync::{mpsc, oneshot};

use super::missing_period;
use super::work::Wish;
use crate::game::Hosted;
use crate::refusal;
use crate::scopes::{Owner, Topic};
use crate::sight::{Audience, Viewer};
use crate::turns::Submission;

/// How many wishes of one handler may wait: it awaits each.
const WISHES: usize = 4;

/// Where a handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Where {
    /// On the game itself, in no actor of a run.
    Game,
    /// In the actor of a run, or of one of its branches.
    Actor {
        /// The run's pk.
        run: u64,
        /// Whose actor it is.
        owner: Owner,
    },
}

/// What a handler may do, in somebody's name.
pub(crate) struct HandlerDesk {
    pub(super) hosted: Arc<Hosted>,
    pub(super) place: Where,
    pub(super) viewer: Viewer,
    /// What it is a handler of.
    on: ScopeKind,
    wishes: mpsc::Sender<Wish>,
}

impl HandlerDesk {
    /// The desk of a handler on a scope of that kind, and what it wishes for.
    pub(crate) fn new(
        hosted: &Arc<Hosted>,
        place: Where,
        viewer: Viewer,
        on: ScopeKind,
    ) -> (Arc<Self>, mpsc::Receiver<Wish>) {
        let (wishes, granted) = mpsc::channel(WISHES);
        let desk = Self {
            hosted: Arc::clone(hosted),
            place,
            viewer,
            on,
            wishes,
        };
        (Arc::new(desk), granted)
    }

    /// Has the actor do something, and waits until it has. Nothing happens where the actor has given up waiting.
    pub(super) async fn wish<R>(&self, wish: impl FnOnce(oneshot::Sender<R>) -> Wish) -> Option<R> {
        let (done, granted) = oneshot::channel();
        self.wishes.send(wish(done)).await.ok()?;
        granted.await.ok()
    }

    /// Is this a run that the handler may touch?
    pub(super) fn is_own(&self, run: u64) -> bool {
        match self.place {
            Where::Game => true,
            Where::Actor { run: own, .. } => own == run,
        }
    }

    fn audience(&self, resource: Resource, pk: u64, to: Sight) -> Option<Audience> {
        if resource == Resource::Game {
            let runs = self.hosted.runs();
            let views = runs.iter().map(|run| run.view.load());
            let each = views.map(|run| match to {
                Sight::Everybody => Audience::of(&run, Owner::Run),
                Sight::Leaders => Audience::of_leaders(&run),
                Sight::Only(runuser) => Audience::of(&run, Owner::Run).only_runuser(&run, runuser),
            });
            return each.reduce(Audience::with);
        }
        let place = self.hosted.directory.place(resource, pk)?;
        let run = self
            .hosted
            .run(place.run)
            .filter(|run| self.is_own(run.pk))?;
        let run = run.view.load();
        let owner = match resource {
            Resource::Run => Owner::Run,
            Resource::RunUser => Owner::RunUser(pk),
            _ => place.owner,
        };
        Some(match to {
            Sight::Everybody => Audience::of(&run, owner),
            Sight::Leaders => Audience::of_leaders(&run),
            Sight::Only(runuser) => Audience::of(&run, owner).only_runuser(&run, runuser),
        })
    }
}

pub(super) fn resource(kind: ScopeKind) -> Resource {
    match kind {
        ScopeKind::Game => Resource::Game,
        ScopeKind::Run => Resource::Run,
        ScopeKind::World => Resource::World,
        ScopeKind::RunUser => Resource::RunUser,
        ScopeKind::Scenario => Resource::Scenario,
        ScopeKind::Period => Resource::Period,
        ScopeKind::Decision => Resource::Decision,
        ScopeKind::Result => Resource::Result,
    }
}

#[async_trait]
impl Desk for HandlerDesk {
    async fn decide(&self, period: u64, seat: &Seat, data: Value) -> Result<(), Rejected> {
        if matches!(
            self.place,
            Where::Game
                | Where::Actor {
                    owner: Owner::Run,
                    ..
                }
        ) {
            return Err(missing_period());
        }
        let seat = seat.clone();
        let decided = self.wish(|done| Wish::Decide {
            period,
            seat,
            data,
            done,
        });
        decided.await.unwrap_or_else(|| Err(refusal::gone("call")))
    }

    fn row(&self, kind: ScopeKind, pk: u64) -> Option<simpl::Row> {
        self.seen(kind, pk)
    }

    fn below(&self, kind: ScopeKind, pk: u64, children: ScopeKind) -> Vec<simpl::Row> {
        self.seen_below(kind, pk, children)
    }

    fn phase(&self, run: u64) -> Option<String> {
        let run = self.hosted.run(run).filter(|run| self.is_own(run.pk))?;
        let phase = run.view.load().run.reference("phase")?;
        let catalogue = self.hosted.catalogue.load();
        Some(catalogue.phase(phase)?.text("name").into_owned())
    }

    async fn publish(
        &self,
        kind: ScopeKind,
        pk: u64,
        event: &str,
        args: Vec<Value>,
        to: Sight,
    ) -> Result<(), Rejected> {
        check_event(event)?;
        let resource = resource(kind);
        let audience = self.audience(resource, pk, to);
        let Some(audience) = audience else {
            return Err(refusal::gone(kind.name()));
        };
        let topic = match kind {
            ScopeKind::Game => format!("{}.model.game.{event}", self.hosted.root),
            _ => Topic::uri(&self.hosted.root, resource, pk, event),
        };
        self.hosted
            .publish_own(&topic, (resource, pk), &args, &audience)
            .await;
        Ok(())
    }

    async fn call(
        &self,
        kind: ScopeKind,
        pk: u64,
        procedure: &str,
        args: Vec<Value>,
        kwargs: Map,
    ) -> Result<Value, Rejected> {
        check_downwards(self.on, kind)?;
        let nothing = || Rejected::no_such_procedure(&format!("{kind}.{pk}.{procedure}"));
        let handler = self.hosted.game.handler(kind, procedure).cloned();
        let submission = Submission {
            handler: handler.ok_or_else(nothing)?,
            scope: kind,
            decides: false,
            pk,
            viewer: Viewer::Service,
            runuser: None,
            args,
            kwargs,
            key: None,
        };
        let place = self.hosted.directory.place(resource(kind), pk);
        let place = place
            .filter(|place| self.is_own(place.run))
            .ok_or_else(nothing)?;
        let run = self.hosted.run(place.run).ok_or_else(nothing)?;
        let (answer, answered) = oneshot::channel();
        let queued = match place.owner {
            Owner::Run => run.mailbox.try_post(move |state| {
                Box::pin(async move {
                    let _ = answer.send(state.handle(submission).await);
                })
            }),
            owner => {
                let branch = run.branch(owner).ok_or_else(nothing)?;
                branch.mailbox.try_post(move |state| {
                    Box::pin(async move {
                        let _ = answer.send(state.handle(submission).await);
                    })
                })
            }
        };
        queued.map_err(|_| refusal::busy())?;
        answered
            .await
            .unwrap_or_else(|_| Err(refusal::gone(kind.name())))
    }
}
