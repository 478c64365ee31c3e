//! A room from the rows of a run, and what has to be written to get from one room to another.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use games_contract::{Map, Operation, Resource, Target};
use serde_json::{Value, json};

use super::room::{Room, Seat, Sitter, Table, Wish};
use super::rules::{Odd, Rules};
use crate::bots;
use crate::scopes::service_state::with_turn_member;
use crate::scopes::{Row, RunView};

/// Members of a row and what they are to be.
pub(crate) type Members = Vec<(&'static str, Value)>;

/// The tables of a run with everybody who plays there or waits. Leaders are not among them, nor who has a world and no role: such rows
/// are made by other programs, which seat people themselves.
pub(super) fn room(run: &RunView, worlds: &[Arc<Row>]) -> Room {
    let tables = worlds.iter().map(|world| Table {
        world: Some(world.pk),
        name: world.text("name").into_owned(),
        dissolved: is_dissolved(world),
    });
    let at: HashMap<u64, usize> = worlds
        .iter()
        .enumerate()
        .map(|(at, row)| (row.pk, at))
        .collect();
    let players = run.runusers.values();
    let players = players.filter(|row| row.is_active() && !row.is_leader());
    let sitters = players.filter_map(|row| {
        let seat = match (row.reference("world"), row.reference("role")) {
            (Some(world), Some(role)) => Some(Seat {
                table: *at.get(&world)?,
                role,
            }),
            (Some(_), None) => return None,
            (None, _) => None,
        };
        let sitter = Sitter {
            bot: bots::number(row).is_some(),
            wish: wish(row),
            at: seat,
        };
        Some((row.reference("user")?, sitter))
    });
    Room {
        tables: tables.collect(),
        sitters: sitters.collect(),
    }
}

/// Was this world dissolved, so that nobody sits down there any more?
#[must_use]
pub fn is_dissolved(world: &Row) -> bool {
    world.data().pointer("/_turn/dissolved").is_some()
}

/// How many seats of each role in this world are to be filled by bots: `data._turn.empty`, by the names of roles.
#[must_use]
pub fn empty_seats(world: &Row) -> BTreeMap<String, usize> {
    let marked = world.data().pointer("/_turn/empty");
    let marked = marked.and_then(Value::as_object).into_iter().flatten();
    let seats = marked.filter_map(|(role, seats)| {
        let seats = usize::try_from(seats.as_u64()?).ok()?;
        Some((role.clone(), seats))
    });
    seats.collect()
}

fn wish(runuser: &Row) -> Wish {
    let wish = runuser.data().pointer("/_turn/wish");
    let member = |name: &str| wish.and_then(|wish| wish.get(name));
    Wish {
        role: member("role").and_then(Value::as_u64),
        world: member("world").and_then(Value::as_str).map(str::to_owned),
    }
}

/// From one room to another: what is known of the run, and what belongs to those who are new in it.
#[derive(Debug)]
pub(super) struct Rearranged<'a> {
    /// The run as it is.
    pub(super) run: &'a RunView,
    /// Its worlds, in the order of the tables.
    pub(super) worlds: &'a [Arc<Row>],
    /// How it seats people.
    pub(super) rules: &'a Rules,
    /// The room as it is.
    pub(super) before: &'a Room,
    /// The room as it is to be: the same tables first.
    pub(super) after: &'a Room,
    /// Data of run users who are new, by user.
    pub(super) data: &'a BTreeMap<u64, Map>,
    /// The scenario that worlds without one get with a first period: those at which somebody sits down. None as long as the run has not
    /// been started.
    pub(super) scenario: Option<&'a str>,
    /// The run is started now: every world without a scenario gets one.
    pub(super) starts: bool,
    /// The worlds without a scenario.
    pub(super) bare: &'a BTreeSet<u64>,
    /// The time of the service.
    pub(super) now: &'a str,
}

