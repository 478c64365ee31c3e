//! Scopes in a handler's hands: where it runs, what is above and below, and what may be done there.
//!
//! What they show is what the caller may see, at the moment of asking: a handler that waits for something should ask again.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::call::Player;
use crate::desk::{Desk, Sight};
use crate::finite;
use crate::rejected::{Rejected, Reply};
use crate::row::Row;
use crate::scope::ScopeKind;

/// A scope: what [`Run`], [`World`], [`Period`] and the others have in common.
#[derive(Clone)]
pub struct Scope {
    /// What it is.
    pub kind: ScopeKind,
    /// Primary key; 0 for the game itself.
    pub pk: u64,
    desk: Arc<dyn Desk>,
    /// As it was last, where it may be gone.
    last: Option<Row>,
}

impl Scope {
    pub(crate) fn at(kind: ScopeKind, pk: u64, desk: Arc<dyn Desk>) -> Self {
        Self {
            kind,
            pk,
            desk,
            last: None,
        }
    }

    pub(crate) fn with_last(mut self, row: Row) -> Self {
        self.last = Some(row);
        self
    }

    /// The scope as the caller may see it now; as it was last, where somebody has just been deleted.
    ///
    /// # Errors
    /// It is gone, or the caller may not see it.
    pub fn row(&self) -> Reply<Row> {
        let now = self.desk.row(self.kind, self.pk);
        now.or_else(|| self.last.clone())
            .ok_or_else(|| gone(self.kind))
    }

    /// Its `data`, read as the game's type; without what the service keeps there.
    ///
    /// # Errors
    /// It is gone, or of another shape; the message names the field.
    pub fn data<T: DeserializeOwned>(&self) -> Reply<T> {
        self.row()?.data()
    }

    /// Stores members of its `data`; those that are not named stay. Members `_turn` and `_private` are the service's and left out.
    ///
    /// # Errors
    /// It is not something with members, or it could not be stored.
    pub async fn save<T: Serialize + Send>(&self, data: T) -> Reply<()> {
        let data = finite::to_json(&data, "the data")?;
        let members = Map::from_iter([("data".to_owned(), data)]);
        self.desk
            .change(self.kind, self.pk, members)
            .await
            .map(drop)
    }

    /// Publishes on `<root topic>.model.<kind>.<pk>.<event>`, with `content` as the only argument. It is not stored: who listens later
    /// does not hear it.
    ///
    /// # Errors
    /// The event's name is not a word of a topic or is the service's, or the content holds a number that is not finite.
    pub async fn publish<T: Serialize + Send>(
        &self,
        event: &str,
        content: T,
        to: Sight,
    ) -> Reply<()> {
        let content = finite::to_json(&content, "the event")?;
        self.desk
            .publish(self.kind, self.pk, event, vec![content], to)
            .await
    }

    /// Calls a procedure of the game's own there, and waits for the answer. A list holds positional arguments, something with members
    /// keyword arguments; anything else is the only argument. The procedure has no [`Player`]: the game itself calls.
    ///
    /// Only what is further down can be called: a run's handler calls worlds, scenarios and periods, and the game's calls runs.
    ///
    /// # Errors
    /// What the procedure refused, or that it cannot be called from here.
    pub async fn call<T: Serialize + Send>(&self, procedure: &str, arguments: T) -> Reply<Value> {
        let (args, kwargs) = match finite::to_json(&arguments, "the arguments")? {
            Value::Array(args) => (args, Map::new()),
            Value::Object(kwargs) => (Vec::new(), kwargs),
            Value::Null => (Vec::new(), Map::new()),
            only => (vec![only], Map::new()),
        };
        self.desk
            .call(self.kind, self.pk, procedure, args, kwargs)
            .await
    }

    fn below(&self, children: ScopeKind) -> Vec<Row> {
        self.desk.below(self.kind, self.pk, children)
    }

    fn above(&self, member: &str) -> Reply<u64> {
        self.row()?.reference(member).ok_or_else(|| gone(self.kind))
    }

    fn many<T: From<Self>>(&self, rows: Vec<Row>) -> Vec<T> {
        let desks = rows
            .into_iter()
            .map(|row| Self::at(row.kind, row.pk, Arc::clone(&self.desk)));
        desks.map(T::from).collect()
    }

