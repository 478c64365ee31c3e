//! Calls on a scope: rights first, then a read or a job of the owning actor.

use std::sync::Arc;

use games_contract::{Map, Resource};
use serde_json::Value;
use simpl::{Rejected, ScopeKind};

use super::procedures::ScopeProcedure;
use super::{Dispatcher, Invocation, Next, read};
use crate::game::{Hosted, Reached};
use crate::refusal;
use crate::scopes::Owner;
use crate::sight::Standing;
use crate::turns::Submission;

/// The procedure that a game's model registers.
const SUBMIT_DECISION: &str = "submit_decision";

impl Dispatcher {
    pub(super) fn on_scope(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        procedure: &ScopeProcedure,
        resource: Resource,
        pk: u64,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let nothing = || Rejected::no_such_procedure(&invocation.uri);
        let (args, kwargs) = arguments(invocation)?;
        if matches!(resource, Resource::Phase | Resource::Role) {
            return read::of_catalogue(game, procedure, resource, pk).ok_or_else(nothing);
        }
        let reached = game
            .reach(invocation.viewer, resource, pk)
            .ok_or_else(nothing)?;
        match procedure {
            ScopeProcedure::AdvancePhase => self.move_phase(game, &reached, invocation, 1),
            ScopeProcedure::RollbackPhase => self.move_phase(game, &reached, invocation, -1),
            ScopeProcedure::Author(scope, name) => self.submit(
                game,
                &reached,
                (*scope, name, pk),
                (args, kwargs),
                invocation,
            ),
            _ => read::of_scope(
                game,
                procedure,
                &reached,
                resource,
                pk,
                &args,
                &kwargs,
                invocation.viewer,
            ),
        }
    }

    fn move_phase(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        invocation: &Invocation,
        step: isize,
    ) -> Result<Next, Rejected> {
        if !reached.standing.leads() {
            return Err(refusal::leaders_only("change its phase"));
        }
        let (served, game, id, viewer) =
            (self.clone(), game.clone(), invocation.id, invocation.viewer);
        let queued = reached.run.mailbox.try_post(move |state| {
            Box::pin(async move {
                let moved = state.move_phase(step).await;
                served.reply(&game, id, viewer, moved).await;
            })
        });
        queued.map(|()| Next::Queued).map_err(|_| refusal::busy())
    }

    fn submit(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        (scope, name, pk): (ScopeKind, &str, u64),
        (args, mut kwargs): (Vec<Value>, Map),
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let nothing = || Rejected::no_such_procedure(&invocation.uri);
        let handler = game
            .game
            .handler(scope, name)
            .cloned()
            .ok_or_else(nothing)?;
        // Names that begin with `_` are the service's own, and `user` is filled in by the original's service: neither is the game's.
        kwargs.retain(|name, _| !name.starts_with('_') && name != "user");
        let runuser = match reached.standing {
            Standing::Player { runuser, .. } => Some(runuser),
            Standing::Leader | Standing::Staff => None,
        };
        let submission = Submission {
            handler,
            scope,
            decides: scope == ScopeKind::Period
                && name == SUBMIT_DECISION
                && game.game.model().is_some(),
            pk,
            runuser,
            args,
            kwargs,
        };
        let (served, game, id, viewer) =
            (self.clone(), game.clone(), invocation.id, invocation.viewer);
        let queued = match reached.place.owner {
            Owner::Run => reached.run.mailbox.try_post(move |state| {
                Box::pin(async move {
                    let reply = state.handle(submission).await;
                    served.reply(&game, id, viewer, reply).await;
                })
            }),
            owner => {
                let branch = reached.run.branch(owner).ok_or_else(nothing)?;
                branch.mailbox.try_post(move |state| {
                    Box::pin(async move {
                        let reply = state.handle(submission).await;
                        served.reply(&game, id, viewer, reply).await;
                    })
                })
            }
        };
        queued.map(|()| Next::Queued).map_err(|_| refusal::busy())
    }
}

fn arguments(invocation: &Invocation) -> Result<(Vec<Value>, Map), Rejected> {
    let args = invocation.payload.args();
    let kwargs = invocation.payload.kwargs();
    match (args, kwargs) {
        (Ok(args), Ok(kwargs)) => Ok((args, kwargs)),
        (Err(error), _) | (_, Err(error)) => Err(Rejected::invalid_argument(
            format!("the arguments cannot be read: {error}"),
            "a list and an object of JSON",
            Value::Null,
        )),
    }
}
