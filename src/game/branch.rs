//! A branch's actor: one world, or one run user's own scenarios. Turns are played here; see [`crate::turns`].

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use games_contract::Resource;

use super::run::RunActor;
use super::{Child, Hosted};
use crate::mailbox::Mailbox;
use crate::scopes::{Applied, Branch, Owner, Place, Row, RunView};
use crate::turns::Progress;

/// The handle of a branch's actor.
#[derive(Debug)]
pub struct BranchActor {
    /// Which branch of the run it is.
    pub owner: Owner,
    /// What readers see.
    pub view: Arc<ArcSwap<Branch>>,
    /// Its jobs.
    pub mailbox: Mailbox<BranchState>,
}

/// What a branch's actor owns.
#[derive(Debug)]
pub struct BranchState {
    /// The game.
    pub hosted: Arc<Hosted>,
    /// The branch itself.
    pub branch: Branch,
    /// Steps under way and due, by scenario.
    pub progress: BTreeMap<u64, Progress>,
    /// Which branch of the run it is.
    pub owner: Owner,
    /// The run's pk.
    pub run_pk: u64,
    run: Arc<ArcSwap<RunView>>,
    view: Arc<ArcSwap<Branch>>,
}

impl BranchActor {
    /// An actor for `branch`, entered in the run and the directory.
    pub fn new(hosted: &Arc<Hosted>, run: &RunActor, owner: Owner, branch: Branch) -> Arc<Self> {
        let view = Arc::new(ArcSwap::from_pointee(branch.clone()));
        let place = Place { run: run.pk, owner };
        for row in branch.rows() {
            hosted.directory.enter(row.resource, row.pk, place);
        }
        let state = BranchState {
            hosted: hosted.clone(),
            branch,
            progress: BTreeMap::new(),
            owner,
            run_pk: run.pk,
            run: run.view.clone(),
            view: view.clone(),
        };
        let mailbox = Mailbox::new(state, hosted.limits.mailbox, hosted.tasks.clone());
        let actor = Arc::new(Self {
            owner,
            view,
            mailbox,
        });
        run.enter(actor.clone());
        actor
    }
}

impl BranchState {
    /// The run as it is now.
    #[must_use]
    pub fn run(&self) -> Arc<RunView> {
        self.run.load_full()
    }

    /// Takes in a row, tells everybody concerned, and says whether it was news.
    pub async fn absorb(&mut self, row: Row) -> bool {
        let child = match self.branch.apply(row.clone()) {
            Applied::Added => Child::Added,
            Applied::Updated => Child::Updated,
            Applied::Known | Applied::Stale => return false,
            Applied::Orphan => {
                tracing::warn!(resource = %row.resource, pk = row.pk, "a row came without its parent and was left out");
                self.hosted
                    .directory
                    .strike(self.run_pk, [(row.resource, row.pk)]);
                return false;
            }
            Applied::Conflict => match self.hosted.read_again(&row).await {
                Some(fresh) => {
                    self.branch.overwrite(fresh);
                    Child::Updated
                }
                None => return false,
            },
        };
        let place = Place {
            run: self.run_pk,
            owner: self.owner,
        };
        self.hosted.directory.enter(row.resource, row.pk, place);
        self.publish_view();
        let held = self
            .branch
            .node(row.resource, row.pk)
            .map_or(row, |node| Row::clone(&node.row));
        self.hosted
            .announce(child, &held, &self.run(), self.owner, Some(self.branch.rev))
            .await;
        true
    }

    /// Takes a row away with all below it, and tells everybody concerned.
    pub async fn remove(&mut self, resource: Resource, pk: u64) {
        let Some(removed) = self.branch.remove(resource, pk) else {
            // It never got here, but its place may have been entered.
            self.hosted.directory.strike(self.run_pk, [(resource, pk)]);
            return;
        };
        let rows = || std::iter::once(&removed.row).chain(&removed.below);
        self.hosted
            .directory
            .strike(self.run_pk, rows().map(|row| (row.resource, row.pk)));
        self.publish_view();
        for row in rows() {
            self.hosted
                .announce(
                    Child::Removed,
                    row,
                    &self.run(),
                    self.owner,
                    Some(self.branch.rev),
                )
                .await;
        }
    }

    fn publish_view(&self) {
        self.view.store(Arc::new(self.branch.clone()));
    }
}
