//! What is to be stepped: worked out from the tree alone, and run without I/O.

use std::sync::Arc;

use games_contract::Resource;
use serde_json::Value;
use simpl::{ErasedModel, Game, RawTurn, Rejected, Revision};

use super::seats::Table;
use super::told::{Outcome, has_ended};
use crate::scopes::{Node, Version};

/// A step to be made: one period, and after it every later period that had been stepped before.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The scenario's pk.
    pub scenario: u64,
    /// The periods, in order.
    pub stages: Vec<Stage>,
    /// The last of them is the scenario's last.
    pub is_to_the_end: bool,
    /// The order of the period to open afterwards, unless the game ends.
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
}

/// What a scenario waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// The period of this order is complete and not stepped, or has a decision newer than its result.
    Step(i64),
    /// Its last period is stepped, and the next, of this order, is missing.
    Open(i64),
    /// The game has ended with its last period, and it does not say so; or it says so, and the game has not.
    Ended(bool),
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

/// Is the game over in this scenario?
#[must_use]
pub(crate) fn is_over(game: &Game, scenario: &Node) -> bool {
    last_period(scenario).is_some_and(|last| has_ended(game, last))
}

/// Does the scenario say that the game is over?
pub(super) fn says_over(scenario: &Node) -> bool {
    scenario.row.data().pointer("/_turn/over") == Some(&Value::Bool(true))
}

/// The plan to step the period of order `from`; `None` while it is not complete.
#[must_use]
pub fn plan(game: &Game, table: &Table<'_>, scenario: &Node, from: i64) -> Option<Plan> {
    let periods = periods_from(scenario, from)?;
    if !table.is_complete(periods.first()?) {
        return None;
    }
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
            turn: match nth {
                0 => table.turn(scenario, period),
                _ => table.turn_alone(scenario, period),
            },
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
        is_to_the_end: last_of_all,
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
    let ended = is_over(game, scenario);
    if ended != says_over(scenario) {
        found.push(Due::Ended(ended));
    }
    let last = periods.last().filter(|last| last.result().is_some());
    if let (true, false, Some(last)) = (game.steps_to_next_period(), ended, last) {
        found.push(Due::Open(last.row.order() + 1));
    }
    found
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
            before.lead_to(&mut turn);
        }
        let stepped = model.step(&turn);
        let outcome = stepped.and_then(|stepped| Outcome::of(stage.period, stepped));
        outcomes.push(outcome.map_err(|rejected| (stage.period, rejected))?);
    }
    Ok(outcomes)
}
