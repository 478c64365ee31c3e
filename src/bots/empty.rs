//! Seats in which nobody sits, and the bots that are to: one that sat there before, or a new one.

use std::collections::BTreeSet;
use std::sync::Arc;

use games_contract::{Map, Operation, Resource, Target};
use serde_json::{Value, json};
use simpl::Game;

use super::seat;
use crate::game::Catalogue;
use crate::rewind::copied_seats;
use crate::scopes::service_state::with_turn_member;
use crate::scopes::{Row, RunView};
use crate::seating::{empty_seats, is_dissolved, update};

/// A seat that a world needs and nobody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Empty {
    world: u64,
    role: u64,
    /// The run user of the bot that sat there before.
    before: Option<u64>,
}

/// Which empty seats are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which<'a> {
    /// Those that were marked for bots when people were seated.
    Marked,
    /// Those that a role needs, too; in all worlds, or in these.
    Needed(Option<&'a BTreeSet<u64>>),
}

/// The empty seats of a run's worlds.
pub(super) fn seats(
    game: &Game,
    catalogue: &Catalogue,
    run: &RunView,
    worlds: &[Arc<Row>],
    which: Which<'_>,
) -> Vec<Empty> {
    let mut found = Vec::new();
    for world in worlds.iter().filter(|world| plays(world)) {
        let marked = empty_seats(world);
        let is_named = match which {
            Which::Marked => false,
            Which::Needed(worlds) => worlds.is_none_or(|some| some.contains(&world.pk)),
        };
        for role in game.roles() {
            let row = catalogue
                .roles
                .iter()
                .find(|row| row.text("name") == role.name);
            let Some(row) = row else { continue };
            let here = |runuser: &&Row| {
                runuser.reference("world") == Some(world.pk)
                    && runuser.reference("role") == Some(row.pk)
                    && !runuser.is_leader()
            };
            let players = run.players_of(world.pk).map(AsRef::as_ref);
            let taken = players.filter(here).count();
            let needed = if is_named { role.minimum as usize } else { 0 };
            let marked = marked.get(&role.name).copied().unwrap_or(0);
            let free = (role.maximum as usize).saturating_sub(taken);
            let empty = needed.saturating_sub(taken).max(marked).min(free);
            let mut left = run
                .runusers
                .values()
                .map(AsRef::as_ref)
                .filter(here)
                .filter(|runuser| !runuser.is_active() && seat::number(runuser).is_some())
                .map(|runuser| runuser.pk);
            for _ in 0..empty {
                found.push(Empty {
                    world: world.pk,
                    role: row.pk,
                    before: left.next(),
                });
            }
        }
    }
    found
}

/// Do people sit down in this world, now or later? They do not where it was dissolved, nor in a copy in which its leader decides.
fn plays(world: &Row) -> bool {
    !is_dissolved(world) && copied_seats(world).is_none()
}

/// The writes that take the marks from worlds whose seats are taken now.
pub(super) fn unmarked<'a>(
    seats: &'a [Empty],
    worlds: &'a [Arc<Row>],
) -> impl Iterator<Item = Operation> + 'a {
    let taken = |world: &&Arc<Row>| seats.iter().any(|empty| empty.world == world.pk);
    let marked = worlds.iter().filter(|world| !empty_seats(world).is_empty());
    let marked = marked.filter(taken);
    marked.map(|world| {
        update(
            world,
            vec![("data", with_turn_member(world.data(), "empty", None))],
        )
    })
}

/// The number of the first bot that the run has not had.
pub(super) fn next_number(run: &RunView) -> u64 {
    let numbers = run.runusers.values().filter_map(|row| seat::number(row));
    numbers.max().unwrap_or(0) + 1
}

/// The user of the bot number `number` of a run: with whom nobody can sign in.
pub(super) fn user(run: u64, number: u64) -> Map {
    object(
        json!({"email": seat::address(run, number), "first_name": "Bot", "last_name": number.to_string(),
        "is_active": false}),
    )
}

impl Empty {
    /// The write that seats a bot here whose user has that pk.
    pub(super) fn seat_new(&self, run: u64, user: u64, bot: &str, now: &str) -> Operation {
        let data = seat::with(&Value::Null, Some(bot), now);
        let row =
            json!({"run": run, "user": user, "world": self.world, "role": self.role, "data": data});
        let (resource, row) = (Resource::RunUser, object(row));
        Operation::Create { resource, row }
    }

