//! The periods of one scenario in memory: who decided what, and what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::game::{Game, Phase, Revision};
use crate::model::Stepped;
use crate::rejected::Rejected;
use crate::silent::Silent;
use crate::time_limit::Overdue;
use crate::turn::{RawTurn, Seat};

/// The scenario: the desk of a [`TestWorld`](super::TestWorld).
pub(super) struct Rounds {
    pub(super) seats: Vec<Seat>,
    pub(super) options: Value,
    pub(super) seed: u64,
    pub(super) game: Game,
    state: Mutex<State>,
}

struct State {
    phase: Phase,
    /// In order; never empty.
    periods: Vec<Round>,
    /// The period to begin with when it is tried again, and why it failed.
    failure: Option<(u32, Rejected)>,
}

impl State {
    /// Has the game ended with the last period?
    fn is_over(&self, game: &Game) -> bool {
        let orders = (1..).zip(&self.periods);
        orders.last().is_some_and(|(order, round)| {
            round.result.is_some()
                && (round.last || game.periods().is_some_and(|last| last <= order))
        })
    }
}

/// One period; its JSON is what a service would have stored of it.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Round {
    /// By run user.
    pub(super) decisions: BTreeMap<u64, Value>,
    pub(super) result: Option<Value>,
    /// What each run user sees of it alone.
    pub(super) parts: BTreeMap<u64, Value>,
    /// What nobody sees of it.
    carried: Option<Value>,
    /// The game ended with it.
    last: bool,
    /// The points of each run user that has any.
    pub(super) scores: BTreeMap<u64, f64>,
    /// The run users without whom it goes on.
    skipped: BTreeSet<u64>,
    /// Its time is over, and something counts for every seat.
    over: bool,
}

impl Round {
    /// Takes what a step has come to.
    pub(super) fn take(&mut self, stepped: Stepped) {
        self.result = Some(stepped.outcome);
        self.parts = stepped.parts.into_iter().collect();
        self.carried = stepped.carried;
        self.last = stepped.over;
        self.scores = stepped.scores.into_iter().collect();
    }

    fn has(&self, seat: &Seat) -> bool {
        self.decisions.contains_key(&seat.runuser) || self.skipped.contains(&seat.runuser)
    }
}

/// The pk of a period: not its order, so that a game that mixes them up fails.
pub(super) fn period_pk(order: u32) -> u64 {
    1_000 + u64::from(order)
}

/// The order of the period of that pk, which may not be there.
pub(super) fn period_order(pk: u64) -> Option<u32> {
    u32::try_from(pk.checked_sub(1_000)?).ok()
}

fn index(order: u32) -> usize {
    // There is no period 0, and so none is found.
    (order as usize).wrapping_sub(1)
}

impl Rounds {
    pub(super) fn new(game: &Game, seats: Vec<Seat>) -> Self {
        Self {
            seats,
            options: Value::Null,
            seed: 1,
            game: game.clone(),
            state: Mutex::new(State {
                phase: game.phases()[0].clone(),
                periods: vec![Round::default()],
                failure: None,
            }),
        }
    }

