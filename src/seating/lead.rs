//! What leaders do about seats: start the run, seat everybody who waits, move somebody, make one world of several, take one away.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simpl::Rejected;

use super::assign::assign;
use super::jobs::Besides;
use super::moves::{Swap, dissolve, merge, move_to};
use super::room::Room;
use super::rules::Rules;
use crate::game::RunState;
use crate::scopes::Row;

/// What a leader wants done. Worlds and roles are named by pk or by name.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// The run comes to its first phase that takes decisions, everybody who waits gets a seat, and every world has a first period. A run
    /// that was started is started already, and its phase stays.
    Start,
    /// Everybody who waits gets a seat, as far as there is one.
    Assign,
    /// Somebody gets another seat, or none.
    Move {
        /// The pk of their run user.
        runuser: u64,
        /// The world; null for none.
        world: Value,
        /// The role; null for the one that they have, as far as it is free there.
        role: Value,
        /// With whom they change places where the seat is taken: the pk of a run user, true for the only one there, or null.
        swap: Value,
    },
    /// Everybody from some worlds comes to another one.
    Merge {
        /// The worlds, the other one among them or not.
        worlds: Vec<Value>,
        /// The other one; null for the first of them.
        into: Value,
    },
    /// Nobody plays in this world any more.
    Dissolve {
        /// The world.
        world: Value,
    },
}

impl RunState {
    /// Does what a leader wants, and tells who has another seat now, who waits, and which worlds are new. What was done under `key` a
    /// moment ago is not done again.
    ///
    /// # Errors
    /// It cannot be done, or it could not be stored; nothing was changed.
    pub async fn lead_seating(
        &mut self,
        command: Command,
        key: Option<&str>,
    ) -> Result<Value, Rejected> {
        if let Some(answer) = self.done.answer(key) {
            return Ok(answer);
        }
        let (seats, worlds) = (self.by_user(), self.run.worlds.clone());
        let besides = self.besides(&command)?;
        self.rearrange(&besides, |state, room, rules, seed| {
            state.obey(&command, room, rules, seed)
        })
        .await?;
        let now = self.by_user();
        let changed = now.values().filter(|placed| {
            let before = seats.get(&placed.user);
            before.is_none_or(|before| (before.world, before.role) != (placed.world, placed.role))
        });
        let seated: Vec<Value> = changed.map(|placed| placed.told()).collect();
        let waiting = now
            .values()
            .filter(|placed| placed.active && !placed.leader && placed.world.is_none())
            .filter(|_| !self.hosted.game.is_single_player());
        let waiting: Vec<u64> = waiting.map(|placed| placed.runuser).collect();
        let new: BTreeSet<&u64> = self.run.worlds.difference(&worlds).collect();
        let answer = json!({"seated": seated, "waiting": waiting, "worlds": new});
        self.done.note(key, &answer);
        Ok(answer)
    }

    fn besides(&self, command: &Command) -> Result<Besides, Rejected> {
        let mut besides = Besides::default();
        if *command == Command::Start && !self.is_started() {
            let catalogue = self.hosted.catalogue.load();
            let first = catalogue.first_open(&self.hosted.game);
            let first = first.ok_or_else(|| {
                Rejected::because(
                    "this run cannot be started: none of the game's phases in the games API takes decisions",
                )
                .with("no_open_phase", "a phase that takes decisions", Value::Null)
            })?;
            besides.phase = Some(first.pk);
        }
        Ok(besides)
    }

    fn obey(
        &self,
        command: &Command,
        room: &mut Room,
        rules: &Rules,
        seed: &str,
    ) -> Result<(), Rejected> {
        match command {
            // Who plays alone has no table to sit at.
            Command::Start | Command::Assign if self.hosted.game.is_single_player() => Ok(()),
            Command::Start | Command::Assign => {
                assign(room, rules, seed);
                Ok(())
            }
            Command::Move {
                runuser,
                world,
                role,
                swap,
            } => {
                let user = self.user(&json!(runuser), "runuser")?;
                let table = match world {
                    Value::Null => None,
                    named => Some(table(room, named, "world")?),
                };
                let role = match role {
                    Value::Null => None,
                    named => Some(rules.role(named).ok_or_else(|| {
                        let names = rules.parts.iter().map(|part| part.name.as_str());
                        let names = names.collect::<Vec<_>>().join(", ");
                        not_one("role", format!("one of the roles {names}"), named)
                    })?),
                };
                let swap = match swap {
                    Value::Null | Value::Bool(false) => Swap::No,
                    Value::Bool(true) => Swap::Yes,
                    other => Swap::With(self.user(other, "swap")?),
                };
                move_to(room, rules, user, table, role, swap)
            }
            Command::Merge { worlds, into } => {
                let from: Result<Vec<usize>, _> = worlds
                    .iter()
                    .map(|named| table(room, named, "worlds"))
                    .collect();
                let from = from?;
                let into = match (into, from.first()) {
                    (Value::Null, Some(first)) => *first,
                    (named, _) => table(room, named, "into")?,
                };
                merge(room, rules, &from, into)
            }
            Command::Dissolve { world } => {
                let table = table(room, world, "world")?;
                dissolve(room, rules, table);
                Ok(())
            }
        }
    }

    /// The user of a run user of this run.
    fn user(&self, runuser: &Value, argument: &str) -> Result<u64, Rejected> {
        let row = runuser.as_u64().and_then(|pk| self.run.runusers.get(&pk));
        let user = row.and_then(|row| Row::reference(row, "user"));
        user.ok_or_else(|| {
            not_one(
                argument,
                "the pk of a run user of this run".to_owned(),
                runuser,
            )
        })
    }
}

/// The table of a world that is named by its pk or by its name.
fn table(room: &Room, named: &Value, argument: &str) -> Result<usize, Rejected> {
    let meant = match named {
        Value::String(name) => room.tables.iter().position(|table| table.name == *name),
        pk => pk.as_u64().and_then(|pk| {
            let mut tables = room.tables.iter();
            tables.position(|table| table.world == Some(pk))
        }),
    };
    let expected = || "the pk or the name of a world of this run".to_owned();
    meant.ok_or_else(|| not_one(argument, expected(), named))
}

fn not_one(argument: &str, expected: String, got: &Value) -> Rejected {
    let message = format!("{argument}: {expected} is expected, got {got}");
    Rejected::invalid_argument(message, expected, got.clone())
}