    /// The write that seats the bot here that sat here before; none where there was none.
    pub(super) fn seat_again(&self, run: &RunView, bot: &str, now: &str) -> Option<Operation> {
        let before = run.runusers.get(&self.before?)?;
        let data = seat::with(before.data(), Some(bot), now);
        Some(Operation::Update {
            resource: Resource::RunUser,
            pk: Target::Pk(before.pk),
            row: object(json!({"active": true, "data": data})),
            if_updated: Some(before.text("updated").into_owned()),
        })
    }
}

fn object(json: Value) -> Map {
    match json {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use simpl::prelude::*;

    use super::*;
    use crate::scopes::row;

    fn game() -> Game {
        Game::builder("trio")
            .roles([Role::new("Chair"), Role::new("Member").seats(2, 3)])
            .phases([Phase::open("Play")])
            .build()
    }

    fn catalogue() -> Catalogue {
        let role = |pk: u64, name: &str| row(Resource::Role, json!({"id": pk, "name": name}));
        Catalogue {
            game: row(Resource::Game, json!({"id": 1})),
            phases: Vec::new(),
            roles: vec![role(5, "Chair"), role(6, "Member")],
        }
    }

    /// In world 10 a chair, a member, and a bot that was taken from its seat as member; nobody in world 11.
    fn run() -> RunView {
        let mut run = RunView::new(row(Resource::Run, json!({"id": 3})));
        for (pk, role, email, active) in [
            (21, 5, "a@b.edu", true),
            (22, 6, "c@d.edu", true),
            (23, 6, "bot-3-7@bots.invalid", false),
            (24, 6, "gone@b.edu", false),
        ] {
            let json = json!({"id": pk, "user": pk + 100, "world": 10, "role": role, "active": active, "email": email});
            run.apply(row(Resource::RunUser, json));
        }
        run
    }

    /// World 10, world 11, and two in which nobody is to sit: dissolved, and a copy.
    fn worlds() -> Vec<Arc<Row>> {
        let world = |pk: u64, turn: Value| {
            let json = json!({"id": pk, "data": {"_turn": turn}});
            Arc::new(row(Resource::World, json))
        };
        vec![
            world(10, json!({})),
            world(11, json!({"empty": {"Member": 3}})),
            world(12, json!({"dissolved": "noon"})),
            world(13, json!({"branch_of": {"world": 10, "seats": []}})),
        ]
    }

    fn all(which: Which<'_>) -> Vec<Empty> {
        seats(&game(), &catalogue(), &run(), &worlds(), which)
    }

    #[test]
    fn every_seat_that_a_role_needs_or_that_is_marked_and_nobody_has_is_found() {
        let empty = |world, role, before| Empty {
            world,
            role,
            before,
        };
        let member = || empty(11, 6, None);
        let marked = [member(), member(), member()];
        assert_eq!(all(Which::Marked), marked);
        let needed = all(Which::Needed(None));
        assert_eq!(needed[..2], [empty(10, 6, Some(23)), empty(11, 5, None)]);
        assert_eq!(needed[2..], marked);
        let some = BTreeSet::from([10]);
        let of_some = all(Which::Needed(Some(&some)));
        assert_eq!(of_some[0], needed[0]);
        assert_eq!(
            of_some[1..],
            marked,
            "what is marked is filled all the same"
        );
        let worlds = worlds();
        let writes: Vec<Value> = unmarked(&needed, &worlds)
            .map(|write| serde_json::to_value(write).unwrap())
            .collect();
        assert_eq!(writes.len(), 1);
        assert_eq!(
            (&writes[0]["pk"], &writes[0]["row"]),
            (&json!(11), &json!({"data": {}}))
        );
    }

    #[test]
    fn a_bot_comes_back_to_its_seat_and_a_new_one_gets_a_number_of_its_own() {
        let run = run();
        let all = all(Which::Needed(None));
        let written = |write: Operation| serde_json::to_value(write).unwrap();
        let data = json!({"_turn": {"bot": {"name": "random", "since": "noon"}}});
        let again = all[0].seat_again(&run, "random", "noon").unwrap();
        let row = json!({"active": true, "data": data});
        let update =
            json!({"op": "update", "resource": "runuser", "pk": 23, "row": row, "if_updated": ""});
        assert_eq!(written(again), update);
        assert_eq!(all[1].seat_again(&run, "random", "noon"), None);
        let number = next_number(&run);
        assert_eq!(user(3, number)["email"], "bot-3-8@bots.invalid");
        let row = json!({"run": 3, "user": 99, "world": 11, "role": 5, "data": data});
        let create = json!({"op": "create", "resource": "runuser", "row": row});
        assert_eq!(written(all[1].seat_new(3, 99, "random", "noon")), create);
    }
}
