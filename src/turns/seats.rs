//! Who sits at a table, whose decision a row is, and what a step may look at.

use std::sync::Arc;

use games_contract::Resource;
use serde_json::Value;
use sha2::{Digest, Sha256};
use simpl::{Game, RawTurn, Role, Seat};

use super::plan::before;
use super::told::{CARRIED, RESULT, START, is_withdrawn};
use crate::deadlines::is_skipped;
use crate::game::Catalogue;
use crate::rewind::CopiedSeat;
use crate::scopes::service_state::public;
use crate::scopes::{Node, Owner, Row, RunView};

/// The seats of one world, or of one run user's own scenario, with the rules of their game.
#[derive(Debug)]
pub struct Table<'a> {
    game: &'a Game,
    run: &'a RunView,
    /// Active seats within their role's maximum, in order of run user.
    pub seats: Vec<Seat>,
}

impl<'a> Table<'a> {
    /// The table of `owner` in `run`.
    #[must_use]
    pub fn new(game: &'a Game, catalogue: &Catalogue, run: &'a RunView, owner: Owner) -> Self {
        let rows: Vec<&Arc<Row>> = match owner {
            Owner::World(world) => run.players_of(world).collect(),
            Owner::RunUser(pk) => run
                .runusers
                .get(&pk)
                .filter(|r| r.is_active())
                .into_iter()
                .collect(),
            Owner::Run => Vec::new(),
        };
        let mut seats: Vec<Seat> = Vec::new();
        // Who plays alone has the only role there is, whether somebody has said so or not.
        let only = catalogue.roles.first().map(|role| role.pk);
        let only = only.filter(|_| game.is_single_player());
        let seated = |row: &Arc<Row>| seat_of(row, row.reference("role").or(only)?, catalogue);
        for seat in rows.into_iter().filter_map(seated) {
            let taken = seats
                .iter()
                .filter(|other| other.role_pk == seat.role_pk)
                .count();
            let maximum = role(game, &seat.role).map_or(1, |role| role.maximum as usize);
            if taken < maximum {
                seats.push(seat);
            }
        }
        Self { game, run, seats }
    }

    /// The same table, where its world is a copy: with the seats of the world that it was made of, as they were then.
    #[must_use]
    pub(crate) fn with_seats(mut self, copied: &[CopiedSeat], catalogue: &Catalogue) -> Self {
        let seats = copied.iter().filter_map(|(runuser, role)| {
            seat_of(self.run.runusers.get(runuser)?, *role, catalogue)
        });
        self.seats = seats.collect();
        self
    }

    /// The game that is played.
    #[must_use]
    pub(super) fn game(&self) -> &'a Game {
        self.game
    }

    /// The seat of a run user.
    #[must_use]
    pub fn seat(&self, runuser: u64) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.runuser == runuser)
    }

    /// The stored decision of a seat in a period; the lowest pk where an old database holds several.
    #[must_use]
    pub fn decision<'n>(&self, period: &'n Node, seat: &Seat) -> Option<&'n Arc<Row>> {
        let name = decision_name(self.game, seat);
        of_seat(period, Resource::Decision, &name, seat)
    }

    /// What a seat alone is told in a period: of its result, or at the start.
    #[must_use]
    pub(super) fn part<'n>(
        &self,
        period: &'n Node,
        word: &str,
        seat: &Seat,
    ) -> Option<&'n Arc<Row>> {
        let name = name_of(self.game, word, seat);
        of_seat(period, Resource::Result, &name, seat)
    }

    /// Has every role the players that it needs?
    #[must_use]
    pub fn is_staffed(&self) -> bool {
        let staffed = self.game.roles().iter().all(|role| {
            let taken = self
                .seats
                .iter()
                .filter(|seat| seat.role == role.name)
                .count();
            taken >= role.minimum as usize
        });
        staffed && !self.seats.is_empty()
    }

    /// Has every required seat decided? Never while a role is below its minimum.
    #[must_use]
    pub fn is_complete(&self, period: &Node) -> bool {
        self.is_staffed()
            && self
                .seats
                .iter()
                .all(|seat| self.decision(period, seat).is_some())
    }

    /// What a check or a step of `period` may look at.
    #[must_use]
    pub fn turn(&self, scenario: &Node, period: &Node) -> RawTurn {
        let mut turn = self.turn_alone(scenario, period);
        let (earlier, word) = match before(scenario, period.row.order()) {
            Some(earlier) => (&**earlier, RESULT),
            None => (period, START),
        };
        let Some(told) = earlier.told(word) else {
            return turn;
        };
        turn.previous = Some(public(told.data()));
        turn.carried = told.data().pointer(CARRIED).cloned();
        if self.game.has_parts() {
            let parts = self.seats.iter().filter_map(|seat| {
                let part = self.part(earlier, word, seat)?;
                (!is_withdrawn(part)).then(|| (seat.runuser, public(part.data())))
            });
            turn.parts = parts.collect();
        }
        turn
    }

    /// As [`turn`](Self::turn), without what came before.
    #[must_use]
    pub(super) fn turn_alone(&self, scenario: &Node, period: &Node) -> RawTurn {
        let decisions = self.seats.iter().filter_map(|seat| {
            let decision = self.decision(period, seat);
            let decision = decision.filter(|row| !is_skipped(row))?;
            Some((seat.clone(), public(decision.data())))
        });
        RawTurn {
            decisions: decisions.collect(),
            period: u32::try_from(period.row.order()).unwrap_or_default(),
            ..self.opening(scenario, period.row.order())
        }
    }

    /// What the start of a game may look at.
    #[must_use]
    pub(super) fn start(&self, scenario: &Node) -> RawTurn {
        self.opening(scenario, 0)
    }

    fn opening(&self, scenario: &Node, order: i64) -> RawTurn {
        let options = self.run.run.data().get("options");
        RawTurn {
            seats: self.seats.clone(),
            options: options.cloned().unwrap_or(Value::Null),
            seed: seed(&self.run.run, played_as(&scenario.row), order),
            ..RawTurn::default()
        }
    }
}

