//! One game as the service plays it: its loaded runs, each with its actor, and what they share.

mod branch;
mod branches;
mod catalogue;
mod changes;
mod groups;
mod load;
mod publish;
mod run;
mod together;
mod webhooks;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use games_api::Clock;
use games_client::GamesClient;
use games_contract::Resource;
use simpl::{Game, Rejected};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use branch::{BranchActor, BranchState};
pub use catalogue::Catalogue;
pub use groups::Groups;
pub use load::LoadError;
pub use publish::Child;
pub use run::{RunActor, RunState};
pub use together::{Told, sum_up};
pub use webhooks::{Callbacks, Called, callbacks};

use crate::bots::Room;
use crate::deadlines::Timetable;
use crate::joining::{RunJoining, Shared};
use crate::mailbox::Mailbox;
use crate::realm::Realm;
use crate::rewind::of_gone;
use crate::scopes::{Directory, Owner, Place, Row};
use crate::sight::{Online, Standing, Viewer};
use crate::turns::Stuck;
use crate::users::Users;

/// What the operator may set about turns.
#[derive(Clone, Debug)]
pub struct TurnLimits {
    /// How long a handler of a game may take.
    pub handler: Duration,
    /// How long one `Model::step` may take.
    pub step: Duration,
    /// How many jobs may wait in one actor's mailbox.
    pub mailbox: usize,
    /// How late the end of a period's time may be noticed and still count.
    pub deadline_grace: Duration,
}

/// One game with its loaded runs.
#[derive(Debug)]
pub struct Hosted {
    /// The game as its author wrote it.
    pub game: Game,
    /// Its slug in the games API: the author's, or what the settings rename it to.
    pub slug: String,
    /// Its root topic.
    pub root: String,
    /// The games API.
    pub client: GamesClient,
    /// How it writes, where the games API takes batches; row by row otherwise.
    pub groups: Option<Groups>,
    /// Where it publishes.
    pub realm: Realm,
    /// Who is online.
    pub online: Arc<Online>,
    /// The users in memory.
    pub users: Users,
    /// Game row, phases and roles.
    pub catalogue: ArcSwap<Catalogue>,
    /// Where each scope lives.
    pub directory: Directory,
    /// Are runs loaded that are not active, too?
    pub inactive_runs: bool,
    /// Limits on turns.
    pub limits: TurnLimits,
    /// Is the one who plays the one who writes the game, so that what a panic said is told?
    pub for_authors: bool,
    /// Its steps that never ended.
    pub stuck: Stuck,
    /// Where its bots think.
    pub bots: Room,
    /// When the time of its worlds' periods is over.
    pub timetable: Timetable,
    /// What all runs have in common about joining.
    pub joining: Arc<Shared>,
    /// Where wall-clock time comes from.
    pub clock: Arc<dyn Clock>,
    /// Counts the actors' tasks, so that a stop can wait for them.
    pub tasks: TaskTracker,
    /// Fires when the service stops.
    pub stop: CancellationToken,
    /// What concerns no run that is loaded, one after another: making runs, and loading them.
    pub desk: Mailbox<()>,
    /// Procedures and topics of the game's own scope, one after another.
    pub own: Mailbox<()>,
    runs: RwLock<BTreeMap<u64, Arc<RunActor>>>,
}

/// Everything a [`Hosted`] game is made of that it does not load itself.
#[derive(Debug)]
pub struct Parts {
    /// The game as its author wrote it.
    pub game: Game,
    /// Its slug in the games API.
    pub slug: String,
    /// Its root topic.
    pub root: String,
    /// The games API.
    pub client: GamesClient,
    /// How it writes, where the games API takes batches.
    pub groups: Option<Groups>,
    /// Where it publishes.
    pub realm: Realm,
    /// Who is online.
    pub online: Arc<Online>,
    /// The users in memory.
    pub users: Users,
    /// Are runs loaded that are not active, too?
    pub inactive_runs: bool,
    /// Limits on turns.
    pub limits: TurnLimits,
    /// Is the one who plays the one who writes the game, so that what a panic said is told?
    pub for_authors: bool,
    /// What all runs have in common about joining.
    pub joining: Arc<Shared>,
    /// Where wall-clock time comes from.
    pub clock: Arc<dyn Clock>,
    /// Fires when the service stops.
    pub stop: CancellationToken,
}

