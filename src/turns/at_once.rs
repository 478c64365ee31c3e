//! An outcome stored at once: every result and the next period in one atomic group, where the games API takes batches.

use games_client::{Error, Map};
use games_contract::{Group, Operation, Resource};
use serde_json::{Value, json};

use super::decide::with_service_state;
use super::plan::{Outcome, Plan};
use super::seats::public;
use crate::game::BranchState;
use crate::scopes::Row;

impl BranchState {
    /// Stores an outcome with the period that it opens, all of it or nothing. Doing it twice does no harm: rows are found by
    /// their unique fields.
    pub(super) async fn store_at_once(
        &mut self,
        plan: &Plan,
        outcomes: &[Outcome],
    ) -> Result<(), Error> {
        let operations = operations(plan, outcomes);
        if operations.is_empty() {
            return Ok(());
        }
        let resources: Vec<Resource> = operations.iter().map(|(resource, _)| *resource).collect();
        let group = Group {
            key: key(plan.scenario)?,
            fence: None,
            operations: operations.into_iter().map(|(_, written)| written).collect(),
        };
        let answered = self.hosted.client.batch(&[group]).await?;
        let refused = |got: String| Error::Unexpected {
            url: self.hosted.client.url().to_string(),
            expected: "a step to be stored",
            got,
        };
        let Some(done) = answered.into_iter().next() else {
            return Err(refused("no answer for it".to_owned()));
        };
        if !done.is_done() {
            return Err(refused(format!("{}: {}", done.status, done.error)));
        }
        for (resource, json) in resources.into_iter().zip(done.rows) {
            if let Some(row) = Row::new(resource, json) {
                self.absorb(row).await;
            }
        }
        Ok(())
    }
}

/// What is to be written: results that are new or have changed, then the next period.
fn operations(plan: &Plan, outcomes: &[Outcome]) -> Vec<(Resource, Operation)> {
    let upsert = |resource, row: Value| {
        let row = match row {
            Value::Object(row) => row,
            _ => Map::new(),
        };
        let if_updated = None;
        let written = Operation::Upsert {
            resource,
            row,
            if_updated,
        };
        (resource, written)
    };
    let results = plan
        .stages
        .iter()
        .zip(outcomes)
        .filter_map(|(stage, outcome)| {
            let held = stage.result.as_ref().map_or(&Value::Null, |row| row.data());
            if public(held) == outcome.data {
                return None;
            }
            let data = with_service_state(held, &outcome.data);
            let row = json!({"period": stage.period, "name": "result", "role": null, "data": data});
            Some(upsert(Resource::Result, row))
        });
    let opens = plan.opens.map(|order| {
        let row = json!({"scenario": plan.scenario, "order": order});
        upsert(Resource::Period, row)
    });
    results.chain(opens).collect()
}

/// A key that no other group has: a repeated request is recognised by it.
fn key(scenario: u64) -> Result<String, Error> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| Error::Config {
        expected: "randomness from the system",
        got: error.to_string(),
    })?;
    Ok(format!(
        "step.{scenario}.{:032x}",
        u128::from_le_bytes(random)
    ))
}
