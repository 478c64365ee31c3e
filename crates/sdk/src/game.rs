//! A game as one plain value.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::bot::Named;
use crate::builder::GameBuilder;
use crate::call::ErasedHandler;
use crate::callback::Registered;
use crate::environment::Environment;
use crate::model::ErasedModel;
use crate::scope::ScopeKind;
use crate::time_limit::TimeLimit;

/// A part to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name; unique in the game.
    pub name: String,
    /// How many seats of it a world needs before a period can be stepped.
    pub minimum: u32,
    /// How many seats of it a world can have.
    pub maximum: u32,
}

impl Role {
    /// A role with exactly one seat per world.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            minimum: 1,
            maximum: 1,
        }
    }

    /// The same role with at least and at most so many seats per world.
    #[must_use]
    pub fn seats(self, minimum: u32, maximum: u32) -> Self {
        Self {
            minimum,
            maximum,
            ..self
        }
    }
}

impl From<&str> for Role {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

/// A stage of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// Its name; unique in the game.
    pub name: String,
    /// Whether decisions are taken while a run is in it.
    pub accepts_decisions: bool,
    /// Whether everybody at a table sees in it what seats have seen alone.
    pub reveals: bool,
}

impl Phase {
    /// A phase in which decisions are taken.
    #[must_use]
    pub fn open(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            accepts_decisions: true,
            reveals: false,
        }
    }

    /// A phase in which they are not.
    #[must_use]
    pub fn closed(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            accepts_decisions: false,
            reveals: false,
        }
    }

    /// The same phase, in which everybody at a table sees what seats have seen alone: see [`Outcome`](crate::Outcome).
    #[must_use]
    pub fn reveals(self) -> Self {
        Self {
            reveals: true,
            ..self
        }
    }
}

/// What happens to a decision for a period that has already been stepped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revision {
    /// It is refused, with what counted.
    #[default]
    Closed,
    /// It counts: that period, and every later one that has been stepped, is stepped again from stored decisions with
    /// the same seeds.
    Recalculate,
}

/// A set of rules: what [`Game::builder`] puts together and the service loads.
#[derive(Clone)]
pub struct Game {
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) root_topic: String,
    pub(crate) roles: Vec<Role>,
    pub(crate) phases: Vec<Phase>,
    pub(crate) revision: Revision,
    pub(crate) next_period: bool,
    pub(crate) periods: Option<u32>,
    pub(crate) single_player: bool,
    pub(crate) hidden_decisions: bool,
    pub(crate) secret_decisions: bool,
    pub(crate) time_limit: Option<TimeLimit>,
    pub(crate) model: Option<Arc<dyn ErasedModel>>,
    pub(crate) bots: Vec<Named>,
    pub(crate) handlers: BTreeMap<ScopeKind, BTreeMap<String, ErasedHandler>>,
    pub(crate) registered: Registered,
    pub(crate) environment: Environment,
}

impl Game {
    /// Starts a game with that slug; the rest has defaults, apart from roles.
    pub fn builder(slug: &str) -> GameBuilder {
        GameBuilder::new(slug)
    }

    /// The game's short name, unique in an installation: `div`.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// The game's name for people; the slug, unless it was given.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The prefix of all its WAMP topics and procedures; `world.simpl.sims.<slug>`, unless it was given.
    #[must_use]
    pub fn root_topic(&self) -> &str {
        &self.root_topic
    }

    /// The parts to play.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The stages of a run, in order.
    #[must_use]
    pub fn phases(&self) -> &[Phase] {
        &self.phases
    }

    /// What happens to a decision for a period already stepped.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Whether a next period begins once one has been stepped.
    #[must_use]
    pub fn steps_to_next_period(&self) -> bool {
        self.next_period
    }

    /// How many periods are played, where the game tells it beforehand.
    #[must_use]
    pub fn periods(&self) -> Option<u32> {
        self.periods
    }

    /// Whether everybody plays alone, on a scenario of their own.
    #[must_use]
    pub fn is_single_player(&self) -> bool {
        self.single_player
    }

    /// Whether seats see something alone, which is shown to others only in a phase that reveals.
    #[must_use]
    pub fn has_parts(&self) -> bool {
        self.model()
            .is_some_and(|model| model.part_schema().is_some())
    }

    /// The same game with one period for a scenario: none begins once it has been stepped.
    #[must_use]
    pub fn without_next_period(mut self) -> Self {
        self.next_period = false;
        self
    }

    /// Whether the others at the table see a decision only once its period has been stepped, or later.
    #[must_use]
    pub fn hides_decisions(&self) -> bool {
        self.hidden_decisions
    }

    /// Whether they see it only in a phase that reveals.
    #[must_use]
    pub fn keeps_decisions_secret(&self) -> bool {
        self.secret_decisions
    }

    /// How long a world has for a period; none for as long as it takes.
    #[must_use]
    pub fn time_limit(&self) -> Option<TimeLimit> {
        self.time_limit
    }

    /// The same game with another time limit, or without one.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Option<TimeLimit>) -> Self {
        self.time_limit = limit;
        self
    }

    /// The maths, where the game has a [`Model`](crate::Model).
    #[must_use]
    pub fn model(&self) -> Option<&Arc<dyn ErasedModel>> {
        self.model.as_ref()
    }

    /// Every procedure of the game's own, by scope and then by name.
    pub fn procedures(&self) -> impl Iterator<Item = (ScopeKind, &str)> {
        self.handlers
            .iter()
            .flat_map(|(kind, handlers)| handlers.keys().map(|name| (*kind, name.as_str())))
    }

    /// The handler of a procedure of the game's own.
    #[must_use]
    pub fn handler(&self, scope: ScopeKind, name: &str) -> Option<&ErasedHandler> {
        self.handlers.get(&scope)?.get(name)
    }

    /// What a fresh installation is seeded with.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }
}

impl fmt::Debug for Game {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Game")
            .field("slug", &self.slug)
            .field("roles", &self.roles)
            .field("phases", &self.phases)
            .field("revision", &self.revision)
            .field("procedures", &self.procedures().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
