//! A generated game as a list of moves: made while it is played for the first time, and played again as often as wanted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::decisions::{legal, spoiled};
use super::finding::Cause;
use super::table::{Fault, Move, Setup, Table, Tell, who};
use crate::game::Revision;
use crate::model::ErasedModel;
use crate::rng::Rng;
use crate::testing::TestWorld;
use crate::turn::Seat;

/// Moves of one game at most.
const MOVES: usize = 200;
/// Periods of one game at most.
const PERIODS: u64 = 6;

/// A game that was played to its end.
pub(super) struct Played {
    pub(super) world: TestWorld,
    /// Whether each move was taken.
    pub(super) taken: Vec<bool>,
}

/// What each period has come to, without what was decided: a list of what is stored with a result.
pub(super) fn came_to(world: &TestWorld) -> Value {
    let rounds = (1..=world.order()).filter_map(|order| world.rounds().round(order));
    let stored = rounds.map(|round| {
        let mut stored = serde_json::to_value(&round).unwrap_or_default();
        if let Value::Object(members) = &mut stored {
            members.retain(|name, _| !["decisions", "skipped", "over"].contains(&name.as_str()));
        }
        stored
    });
    stored.collect()
}

/// Plays a script; `thorough`, bots and defaults are looked at as well.
pub(super) fn play(
    setup: &Setup,
    model: &dyn ErasedModel,
    script: &[Move],
    thorough: bool,
    tell: Tell<'_>,
) -> Result<Played, Fault> {
    let first = first_period(script);
    let mut table = Table::new(setup, model, &first, thorough, tell);
    let mut taken = Vec::new();
    for this in script {
        taken.push(table.make(this)?);
    }
    if thorough {
        table.look_at_silent_seats()?;
    }
    Ok(Played {
        world: table.world,
        taken,
    })
}

fn first_period(script: &[Move]) -> Vec<Move> {
    let first = script
        .iter()
        .filter(|this| matches!(this, Move::Submit { period: 1, .. }));
    first.cloned().collect()
}

/// A game made up while it is played.
pub(super) struct Generated {
    pub(super) script: Vec<Move>,
    pub(super) periods: u64,
    pub(super) taken: u64,
    pub(super) refused: u64,
    /// What has ended it.
    pub(super) fault: Option<Fault>,
}

/// Makes up a game and plays it.
pub(super) fn generate(
    setup: &Setup,
    model: &dyn ErasedModel,
    rng: &mut Rng,
    tell: Tell<'_>,
) -> Generated {
    let mut making = Making {
        table: Table::new(setup, model, &[], true, tell),
        setup,
        model,
        rng,
        script: Vec::new(),
    };
    let fault = making.make().err();
    let periods = (1..=making.table.world.order())
        .filter(|order| making.table.world.result_of(*order).is_some());
    Generated {
        periods: periods.count() as u64,
        taken: making.table.taken,
        refused: making.table.refused,
        script: making.script,
        fault,
    }
}

struct Making<'a> {
    table: Table<'a>,
    setup: &'a Setup,
    model: &'a dyn ErasedModel,
    rng: &'a mut Rng,
    script: Vec<Move>,
}

impl Making<'_> {
    fn make(&mut self) -> Result<(), Fault> {
        let last = 1 + self.rng.below(PERIODS);
        let timed = self.setup.game.time_limit().is_some() && self.rng.chance(0.3);
        while self.script.len() < MOVES && u64::from(self.table.world.order()) <= last {
            self.table.look_at_silent_seats()?;
            let order = self.table.world.order();
            let silent: Vec<usize> = self.silent(order);
            if self.rng.chance(0.25) {
                self.wrong(order)?;
            } else if order > 1 && self.rng.chance(0.15) {
                let earlier = 1 + self.rng.below(u64::from(order) - 1);
                self.late(u32::try_from(earlier).unwrap_or(1))?;
            } else if timed && self.rng.chance(0.1) {
                self.play(Move::TimeIsUp)?;
            } else if silent.is_empty() {
                // No further period begins; what comes now is late.
                for _ in 0..3 {
                    self.late(order)?;
                }
                return Ok(());
            } else if self.rng.chance(0.15) && silent.len() < self.seats().len() {
                let seats = 0..self.seats().len();
                let decided: Vec<usize> = seats.filter(|at| !silent.contains(at)).collect();
                let again = self.rng.pick(&decided).copied().unwrap_or(0);
                self.right(again, order)?;
            } else {
                let seat = self.rng.pick(&silent).copied().unwrap_or(0);
                self.right(seat, order)?;
            }
        }
        Ok(())
    }

    fn seats(&self) -> &[Seat] {
        &self.table.rounds().seats
    }

    fn silent(&self, order: u32) -> Vec<usize> {
        let round = self.table.rounds().round(order).unwrap_or_default();
        let seats = self.seats().iter().enumerate();
        let silent = seats.filter(|(_, seat)| !round.decisions.contains_key(&seat.runuser));
        silent.map(|(at, _)| at).collect()
    }

    fn play(&mut self, this: Move) -> Result<(), Fault> {
        let made = self.table.make(&this);
        self.script.push(this);
        made.map(|_| ())
    }

    /// A decision that the rules take at the moment.
    fn decision(&mut self, seat: usize) -> Result<Value, Fault> {
        let seat = self.seats()[seat].clone();
        let turn = self.table.turn(&seat);
        legal(&self.setup.game, self.model, &turn, self.rng).ok_or_else(|| {
            let order = self.table.world.order();
            let seen = format!(
                "of many for {} in period {order}, `check` takes none",
                who(&seat)
            );
            Fault::new(Cause::Stuck, seen)
        })
    }

    fn right(&mut self, seat: usize, period: u32) -> Result<(), Fault> {
        let decision = self.decision(seat)?;
        self.play(Move::Submit {
            seat,
            period,
            decision,
        })
    }

    /// For a period that may be over: the decision may be against the rules there.
    fn late(&mut self, period: u32) -> Result<(), Fault> {
        let seat = self.any_seat();
        self.right(seat, period)
    }

    fn wrong(&mut self, period: u32) -> Result<(), Fault> {
        let seat = self.any_seat();
        let right = self.decision(seat)?;
        let decision = spoiled(self.model.decision_schema(), &right, self.rng);
        self.play(Move::Submit {
            seat,
            period,
            decision,
        })
    }

    fn any_seat(&mut self) -> usize {
        let count = self.seats().len() as u64;
        usize::try_from(self.rng.below(count)).unwrap_or(0)
    }
}

