//! From words to a [`Game`]: every mistake is found at start-up and told by name.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::bot::{Bot, Named, RANDOM, Random};
use crate::call::ErasedHandler;
use crate::callback::Registered;
use crate::environment::Environment;
use crate::game::{Game, Phase, Revision, Role};
use crate::handler::Handler;
use crate::mistake::{Description, Mistakes, Procedure};
use crate::model::{ErasedModel, Model, Typed, submit_decision};
use crate::probe;
use crate::registration::erased;
use crate::scope::{ScopeKind, on};
use crate::time_limit::{Overdue, TimeLimit};

/// Puts a [`Game`] together; see [`Game::builder`].
#[must_use]
pub struct GameBuilder {
    slug: String,
    title: Option<String>,
    root_topic: Option<String>,
    roles: Vec<Role>,
    phases: Vec<Phase>,
    revision: Revision,
    next_period: bool,
    periods: Option<u32>,
    single_player: bool,
    hidden_decisions: bool,
    secret_decisions: bool,
    time_limit: Option<TimeLimit>,
    model: Option<Arc<dyn ErasedModel>>,
    model_type: Option<TypeId>,
    /// The game's own bots.
    bots: Vec<Named>,
    random: Option<Named>,
    procedures: Vec<(Procedure, ErasedHandler)>,
    pub(crate) registered: Registered,
    environment: Option<Environment>,
}

impl GameBuilder {
    pub(crate) fn new(slug: &str) -> Self {
        Self {
            slug: slug.to_owned(),
            title: None,
            root_topic: None,
            roles: Vec::new(),
            phases: vec![Phase::open("Play"), Phase::closed("Debrief")],
            revision: Revision::default(),
            next_period: false,
            periods: None,
            single_player: false,
            hidden_decisions: false,
            secret_decisions: false,
            time_limit: None,
            model: None,
            model_type: None,
            bots: Vec::new(),
            random: None,
            procedures: Vec::new(),
            registered: Registered::default(),
            environment: None,
        }
    }

    /// The game's name for people.
    pub fn title(mut self, title: &str) -> Self {
        self.title = Some(title.to_owned());
        self
    }

    /// The prefix of all WAMP topics and procedures, instead of `world.simpl.sims.<slug>`.
    pub fn root_topic(mut self, topic: &str) -> Self {
        self.root_topic = Some(topic.to_owned());
        self
    }

    /// The parts to play; a name alone is a role with exactly one seat per world.
    pub fn roles(mut self, roles: impl IntoIterator<Item = impl Into<Role>>) -> Self {
        self.roles = roles.into_iter().map(Into::into).collect();
        self
    }

    /// The stages of a run, in order, instead of `Play`, which takes decisions, and `Debrief`, which does not.
    pub fn phases(mut self, phases: impl IntoIterator<Item = Phase>) -> Self {
        self.phases = phases.into_iter().collect();
        self
    }

    /// What happens to a decision for a period already stepped.
    pub fn revision(mut self, revision: Revision) -> Self {
        self.revision = revision;
        self
    }

    /// Begins a next period whenever one has been stepped.
    pub fn next_period(mut self) -> Self {
        self.next_period = true;
        self
    }

    /// Begins a next period whenever one has been stepped, up to so many; then the game is over. For a length that nobody is to know
    /// beforehand, see [`Model::over`].
    pub fn periods(mut self, periods: u32) -> Self {
        self.next_period = true;
        self.periods = Some(periods);
        self
    }

    /// Has everybody play alone, on a scenario of their own, without a world. Such a game has one role, with one seat.
    pub fn single_player(mut self) -> Self {
        self.single_player = true;
        self
    }

    /// Keeps what a seat has decided from the others at the table until the period is stepped; that it has decided is seen at once.
    pub fn hidden_decisions(mut self) -> Self {
        self.hidden_decisions = true;
        self
    }

    /// As [`hidden_decisions`](Self::hidden_decisions), and when the period has been stepped, too, until a phase that
    /// [reveals](Phase::reveals).
    pub fn secret_decisions(mut self) -> Self {
        self.hidden_decisions = true;
        self.secret_decisions = true;
        self
    }

    /// Gives a world so many seconds for a period, and says what counts for a seat that has not decided by then. A run may have
    /// another limit, or none.
    pub fn time_limit(mut self, seconds: u32, then: Overdue) -> Self {
        self.time_limit = Some(TimeLimit { seconds, then });
        self
    }

