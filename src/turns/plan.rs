//! What is to be stepped: worked out from the tree alone, and run without I/O.

use std::sync::Arc;

use games_contract::{Map, Resource};
use serde_json::Value;
use simpl::{ErasedModel, Game, RawTurn, Rejected, Revision, Stepped};

use super::decide::with_service_state;
use super::seats::{Table, played_as, public};
use crate::scopes::{Node, Row, Version};

/// Bytes of an outcome as JSON at most: what a client takes in one message, and a fraction of what may wait for one.
const OUTCOME_BYTES: usize = 1 << 20;

/// A step to be made: one period, and after it every later period that had been stepped before.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The scenario's pk.
    pub scenario: u64,
    /// The periods, in order.
    pub stages: Vec<Stage>,
    /// The order of the period to open afterwards.
    pub opens: Option<i64>,
    /// The decisions it rests on; when they have changed meanwhile, the outcome is void.
    pub rests_on: Vec<(u64, Version)>,
}

/// One period of a [`Plan`].
#[derive(Debug, Clone)]
pub struct Stage {
    /// The period's pk.
    pub period: u64,
    /// The period's order.
    pub order: i64,
    /// What the step may look at; `previous` only of the first stage, later ones get the outcome before them.
    pub turn: RawTurn,
    /// The result that is stored already.
    pub result: Option<Arc<Row>>,
}

/// What came of one [`Stage`].
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The period's pk.
    pub period: u64,
    /// The JSON to store as its result.
    pub data: Value,
    /// The points of the seats, by the pk of the run user.
    pub scores: Vec<(u64, f64)>,
}

/// The member of a result's `data._private` that has the points of each run user, by pk: for the gradebook alone.
const SCORES: &str = "scores";

impl Outcome {
    /// Is it what `held`, the `data` of a stored result, says already?
    pub(super) fn is_stored(&self, held: &Value) -> bool {
        self.stored(held) == *held
    }

    /// The `data` to store over `held`, or null where nothing is stored: the outcome with what the service keeps beside it.
    pub(super) fn stored(&self, held: &Value) -> Value {
        let mut data = with_service_state(held, &self.data);
        if let Value::Object(members) = &mut data {
            let mut private = match members.shift_remove("_private") {
                Some(Value::Object(private)) => private,
                _ => Map::new(),
            };
            private.shift_remove(SCORES);
            if !self.scores.is_empty() {
                let scores = self.scores.iter();
                let scores =
                    scores.map(|(runuser, points)| (runuser.to_string(), (*points).into()));
                private.insert(SCORES.to_owned(), Value::Object(scores.collect()));
            }
            if !private.is_empty() {
                members.insert("_private".to_owned(), private.into());
            }
        }
        data
    }
}

/// What a scenario waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// The period of this order is complete and not stepped, or has a decision newer than its result.
    Step(i64),
    /// Its last period is stepped, and the next, of this order, is missing.
    Open(i64),
}

/// The scenario's periods by order.
fn periods(scenario: &Node) -> Vec<&Arc<Node>> {
    let mut periods: Vec<_> = scenario.periods_from_the_end().collect();
    periods.reverse();
    periods
}

/// The first period of this order and all after it, in order; `None` when there is none.
fn periods_from(scenario: &Node, order: i64) -> Option<Vec<&Arc<Node>>> {
    let later = scenario.periods_from_the_end();
    let mut periods: Vec<_> = later
        .take_while(|period| period.row.order() >= order)
        .collect();
    periods.reverse();
    (periods.first()?.row.order() == order).then_some(periods)
}

/// The period before one of this order.
pub(crate) fn before(scenario: &Node, order: i64) -> Option<&Arc<Node>> {
    let mut periods = scenario.periods_from_the_end();
    periods.find(|period| period.row.order() < order)
}

/// The scenario's last period.
pub(crate) fn last_period(scenario: &Node) -> Option<&Arc<Node>> {
    scenario.periods_from_the_end().next()
}

/// What came of the period before one of this order.
pub(crate) fn outcome_before(scenario: &Node, order: i64) -> Option<Value> {
    let result = before(scenario, order)?.result()?;
    Some(public(result.data()))
}

