//! Occasions on which the service calls the game, each once: after what happened has been stored and told, as a job of the run's actor.
//!
//! What a callback refuses, and that it panicked or took too long, is in the log and on the error topics of the run's leaders; nothing else
//! stops for it. Nothing is remembered: an occasion of which a killed process had not told the game is not told again.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use games_contract::Resource;
use simpl::{Call, Callback, ChangePhase, ErasedHandler, Occasion, Rejected, ScopeKind};

use super::{HandlerDesk, Next, Where, Wish, Work, missing_period};
use crate::game::{Hosted, RunActor, RunState};
use crate::refusal;
use crate::scopes::{Branch, Owner, Row, RunView};
use crate::sight::{Viewer, view};

/// Occasions of which the game has not been told yet, and who is there.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    due: VecDeque<(Callback, Occasion)>,
    /// The run users of whom the game knows that they are there.
    here: BTreeSet<u64>,
}

impl Hosted {
    /// Has the game something to do on that occasion?
    pub(crate) fn listens(&self, callback: Callback) -> bool {
        self.game.callbacks(callback).next().is_some()
    }

    /// A run user as the game sees them.
    pub(super) fn runuser_seen(&self, row: &Row) -> simpl::Row {
        simpl::Row::new(ScopeKind::RunUser, row.pk, view(row, &self.online))
    }

    /// Lets go of a run that is over for now; the game is told first.
    pub(crate) async fn leave_run(self: &Arc<Self>, run: &RunActor) {
        if self.listens(Callback::Stop) {
            let hosted = self.clone();
            run.mailbox
                .post(move |state| {
                    Box::pin(async move {
                        let pk = state.run.run.pk;
                        state.call_back_now(Callback::Stop, &Occasion::Plain).await;
                        hosted.strike_run(pk);
                    })
                })
                .await;
        } else {
            self.strike_run(run.pk);
        }
    }

    /// Tells the game of something that concerns every run, and waits until it has been told.
    pub(crate) async fn tell_all(&self, callback: Callback) {
        if !self.listens(callback) {
            return;
        }
        let runs = self.runs();
        for run in &runs {
            run.mailbox
                .post(move |state| {
                    Box::pin(async move { state.call_back_now(callback, &Occasion::Plain).await })
                })
                .await;
        }
        for run in &runs {
            run.mailbox.settled().await;
        }
    }

    /// Tells the log and the run's leaders what has become of a callback.
    pub(super) async fn complain(&self, run: &RunView, what: &str, no: &Rejected) {
        tracing::error!(game = self.slug, run = run.run.pk, what, reason = %no, "a callback failed");
        let told = format!("{what}: {no}");
        for leader in run.leaders() {
            if let Some(user) = leader.reference("user") {
                self.publish_error(user, &told, refusal::class(no)).await;
            }
        }
    }
}

impl RunState {
    /// The game is told of an occasion when the job that is at work has ended.
    pub(crate) fn call_back_later(
        &mut self,
        callback: Callback,
        occasion: impl FnOnce(&Self) -> Occasion,
    ) {
        if !self.hosted.listens(callback) {
            return;
        }
        let occasion = occasion(self);
        self.pending.due.push_back((callback, occasion));
        let Some(run) = self.hosted.run(self.run.run.pk) else {
            return;
        };
        if run
            .mailbox
            .try_post(|state| Box::pin(state.call_back()))
            .is_err()
        {
            // The actor must not wait for room in its own mailbox.
            self.hosted.tasks.spawn(async move {
                run.mailbox.post(|state| Box::pin(state.call_back())).await;
            });
        }
    }

    /// Tells the game of everything that it has not been told of.
    pub(crate) async fn call_back(&mut self) {
        while let Some((callback, occasion)) = self.pending.due.pop_front() {
            self.call_back_now(callback, &occasion).await;
        }
    }

    /// Tells the game of one occasion.
    pub(crate) async fn call_back_now(&mut self, callback: Callback, occasion: &Occasion) {
        let callbacks: Vec<ErasedHandler> = self.hosted.game.callbacks(callback).cloned().collect();
        for handler in callbacks {
            if let Err(no) = self.run_callback(handler, occasion).await {
                self.hosted.complain(&self.run, callback.name(), &no).await;
            }
        }
    }

    pub(super) async fn run_callback(
        &mut self,
        handler: ErasedHandler,
        occasion: &Occasion,
    ) -> Result<(), Rejected> {
        let run = self.run.run.pk;
        let place = Where::Actor {
            run,
            owner: Owner::Run,
        };
        let (desk, wishes) = HandlerDesk::new(&self.hosted, place, Viewer::Service, ScopeKind::Run);
        let mut call = Call::new(ScopeKind::Run, run, run, desk);
        call.occasion = Some(occasion.clone());
        let limit = self.hosted.limits.handler;
        let mut work = Work::new("a callback", handler, call, wishes, limit);
        loop {
            match work.next().await {
                Next::Wish(wish) => self.grant(wish).await,
                Next::Done(done) => return done.map(drop),
            }
        }
    }

    /// Does what a handler has wished for.
    pub(crate) async fn grant(&mut self, wish: Wish) {
        match wish {
            Wish::Decide { done, .. } => drop(done.send(Err(missing_period()))),
            Wish::Absorb(row, done) => {
                if row.resource == Resource::World {
                    self.take_world(row).await;
                } else {
                    self.absorb(row).await;
                }
                let _ = done.send(());
            }
            // People leave a run, and runs end, in other ways.
            Wish::Remove(_, done) => drop(done.send(())),
        }
    }

    /// A world that game code has made.
    async fn take_world(&mut self, row: Row) {
        if let Some(run) = self.hosted.run(self.run.run.pk) {
            let owner = Owner::World(row.pk);
            if !run.has_branch(owner) {
                run.enter(&self.hosted, owner, Branch::new(row.clone()));
            }
            self.add_world(row.pk, Some(row)).await;
        }
    }

    /// The run has come from one phase to another.
    pub(crate) fn phase_changed(&mut self, before: Option<u64>, now: Option<u64>) {
        let catalogue = self.hosted.catalogue.load_full();
        let name = |pk: Option<u64>| {
            let phase = pk.and_then(|pk| catalogue.phase(pk));
            phase.map(|phase| phase.text("name").into_owned())
        };
        let Some(to) = name(now) else {
            return;
        };
        let place = |pk: Option<u64>| catalogue.phases.iter().position(|row| Some(row.pk) == pk);
        let callback = match place(now) < place(before) {
            true => Callback::RollbackPhase,
            false => Callback::AdvancePhase,
        };
        let from = name(before);
        self.call_back_later(callback, |_| Occasion::Phase(ChangePhase { from, to }));
    }

    /// Somebody has come into the run, or has left it.
    pub(crate) fn somebody(&mut self, callback: Callback, row: &Row) {
        if callback == Callback::RunUserDeleted {
            self.pending.here.remove(&row.pk);
        }
        self.call_back_later(callback, |state| {
            Occasion::RunUser(state.hosted.runuser_seen(row))
        });
    }

    /// Looks whether a run user is there, and tells the game once of each change.
    pub(crate) fn note_presence(&mut self, runuser: u64) {
        let Some(row) = self.run.runusers.get(&runuser).cloned() else {
            self.pending.here.remove(&runuser);
            return;
        };
        let user = row.reference("user");
        let online = user.is_some_and(|user| self.hosted.online.is_online(user));
        if online && self.pending.here.insert(runuser) {
            self.somebody(Callback::Connected, &row);
        } else if !online && self.pending.here.remove(&runuser) {
            self.somebody(Callback::Disconnected, &row);
        }
    }
}