    fn one<T: From<Self>>(&self, kind: ScopeKind, pk: u64) -> T {
        T::from(Self::at(kind, pk, Arc::clone(&self.desk)))
    }

    async fn make<T: From<Self>>(&self, kind: ScopeKind, members: Value) -> Reply<T> {
        let Value::Object(members) = members else {
            return Err(Rejected::internal("a row is made of members"));
        };
        let row = self.desk.create(kind, members).await?;
        Ok(self.one(row.kind, row.pk))
    }
}

fn gone(kind: ScopeKind) -> Rejected {
    Rejected::because(format!(
        "this {kind} is not there: it may have been deleted a moment ago"
    ))
    .with("gone", kind.name(), Value::Null)
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.pk)
    }
}

macro_rules! handles {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// What it has in common with the others is in [`Scope`]: `pk`, `row`, `data`, `save`, `publish`, `call`.
        #[derive(Clone)]
        pub struct $name(Scope);

        impl $name {
            pub(crate) fn at(pk: u64, desk: Arc<dyn Desk>) -> Self {
                Self(Scope::at(ScopeKind::$name, pk, desk))
            }
        }

        impl From<Scope> for $name {
            fn from(scope: Scope) -> Self {
                Self(scope)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl Deref for $name {
            type Target = Scope;

            fn deref(&self) -> &Scope {
                &self.0
            }
        }
    )*};
}

handles! {
    /// One class or session.
    Run;
    /// One table of players.
    World;
    /// A user's membership in a run.
    RunUser;
    /// One play-through.
    Scenario;
    /// One turn.
    Period;
}

/// The game itself, with all the runs that the caller may see. What it has in common with other scopes is in [`Scope`].
#[derive(Clone)]
pub struct GameScope(Scope);

impl GameScope {
    pub(crate) fn at(desk: Arc<dyn Desk>) -> Self {
        Self(Scope::at(ScopeKind::Game, 0, desk))
    }

    /// The loaded runs.
    #[must_use]
    pub fn runs(&self) -> Vec<Run> {
        self.many(self.below(ScopeKind::Run))
    }
}

impl Deref for GameScope {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.0
    }
}

impl fmt::Debug for GameScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Run {
    /// The name of the phase that it is in; none where it has none.
    #[must_use]
    pub fn phase(&self) -> Option<String> {
        self.desk.phase(self.pk)
    }

    /// Its worlds.
    #[must_use]
    pub fn worlds(&self) -> Vec<World> {
        self.many(self.below(ScopeKind::World))
    }

    /// Those who are in it, leaders and players.
    #[must_use]
    pub fn runusers(&self) -> Vec<RunUser> {
        self.many(self.below(ScopeKind::RunUser))
    }

    /// A new world.
    ///
    /// # Errors
    /// There is one of that name, or it could not be stored.
    pub async fn create_world(&self, name: &str) -> Reply<World> {
        let members = serde_json::json!({"run": self.pk, "name": name});
        self.make(ScopeKind::World, members).await
    }
}

impl World {
    /// Its run.
    ///
    /// # Errors
    /// The world is gone.
    pub fn run(&self) -> Reply<Run> {
        Ok(self.one(ScopeKind::Run, self.above("run")?))
    }

    /// The other worlds of its run that the caller may see.
    ///
    /// # Errors
    /// The world is gone.
    pub fn siblings(&self) -> Reply<Vec<Self>> {
        let mut worlds = self.run()?.worlds();
        worlds.retain(|world| world.pk != self.pk);
        Ok(worlds)
    }

    /// Those who play there.
    #[must_use]
    pub fn runusers(&self) -> Vec<RunUser> {
        self.many(self.below(ScopeKind::RunUser))
    }

    /// Its scenarios.
    #[must_use]
    pub fn scenarios(&self) -> Vec<Scenario> {
        self.many(self.below(ScopeKind::Scenario))
    }

    /// A new scenario, without periods.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn create_scenario(&self, name: &str) -> Reply<Scenario> {
        let members = serde_json::json!({"world": self.pk, "name": name});
        self.make(ScopeKind::Scenario, members).await
    }
}

impl RunUser {
    /// Their run.
    ///
    /// # Errors
    /// The run user is gone.
    pub fn run(&self) -> Reply<Run> {
        Ok(self.one(ScopeKind::Run, self.above("run")?))
    }

