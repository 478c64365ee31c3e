//! A branch's actor: one world, or one run user's own scenarios. Turns are played here; see [`crate::turns`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use games_contract::Resource;

use super::run::RunActor;
use super::{Child, Hosted};
use crate::mailbox::Mailbox;
use crate::rewind::Rewound;
use crate::scopes::{Applied, Branch, Owner, Place, Row, RunView};
use crate::sight::is_part;
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
    /// The scenarios whose bots are deciding.
    pub thinking: BTreeSet<u64>,
    /// Which branch of the run it is.
    pub owner: Owner,
    /// The run's pk.
    pub run_pk: u64,
    run: Arc<ArcSwap<RunView>>,
    view: Arc<ArcSwap<Branch>>,
}

impl BranchActor {
    /// An actor for `branch`, entered in the directory.
    pub(super) fn new(
        hosted: &Arc<Hosted>,
        run: &RunActor,
        owner: Owner,
        branch: Branch,
    ) -> Arc<Self> {
        let view = Arc::new(ArcSwap::from_pointee(branch.clone()));
        let place = Place { run: run.pk, owner };
        for row in branch.rows() {
            hosted.directory.enter(row.resource, row.pk, place);
            note_taken_back(hosted, &row, place);
        }
        let state = BranchState {
            hosted: hosted.clone(),
            branch,
            progress: BTreeMap::new(),
            thinking: BTreeSet::new(),
            owner,
            run_pk: run.pk,
            run: run.view.clone(),
            view: view.clone(),
        };
        let mailbox = Mailbox::new(state, hosted.limits.mailbox, hosted.tasks.clone());
        Arc::new(Self {
            owner,
            view,
            mailbox,
        })
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
        let row = Arc::new(row);
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
        note_taken_back(&self.hosted, &row, place);
        self.publish_view();
        let held = self
            .branch
            .node(row.resource, row.pk)
            .map_or(row, |node| node.row.clone());
        self.keep_timetable(&held);
        self.tell(child, &held, self.is_closed(&held)).await;
        if let (Resource::Result, Child::Added) = (held.resource, child) {
            self.reveal(&held).await;
        }
        true
    }

    /// The timetable follows the periods: one that is open has its deadline there, one with a result has none.
    fn keep_timetable(&self, row: &Row) {
        let (scenario, period) = match row.resource {
            Resource::Period => (row.reference("scenario"), Some(row.pk)),
            Resource::Result => {
                let period = row.reference("period");
                let parent = period.and_then(|pk| self.branch.parent(Resource::Period, pk));
                (parent.map(|(_, scenario)| scenario), period)
            }
            _ => return,
        };
        let node = period.and_then(|pk| self.branch.node(Resource::Period, pk));
        let (Some(scenario), Some(node)) = (scenario, node) else {
            return;
        };
        if node.is_stepped() {
            self.hosted.timetable.strike(scenario, node.row.pk);
        } else if row.resource == Resource::Period {
            self.note_time(scenario, &node.row);
        }
    }

    /// Tells everybody concerned about a change of a row of this branch.
    async fn tell(&self, child: Child, row: &Row, closed: bool) {
        let (run, rev) = (self.run(), Some(self.branch.rev));
        if closed {
            self.hosted
                .announce_closed(child, row, &run, self.owner, rev)
                .await;
        } else {
            self.hosted
                .announce(child, row, &run, self.owner, rev)
                .await;
        }
    }

    /// Is it a decision that those in other seats may not read yet, or what another seat was told alone?
    fn is_closed(&self, row: &Row) -> bool {
        if is_part(row) {
            return self.hosted.keeps(&self.run()).parts;
        }
        if row.resource != Resource::Decision || !self.hosted.game.hides_decisions() {
            return false;
        }
        self.hosted.keeps(&self.run()).decisions
            || row
                .reference("period")
                .and_then(|period| self.branch.node(Resource::Period, period))
                .is_some_and(|period| !period.is_stepped())
    }

    /// The first result of a period shows everybody what was decided in it.
    async fn reveal(&mut self, result: &Row) {
        let is_of_table = result.reference("role").is_none() && result.text("name") == "result";
        let hides = self.hosted.game.hides_decisions();
        if !hides || !is_of_table || self.hosted.keeps(&self.run()).decisions {
            return;
        }
        let period = result
            .reference("period")
            .and_then(|period| self.branch.node(Resource::Period, period));
        let decisions: Vec<Arc<Row>> = period
            .into_iter()
            .flat_map(|period| period.rows(Resource::Decision))
            .cloned()
            .collect();
        self.show(decisions).await;
    }

    /// The run has come to a phase in which everybody sees what the game has kept from others till now.
    pub(super) async fn reveal_all(&mut self) {
        // It may have gone back meanwhile.
        if !self.hosted.reveals(&self.run().run) {
            return;
        }
        let secret = self.hosted.game.keeps_decisions_secret();
        let kept = |row: &Arc<Row>| match row.resource {
            Resource::Decision => secret,
            _ => is_part(row) && self.hosted.game.has_parts(),
        };
        let rows = self.branch.rows().into_iter().filter(kept).collect();
        self.show(rows).await;
    }

    /// Shows everybody concerned what some may not have read till now.
    async fn show(&mut self, rows: Vec<Arc<Row>>) {
        for row in rows {
            self.branch.rev += 1;
            self.publish_view();
            self.tell(Child::Updated, &row, false).await;
        }
    }

    /// Tells where it stands, to those who may have missed something.
    pub async fn tell_again(&self) {
        self.tell(Child::Updated, &self.branch.root.row, false)
            .await;
    }

    /// Takes a row away with all below it, and tells everybody concerned.
    pub async fn remove(&mut self, resource: Resource, pk: u64) {
        // What is hidden stays so when it goes; afterwards nobody could tell any more that it was.
        let hidden: BTreeSet<(Resource, u64)> = self
            .branch
            .node(resource, pk)
            .map(|node| node.rows_below())
            .unwrap_or_default()
            .iter()
            .filter(|row| self.is_closed(row))
            .map(|row| (row.resource, row.pk))
            .collect();
        let Some(removed) = self.branch.remove(resource, pk) else {
            // It never got here, but its place may have been entered.
            self.hosted.directory.strike(self.run_pk, [(resource, pk)]);
            return;
        };
        let rows = || std::iter::once(&removed.row).chain(&removed.below);
        for period in rows().filter(|row| row.resource == Resource::Period) {
            let scenario = period.reference("scenario").unwrap_or_default();
            self.hosted.timetable.strike(scenario, period.pk);
        }
        self.hosted
            .directory
            .strike(self.run_pk, rows().map(|row| (row.resource, row.pk)));
        self.publish_view();
        for row in rows() {
            let closed = hidden.contains(&(row.resource, row.pk));
            self.tell(Child::Removed, row, closed).await;
        }
        self.ask_bots();
    }

    fn publish_view(&self) {
        self.view.store(Arc::new(self.branch.clone()));
    }
}

/// A scenario knows which of its periods rewinds have taken away.
fn note_taken_back(hosted: &Hosted, row: &Row, place: Place) {
    if row.resource == Resource::Scenario
        && let Some(rewound) = Rewound::of(row)
    {
        hosted.directory.note_taken_back(rewound.periods, place);
    }
}