/// The name under which a seat's decision is stored: `decision` where its role has one seat, `decision.<runuser pk>` where it may
/// have several.
#[must_use]
pub fn decision_name(game: &Game, seat: &Seat) -> String {
    name_of(game, "decision", seat)
}

/// As [`decision_name`], of what a seat alone is told: `result`, or `start`.
#[must_use]
pub(super) fn name_of(game: &Game, word: &str, seat: &Seat) -> String {
    match role(game, &seat.role) {
        Some(role) if role.maximum > 1 => format!("{word}.{}", seat.runuser),
        _ => word.to_owned(),
    }
}

fn of_seat<'n>(
    period: &'n Node,
    resource: Resource,
    name: &str,
    seat: &Seat,
) -> Option<&'n Arc<Row>> {
    period
        .rows(resource)
        .filter(|row| row.reference("role") == Some(seat.role_pk) && row.text("name") == name)
        .min_by_key(|row| row.pk)
}

fn role<'g>(game: &'g Game, name: &str) -> Option<&'g Role> {
    game.roles().iter().find(|role| role.name == name)
}

fn seat_of(row: &Row, role_pk: u64, catalogue: &Catalogue) -> Option<Seat> {
    if row.is_leader() {
        return None;
    }
    Some(Seat {
        runuser: row.pk,
        user: row.reference("user")?,
        role: catalogue.role_name(role_pk)?.into_owned(),
        role_pk,
        email: row.text("email").into_owned(),
        name: format!("{} {}", row.text("first_name"), row.text("last_name"))
            .trim()
            .to_owned(),
    })
}

/// The pk that the seeds of a scenario grow from: its own, or that of the scenario that it was first copied from.
#[must_use]
pub(crate) fn played_as(scenario: &Row) -> u64 {
    let private = scenario.data().get("_private");
    let original = private.and_then(|private| private.get("played_as")?.as_u64());
    original.unwrap_or(scenario.pk)
}

/// The seed of a period: the same whenever it is stepped again, another one for every period, scenario and run.
///
/// It grows from the run's secret `data._private.seed`; a run without one (made by the original's tools) grows it from its pk,
/// which a player could guess.
fn seed(run: &Row, scenario: u64, order: i64) -> u64 {
    let secret = run
        .data()
        .get("_private")
        .and_then(|private| private.get("seed"))
        .map_or(String::new(), Value::to_string);
    let digest = Sha256::digest(format!("{secret}/{}/{scenario}/{order}", run.pk));
    u64::from_le_bytes(std::array::from_fn(|at| digest[at]))
}
