//! Everything that a game's one file needs: `use simpl::prelude::*;`.

pub use crate::{
    Arg, Args, Bot, Game, Kwargs, Model, Outcome, Overdue, Period, Phase, Player, Rejected, Reply,
    Revision, Rng, Role, Rules, Run, Seat, Turn, World,
};
pub use schemars::{self, JsonSchema};
pub use serde::{Deserialize, Serialize};
pub use simpl_macros::{data, rpc};
