//! Who plays alone has a scenario of their own, which the service opens once the run takes decisions.

use games_client::{Error, Map};
use games_contract::{Operation, Resource};
use serde_json::json;

use crate::game::BranchState;
use crate::scopes::{Owner, Row};

/// What the scenario is called.
const SCENARIO: &str = "Scenario 1";

/// Where there is no scenario, what is to be done later is noted under this pk, which none has.
const NONE: u64 = 0;

impl BranchState {
    /// Opens the scenario of who plays alone, with its first period, where there is none and the run takes decisions.
    pub(super) async fn open_alone(&mut self) {
        let Owner::RunUser(runuser) = self.owner else {
            return;
        };
        let seated = || self.with_table(|table| !table.seats.is_empty());
        let is_needed = self.hosted.game.is_single_player() && self.scenarios().is_empty();
        if !is_needed || self.open_phase().is_err() || !seated() {
            return;
        }
        match self.store_alone(runuser).await {
            Ok(rows) => {
                self.progress.remove(&NONE);
                for row in rows {
                    self.absorb(row).await;
                }
            }
            Err(error) => {
                tracing::warn!(runuser, %error, "the scenario of who plays alone could not be opened; trying again");
                self.recover_later(NONE);
            }
        }
    }

    async fn store_alone(&self, runuser: u64) -> Result<Vec<Row>, Error> {
        let scenario = Map::from_iter([
            ("runuser".to_owned(), runuser.into()),
            ("name".to_owned(), SCENARIO.into()),
        ]);
        let stored = match &self.hosted.groups {
            Some(groups) => {
                let period = Map::from_iter([
                    ("scenario".to_owned(), json!({"ref": 0})),
                    ("order".to_owned(), 1.into()),
                ]);
                let rows = [(Resource::Scenario, scenario), (Resource::Period, period)];
                let created = rows.map(|(resource, row)| Operation::Create { resource, row });
                groups.write(created.into()).await?
            }
            // An answer that got lost, and a start that was cut short, must not leave two.
            None => {
                let client = &self.hosted.client;
                let (scenario, _) = client
                    .get_or_create(Resource::Scenario, &scenario, &Map::new())
                    .await?;
                let key = Map::from_iter([
                    (
                        "scenario".to_owned(),
                        scenario.get("id").cloned().unwrap_or_default(),
                    ),
                    ("order".to_owned(), 1.into()),
                ]);
                let (period, _) = client
                    .get_or_create(Resource::Period, &key, &Map::new())
                    .await?;
                vec![scenario.into(), period.into()]
            }
        };
        let kinds = [Resource::Scenario, Resource::Period];
        let rows = kinds.into_iter().zip(stored);
        Ok(rows
            .filter_map(|(resource, json)| Row::new(resource, json))
            .collect())
    }
}