    /// The same scenario, read again from the text of what is stored.
    pub(super) fn restarted(&self) -> Result<Self, serde_json::Error> {
        let state = self.state();
        let periods = serde_json::from_str(&serde_json::to_string(&state.periods)?)?;
        Ok(Self {
            seats: self.seats.clone(),
            options: self.options.clone(),
            seed: self.seed,
            game: self.game.clone(),
            state: Mutex::new(State {
                phase: state.phase.clone(),
                periods,
                failure: state.failure.clone(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The phase that the run is in.
    pub(super) fn phase(&self) -> Phase {
        self.state().phase.clone()
    }

    pub(super) fn enter(&self, phase: &Phase) {
        self.state().phase = phase.clone();
    }

    /// The order of the current period, from 1.
    pub(super) fn current(&self) -> u32 {
        u32::try_from(self.state().periods.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn round(&self, order: u32) -> Option<Round> {
        self.state().periods.get(index(order)).cloned()
    }

    pub(super) fn has_period(&self, order: u32) -> bool {
        self.state().periods.get(index(order)).is_some()
    }

    pub(super) fn failure(&self) -> Option<Rejected> {
        self.state()
            .failure
            .as_ref()
            .map(|(_, reason)| reason.clone())
    }

    /// The time for the current period is over: what the limit says counts for the seats that are silent.
    pub(super) fn time_is_up(&self) -> Result<(), Rejected> {
        let order = self.current();
        if self.is_over() {
            return Err(Rejected::game_over(order));
        }
        let (before, now) = self.around(order);
        let waits = || Rejected::because("the world waits for its players: it has no other limit");
        let then = self.game.time_limit().map(|limit| limit.then);
        let then = then
            .filter(|then| *then != Overdue::Wait)
            .ok_or_else(waits)?;
        let mut round = now.clone();
        for seat in self.seats.iter().filter(|seat| !now.has(seat)) {
            let mut turn = self.turn_of(before.clone(), &now, order);
            turn.seat = Some(seat.clone());
            let before = before.as_ref();
            let last = before.and_then(|before| before.decisions.get(&seat.runuser).cloned());
            match (Silent { turn, last }).counts(&self.game, then)? {
                (_, Overdue::Skip) => {
                    round.skipped.insert(seat.runuser);
                }
                (decision, _) => {
                    round.decisions.insert(seat.runuser, decision);
                }
            }
        }
        round.over = true;
        self.state().periods[index(order)] = round;
        self.step(order);
        Ok(())
    }

    /// A bot decides for the seats that have not decided in the current period.
    pub(super) fn bots_decide(&self, bot: &str) -> Result<(), Rejected> {
        let order = self.current();
        if self.is_over() {
            return Err(Rejected::game_over(order));
        }
        for seat in &self.seats {
            if self.state().periods[index(order)].has(seat) {
                continue;
            }
            let mut turn = self.turn(order);
            turn.seat = Some(seat.clone());
            let decision = self.game.bot_decides(bot, &turn)?;
            let decisions = &mut self.state().periods[index(order)].decisions;
            decisions.insert(seat.runuser, decision);
        }
        self.step(order);
        Ok(())
    }

    /// Steps again after a failure, as a leader would ask for.
    pub(super) fn retry(&self) {
        let failure = self.state().failure.take();
        if let Some((order, _)) = failure {
            self.step(order);
        }
    }

    /// The turn of a period as the service hands it to a handler.
    pub(super) fn turn(&self, order: u32) -> RawTurn {
        let (before, now) = self.around(order);
        self.turn_of(before, &now, order)
    }

    /// What the game begins with, as if it were the period of order 0; nothing where the game says nothing.
    pub(super) fn start(&self) -> Option<Round> {
        let started = self.game.model()?.start(&self.bare_turn(0));
        let started = started.unwrap_or_else(|no| panic!("the game cannot start: {no}"));
        started.map(|started| {
            let mut round = Round::default();
            round.take(started);
            round
        })
    }

    /// Has the game ended?
    pub(super) fn is_over(&self) -> bool {
        self.state().is_over(&self.game)
    }

    /// The turn that follows a period, whether it has been begun or not.
    pub(super) fn turn_after(&self, order: u32) -> RawTurn {
        self.turn_of(self.round(order), &Round::default(), order + 1)
    }

    /// The period before one, and itself.
    fn around(&self, order: u32) -> (Option<Round>, Round) {
        let state = self.state();
        let before = index(order).checked_sub(1);
        let before = before.and_then(|before| state.periods.get(before).cloned());
        (before, state.periods[index(order)].clone())
    }

    /// The turn of a period after another one; the first comes after the start. No lock is held, for that is asked of the game.
    fn turn_of(&self, before: Option<Round>, now: &Round, order: u32) -> RawTurn {
        let decisions = self
            .seats
            .iter()
            .filter_map(|seat| Some((seat.clone(), now.decisions.get(&seat.runuser)?.clone())));
        let before = match order {
            1 => self.start(),
            _ => before,
        };
        let before = before.unwrap_or_default();
        RawTurn {
            decisions: decisions.collect(),
            previous: before.result,
            parts: before.parts.into_iter().collect(),
            carried: before.carried,
            ..self.bare_turn(order)
        }
    }

    fn bare_turn(&self, order: u32) -> RawTurn {
        RawTurn {
            seats: self.seats.clone(),
            options: self.options.clone(),
            seed: self
                .seed
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .wrapping_add(u64::from(order)),
            period: order,
            ..RawTurn::default()
        }
    }

    /// Steps a period if every seat has decided, and after it those that have been stepped before; all or nothing.
    fn step(&self, first: u32) {
        let Some(model) = self.game.model() else {
            return;
        };
        let last = {
            let state = self.state();
            let round = &state.periods[index(first)];
            if state.failure.is_some() || !self.seats.iter().all(|seat| round.has(seat)) {
                return;
            }
            u32::try_from(state.periods.len()).unwrap_or(u32::MAX)
        };
        let mut steps: Vec<(u32, Round)> = Vec::new();
        for order in first..=last {
            let (before, mut now) = self.around(order);
            if order != first && now.result.is_none() {
                continue;
            }
            // What the period before has come to just now is not stored yet.
            let before = steps.last().map(|(_, before)| before.clone()).or(before);
            // The model runs on a copy, with no lock held.
            match model.step(&self.turn_of(before, &now, order)) {
                Ok(stepped) => {
                    now.take(stepped);
                    steps.push((order, now));
                }
                Err(reason) => {
                    self.state().failure = Some((first, reason));
                    return;
                }
            }
        }
        self.apply(first, steps);
    }

    fn apply(&self, first: u32, steps: Vec<(u32, Round)>) {
        let mut state = self.state();
        let is_new = state.periods[index(first)].result.is_none();
        for (order, round) in steps {
            state.periods[index(order)] = round;
        }
        let is_last = state.is_over(&self.game);
        if is_new && self.game.steps_to_next_period() && !is_last {
            state.periods.push(Round::default());
        }
    }
}

impl Rounds {
    /// Stores a seat's decision for a period, which is stepped where it is complete now.
    pub(super) fn decide(&self, period: u64, seat: &Seat, data: Value) -> Result<(), Rejected> {
        let order = {
            let mut state = self.state();
            if !state.phase.accepts_decisions {
                return Err(Rejected::closed_phase(&state.phase.name));
            }
            if state.is_over(&self.game) {
                let last = u32::try_from(state.periods.len()).unwrap_or(u32::MAX);
                return Err(Rejected::game_over(last));
            }
            let orders = (1..).zip(&mut state.periods);
            let Some((order, round)) = orders
                .into_iter()
                .find(|(order, _)| period_pk(*order) == period)
            else {
                return Err(Rejected::no_such_procedure(&format!("period.{period}")));
            };
            let closed = round.result.is_some() && self.game.revision() == Revision::Closed;
            if closed || round.over {
                return Err(Rejected::closed_period(
                    order,
                    round.decisions.get(&seat.runuser),
                ));
            }
            round.decisions.insert(seat.runuser, data);
            order
        };
        self.step(order);
        Ok(())
    }
}