impl Rearranged<'_> {
    /// What has to be written, as one group.
    pub(super) fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        let touched = self.touched();
        let mut made: HashMap<usize, Value> = HashMap::new();
        for (at, table) in self.after.tables.iter().enumerate() {
            match self.worlds.get(at) {
                Some(world) => operations.extend(self.changed_world(at, world, &touched)),
                None => {
                    made.insert(at, json!({"ref": operations.len()}));
                    let mut members = vec![
                        ("run", self.run.run.pk.into()),
                        ("name", table.name.as_str().into()),
                    ];
                    let empty = self.empty(at);
                    if !empty.is_empty() {
                        members.push(("data", json!({"_turn": {"empty": empty}})));
                    }
                    operations.push(create(Resource::World, members));
                }
            }
        }
        let world = |at: usize| match self.worlds.get(at) {
            Some(world) => Some(world.pk.into()),
            None => made.get(&at).cloned(),
        };
        for (user, sitter) in &self.after.sitters {
            operations.extend(self.seated(*user, sitter, world));
        }
        if let Some(name) = self.scenario {
            for (at, table) in self.after.tables.iter().enumerate() {
                let bare = table.world.is_none_or(|world| self.bare.contains(&world));
                // Another program may be about to make a scenario for a world that it has just made.
                let meant = self.starts || touched.contains(&at);
                if let Some(world) = world(at).filter(|_| bare && meant && !table.dissolved) {
                    let scenario = json!({"ref": operations.len()});
                    let members = vec![("world", world), ("name", name.into())];
                    operations.push(create(Resource::Scenario, members));
                    let members = vec![("scenario", scenario), ("order", 1.into())];
                    operations.push(create(Resource::Period, members));
                }
            }
        }
        operations
    }

    /// The tables at which somebody sits down or gets up.
    fn touched(&self) -> BTreeSet<usize> {
        let mut touched = BTreeSet::new();
        for (user, sitter) in &self.after.sitters {
            let before = self.before.sitters.get(user).and_then(|before| before.at);
            if before != sitter.at {
                touched.extend(before.iter().chain(&sitter.at).map(|seat| seat.table));
            }
        }
        touched
    }

    /// The seats of a table that bots are to take.
    fn empty(&self, at: usize) -> BTreeMap<String, usize> {
        if self.rules.odd == Odd::Bot && !self.after.tables[at].dissolved {
            self.after.empty_seats(at, self.rules)
        } else {
            BTreeMap::new()
        }
    }

    fn changed_world(
        &self,
        at: usize,
        world: &Row,
        touched: &BTreeSet<usize>,
    ) -> Option<Operation> {
        let dissolves = self.after.tables[at].dissolved && !is_dissolved(world);
        let marked = empty_seats(world);
        let empty = if touched.contains(&at) {
            self.empty(at)
        } else {
            marked.clone()
        };
        if !dissolves && empty == marked {
            return None;
        }
        let mark = (!empty.is_empty()).then(|| json!(empty));
        let mut data = with_turn_member(world.data(), "empty", mark);
        if dissolves {
            data = with_turn_member(&data, "dissolved", Some(self.now.into()));
        }
        Some(update(world, vec![("data", data)]))
    }

    /// What is written of somebody: a run user for who is new, the new seat of who has another one.
    fn seated(
        &self,
        user: u64,
        sitter: &Sitter,
        world: impl Fn(usize) -> Option<Value>,
    ) -> Option<Operation> {
        let seat = match sitter.at {
            Some(Seat { table, role }) => (world(table)?, role.into()),
            None => (Value::Null, Value::Null),
        };
        let mut members: Members = vec![("world", seat.0), ("role", seat.1)];
        let Some(row) = self.run.runuser_of(user) else {
            let data = Value::Object(self.data.get(&user).cloned().unwrap_or_default());
            let wish = sitter.at.is_none().then(|| written(&sitter.wish)).flatten();
            let data = if wish.is_some() {
                with_turn_member(&data, "wish", wish)
            } else {
                data
            };
            members.push(("user", user.into()));
            members.push(("run", self.run.run.pk.into()));
            members.push(("data", data));
            return Some(create(Resource::RunUser, members));
        };
        if self
            .before
            .sitters
            .get(&user)
            .is_some_and(|before| before.at == sitter.at)
        {
            return None;
        }
        // The next bot for that seat may be the same again.
        if sitter.bot && sitter.at.is_none() {
            return Some(update(row, vec![("active", false.into())]));
        }
        // A wish is for the first seat: whoever is moved later does not go back by themselves.
        if wish(row) != Wish::default() {
            members.push(("data", with_turn_member(row.data(), "wish", None)));
        }
        Some(update(row, members))
    }
}

fn written(wish: &Wish) -> Option<Value> {
    let mut members = Map::new();
    members.extend(wish.role.map(|role| ("role".to_owned(), role.into())));
    let world = wish.world.as_deref();
    members.extend(world.map(|world| ("world".to_owned(), world.into())));
    (!members.is_empty()).then(|| members.into())
}

fn create(resource: Resource, members: Members) -> Operation {
    Operation::Create {
        resource,
        row: named(members),
    }
}

/// A change of a row, if nobody else has changed it.
pub(crate) fn update(row: &Row, members: Members) -> Operation {
    Operation::Update {
        resource: row.resource,
        pk: Target::Pk(row.pk),
        row: named(members),
        if_updated: Some(row.text("updated").into_owned()),
    }
}

fn named(members: Members) -> Map {
    let members = members.into_iter();
    members
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