/// A scope that a viewer may reach, with what leads to it.
#[derive(Clone, Debug)]
pub struct Reached {
    /// The run above it.
    pub run: Arc<RunActor>,
    /// Where it lives.
    pub place: Place,
    /// What the viewer is in that run.
    pub standing: Standing,
}

impl Hosted {
    /// A game without runs; see [`Hosted::load`].
    #[must_use]
    pub fn new(parts: Parts, catalogue: Catalogue) -> Arc<Self> {
        let Parts {
            game,
            slug,
            root,
            client,
            groups,
            realm,
            online,
            users,
            inactive_runs,
            limits,
            for_authors,
            joining,
            clock,
            stop,
        } = parts;
        let tasks = TaskTracker::new();
        Arc::new(Self {
            desk: Mailbox::new((), limits.mailbox, tasks.clone()),
            own: Mailbox::new((), limits.mailbox, tasks.clone()),
            game,
            slug,
            root,
            client,
            groups,
            realm,
            online,
            users,
            catalogue: ArcSwap::from_pointee(catalogue),
            directory: Directory::default(),
            inactive_runs,
            limits,
            for_authors,
            stuck: Stuck::default(),
            bots: Room::default(),
            timetable: Timetable::default(),
            joining,
            clock,
            tasks,
            stop,
            runs: RwLock::default(),
        })
    }

    /// The loaded run of that pk.
    #[must_use]
    pub fn run(&self, pk: u64) -> Option<Arc<RunActor>> {
        self.runs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&pk)
            .cloned()
    }

    /// Every loaded run, by pk.
    #[must_use]
    pub fn runs(&self) -> Vec<Arc<RunActor>> {
        self.runs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    pub(crate) fn enter_run(&self, run: Arc<RunActor>) {
        self.runs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run.pk, run);
    }

    pub(crate) fn strike_run(&self, pk: u64) {
        self.runs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&pk);
        self.directory.strike_run(pk);
        self.joining.codes.strike(pk);
    }

    /// Notes under which code a run is joined.
    pub(crate) fn note_code(&self, run: &Row) {
        if let Some(code) = RunJoining::of(run).code
            && !self.joining.codes.enter(&code, run.pk)
        {
            tracing::warn!(
                run = run.pk,
                "another run has the join code of this one: nobody can join it before its leader opens joining again"
            );
        }
    }

    /// Why there is a period no more that a rewind has taken away, for those who could have reached it.
    #[must_use]
    pub fn reach_gone(&self, viewer: Viewer, resource: Resource, pk: u64) -> Option<Rejected> {
        if resource != Resource::Period {
            return None;
        }
        let place = self.directory.place_before(pk)?;
        let run = self.run(place.run)?;
        let standing = Standing::of(viewer, &run.view.load())?;
        let branch = run
            .branch(place.owner)
            .filter(|_| standing.reaches(place.owner, None))?;
        let branch = branch.view.load();
        let mut scenarios = branch.root.children.iter();
        scenarios.find_map(|scenario| of_gone(scenario, pk))
    }

    /// Finds a scope at or below a run and what the viewer is there; `None` when it is not loaded or not the viewer's to know.
    #[must_use]
    pub fn reach(&self, viewer: Viewer, resource: Resource, pk: u64) -> Option<Reached> {
        let place = self.directory.place(resource, pk)?;
        let run = self.run(place.run)?;
        let standing = Standing::of(viewer, &run.view.load())?;
        let runuser = (resource == Resource::RunUser).then_some(pk);
        let owner = if resource == Resource::RunUser {
            Owner::Run
        } else {
            place.owner
        };
        standing.reaches(owner, runuser).then_some(Reached {
            run,
            place,
            standing,
        })
    }
}
