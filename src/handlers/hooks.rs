//! Hooks: the game is told of changes of which the games API has told, in the order of the actor that owns the row.

use std::sync::Arc;

use games_contract::{Action, Resource};
use simpl::{Call, Changed, ErasedHandler, Occasion, Rejected, ScopeKind};

use super::{HandlerDesk, Next, Where, Work};
use crate::game::{BranchState, Hosted, RunState};
use crate::scopes::{Owner, Place, Row};
use crate::sight::{Viewer, view};

/// A change on its way to the game.
#[derive(Clone)]
pub(crate) struct Hooked {
    run: u64,
    owner: Owner,
    name: String,
    handlers: Vec<ErasedHandler>,
    occasion: Occasion,
}

impl Hosted {
    /// What is to be told of a change, if the game has hooks for it. Asked before the change is taken in: of a row that goes nobody knows
    /// afterwards where it was.
    pub(crate) fn hooked(&self, row: &Row, action: Action) -> Option<Hooked> {
        if !self.game.has_hooks() {
            return None;
        }
        let kind = ScopeKind::from_name(row.resource.name())?;
        let done = match action {
            Action::Created => simpl::Action::Created,
            Action::Changed => simpl::Action::Changed,
            Action::Deleted => simpl::Action::Deleted,
        };
        let handlers: Vec<ErasedHandler> = self.game.hooks(kind, done).cloned().collect();
        if handlers.is_empty() {
            return None;
        }
        let Place { run, owner } = self.place_of_change(row)?;
        let owner = match row.resource {
            Resource::Run | Resource::RunUser | Resource::World => Owner::Run,
            _ => owner,
        };
        let changed = Changed {
            action: done,
            row: simpl::Row::new(kind, row.pk, view(row, &self.online)),
        };
        Some(Hooked {
            run,
            owner,
            name: format!("{kind}.{}", done.name()),
            handlers,
            occasion: Occasion::Changed(changed),
        })
    }

    /// Tells the game of it, as a job of the actor that owns the row.
    pub(crate) async fn call_hooks(self: &Arc<Self>, hooked: Hooked) {
        let Some(run) = self.run(hooked.run) else {
            return;
        };
        match hooked.owner {
            Owner::Run => {
                run.mailbox
                    .post(move |state| Box::pin(async move { state.run_hooks(&hooked).await }))
                    .await;
            }
            owner => {
                if let Some(branch) = run.branch(owner) {
                    branch
                        .mailbox
                        .post(move |state| Box::pin(async move { state.run_hooks(&hooked).await }))
                        .await;
                }
            }
        }
    }
}

impl RunState {
    async fn run_hooks(&mut self, hooked: &Hooked) {
        for handler in hooked.handlers.clone() {
            if let Err(no) = self.run_callback(handler, &hooked.occasion).await {
                self.hosted.complain(&self.run, &hooked.name, &no).await;
            }
        }
    }
}

impl BranchState {
    async fn run_hooks(&mut self, hooked: &Hooked) {
        for handler in hooked.handlers.clone() {
            if let Err(no) = self.run_hook(handler, &hooked.occasion).await {
                let run = self.run();
                self.hosted.complain(&run, &hooked.name, &no).await;
            }
        }
    }

    async fn run_hook(
        &mut self,
        handler: ErasedHandler,
        occasion: &Occasion,
    ) -> Result<(), Rejected> {
        let (run, owner) = (self.run_pk, self.owner);
        let place = Where::Actor { run, owner };
        // What is further down for a run is not for one of its branches.
        let (desk, wishes) =
            HandlerDesk::new(&self.hosted, place, Viewer::Service, ScopeKind::World);
        let mut call = Call::new(ScopeKind::Run, run, run, desk);
        call.occasion = Some(occasion.clone());
        if let Owner::World(world) = owner {
            call.world = Some(world);
        }
        let limit = self.hosted.limits.handler;
        let mut work = Work::new("a hook", handler, call, wishes, limit);
        loop {
            match work.next().await {
                Next::Wish(wish) => self.grant(wish, None).await,
                Next::Done(done) => return done.map(drop),
            }
        }
    }
}
