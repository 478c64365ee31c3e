//! Jobs of a run's actor that seat people. Each is decided from the run as it is and written as one group.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use games_client::Error;
use games_contract::{Map, Operation, Resource};
use serde_json::{Value, json};
use simpl::Rejected;

use super::assign::assign;
use super::room::{Room, Wish};
use super::rows::{Rearranged, room, update};
use super::rules::Rules;
use crate::game::{RunActor, RunState};
use crate::refusal;
use crate::scopes::{Branch, Owner, Row};

/// People who may be seated by one call at most.
pub const PEOPLE: usize = 2_000;

/// How often a change is decided anew because somebody else had changed the run meanwhile.
pub(crate) const ATTEMPTS: usize = 4;

/// Characters of a world's name at most, as the games API has it.
const NAME: usize = 100;

/// The name of a world's scenario, where the game's default environment gives none.
const SCENARIO: &str = "World Scenario 1";

/// Somebody who is to play in a run.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// The pk of their user, who exists.
    pub user: u64,
    /// What they would like.
    pub wish: Wish,
    /// `data` of their run user, if they are new in the run.
    pub data: Map,
}

/// What somebody has in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The pk of their user.
    pub user: u64,
    /// The pk of their run user.
    pub runuser: u64,
    /// Their world; whoever has none waits for a seat, or leads.
    pub world: Option<u64>,
    /// Their role, by pk.
    pub role: Option<u64>,
    /// They lead the run, or assist: they get no seat.
    pub leader: bool,
    /// They were not taken out of the run: who was is not brought back by coming again.
    pub active: bool,
}

impl Placed {
    fn of(row: &Row) -> Option<Self> {
        Some(Self {
            user: row.reference("user")?,
            runuser: row.pk,
            world: row.reference("world"),
            role: row.reference("role"),
            leader: row.is_leader(),
            active: row.is_active(),
        })
    }

    /// As leaders are told.
    #[must_use]
    pub fn told(self) -> Value {
        json!({"runuser": self.runuser, "user": self.user, "world": self.world, "role": self.role})
    }
}

/// What else changes together with the seats.
#[derive(Clone, Debug, Default)]
pub(super) struct Besides {
    /// Data of run users who are new, by user.
    pub(super) data: BTreeMap<u64, Map>,
    /// The run comes to this phase, and its worlds have a first period.
    pub(super) phase: Option<u64>,
}

impl RunState {
    /// Brings people into the run and answers what each has, in their order. Who has a seat keeps it; in a run that was started the
    /// others get one now, as far as there is one, and in one that was not they wait until it is. Who comes twice comes once.
    ///
    /// # Errors
    /// There are too many of them, the games API does not know one of them, or it did not store it; nothing was changed.
    pub async fn seat(&mut self, people: Vec<Person>) -> Result<Vec<Placed>, Rejected> {
        if people.len() > PEOPLE {
            let message =
                format!("at most {PEOPLE} people can be seated by one call: make several");
            return Err(Rejected::invalid_argument(message, PEOPLE, people.len()));
        }
        let users: Vec<u64> = people.iter().map(|person| person.user).collect();
        let mut besides = Besides::default();
        let mut wishes = BTreeMap::new();
        for Person { user, wish, data } in people {
            if let Some(name) = &wish.world {
                named(name)?;
            }
            wishes.insert(user, wish);
            besides.data.insert(user, data);
        }
        let started = self.is_started();
        self.rearrange(&besides, |state, room, rules, seed| {
            let known = state.by_user();
            for (user, wish) in &wishes {
                if !known.contains_key(user) {
                    room.sitters.entry(*user).or_default();
                }
                let sitter = room.sitters.get_mut(user);
                if let Some(sitter) = sitter.filter(|_| *wish != Wish::default()) {
                    sitter.wish = wish.clone();
                }
            }
            if started && !state.hosted.game.is_single_player() {
                assign(room, rules, seed);
            }
            Ok(())
        })
        .await?;
        let known = self.by_user();
        let placed = users.iter().filter_map(|user| known.get(user).copied());
        Ok(placed.collect())
    }

