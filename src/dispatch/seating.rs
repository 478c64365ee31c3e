//! What leaders do about who sits where: `start`, `assign`, `move_player`, `merge_worlds` and `dissolve_world` of a run.

use std::sync::Arc;

use serde_json::Value;
use simpl::Rejected;

use super::arguments::{Arguments, not_expected};
use super::call::key;
use super::caller::{leaders, posted};
use super::procedures::ScopeProcedure;
use super::{Dispatcher, Invocation, Next};
use crate::game::{Hosted, Reached};
use crate::seating::Command;

impl Dispatcher {
    pub(super) fn lead_seating(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        procedure: &ScopeProcedure,
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        leaders(reached, "say who sits where")?;
        let command = command(procedure, arguments)?;
        let key = key(arguments.kwargs.get("_key"))?;
        let caller = self.caller(game, invocation);
        let queued = reached.run.mailbox.try_post(move |state| {
            Box::pin(async move {
                let told = state.lead_seating(command, key.as_deref()).await;
                caller.hears(told).await;
            })
        });
        posted(queued)
    }
}

fn command(procedure: &ScopeProcedure, arguments: &Arguments) -> Result<Command, Rejected> {
    let at = |place, name| arguments.at(place, name).clone();
    match procedure {
        ScopeProcedure::Start => Ok(Command::Start),
        ScopeProcedure::MovePlayer => {
            let given = arguments.at(0, "runuser");
            let runuser = given.as_u64();
            Ok(Command::Move {
                runuser: runuser
                    .ok_or_else(|| not_expected("runuser", "the pk of a run user", given))?,
                world: at(1, "world"),
                role: at(2, "role"),
                swap: at(3, "swap"),
            })
        }
        ScopeProcedure::MergeWorlds => {
            let given = arguments.at(0, "worlds");
            let expected = "a list of pks or names of worlds of this run";
            let worlds = given.as_array().filter(|worlds| !worlds.is_empty());
            Ok(Command::Merge {
                worlds: worlds
                    .ok_or_else(|| not_expected("worlds", expected, given))?
                    .clone(),
                into: at(1, "into"),
            })
        }
        ScopeProcedure::DissolveWorld => match arguments.at(0, "world") {
            Value::Null => {
                let expected = "the pk or the name of a world of this run";
                Err(not_expected("world", expected, &Value::Null))
            }
            world => Ok(Command::Dissolve {
                world: world.clone(),
            }),
        },
        _ => Ok(Command::Assign),
    }
}
