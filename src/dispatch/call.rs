//! Calls on a scope: rights first, then a read or a job of the owning actor.

use std::sync::Arc;

use games_contract::Resource;
use serde_json::Value;
use simpl::{Rejected, ScopeKind};

use super::arguments::{Arguments, not_expected};
use super::caller::{leaders, posted};
use super::deeds::Deed;
use super::procedures::ScopeProcedure;
use super::{Dispatcher, Invocation, Next, read};
use crate::game::{Hosted, Reached};
use crate::rewind::copied_seats;
use crate::scopes::Owner;
use crate::turns::Submission;

/// The procedure that a game's model registers.
const SUBMIT_DECISION: &str = "submit_decision";

/// Characters of a call's key at most.
const KEY: usize = 64;

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
        let arguments = Arguments::of(&invocation.payload)?;
        if matches!(resource, Resource::Phase | Resource::Role) {
            return read::of_catalogue(game, procedure, resource, pk).ok_or_else(nothing);
        }
        if (resource, procedure) == (Resource::Run, &ScopeProcedure::Unarchive)
            && game.run(pk).is_none()
        {
            if let Some(deed) = Deed::of_game(&arguments, invocation) {
                self.deeds.expect(invocation.id, deed);
            }
            return self.unarchive(game, pk, invocation);
        }
        let Some(reached) = game.reach(invocation.viewer, resource, pk) else {
            let gone = matches!(procedure, ScopeProcedure::Author(..))
                .then(|| game.reach_gone(invocation.viewer, resource, pk));
            return Err(gone.flatten().unwrap_or_else(nothing));
        };
        let scope = (resource, pk);
        if let Some(deed) = Deed::of_scope(procedure, &reached, scope, &arguments, invocation) {
            self.deeds.expect(invocation.id, deed);
        }
        match procedure {
            ScopeProcedure::AdvancePhase => self.move_phase(game, &reached, invocation, 1),
            ScopeProcedure::RetryStep => self.retry_step(game, &reached, pk, invocation),
            ScopeProcedure::Extend
            | ScopeProcedure::Pause
            | ScopeProcedure::Resume
            | ScopeProcedure::Force => {
                self.lead(game, &reached, procedure, scope, &arguments, invocation)
            }
            ScopeProcedure::AddBots | ScopeProcedure::RemoveBots => {
                self.seat_bots(game, &reached, procedure, scope, &arguments, invocation)
            }
            ScopeProcedure::Start
            | ScopeProcedure::Assign
            | ScopeProcedure::MovePlayer
            | ScopeProcedure::MergeWorlds
            | ScopeProcedure::DissolveWorld => {
                self.lead_seating(game, &reached, procedure, &arguments, invocation)
            }
            ScopeProcedure::SetUp | ScopeProcedure::Archive | ScopeProcedure::Unarchive => {
                self.lead_run(game, &reached, procedure, &arguments, invocation)
            }
            ScopeProcedure::OpenJoining
            | ScopeProcedure::CloseJoining
            | ScopeProcedure::GetJoining
            | ScopeProcedure::Approve
            | ScopeProcedure::Refuse
            | ScopeProcedure::GetLinks
            | ScopeProcedure::ImportRoster => {
                self.joining(game, &reached, procedure, &arguments, invocation)
            }
            ScopeProcedure::RollbackPhase => self.move_phase(game, &reached, invocation, -1),
            ScopeProcedure::Rewind => self.rewind(game, &reached, scope, &arguments, invocation),
            ScopeProcedure::Branch => self.branch_off(game, &reached, pk, &arguments, invocation),
            ScopeProcedure::Message => self.message(game, &reached, scope, &arguments, invocation),
            ScopeProcedure::GetAudit => {
                self.get_audit(game, &reached, scope, &arguments, invocation)
            }
            ScopeProcedure::Author(scope, name) => {
                self.submit(game, &reached, (*scope, name, pk), arguments, invocation)
            }
            _ => read::of_scope(
                game,
                procedure,
                &reached,
                scope,
                &arguments,
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
        leaders(reached, "change its phase")?;
        let caller = self.caller(game, invocation);
        let queued = reached.run.mailbox.try_post(move |state| {
            Box::pin(async move {
                let moved = state.move_phase(step).await;
                caller.hears(moved).await;
            })
        });
        posted(queued)
    }

    /// Calls a procedure of the game's own scope.
    pub(super) fn own(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        name: &str,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let Arguments { args, mut kwargs } = Arguments::of(&invocation.payload)?;
        kwargs.retain(|name, _| !name.starts_with('_') && name != "user");
        let handler = game.game.handler(ScopeKind::Game, name).cloned();
        let submission = Submission {
            handler: handler.ok_or_else(|| Rejected::no_such_procedure(&invocation.uri))?,
            scope: ScopeKind::Game,
            viewer: invocation.viewer,
            decides: false,
            pk: 0,
            runuser: None,
            args,
            kwargs,
            key: None,
        };
        let (caller, hosted) = (self.caller(game, invocation), game.clone());
        posted(game.own.try_post(move |()| {
            Box::pin(async move {
                let reply = hosted.handle(submission).await;
                caller.hears(reply).await;
            })
        }))
    }

    fn retry_step(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        scenario: u64,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        leaders(reached, "have a step tried again")?;
        let branch = reached.run.branch(reached.place.owner);
        let branch = branch.ok_or_else(|| Rejected::no_such_procedure(&invocation.uri))?;
        let caller = self.caller(game, invocation);
        let queued = branch.mailbox.try_post(move |state| {
            Box::pin(async move {
                state.retry(scenario).await;
                caller.hears(Ok(Value::Null)).await;
            })
        });
        posted(queued)
    }

    fn submit(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        (scope, name, pk): (ScopeKind, &str, u64),
        Arguments { args, mut kwargs }: Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let nothing = || Rejected::no_such_procedure(&invocation.uri);
        let handler = game
            .game
            .handler(scope, name)
            .cloned()
            .ok_or_else(nothing)?;
        let key = key(kwargs.get("_key"))?;
        // Names that begin with `_` are the service's own, and `user` is filled in by the original's service: neither is the game's.
        let seat = kwargs.shift_remove("_seat");
        kwargs.retain(|name, _| !name.starts_with('_') && name != "user");
        let runuser = match seat {
            None | Some(Value::Null) => reached.standing.seat.map(|seat| seat.runuser),
            Some(seat) => Some(seat_of_copy(reached, &seat)?),
        };
        let submission = Submission {
            handler,
            scope,
            viewer: invocation.viewer,
            decides: scope == ScopeKind::Period
                && name == SUBMIT_DECISION
                && game.game.model().is_some(),
            pk,
            runuser,
            args,
            kwargs,
            key,
        };
        let caller = self.caller(game, invocation);
        let queued = match reached.place.owner {
            Owner::Run => reached.run.mailbox.try_post(move |state| {
                Box::pin(async move {
                    let reply = state.handle(submission).await;
                    caller.hears(reply).await;
                })
            }),
            owner => {
                let branch = reached.run.branch(owner).ok_or_else(nothing)?;
                branch.mailbox.try_post(move |state| {
                    Box::pin(async move {
                        let reply = state.handle(submission).await;
                        caller.hears(reply).await;
                    })
                })
            }
        };
        posted(queued)
    }
}

