//! A world that a test plays.

use std::fmt;
use std::sync::{Arc, Mutex};

use serde::Serialize;
use serde_json::Value;

use super::block_on;
use super::occasions::with_arguments;
use super::rounds::{Rounds, period_pk};
use super::scopes::{Done, LEADER, RUN, SCENARIO, Scopes, TestDesk, WORLD};
use crate::call::Player;
use crate::desk::Desk;
use crate::finite;
use crate::game::{Game, Role};
use crate::handle::{GameScope, Period, Run, RunUser, Scenario, World};
use crate::rejected::Rejected;
use crate::scope::ScopeKind;
use crate::turn::Seat;

/// One world of a game in memory, with the required seats of every role taken, in the game's first phase.
///
/// A decision is stored, and once every seat has decided the period is stepped and the next one begins, by the rules that
/// the service keeps: phases, [`Revision`](crate::Revision), refusals.
pub struct TestWorld {
    game: Game,
    pub(super) rounds: Arc<Rounds>,
    done: Arc<Mutex<Done>>,
}

impl TestWorld {
    /// A fresh world.
    #[must_use]
    pub fn new(game: Game) -> Self {
        Self::seated(game, |role| role.minimum.max(1))
    }

    /// A fresh world with so many seats of each role taken.
    #[must_use]
    pub fn seated(game: Game, seats: impl Fn(&Role) -> u32) -> Self {
        let roles = (1..).zip(game.roles());
        let seats = roles.flat_map(|(role_pk, role)| {
            (0..seats(role)).map(move |number| (role_pk, role, number))
        });
        let seats: Vec<Seat> = (1..)
            .zip(seats)
            .map(|(student, (role_pk, role, number))| Seat {
                runuser: 100 + student,
                user: 200 + student,
                role: role.name.clone(),
                role_pk,
                email: format!("s{student}@{}.edu", game.slug()),
                name: format!("{} {}", role.name, number + 1),
            })
            .collect();
        let rounds = Arc::new(Rounds::new(&game, seats));
        let done = Arc::default();
        Self { game, rounds, done }
    }

    pub(super) fn scopes(&self) -> Scopes {
        Scopes {
            rounds: Arc::clone(&self.rounds),
            done: Arc::clone(&self.done),
        }
    }

    /// The same world in a run with those options.
    ///
    /// # Panics
    /// When they cannot be written as JSON, or play has begun.
    #[must_use]
    pub fn with_options(mut self, options: impl Serialize) -> Self {
        let options = finite::to_json(&options, "the options").unwrap_or_else(|no| panic!("{no}"));
        self.untouched().options = options;
        self
    }