    /// The world that they play in; none for leaders, and for those without a seat.
    ///
    /// # Errors
    /// The run user is gone.
    pub fn world(&self) -> Reply<Option<World>> {
        let world = self.row()?.reference("world");
        Ok(world.map(|pk| self.one(ScopeKind::World, pk)))
    }

    /// Do they lead the run?
    ///
    /// # Errors
    /// The run user is gone.
    pub fn is_leader(&self) -> Reply<bool> {
        Ok(self.row()?.member("leader") == &Value::Bool(true))
    }

    /// Name of their role; none for those who have none.
    ///
    /// # Errors
    /// The run user is gone.
    pub fn role(&self) -> Reply<Option<String>> {
        let row = self.row()?;
        Ok(row.member("role_name").as_str().map(str::to_owned))
    }

    /// The scenarios that they play alone.
    #[must_use]
    pub fn scenarios(&self) -> Vec<Scenario> {
        self.many(self.below(ScopeKind::Scenario))
    }

    /// A new scenario of their own, without periods.
    ///
    /// # Errors
    /// It could not be stored.
    pub async fn create_scenario(&self, name: &str) -> Reply<Scenario> {
        let members = serde_json::json!({"runuser": self.pk, "name": name});
        self.make(ScopeKind::Scenario, members).await
    }
}

impl Scenario {
    /// The world that plays it; none where somebody plays it alone.
    ///
    /// # Errors
    /// The scenario is gone.
    pub fn world(&self) -> Reply<Option<World>> {
        let world = self.row()?.reference("world");
        Ok(world.map(|pk| self.one(ScopeKind::World, pk)))
    }

    /// Who plays it alone; none where a world plays it.
    ///
    /// # Errors
    /// The scenario is gone.
    pub fn runuser(&self) -> Reply<Option<RunUser>> {
        let runuser = self.row()?.reference("runuser");
        Ok(runuser.map(|pk| self.one(ScopeKind::RunUser, pk)))
    }

    /// Its periods, by their order.
    #[must_use]
    pub fn periods(&self) -> Vec<Period> {
        self.many(self.below(ScopeKind::Period))
    }

    /// A new period. Where the game has a model, the service opens periods.
    ///
    /// # Errors
    /// There is one of that order, or it could not be stored.
    pub async fn create_period(&self, order: u32) -> Reply<Period> {
        let members = serde_json::json!({"scenario": self.pk, "order": order});
        self.make(ScopeKind::Period, members).await
    }
}

impl Period {
    /// Its scenario.
    ///
    /// # Errors
    /// The period is gone.
    pub fn scenario(&self) -> Reply<Scenario> {
        Ok(self.one(ScopeKind::Scenario, self.above("scenario")?))
    }

    /// Its place in the scenario, from 1.
    ///
    /// # Errors
    /// The period is gone.
    pub fn order(&self) -> Reply<u32> {
        let order = self.row()?.member("order").as_u64();
        Ok(order
            .and_then(|order| u32::try_from(order).ok())
            .unwrap_or_default())
    }

    /// The decisions in it. In a game that hides decisions, those of others have empty data until the period is stepped.
    #[must_use]
    pub fn decisions(&self) -> Vec<Row> {
        self.below(ScopeKind::Decision)
    }

    /// Its results.
    #[must_use]
    pub fn results(&self) -> Vec<Row> {
        self.below(ScopeKind::Result)
    }

    /// Stores the player's decision. Where that completes the period, the step follows by itself.
    ///
    /// # Errors
    /// The period or the run's phase takes no decision, the decision holds a number that is not finite, or it could not
    /// be stored.
    pub async fn decide<T: Serialize + Send>(&self, player: &Player, decision: T) -> Reply<()> {
        let data = finite::to_json(&decision, "the decision")?;
        self.desk.decide(self.pk, player, data).await
    }

    /// Stores a result for the whole table under a name. Where the game has a model, the name `result` is that of its outcome.
    ///
    /// # Errors
    /// There is one of that name, or it could not be stored.
    pub async fn create_result<T: Serialize + Send>(&self, name: &str, data: T) -> Reply<Row> {
        let data = finite::to_json(&data, "the result")?;
        let members =
            serde_json::json!({"period": self.pk, "name": name, "role": null, "data": data});
        let Value::Object(members) = members else {
            return Err(gone(ScopeKind::Period));
        };
        self.desk.create(ScopeKind::Result, members).await
    }
}
