//! The same game in several ways, which all have to come to the same.

use serde_json::Value;

use super::compare::{Difference, at, difference, shown};
use super::finding::Cause;
use super::script::{
    Played, came_to, play, reordered, revises, straight, with_copies, with_late_copies,
    with_restarts,
};
use super::table::{Doing, Fault, Move, Setup, Tell, who};
use super::watch::caught;
use crate::game::Revision;
use crate::model::ErasedModel;
use crate::rng::Rng;
use crate::testing::rounds::Round;

/// How often a step is repeated to see what changes.
const REPEATS: usize = 1_000;
/// How many values in a row tell whether they grow evenly.
const ROW: usize = 8;

/// A game, in the ways that it can be played.
pub(super) struct Variants<'a> {
    pub(super) setup: &'a Setup,
    pub(super) model: &'a dyn ErasedModel,
    pub(super) script: &'a [Move],
    /// Whether bots and defaults are looked at, too.
    pub(super) thorough: bool,
    pub(super) tell: Tell<'a>,
}

impl Variants<'_> {
    /// Plays them all.
    pub(super) fn examine(&self) -> Result<(), Fault> {
        let rng = &mut Rng::new(self.setup.seed);
        if self.thorough {
            self.play(self.script, true)?;
        }
        // Whatever notes a game takes, it has taken the same ones before each of the plays that are compared.
        self.play(self.script, false)?;
        let base = self.play(self.script, false)?;
        let expected = came_to(&base.world);
        self.repeats(&base, &expected)?;

        let copies = self.play(&with_copies(self.script, &base), false)?;
        self.same(&base, &expected, &copies, |told| {
            Fault::new(
                Cause::CountsTwice,
                told("when every decision arrives twice"),
            )
        })?;

        let late = self.play(&with_late_copies(self.script, &base), false)?;
        self.same(&base, &expected, &late, |told| {
            let why = "when the decisions that count arrive once more in the end";
            match self.setup.game.revision() {
                Revision::Closed => Fault::new(Cause::CountsTwice, told(why)),
                Revision::Recalculate => Fault::new(Cause::Recalculated, told(why)),
            }
        })?;

        let restarts = self.play(&with_restarts(self.script, rng), false)?;
        self.same(&base, &expected, &restarts, |told| {
            let why = "when the service is started again in between, and another world plays";
            Fault::new(Cause::KeepsState, told(why))
        })?;
        self.orders(&base, expected, rng)
    }

    fn play(&self, script: &[Move], thorough: bool) -> Result<Played, Fault> {
        play(self.setup, self.model, script, thorough, self.tell)
    }

    /// The decisions that counted, period by period, in two orders. Where one of them is refused then, because the rules look at what
    /// others have decided, there is nothing to compare.
    fn orders(&self, base: &Played, mut expected: Value, rng: &mut Rng) -> Result<(), Fault> {
        if self.script.contains(&Move::TimeIsUp) {
            return Ok(());
        }
        let script = straight(&base.world);
        let revised = revises(self.setup, self.script, base);
        let in_order = self.play(&script, false)?;
        if !in_order.taken.iter().all(|taken| *taken) {
            return Ok(());
        }
        self.same(base, &expected, &in_order, |told| match revised {
            true => Fault::new(
                Cause::Recalculated,
                told("when the same decisions are made at once"),
            ),
            false => Fault::new(
                Cause::ArrivalOrder,
                told("when the same decisions arrive in the order of seats"),
            ),
        })?;
        expected = came_to(&in_order.world);
        let in_disorder = self.play(&reordered(&script, rng), false)?;
        if !in_disorder.taken.iter().all(|taken| *taken) {
            return Ok(());
        }
        self.same(&in_order, &expected, &in_disorder, |told| {
            Fault::new(
                Cause::ArrivalOrder,
                told("when the same decisions arrive in another order"),
            )
        })
    }

    /// The game once more, as it was.
    fn repeats(&self, base: &Played, expected: &Value) -> Result<(), Fault> {
        let again = self.play(self.script, false)?;
        match difference(expected, &came_to(&again.world)) {
            None => Ok(()),
            Some(different) => Err(self.unrepeatable(base, &different)),
        }
    }

    /// No fault where another way has come to the same; before it is blamed for a difference, the game is played once more as it was.
    fn same(
        &self,
        base: &Played,
        expected: &Value,
        other: &Played,
        fault: impl FnOnce(&dyn Fn(&str) -> String) -> Fault,
    ) -> Result<(), Fault> {
        let Some(different) = difference(expected, &came_to(&other.world)) else {
            return Ok(());
        };
        self.repeats(base, &came_to(&base.world))?;
        Err(fault(&|why| self.told(base, &different, why)))
    }

    fn told(&self, base: &Played, different: &Difference, why: &str) -> String {
        format!(
            "{} is {}, and {} {why}",
            place(base, &different.path),
            shown(different.left.as_ref()),
            shown(different.right.as_ref()),
        )
    }

    /// Two plays of one script differ: does a step alone differ from itself?
    fn unrepeatable(&self, base: &Played, different: &Difference) -> Fault {
        let told = self.told(
            base,
            different,
            "when it is played again with the same seed",
        );
        let told = match self.setup.game.revision() {
            Revision::Closed => told,
            Revision::Recalculate => format!(
                "{told}; this game says Revision::Recalculate, by which a period is stepped again and has to come to the same"
            ),
        };
        let cause = match self.row(base, &different.path) {
            Some(row) if !is_even(&row) => Cause::OwnChance,
            _ => Cause::KeepsState,
        };
        Fault::new(cause, told)
    }

    /// What a member of an outcome is when its period is stepped again and again; a few values from the first that is another one.
    fn row(&self, base: &Played, path: &[String]) -> Option<Vec<Value>> {
        let (order, member) = path.split_first()?;
        let order = 1 + order.parse::<u32>().ok()?;
        (self.tell)(Doing::Asking(format!(
            "the step of period {order}, again and again,"
        )));
        let turn = base.world.rounds().turn(order);
        let mut row: Vec<Value> = Vec::new();
        for _ in 0..REPEATS {
            let mut round = Round::default();
            round.take(caught(|| self.model.step(&turn)).ok()?.ok()?);
            let round = serde_json::to_value(&round).ok()?;
            row.push(at(&round, member).cloned().unwrap_or_default());
            if row.len() > ROW {
                if row.windows(2).any(|two| two[0] != two[1]) {
                    break;
                }
                row.remove(0);
            }
        }
        Some(row)
    }
}