    /// The same world with another seed than 1.
    ///
    /// # Panics
    /// When play has begun.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.untouched().seed = seed;
        self
    }

    /// The same world after the service was stopped and started: only what was stored is left, read again from its text.
    ///
    /// # Panics
    /// When what is stored cannot be read again.
    #[must_use]
    pub fn restarted(&self) -> Self {
        let rounds = self.rounds.restarted();
        let rounds = rounds.unwrap_or_else(|e| panic!("what is stored cannot be read again: {e}"));
        Self {
            game: self.game.clone(),
            rounds: Arc::new(rounds),
            done: Arc::clone(&self.done),
        }
    }

    pub(super) fn rounds(&self) -> &Rounds {
        &self.rounds
    }

    fn untouched(&mut self) -> &mut Rounds {
        Arc::get_mut(&mut self.rounds)
            .unwrap_or_else(|| panic!("options and seed are set before anything else"))
    }

    /// The game played.
    #[must_use]
    pub fn game(&self) -> &Game {
        &self.game
    }

    /// The player of a role; the first, where it has several seats.
    ///
    /// # Panics
    /// When the game has no such role.
    #[must_use]
    pub fn player(&self, role: &str) -> Player {
        self.players(role).swap_remove(0)
    }

    /// Every player of a role.
    ///
    /// # Panics
    /// When the game has no such role.
    #[must_use]
    pub fn players(&self, role: &str) -> Vec<Player> {
        let players: Vec<Player> = self
            .rounds
            .seats
            .iter()
            .filter(|seat| seat.role == role)
            .cloned()
            .map(Player)
            .collect();
        assert!(
            !players.is_empty(),
            "the game {:?} has no role {role:?}",
            self.game.slug()
        );
        players
    }

    /// The current period, to call a handler with. Such handles see and do what the leader may.
    #[must_use]
    pub fn period(&self) -> Period {
        Period::at(period_pk(self.order()), self.desk(None, ScopeKind::Period))
    }

    /// The scenario, to call a handler with.
    #[must_use]
    pub fn scenario(&self) -> Scenario {
        Scenario::at(SCENARIO, self.desk(None, ScopeKind::Scenario))
    }

    /// A player's run user, to call a handler with.
    #[must_use]
    pub fn runuser(&self, player: &Player) -> RunUser {
        RunUser::at(player.runuser, self.desk(None, ScopeKind::RunUser))
    }

    /// The world, to call a handler with.
    #[must_use]
    pub fn world(&self) -> World {
        World::at(WORLD, self.desk(None, ScopeKind::World))
    }

    /// The run, to call a handler with.
    #[must_use]
    pub fn run(&self) -> Run {
        Run::at(RUN, self.desk(None, ScopeKind::Run))
    }

    /// The game itself, to call a handler with.
    #[must_use]
    pub fn game_scope(&self) -> GameScope {
        GameScope::at(self.desk(None, ScopeKind::Game))
    }

    /// Calls a procedure of the game as `<scope>.<name>`, as the player of that role or, without one, as the leader.
    ///
    /// A JSON list holds positional arguments, an object keyword arguments; anything else is the only argument. A period's
    /// procedure is called on the current period, a run user's on that of the player. A [`Rejected::reply`] is answered as a result, as the service does.
    ///
    /// # Errors
    /// What the caller would be told.
    pub fn call(
        &self,
        procedure: &str,
        role: Option<&str>,
        arguments: Value,
    ) -> Result<Value, Rejected> {
        self.call_as(procedure, role.map(|role| self.player(role)), arguments)
    }

    /// As [`call`](Self::call), by one player of a role that has several.
    ///
    /// # Errors
    /// What the caller would be told.
    pub fn call_as(
        &self,
        procedure: &str,
        player: Option<Player>,
        arguments: Value,
    ) -> Result<Value, Rejected> {
        self.call_in(self.order(), procedure, player, arguments)
    }

    /// As [`call_as`](Self::call_as), on the period of that order, which may be over.
    ///
    /// # Errors
    /// What the caller would be told.
    pub fn call_in(
        &self,
        order: u32,
        procedure: &str,
        player: Option<Player>,
        arguments: Value,
    ) -> Result<Value, Rejected> {
        let unknown = || Rejected::no_such_procedure(procedure);
        let (scope, name) = procedure.split_once('.').ok_or_else(unknown)?;
        let scope = ScopeKind::from_name(scope).ok_or_else(unknown)?;
        let handler = self.game.handler(scope, name).ok_or_else(unknown)?;
        let pk = self.pk_of(scope, order, player.as_ref());
        let call = self.scopes().call(scope, pk, player).ok_or_else(unknown)?;
        block_on(handler(with_arguments(call, arguments))).or_else(|rejected| {
            match rejected.as_reply() {
                Some(text) => Ok(Value::from(text)),
                None => Err(rejected),
            }
        })
    }

    /// The scope of that kind; a player's own run user, and the period of that order.
    pub(super) fn pk_of(&self, scope: ScopeKind, order: u32, player: Option<&Player>) -> u64 {
        match scope {
            ScopeKind::Run => RUN,
            ScopeKind::World => WORLD,
            ScopeKind::Scenario => SCENARIO,
            ScopeKind::Period => period_pk(order),
            ScopeKind::RunUser => player.map_or(LEADER, |player| player.runuser),
            ScopeKind::Game | ScopeKind::Decision | ScopeKind::Result => 0,
        }
    }

    pub(super) fn desk(&self, viewer: Option<Player>, on: ScopeKind) -> Arc<dyn Desk> {
        Arc::new(TestDesk {
            scopes: self.scopes(),
            viewer,
            on,
        })
    }

    /// Moves the run to another phase.
    ///
    /// # Panics
    /// When the game has no such phase.
    pub fn enter_phase(&self, name: &str) {
        let phase = self.game.phases().iter().find(|phase| phase.name == name);
        self.rounds
            .enter(phase.unwrap_or_else(|| {
                panic!("the game {:?} has no phase {name:?}", self.game.slug())
            }));
    }

    /// The time for the current period is over: what [`GameBuilder::time_limit`](crate::GameBuilder::time_limit) says counts for the
    /// seats that have not decided, and the period is stepped.
    ///
    /// # Errors
    /// The world waits: there is no limit, it says so, or nothing can count for a seat.
    pub fn time_is_up(&self) -> Result<(), Rejected> {
        self.rounds.time_is_up()
    }

    /// A bot of the game decides for every seat that has not decided in the current period, which is stepped then. Every game has the bot
    /// [`RANDOM`](crate::RANDOM); with another seed ([`with_seed`](Self::with_seed)) it plays something else.
    ///
    /// # Errors
    /// There is no such bot, or it is silent, or the rules are against what it decides; the seats after that one stay silent.
    pub fn bots_decide(&self, bot: &str) -> Result<(), Rejected> {
        self.rounds.bots_decide(bot)
    }

    /// The order of the current period, from 1.
    #[must_use]
    pub fn order(&self) -> u32 {
        self.rounds.current()
    }

    /// The newest result, whichever period it belongs to.
    #[must_use]
    pub fn result(&self) -> Option<Value> {
        (1..=self.order())
            .rev()
            .find_map(|order| self.result_of(order))
    }

    /// The result of the period of that order.
    #[must_use]
    pub fn result_of(&self, order: u32) -> Option<Value> {
        self.rounds.round(order)?.result
    }

    /// What a player saw last alone: of the newest result, or of the start.
    #[must_use]
    pub fn part(&self, player: &Player) -> Option<Value> {
        let newest = (1..=self.order()).rev();
        let stepped = newest.filter_map(|order| self.rounds.round(order));
        let stepped = stepped.filter(|round| round.result.is_some());
        let round = stepped.chain(self.rounds.start()).next()?;
        round.parts.get(&player.0.runuser).cloned()
    }

    /// What a player saw alone of the result of the period of that order; of order 0, of the start.
    #[must_use]
    pub fn part_of(&self, order: u32, player: &Player) -> Option<Value> {
        let round = match order {
            0 => self.rounds.start(),
            _ => self.rounds.round(order),
        };
        round?.parts.get(&player.0.runuser).cloned()
    }

    /// What everybody at the table sees before the first period; none where the game says nothing.
    ///
    /// # Panics
    /// When the game cannot start.
    #[must_use]
    pub fn start(&self) -> Option<Value> {
        self.rounds.start()?.result
    }

    /// Whether the game has ended: the current period is its last, and has been stepped.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.rounds.is_over()
    }

    /// The points that a player has made so far; none where the game has given none.
    #[must_use]
    pub fn score(&self, player: &Player) -> Option<f64> {
        let rounds = (1..=self.order()).filter_map(|order| self.rounds.round(order));
        let points = rounds.filter_map(|round| round.scores.get(&player.0.runuser).copied());
        points.reduce(|sum, points| sum + points)
    }

    /// The decisions stored for the current period, by role, in order of seat.
    #[must_use]
    pub fn decisions(&self) -> Vec<(String, Value)> {
        self.decisions_of(self.order())
    }

    /// The decisions stored for the period of that order.
    #[must_use]
    pub fn decisions_of(&self, order: u32) -> Vec<(String, Value)> {
        let Some(round) = self.rounds.round(order) else {
            return Vec::new();
        };
        let stored = self.rounds.seats.iter().filter_map(|seat| {
            Some((
                seat.role.clone(),
                round.decisions.get(&seat.runuser)?.clone(),
            ))
        });
        stored.collect()
    }

    /// Why the scenario stands still: its last step failed, which is never part of a caller's answer.
    #[must_use]
    pub fn failure(&self) -> Option<Rejected> {
        self.rounds.failure()
    }

    /// Steps the current period again after a [`failure`](Self::failure), as a leader can ask for.
    pub fn retry(&self) {
        self.rounds.retry();
    }
}

impl fmt::Debug for TestWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestWorld")
            .field("game", &self.game)
            .field("period", &self.order())
            .finish_non_exhaustive()
    }
}
