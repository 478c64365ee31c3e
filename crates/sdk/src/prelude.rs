//! Everything that a game's one file needs: `use simpl::prelude::*;`.

pub use crate::{
    Arg, Args, Bot, ChangePhase, Changed, Client, Game, GameScope, Kwargs, Model, Outcome, Overdue,
    Period, Phase, Player, Rejected, Reply, Revision, Rng, Role, Rules, Run, RunUser, Scenario,
    Seat, Sight, Turn, World,
};
pub use schemars::{self, JsonSchema};
pub use serde::{Deserialize, Serialize};
pub use simpl_macros::{data, on, rpc};
