//! An outcome stored at once: every row of the results, the next period and the end of the game in one atomic group, where the games API
//! takes batches.

use games_client::{Error, Map};
use games_contract::{Operation, Resource, Target};

use super::told::Told;
use crate::game::{BranchState, Groups};
use crate::scopes::Row;

impl BranchState {
    /// Stores results with the period that is opened, and the scenario's data where they change, all of it or nothing. Doing it twice
    /// does no harm: rows are found by their unique fields.
    pub(super) async fn store_group(
        &mut self,
        groups: &Groups,
        results: &[Told],
        scenario: Option<(u64, Map)>,
        opening: Option<Map>,
    ) -> Result<(), Error> {
        let results = results.iter().filter(|told| !told.is_stored());
        let results = results.map(|told| upsert(Resource::Result, told.row()));
        let scenario = scenario.map(|(pk, row)| {
            let resource = Resource::Scenario;
            let written = Operation::Update {
                resource,
                pk: Target::Pk(pk),
                row,
                if_updated: None,
            };
            (resource, written)
        });
        let opens = opening.map(|row| upsert(Resource::Period, row));
        let operations: Vec<_> = results.chain(scenario).chain(opens).collect();
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

fn upsert(resource: Resource, row: Map) -> (Resource, Operation) {
    let if_updated = None;
    let written = Operation::Upsert {
        resource,
        row,
        if_updated,
    };
    (resource, written)
}