    /// Everybody with a run user, active or not, by user.
    pub(super) fn by_user(&self) -> BTreeMap<u64, Placed> {
        let all = self.run.runusers.values();
        let all = all.filter_map(|row| Placed::of(row));
        all.map(|placed| (placed.user, placed)).collect()
    }

    /// Has the run come to a phase that takes decisions?
    #[must_use]
    pub fn is_started(&self) -> bool {
        let catalogue = self.hosted.catalogue.load();
        let order = |pk: Option<u64>| pk.and_then(|pk| Some(catalogue.phase(pk)?.order()));
        let first = catalogue.first_open(&self.hosted.game).map(Row::order);
        order(self.run.run.reference("phase"))
            .is_some_and(|now| first.is_none_or(|first| now >= first))
    }

    /// Changes who sits where, as `change` says; the room as it was, and as it is now. Where somebody else changed the run at the same
    /// moment it is decided again from what is there then.
    pub(super) async fn rearrange(
        &mut self,
        besides: &Besides,
        change: impl Fn(&Self, &mut Room, &Rules, &str) -> Result<(), Rejected> + Send + Sync,
    ) -> Result<(Room, Room), Rejected> {
        let mut attempt = 1;
        loop {
            let (before, after, operations) = self.decided(besides, &change)?;
            if operations.is_empty() {
                return Ok((before, after));
            }
            let kinds: Vec<_> = operations.iter().map(Operation::resource).collect();
            let (rows, done) = self.hosted.write_all(operations).await;
            let rows = kinds.into_iter().zip(rows);
            let rows = rows.filter_map(|(resource, json)| Row::new(resource?, json));
            self.take_in(rows.collect()).await;
            match done {
                Ok(()) => {
                    self.seat_marked_bots().await;
                    return Ok((before, after));
                }
                Err(error) if attempt < ATTEMPTS && is_outdated(&error) => {
                    attempt += 1;
                    let read = self.read_members().await;
                    read.map_err(|error| refusal::not_stored("the new seats", &error))?;
                }
                Err(error) => return Err(refusal::not_stored("the new seats", &error)),
            }
        }
    }

    /// The room, the room as it is to be, and what has to be written for that.
    fn decided(
        &self,
        besides: &Besides,
        change: impl Fn(&Self, &mut Room, &Rules, &str) -> Result<(), Rejected>,
    ) -> Result<(Room, Room, Vec<Operation>), Rejected> {
        let (worlds, bare) = self.worlds();
        let before = room(&self.run, &worlds);
        let mut after = before.clone();
        let catalogue = self.hosted.catalogue.load();
        let rules = Rules::of(&self.hosted.game, &catalogue, &self.run.run);
        change(self, &mut after, &rules, &self.seed())?;
        let plays = besides.phase.is_some() || self.is_started();
        let plans = &self.hosted.game.environment().worlds;
        let scenario = plans
            .first()
            .map_or(SCENARIO, |plan| plan.scenario.as_str());
        let rearranged = Rearranged {
            run: &self.run,
            worlds: &worlds,
            rules: &rules,
            before: &before,
            after: &after,
            data: &besides.data,
            scenario: plays.then_some(scenario),
            starts: besides.phase.is_some(),
            bare: &bare,
            now: &self.hosted.now(),
        };
        let mut operations = rearranged.operations();
        if let Some(phase) = besides.phase {
            operations.push(update(&self.run.run, vec![("phase", phase.into())]));
        }
        Ok((before, after, operations))
    }

    /// The rows of the worlds by pk, and the worlds without a scenario.
    pub(crate) fn worlds(&self) -> (Vec<Arc<Row>>, BTreeSet<u64>) {
        let Some(run) = self.hosted.run(self.run.run.pk) else {
            return Default::default();
        };
        let (mut rows, mut bare) = (Vec::new(), BTreeSet::new());
        for branch in run.branches() {
            if let Owner::World(pk) = branch.owner {
                let view = branch.view.load();
                rows.push(view.root.row.clone());
                if view.root.rows(Resource::Scenario).next().is_none() {
                    bare.insert(pk);
                }
            }
        }
        (rows, bare)
    }

    /// What chance grows from in this run.
    fn seed(&self) -> String {
        let secret = self.run.run.data().pointer("/_private/seed");
        secret.map_or_else(|| self.run.run.pk.to_string(), Value::to_string)
    }

