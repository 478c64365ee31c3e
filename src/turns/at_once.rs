//! An outcome stored at once: every result and the next period in one atomic group, where the games API takes batches.

use games_client::{Error, Map};
use games_contract::{Operation, Resource};
use serde_json::Value;

use super::plan::{Outcome, Plan};
use crate::game::{BranchState, Groups};
use crate::scopes::Row;

impl BranchState {
    /// Stores an outcome with the period that it opens, all of it or nothing. Doing it twice does no harm: rows are found by
    /// their unique fields.
    pub(super) async fn store_at_once(
        &mut self,
        groups: &Groups,
        plan: &Plan,
        outcomes: &[Outcome],
    ) -> Result<(), Error> {
        let opening = plan.opens.map(|order| self.opening(plan.scenario, order));
        let operations = operations(plan, outcomes, opening);
        if operations.is_empty() {
            return Ok(());
        }
        let resources: Vec<Resource> = operations.iter().map(|(resource, _)| *resource).collect();
        let operations = operations.into_iter().map(|(_, written)| written);
        let rows = groups.write(operations.collect()).await?;
        for (resource, json) in resources.into_iter().zip(rows) {
            if let Some(row) = Row::new(resource, json) {
                self.absorb(row).await;
            }
        }
        Ok(())
    }
}

/// What is to be written: results that are new or have changed, then the next period.
fn operations(
    plan: &Plan,
    outcomes: &[Outcome],
    opening: Option<Map>,
) -> Vec<(Resource, Operation)> {
    let upsert = |resource, row| {
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
            if outcome.is_stored(held) {
                return None;
            }
            let data = outcome.stored(held);
            let row = Map::from_iter([
                ("period".to_owned(), stage.period.into()),
                ("name".to_owned(), "result".into()),
                ("role".to_owned(), Value::Null),
                ("data".to_owned(), data),
            ]);
            Some(upsert(Resource::Result, row))
        });
    let opens = opening.map(|row| upsert(Resource::Period, row));
    results.chain(opens).collect()
}