/// The same decisions as in a game that was played, each as it counted in the end, period by period.
pub(super) fn straight(world: &TestWorld) -> Vec<Move> {
    let mut script = Vec::new();
    for period in 1..=world.order() {
        let Some(round) = world.rounds().round(period) else {
            continue;
        };
        for (seat, sits) in world.rounds().seats.iter().enumerate() {
            if let Some(decision) = round.decisions.get(&sits.runuser).cloned() {
                script.push(Move::Submit {
                    seat,
                    period,
                    decision,
                });
            }
        }
    }
    script
}

/// The same script with the moves of each period in another order.
pub(super) fn reordered(script: &[Move], rng: &mut Rng) -> Vec<Move> {
    let mut reordered = Vec::new();
    for period in script.chunk_by(|a, b| a.period() == b.period()) {
        let mut period = period.to_vec();
        rng.shuffle(&mut period);
        // Two have one other order, and it is not left to chance.
        if period == script[reordered.len()..][..period.len()] {
            period.reverse();
        }
        reordered.extend(period);
    }
    reordered
}

/// The same script with every decision that was taken sent twice, as long as its period is not complete.
pub(super) fn with_copies(script: &[Move], played: &Played) -> Vec<Move> {
    let mut copied = Vec::new();
    let mut decided: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for (this, taken) in script.iter().zip(&played.taken) {
        copied.push(this.clone());
        if let (true, Move::Submit { seat, period, .. }) = (*taken, this) {
            let seats = decided.entry(*period).or_default();
            seats.insert(*seat);
            if seats.len() < played.world.rounds().seats.len() {
                copied.push(this.clone());
            }
        }
    }
    copied
}

/// The same script, and in the end everything that counts sent once more.
pub(super) fn with_late_copies(script: &[Move], played: &Played) -> Vec<Move> {
    let late = straight(&played.world);
    script.iter().cloned().chain(late).collect()
}

/// The same script with the service started again between moves.
pub(super) fn with_restarts(script: &[Move], rng: &mut Rng) -> Vec<Move> {
    let mut stopped = Vec::new();
    for this in script {
        stopped.push(this.clone());
        if rng.chance(0.4) {
            stopped.push(Move::Restart);
        }
    }
    stopped
}

/// Does the game step periods again, and was a period that is over decided anew?
pub(super) fn revises(setup: &Setup, script: &[Move], played: &Played) -> bool {
    let mut newest = 0;
    let mut moves = script.iter().zip(&played.taken);
    setup.game.revision() == Revision::Recalculate
        && moves.any(|(this, taken)| match this {
            Move::Submit { period, .. } if *taken => {
                let earlier = *period < newest;
                newest = newest.max(*period);
                earlier
            }
            _ => false,
        })
}

/// Options for a run that the game takes; none are its own.
pub(super) fn options(model: &dyn ErasedModel, rng: &mut Rng) -> Option<Value> {
    let none = Value::Object(Map::new());
    let has_some = model
        .options_schema()
        .get("properties")
        .and_then(Value::as_object)
        .is_some_and(|options| !options.is_empty());
    let own_will_do = model.check_options(&none).is_ok();
    if own_will_do && (!has_some || rng.chance(0.5)) {
        return None;
    }
    (0..100).find_map(|_| {
        let options = crate::schema::any(model.options_schema(), rng)?;
        model.check_options(&options).is_ok().then_some(options)
    })
}