    /// Takes in rows that were stored together: worlds first, then who sits there, then what is played there.
    pub(crate) async fn take_in(&mut self, rows: Vec<Row>) {
        let Some(run) = self.hosted.run(self.run.run.pk) else {
            return;
        };
        let (mut members, mut new_worlds, mut below) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            match row.resource {
                Resource::World if self.run.worlds.contains(&row.pk) => {
                    below.push((Owner::World(row.pk), row));
                }
                Resource::World => new_worlds.push(row),
                Resource::Run | Resource::RunUser => members.push(row),
                Resource::Scenario => {
                    if let Some(world) = row.reference("world") {
                        below.push((Owner::World(world), row));
                    }
                }
                _ => {
                    // A first period is written right after its scenario.
                    if let Some((owner, _)) = below.last() {
                        below.push((*owner, row));
                    }
                }
            }
        }
        for row in new_worlds.iter().chain(&members) {
            self.enter_member(&run, row);
        }
        self.run.worlds.extend(new_worlds.iter().map(|row| row.pk));
        self.absorb_all(members).await;
        for row in new_worlds {
            self.tell_of_world(row).await;
        }
        let touched: BTreeSet<u64> = below
            .iter()
            .filter_map(|(owner, _)| match owner {
                Owner::World(world) => Some(*world),
                Owner::Run | Owner::RunUser(_) => None,
            })
            .collect();
        for (owner, row) in below {
            let Some(branch) = run.branch(owner) else {
                continue;
            };
            let then_plays = row.resource == Resource::Period;
            branch
                .mailbox
                .post(move |state| {
                    Box::pin(async move {
                        if state.absorb(row).await && then_plays {
                            state.keep_time().await;
                        }
                    })
                })
                .await;
        }
        // What is decided next looks at the worlds as they are then.
        for world in touched {
            if let Some(branch) = run.branch(Owner::World(world)) {
                branch.mailbox.settled().await;
            }
        }
    }

    /// A world or run user that is new is entered with what will be below it.
    fn enter_member(&self, run: &RunActor, row: &Row) {
        match row.resource {
            Resource::World => {
                run.enter(&self.hosted, Owner::World(row.pk), Branch::new(row.clone()));
            }
            Resource::RunUser => run.enter_quiet(&self.hosted, Arc::new(row.clone())),
            _ => {}
        }
    }

    /// Reads the run with its worlds, run users and scenarios again, because somebody else has changed them.
    pub(crate) async fn read_members(&mut self) -> Result<(), Error> {
        let pk = self.run.run.pk;
        let of_run = [("run", pk.to_string())];
        let client = self.hosted.client.clone();
        let key = pk.to_string();
        let (run, worlds, runusers, scenarios) = tokio::try_join!(
            client.get(Resource::Run, &key),
            client.list_texts(Resource::World, &of_run),
            client.list_texts(Resource::RunUser, &of_run),
            client.list_texts(Resource::Scenario, &of_run),
        )?;
        let mut rows: Vec<Row> = Row::new(Resource::Run, run).into_iter().collect();
        for (resource, list) in [
            (Resource::World, worlds),
            (Resource::RunUser, runusers),
            (Resource::Scenario, scenarios),
        ] {
            rows.extend(list.into_iter().filter_map(|json| Row::new(resource, json)));
        }
        self.take_in(rows).await;
        Ok(())
    }
}

/// Makes sure that a world can have this name.
fn named(name: &str) -> Result<(), Rejected> {
    let printable = !name.chars().any(char::is_control) && name.trim() == name;
    if printable && (1..=NAME).contains(&name.chars().count()) {
        return Ok(());
    }
    let expected = format!("a text of 1 to {NAME} characters without spaces around it");
    let message = format!("world: {expected} is expected, got {name:?}");
    Err(Rejected::invalid_argument(message, expected, name))
}

/// Was a write refused because somebody else had changed the run?
pub(crate) fn is_outdated(error: &Error) -> bool {
    matches!(
        error,
        Error::AlreadyExists { .. } | Error::Refused { status: 412, .. }
    )
}
