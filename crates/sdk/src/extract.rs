//! What the service can fill in as a handler's arguments. Filling in is synchronous, and order does not matter.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::bind;
use crate::call::{Call, Player};
use crate::callback::{ChangePhase, Changed, Occasion};
use crate::desk::GamesClient;
use crate::handle::{GameScope, Period, Run, RunUser, Scenario, Scope, World};
use crate::rejected::Rejected;
use crate::scope::{ScopeKind, on};

/// An argument of a handler on `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a handler on `{S}`",
    label = "not an argument that the service can fill in here",
    note = "scopes: `Period`, `Scenario`, `RunUser`, `World`, `Run`, `GameScope` (on a handler of that scope or of one below it)",
    note = "caller: `Player`; rows: `Client`",
    note = "payload: `Arg<T>` for the next positional value, `Args<T>` for all of them as one struct, `Kwargs<T>` for the named ones, where `T: Deserialize`",
    note = "in callbacks instead of caller and payload: `ChangePhase` where the phase changes, `RunUser` where somebody comes or goes, `Changed` in a hook"
)]
pub trait FromCall<S>: Sized + Send {
    /// Takes this argument from the call.
    ///
    /// # Errors
    /// The call has nothing that fits; the caller reads what was expected.
    fn from_call(call: &mut Call) -> Result<Self, Rejected>;
}

impl FromCall<on::period> for Period {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        Ok(Self::at(call.pk, Arc::clone(&call.desk)))
    }
}

impl FromCall<on::scenario> for Scenario {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        Ok(Self::at(call.pk, Arc::clone(&call.desk)))
    }
}

impl FromCall<on::period> for Scenario {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        let lost = || Rejected::internal("this period has no scenario: it may have been deleted");
        let pk = call.scenario.ok_or_else(lost)?;
        Ok(Self::at(pk, Arc::clone(&call.desk)))
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
        let pk = call.world.ok_or_else(alone)?;
        Ok(Self::at(pk, Arc::clone(&call.desk)))
    }
}

macro_rules! world_of {
    ($($scope:ident)*) => {$(
        impl FromCall<on::$scope> for World {
            fn from_call(call: &mut Call) -> Result<Self, Rejected> {
                Self::of(call)
            }
        }
    )*};
}
world_of! { period scenario world }

impl FromCall<on::runuser> for RunUser {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        Ok(Self::at(call.pk, Arc::clone(&call.desk)))
    }
}

macro_rules! who_comes_or_goes {
    ($($occasion:ident)*) => {$(
        impl FromCall<on::$occasion> for RunUser {
            fn from_call(call: &mut Call) -> Result<Self, Rejected> {
                match &call.occasion {
                    Some(Occasion::RunUser(row)) => {
                        let scope = Scope::at(ScopeKind::RunUser, row.pk, Arc::clone(&call.desk));
                        Ok(scope.with_last(row.clone()).into())
                    }
                    _ => Err(no_occasion()),
                }
            }
        }
    )*};
}
who_comes_or_goes! { runuser_created runuser_deleted connected disconnected }

macro_rules! phase_of {
    ($($occasion:ident)*) => {$(
        impl FromCall<on::$occasion> for ChangePhase {
            fn from_call(call: &mut Call) -> Result<Self, Rejected> {
                match &call.occasion {
                    Some(Occasion::Phase(change)) => Ok(change.clone()),
                    _ => Err(no_occasion()),
                }
            }
        }
    )*};
}
phase_of! { advance_phase rollback_phase }

impl FromCall<on::hook> for Changed {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        match &call.occasion {
            Some(Occasion::Changed(changed)) => Ok(changed.clone()),
            _ => Err(no_occasion()),
        }
    }
}

fn no_occasion() -> Rejected {
    Rejected::internal("this is called on another occasion than it was written for")
}

impl<S: on::InRun> FromCall<S> for Run {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        Ok(Self::at(call.run, Arc::clone(&call.desk)))
    }
}

impl<S: on::Scope> FromCall<S> for GameScope {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        Ok(Self::at(Arc::clone(&call.desk)))
    }
}

impl<S: on::Called> FromCall<S> for Player {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        call.player.clone().ok_or_else(Rejected::not_a_player)
    }
}

/// The games API's rows of the run, to be made, changed and deleted: see [`GamesClient`]. The scopes' own methods are shorter.
#[derive(Clone)]
pub struct Client(Arc<dyn GamesClient>);

impl Deref for Client {
    type Target = dyn GamesClient;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Client")
    }
}

impl<S: on::Scope> FromCall<S> for Client {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        let desk = Arc::clone(&call.desk);
        Ok(Self(desk))
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

impl<S: on::Called, T: DeserializeOwned + Send> FromCall<S> for Arg<T> {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        let index = call.taken;
        call.taken += 1;
        bind::argument(index, call.args.get(index)).map(Self)
    }
}

impl<S: on::Called, T: DeserializeOwned + Send> FromCall<S> for Args<T> {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        call.taken = call.args.len();
        bind::arguments(&call.args, &call.kwargs).map(Self)
    }
}

impl<S: on::Called, T: DeserializeOwned + Send> FromCall<S> for Kwargs<T> {
    fn from_call(call: &mut Call) -> Result<Self, Rejected> {
        bind::arguments(&[], &call.kwargs).map(Self)
    }
}