/// The plan to step the period of order `from`; `None` while it is not complete.
#[must_use]
pub fn plan(game: &Game, table: &Table<'_>, scenario: &Node, from: i64) -> Option<Plan> {
    let periods = periods_from(scenario, from)?;
    if !table.is_complete(periods.first()?) {
        return None;
    }
    let previous = outcome_before(scenario, from);
    let stepped_after = periods[1..]
        .iter()
        .take_while(|period| period.is_stepped())
        .count();
    let chain = &periods[..=stepped_after];
    let stages: Vec<Stage> = chain
        .iter()
        .enumerate()
        .map(|(nth, period)| Stage {
            period: period.row.pk,
            order: period.row.order(),
            turn: table.turn(
                played_as(&scenario.row),
                period,
                if nth == 0 { previous.clone() } else { None },
            ),
            result: period.result().cloned(),
        })
        .collect();
    let rests_on = chain
        .iter()
        .flat_map(|period| period.rows(Resource::Decision))
        .map(|row| (row.pk, row.version()))
        .collect();
    let last_of_all = chain.len() == periods.len();
    let opens =
        (game.steps_to_next_period() && last_of_all).then(|| chain[stepped_after].row.order() + 1);
    Some(Plan {
        scenario: scenario.row.pk,
        stages,
        opens,
        rests_on,
    })
}

/// Everything a scenario waits for: looked for when it was loaded, when its seats changed, or after the games API was away.
#[must_use]
pub fn due(game: &Game, table: &Table<'_>, scenario: &Node) -> Vec<Due> {
    let periods = periods(scenario);
    let mut found = Vec::new();
    for period in &periods {
        match period.result() {
            None if table.is_complete(period) => found.push(Due::Step(period.row.order())),
            Some(result) if game.revision() == Revision::Recalculate => {
                let newest = period
                    .rows(Resource::Decision)
                    .map(|row| row.version())
                    .max();
                if newest > Some(result.version()) && table.is_complete(period) {
                    found.push(Due::Step(period.row.order()));
                }
            }
            _ => {}
        }
    }
    let last = periods.last().filter(|last| last.result().is_some());
    if let (true, Some(last)) = (game.steps_to_next_period(), last) {
        found.push(Due::Open(last.row.order() + 1));
    }
    found
}

/// An outcome goes to everybody at the table and stays in memory, so it is something, and of a bounded size.
fn presentable(stepped: Stepped) -> Result<Stepped, Rejected> {
    let outcome = &stepped.outcome;
    if outcome.is_null() {
        let message = "the outcome is null: a result has to say something";
        return Err(Rejected::internal(message).with("empty_outcome", "an outcome", Value::Null));
    }
    let size = outcome.to_string().len();
    if size > OUTCOME_BYTES {
        let message = format!("the outcome has {size} bytes as JSON; {OUTCOME_BYTES} are the most");
        return Err(Rejected::internal(message).with("large_outcome", OUTCOME_BYTES, size));
    }
    if !(stepped.scores.is_empty() || outcome.is_object()) {
        let message =
            "the outcome has no members, so that points have no place beside it: make it a struct";
        return Err(Rejected::internal(message).with("scores", "an outcome with members", "none"));
    }
    Ok(stepped)
}

/// Runs the model over every stage, each seeing the outcome before it. Blocking and free of I/O; may panic where the game does.
///
/// # Errors
/// What the game said, with the pk of the period it said it of.
pub fn run_plan(model: &dyn ErasedModel, plan: &Plan) -> Result<Vec<Outcome>, (u64, Rejected)> {
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(plan.stages.len());
    for stage in &plan.stages {
        let mut turn = stage.turn.clone();
        if let Some(before) = outcomes.last() {
            turn.previous = Some(before.data.clone());
        }
        let stepped = model.step(&turn).and_then(presentable);
        let stepped = stepped.map_err(|rejected| (stage.period, rejected))?;
        outcomes.push(Outcome {
            period: stage.period,
            data: stepped.outcome,
            scores: stepped.scores,
        });
    }
    Ok(outcomes)
}