/// Do the values stay the same, perhaps from the second on, or grow by the same each time, as a count or a sum does? Chance and clocks
/// do not.
fn is_even(row: &[Value]) -> bool {
    let later = row.get(1..).unwrap_or_default();
    if later.windows(2).all(|two| two[0] == two[1]) {
        return true;
    }
    let numbers: Option<Vec<f64>> = row.iter().map(Value::as_f64).collect();
    let steps: Vec<f64> = numbers
        .unwrap_or_default()
        .windows(2)
        .map(|two| two[1] - two[0])
        .collect();
    let Some(first) = steps.first() else {
        return false;
    };
    steps
        .iter()
        .all(|step| (step - first).abs() <= 1e-9 * first.abs())
}

/// A place in what periods have come to, in words.
fn place(base: &Played, path: &[String]) -> String {
    let mut path = path.iter();
    let order = path.next().and_then(|at| at.parse::<u32>().ok());
    let period = order.map_or_else(String::new, |at| format!("period {}", at + 1));
    let Some(kind) = path.next() else {
        return period;
    };
    let seats = &base.world.rounds().seats;
    let seat = |pk: &String| seats.iter().find(|seat| seat.runuser.to_string() == *pk);
    let names: Vec<String> = path
        .map(|name| seat(name).map_or_else(|| name.clone(), who))
        .collect();
    let kind = match kind.as_str() {
        "result" => "the outcome",
        "scores" => "the points",
        other => other,
    };
    match names.as_slice() {
        [] => format!("{kind} of {period}"),
        names if kind == "the outcome" => format!("{} in the outcome of {period}", names.join(".")),
        names => format!("{kind} of {} in {period}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_count_and_a_sum_grow_evenly_and_chance_does_not() {
        let row = |numbers: [f64; 4]| numbers.map(Value::from).to_vec();
        assert!(is_even(&row([1.0, 2.0, 3.0, 4.0])));
        assert!(is_even(&row([0.1, 0.3, 0.5, 0.7])));
        assert!(is_even(&row([5.0, 5.0, 5.0, 5.0])));
        assert!(is_even(&row([5.0, 0.0, 0.0, 0.0])));
        assert!(!is_even(&row([0.5, 0.1, 0.9, 0.2])));
        assert!(!is_even(&row([7.0, 7.0, 8.0, 8.0])));
        assert!(!is_even(&[json!("a"), json!("b"), json!("a")]));
    }
}
