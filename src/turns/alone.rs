//! Who plays alone has a scenario of their own, which the service opens once the run takes decisions.

use games_client::{Error, Map};
use games_contract::{Operation, Resource, RowText};
use serde_json::{Value, json};

use crate::game::{BranchState, Groups};
use crate::scopes::{Owner, Row};

/// What the scenario is called.
const SCENARIO: &str = "Scenario 1";

/// Where there is no scenario, what is to be done later is noted under this pk, which none has.
const NONE: u64 = 0;

/// What somebody who plays alone lacks.
#[derive(Clone, Copy, Debug)]
enum Lacks {
    /// A scenario.
    Scenario,
    /// The first period of this scenario: whoever made it went no further.
    Period(u64),
}

impl BranchState {
    /// Opens the scenario of who plays alone, with its first period, where there is none and the run takes decisions.
    pub(super) async fn open_alone(&mut self) {
        let Owner::RunUser(runuser) = self.owner else {
            return;
        };
        let seated = || self.with_table(|table| !table.seats.is_empty());
        if !self.hosted.game.is_single_player() || self.open_phase().is_err() || !seated() {
            return;
        }
        let Some(lacks) = self.lacks() else {
            return;
        };
        match self.store_alone(runuser, lacks).await {
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

    fn lacks(&self) -> Option<Lacks> {
        let children = self.branch.root.children.iter();
        let mut scenarios = children.filter(|child| child.row.resource == Resource::Scenario);
        let Some(first) = scenarios.next() else {
            return Some(Lacks::Scenario);
        };
        let is_only = scenarios.next().is_none();
        let is_empty = first.periods_from_the_end().next().is_none();
        (is_only && is_empty).then_some(Lacks::Period(first.row.pk))
    }

    async fn store_alone(&self, runuser: u64, lacks: Lacks) -> Result<Vec<Row>, Error> {
        let mut rows = Vec::new();
        let scenario = match lacks {
            Lacks::Period(scenario) => scenario.into(),
            Lacks::Scenario => {
                let scenario = Map::from_iter([
                    ("runuser".to_owned(), runuser.into()),
                    ("name".to_owned(), SCENARIO.into()),
                ]);
                if let Some(groups) = &self.hosted.groups {
                    return opened_at_once(groups, scenario).await;
                }
                let scenario = self.only(Resource::Scenario, &scenario).await?;
                let pk = scenario.get("id").cloned().unwrap_or_default();
                rows.extend(Row::new(Resource::Scenario, RowText::from(scenario)));
                pk
            }
        };
        let period = self.only(Resource::Period, &first_period(scenario)).await?;
        rows.extend(Row::new(Resource::Period, RowText::from(period)));
        Ok(rows)
    }

    /// The row that has these members: an answer that got lost, and a start that was cut short, must not leave two.
    async fn only(&self, resource: Resource, members: &Map) -> Result<Map, Error> {
        let client = &self.hosted.client;
        let (row, _) = client.get_or_create(resource, members, &Map::new()).await?;
        Ok(row)
    }
}

fn first_period(scenario: Value) -> Map {
    Map::from_iter([
        ("scenario".to_owned(), scenario),
        ("order".to_owned(), 1.into()),
    ])
}

async fn opened_at_once(groups: &Groups, scenario: Map) -> Result<Vec<Row>, Error> {
    let kinds = [Resource::Scenario, Resource::Period];
    let rows = kinds
        .into_iter()
        .zip([scenario, first_period(json!({"ref": 0}))]);
    let created = rows.map(|(resource, row)| Operation::Create { resource, row });
    let stored = groups.write(created.collect()).await?;
    let rows = kinds.into_iter().zip(stored);
    Ok(rows
        .filter_map(|(resource, json)| Row::new(resource, json))
        .collect())
}