    /// What a fresh installation is seeded with, instead of [`Environment::tutorial`].
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = Some(environment);
        self
    }

    /// The maths. Registers `period.submit_decision`: bind, check, store; the step follows once all seats have decided.
    pub fn model<M: Model>(mut self, model: M) -> Self {
        let model = Arc::new(Typed::new(model));
        let procedure = Procedure {
            scope: ScopeKind::Period,
            name: "submit_decision".to_owned(),
            handler: ".model(…)",
        };
        self.procedures
            .push((procedure, submit_decision(Arc::clone(&model))));
        self.model_type = Some(TypeId::of::<M>());
        self.random = Some(Named::erased::<M>(RANDOM, Random(Arc::clone(&model))));
        self.model = Some(model);
        self
    }

    /// A player that is part of the game, under a name. The first is the one that plays where nobody says which; without one that is
    /// `random`, which every game with a model has.
    pub fn bot<M: Model>(mut self, name: &str, bot: impl Bot<M>) -> Self {
        self.bots.push(Named::new(name, bot));
        self
    }

    /// Procedures of the game itself, `<root topic>.model.game.<name>`: for everybody who is signed in, about all runs they may see.
    pub fn game(
        self,
        scope: impl FnOnce(ScopeBuilder<on::game>) -> ScopeBuilder<on::game>,
    ) -> Self {
        self.scope(scope)
    }

    /// Procedures on a run user.
    pub fn runuser(
        self,
        scope: impl FnOnce(ScopeBuilder<on::runuser>) -> ScopeBuilder<on::runuser>,
    ) -> Self {
        self.scope(scope)
    }

    /// Procedures on a scenario.
    pub fn scenario(
        self,
        scope: impl FnOnce(ScopeBuilder<on::scenario>) -> ScopeBuilder<on::scenario>,
    ) -> Self {
        self.scope(scope)
    }

    /// Procedures on a period.
    pub fn period(
        self,
        scope: impl FnOnce(ScopeBuilder<on::period>) -> ScopeBuilder<on::period>,
    ) -> Self {
        self.scope(scope)
    }

    /// Procedures on a world.
    pub fn world(
        self,
        scope: impl FnOnce(ScopeBuilder<on::world>) -> ScopeBuilder<on::world>,
    ) -> Self {
        self.scope(scope)
    }

    /// Procedures on a run.
    pub fn run(self, scope: impl FnOnce(ScopeBuilder<on::run>) -> ScopeBuilder<on::run>) -> Self {
        self.scope(scope)
    }

    fn scope<S: on::Scope>(
        mut self,
        scope: impl FnOnce(ScopeBuilder<S>) -> ScopeBuilder<S>,
    ) -> Self {
        let built = scope(ScopeBuilder {
            procedures: Vec::new(),
            subscriptions: Vec::new(),
            scope: PhantomData,
        });
        self.procedures.extend(built.procedures);
        let topics = built.subscriptions.into_iter();
        let topics = topics.map(|(topic, handler)| (S::KIND, topic, handler));
        self.registered.subscriptions.extend(topics);
        self
    }

    /// The game.
    ///
    /// # Panics
    /// When the description has mistakes: a game is built once, at start-up, and this tells them all.
    #[must_use]
    pub fn build(self) -> Game {
        self.try_build()
            .unwrap_or_else(|mistakes| panic!("{mistakes}"))
    }

    /// The game, or what is wrong with its description; for games made from data.
    ///
    /// # Errors
    /// Every mistake found.
    pub fn try_build(self) -> Result<Game, Mistakes> {
        let environment = self.environment.clone().unwrap_or_else(|| {
            let tutorial = Environment::tutorial(&self.slug, &self.roles);
            match self.single_player {
                true => tutorial.for_single_players(),
                false => tutorial,
            }
        });
        let description = Description {
            slug: &self.slug,
            roles: &self.roles,
            phases: &self.phases,
            has_model: self.model.is_some(),
            bots: self
                .bots
                .iter()
                .map(|bot| (bot.name.as_str(), Some(bot.model) == self.model_type))
                .collect(),
            time_limit: self.time_limit,
            periods: self.periods,
            single_player: self.single_player,
            procedures: self.procedures.iter().map(|(named, _)| named).collect(),
            registered: &self.registered,
            environment: &environment,
        };
        let mistakes = description.mistakes();
        if !mistakes.is_empty() {
            return Err(Mistakes {
                game: self.slug,
                mistakes,
            });
        }
        let mut handlers: BTreeMap<ScopeKind, BTreeMap<String, ErasedHandler>> = BTreeMap::new();
        for (procedure, handler) in self.procedures {
            let of_scope = handlers.entry(procedure.scope).or_default();
            of_scope.insert(procedure.name, handler);
        }
        let game = Game {
            title: self.title.unwrap_or_else(|| self.slug.clone()),
            root_topic: self
                .root_topic
                .unwrap_or_else(|| format!("world.simpl.sims.{}", self.slug)),
            slug: self.slug,
            roles: self.roles,
            phases: self.phases,
            revision: self.revision,
            next_period: self.next_period,
            periods: self.periods,
            single_player: self.single_player,
            hidden_decisions: self.hidden_decisions,
            secret_decisions: self.secret_decisions,
            time_limit: self.time_limit,
            model: self.model,
            bots: self.bots.into_iter().chain(self.random).collect(),
            handlers,
            registered: self.registered,
            environment,
        };
        match probe::mistake(&game) {
            Some(mistake) => Err(Mistakes {
                game: game.slug,
                mistakes: vec![mistake],
            }),
            None => Ok(game),
        }
    }
}

impl fmt::Debug for GameBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GameBuilder")
            .field("slug", &self.slug)
            .finish_non_exhaustive()
    }
}

/// Registers the procedures of one kind of scope.
#[must_use]
pub struct ScopeBuilder<S> {
    procedures: Vec<(Procedure, ErasedHandler)>,
    /// By the last word of the topic.
    pub(crate) subscriptions: Vec<(String, ErasedHandler)>,
    scope: PhantomData<S>,
}

impl<S: on::Scope> ScopeBuilder<S> {
    /// The handler of `<root topic>.model.<scope>.<pk>.<name>`.
    pub fn rpc<A, H: Handler<S, A>>(mut self, name: &str, handler: H) -> Self {
        let (erased, handler) = erased(handler);
        let procedure = Procedure {
            scope: S::KIND,
            name: name.to_owned(),
            handler,
        };
        self.procedures.push((procedure, erased));
        self
    }
}

impl<S: on::Scope> fmt::Debug for ScopeBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.procedures.iter().map(|(named, _)| &named.name);
        write!(f, "{}: ", S::KIND)?;
        f.debug_list().entries(names).finish()
    }
}
