//! Changes made in the games API by anybody: followed by cursor, and routed to the actor that owns the row.

use std::sync::Arc;
use std::time::Duration;

use games_client::{Batch, Cursor, Error};
use games_contract::{Action, Change, Resource, RowText};
use tokio::sync::{oneshot, watch};

use super::branch::BranchState;
use super::{Child, Hosted, RunActor};
use crate::scopes::{Branch, Owner, Place, Row};

/// How long the games API may hold a request for changes open.
const WAIT: Duration = Duration::from_secs(25);
/// How long changes are left to gather before they are asked for again. Most of them are this service's own, known already: one
/// request for many of them costs a fraction of one for each.
const GATHER: Duration = Duration::from_millis(50);
/// The first pause before a games API that is away is asked again.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between two attempts to reach a games API that is away.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Hosted {
    /// Follows the games API until the service stops; `following` says whether it answers.
    pub async fn follow(self: Arc<Self>, mut cursor: Cursor, following: watch::Sender<bool>) {
        let mut away = FIRST_PAUSE;
        loop {
            let asked = tokio::select! {
                () = self.stop.cancelled() => return,
                asked = self.client.changes(Some(&cursor), &self.slug, WAIT) => asked,
            };
            let gone = matches!(asked, Err(Error::CursorGone { .. }));
            let taken = match asked {
                Ok(batch) => self.take_all(batch, &mut cursor).await,
                Err(_) if gone => self.start_over().await.map(|fresh| cursor = fresh),
                Err(error) => Err(error),
            };
            match &taken {
                Ok(()) => {
                    if !following.send_replace(true) {
                        tracing::info!(game = self.slug, "the games API answers again");
                        self.recover().await;
                    }
                }
                Err(error) => {
                    if following.send_replace(false) {
                        tracing::warn!(game = self.slug, %error, "the games API is away; decisions are refused until it answers");
                    }
                }
            }
            // One that loses every cursor must not have us load everything without end.
            let pause = if taken.is_ok() && !gone {
                away = FIRST_PAUSE;
                GATHER
            } else {
                let pause = away;
                away = (away * 2).min(LONGEST_PAUSE);
                pause
            };
            tokio::select! {
                () = self.stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Takes in changes in order. The cursor follows each of them, so that after a failure nothing is skipped.
    async fn take_all(self: &Arc<Self>, batch: Batch, cursor: &mut Cursor) -> Result<(), Error> {
        for change in batch.changes {
            let position = change.cursor;
            self.take(change).await?;
            cursor.position = position;
        }
        *cursor = batch.cursor;
        Ok(())
    }

    /// Loads everything again: the games API no longer has the changes since the last one seen.
    async fn start_over(self: &Arc<Self>) -> Result<Cursor, Error> {
        let now = self
            .client
            .changes(None, &self.slug, Duration::ZERO)
            .await?
            .cursor;
        self.read_all_again().await?;
        tracing::info!(
            game = self.slug,
            "everything was loaded again, because the games API no longer had the changes since the last one seen"
        );
        Ok(now)
    }

    /// Reads game, users and runs again.
    pub(super) async fn read_all_again(self: &Arc<Self>) -> Result<(), Error> {
        let catalogue = super::Catalogue::read(&self.client, &self.slug).await?;
        self.catalogue.store(Arc::new(catalogue));
        self.users.forget_all();
        self.online.doubt_all();
        self.load().await
    }

    /// Lets every branch look what it waits for.
    async fn recover(&self) {
        for run in self.runs() {
            for branch in run.branches() {
                branch
                    .mailbox
                    .post(|state: &mut BranchState| Box::pin(state.recover()))
                    .await;
            }
        }
    }

    /// Routes one change to the actor that owns the row. A change that this service made itself is recognised there by its version.
    pub(super) async fn take(self: &Arc<Self>, change: Change<RowText>) -> Result<(), Error> {
        let Change {
            resource,
            action,
            data,
            ..
        } = change;
        let Some(row) = Row::new(resource, data) else {
            return Ok(());
        };
        let hooked = self.hooked(&row, action);
        self.take_row(row, action).await?;
        if let Some(hooked) = hooked {
            self.call_hooks(hooked).await;
        }
        Ok(())
    }

    /// Routes a row that was stored to the actor that owns it.
    pub(crate) async fn take_row(self: &Arc<Self>, row: Row, action: Action) -> Result<(), Error> {
        match row.resource {
            Resource::Game | Resource::Phase | Resource::Role => self.take_catalogue(row, action),
            Resource::User => self.take_user(&row).await,
            Resource::Run => self.take_run(row, action).await?,
            Resource::World | Resource::RunUser => self.take_member(row, action).await?,
            Resource::Scenario | Resource::Period | Resource::Decision | Resource::Result => {
                self.take_below(row, action).await;
            }
            Resource::Hook => {}
        }
        Ok(())
    }

    fn take_catalogue(&self, row: Row, action: Action) {
        let mut catalogue = super::Catalogue::clone(&self.catalogue.load());
        if action != Action::Deleted {
            catalogue.apply(Some(row));
        } else if row.resource == Resource::Game {
            tracing::error!(
                game = self.slug,
                "the game was deleted from the games API; its runs are gone"
            );
        } else {
            catalogue.remove(row.resource, row.pk);
        }
        self.catalogue.store(Arc::new(catalogue));
    }

    async fn take_user(&self, user: &Row) {
        self.users.forget(user.pk).await;
        self.online.doubt(user.pk);
        for run in self.runs() {
            let here = |row: &Arc<Row>| row.reference("user") == Some(user.pk);
            if run.view.load().runusers.values().any(here) {
                let user = user.clone();
                run.mailbox
                    .post(move |state| Box::pin(async move { state.rename(&user).await }))
                    .await;
            }
        }
    }

    async fn take_run(self: &Arc<Self>, row: Row, action: Action) -> Result<(), Error> {
        let loaded = self.run(row.pk);
        let active = action != Action::Deleted && (row.is_active() || self.inactive_runs);
        match (loaded, active) {
            // It was put away and has been taken out again meanwhile.
            (Some(run), false)
                if action != Action::Deleted && run.view.load().run.version() > row.version() => {}
            (Some(run), false) => {
                tracing::info!(run = row.pk, "the run ended and was unloaded");
                self.leave_run(&run).await;
            }
            (Some(run), true) => {
                run.mailbox
                    .post(move |state| Box::pin(async move { state.absorb(row).await }))
                    .await;
            }
            (None, true) => self.load_new_run(row).await?,
            (None, false) => {}
        }
        Ok(())
    }

    /// Loads a run that was not there. Whoever made it through this service may be loading it, too: one after the other.
    async fn load_new_run(self: &Arc<Self>, row: Row) -> Result<(), Error> {
        let (done, loaded) = oneshot::channel();
        let hosted = self.clone();
        self.desk
            .post(move |()| {
                Box::pin(async move {
                    let loaded = match hosted.run(row.pk) {
                        Some(run) => {
                            run.mailbox
                                .post(move |state| Box::pin(async move { state.absorb(row).await }))
                                .await;
                            Ok(())
                        }
                        None => hosted.reload_run(row).await,
                    };
                    let _ = done.send(loaded);
                })
            })
            .await;
        loaded.await.unwrap_or(Ok(()))
    }

    /// Loads a run in mid-stream. An error is a games API that is away: the change is taken again when it answers.
    async fn reload_run(self: &Arc<Self>, row: Row) -> Result<(), Error> {
        let pk = row.pk;
        match self.load_run(row).await {
            Ok(()) => tracing::info!(run = pk, "a run was loaded"),
            Err(error) if error.is_unreachable() => return Err(error),
            Err(error) => tracing::error!(run = pk, %error, "a run could not be loaded"),
        }
        Ok(())
    }

    async fn take_member(self: &Arc<Self>, row: Row, action: Action) -> Result<(), Error> {
        let owner = if row.resource == Resource::World {
            Owner::World(row.pk)
        } else {
            Owner::RunUser(row.pk)
        };
        let run = row.reference("run").and_then(|pk| self.run(pk));
        // A run that was loaded meanwhile may hold the member already, so the directory does not tell where it was before.
        let elsewhere = |other: &Arc<RunActor>| {
            run.as_ref().is_none_or(|run| run.pk != other.pk) && other.has_branch(owner)
        };
        for left in self.runs().into_iter().filter(elsewhere) {
            self.remove_member(&left, owner, row.clone()).await;
        }
        let Some(run) = run else {
            return Ok(());
        };
        if action == Action::Deleted {
            self.remove_member(&run, owner, row).await;
            return Ok(());
        }
        if action == Action::Changed && !run.has_branch(owner) {
            // It comes from another run, with what is below it.
            self.reload_run(Row::clone(&run.view.load().run)).await?;
            if let Some(run) = self.run(run.pk) {
                let view = run.view.load_full();
                self.announce(Child::Added, &row, &view, owner, None).await;
            }
            return Ok(());
        }
        let world = row.resource == Resource::World;
        match run.acting(owner) {
            Some(branch) if world => {
                branch
                    .mailbox
                    .post(move |state| {
                        Box::pin(async move {
                            state.absorb(row).await;
                        })
                    })
                    .await;
            }
            _ => {
                if !run.has_branch(owner) {
                    match world {
                        true => run.enter(self, owner, Branch::new(row.clone())),
                        false => run.enter_quiet(self, Arc::new(row.clone())),
                    }
                }
                run.mailbox
                    .post(move |state| {
                        Box::pin(async move {
                            if world {
                                state.add_world(row.pk, Some(row)).await;
                            } else {
                                state.absorb(row).await;
                            }
                        })
                    })
                    .await;
            }
        }
        Ok(())
    }

    async fn remove_member(&self, run: &RunActor, owner: Owner, row: Row) {
        self.directory.strike(run.pk, run.strike(owner));
        run.mailbox
            .post(move |state| Box::pin(async move { state.remove(row).await }))
            .await;
    }

    async fn take_below(&self, row: Row, action: Action) {
        let key = (row.resource, row.pk);
        let place = self.directory.place(key.0, key.1);
        let Some(place) = place.or_else(|| self.place_of_parent(&row)) else {
            return;
        };
        let Some(branch) = self.run(place.run).and_then(|run| run.branch(place.owner)) else {
            return;
        };
        if action == Action::Deleted {
            branch
                .mailbox
                .post(move |state| Box::pin(state.remove(key.0, key.1)))
                .await;
            return;
        }
        // Most changes are this service's own, which the branch has had since they were stored: its actor need not wake up for them.
        let view = branch.view.load();
        if view.node(key.0, key.1).is_some_and(|node| *node.row == row) {
            return;
        }
        drop(view);
        // Entered before its actor has it: what comes below it, and its deletion, may arrive while the actor is busy.
        self.directory.enter(key.0, key.1, place);
        let decided = (row.resource == Resource::Decision)
            .then(|| row.reference("period"))
            .flatten();
        let is_period = row.resource == Resource::Period;
        branch
            .mailbox
            .post(move |state| {
                Box::pin(async move {
                    // Stored by somebody else, or by a write of ours whose answer got lost: a decision counts all the same.
                    if !state.absorb(row).await {
                        return;
                    }
                    if let Some(period) = decided {
                        state.decided(period);
                    }
                    if is_period {
                        state.keep_time().await;
                    }
                })
            })
            .await;
    }

    /// Where a row is that has changed: where it is held, else below its parent.
    pub(crate) fn place_of_change(&self, row: &Row) -> Option<Place> {
        let place = self.directory.place(row.resource, row.pk);
        place.or_else(|| self.place_of_parent(row))
    }

    /// The place of a row's parent. Changes come in order, so the parent of a row of a loaded run is known.
    fn place_of_parent(&self, row: &Row) -> Option<Place> {
        let mut parents = row.resource.parents().iter();
        parents.find_map(|(member, parent)| self.directory.place(*parent, row.reference(member)?))
    }
}
