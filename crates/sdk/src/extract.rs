//! What the service can fill in as a handler's arguments. Filling in is synchronous, and order does not matter.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::bind;
use crate::call::{Call, Desk, Player};
use crate::finite;
use crate::rejected::{Rejected, Reply};
use crate::scope::on;

/// An argument of a handler on scope `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a handler on a {S}",
    label = "not an argument that the service can fill in here",
    note = "scopes: `Period`, `World`, `Run` (on a handler of that scope or of one below it)",
    note = "caller: `Player`",
    note = "payload: `Arg<T>` for the next positional value, `Args<T>` for all of them as one struct, `Kwargs<T>` for the named ones, where `T: Deserialize`"
)]
pub trait FromCall<S>: Sized + Send {
    /// Takes this argument from the call.
    ///
    /// # Errors
    /// The call has nothing that fits; the caller reads what was expected.
    fn from_call(call: &mut Call) -> Result<Self, Rejected>;
}

/// The period that was called.
#[derive(Clone)]
pub struct Period {
    /// Primary key.
    pub pk: u64,
    /// Primary key of its scenario.
    pub scenario: Option<u64>,
    desk: Arc<dyn Desk>,
}

impl Period {
    pub(crate) fn at(pk: u64, scenario: Option<u64>, desk: Arc<dyn Desk>) -> Self {
        Self { pk, scenario, desk }
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
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Period")
            .field("pk", &self.pk)
            .finish_non_exhaustive()
    }
}

/// The world that was called, or that the called scope belongs to.
#[derive(Clone, Debug)]
pub struct World {
    /// Primary key.
    pub pk: u64,
}

/// The run that was called, or that the called scope belongs to.
#[derive(Clone, Debug)]
pub struct Run {
    /// Primary key.
    pub pk: u64,
}

impl FromCall<on::period> for Period {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        Ok(Self::at(call.pk, call.scenario, Arc::clone(&call.desk)))
    }
}

impl World {
    fn of(call: &Call) -> Result<Self, Rejected> {
        let alone = || {
            Rejected::because(
                "this is a single player's own scenario, which has no world: call it in a world",
            )
            .with("no_world", "a world", "none")
        };
        call.world.map(|pk| Self { pk }).ok_or_else(alone)
    }
}

impl FromCall<on::period> for World {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        Self::of(call)
    }
}

impl FromCall<on::world> for World {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        Self::of(call)
    }
}

impl<S: on::Scope> FromCall<S> for Run {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        Ok(Self { pk: call.run })
    }
}

impl<S: on::Scope> FromCall<S> for Player {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        call.player.clone().ok_or_else(Rejected::not_a_player)
    }
}

/// The next positional argument.
#[derive(Clone, Copy, Debug)]
pub struct Arg<T>(pub T);

/// All arguments as one struct: its fields in order from the positional ones, or by name.
#[derive(Clone, Copy, Debug)]
pub struct Args<T>(pub T);

/// The keyword arguments as one struct.
#[derive(Clone, Copy, Debug)]
pub struct Kwargs<T>(pub T);

impl<S: on::Scope, T: DeserializeOwned + Send> FromCall<S> for Arg<T> {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        let index = call.taken;
        call.taken += 1;
        bind::argument(index, call.args.get(index)).map(Self)
    }
}

impl<S: on::Scope, T: DeserializeOwned + Send> FromCall<S> for Args<T> {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        call.taken = call.args.len();
        bind::arguments(&call.args, &call.kwargs).map(Self)
    }
}

impl<S: on::Scope, T: DeserializeOwned + Send> FromCall<S> for Kwargs<T> {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        bind::arguments(&[], &call.kwargs).map(Self)
    }
}