/// The run user in whose seat a leader decides, which is done in copies of worlds.
fn seat_of_copy(reached: &Reached, given: &Value) -> Result<u64, Rejected> {
    leaders(reached, "decide in somebody else's seat")?;
    let world = reached.run.branch(reached.place.owner);
    let seats = world.and_then(|world| copied_seats(&world.view.load().root.row));
    let seats = seats.ok_or_else(|| {
        Rejected::because("a leader decides in the seats of a copy only, which `branch` makes: here its players decide")
            .with("no_copy", "a copy of a world", "a world")
    })?;
    let mut seats = seats.into_iter().map(|(runuser, _)| runuser);
    let expected = "the pk of a run user who has a seat in this copy";
    seats
        .find(|runuser| given.as_u64() == Some(*runuser))
        .ok_or_else(|| not_expected("_seat", expected, given))
}

/// The key that makes a call count once however often it is sent.
pub(super) fn key(sent: Option<&Value>) -> Result<Option<String>, Rejected> {
    match sent {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(key)) if (1..=KEY).contains(&key.chars().count()) => {
            Ok(Some(key.clone()))
        }
        Some(other) => Err(Rejected::invalid_argument(
            format!("`_key` has to be a text of 1 to {KEY} characters"),
            format!("a text of 1 to {KEY} characters"),
            other.clone(),
        )),
    }
}
