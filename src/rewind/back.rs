//! Taking a scenario back to one of its periods: one write, after which the tree follows.

use std::sync::Arc;

use games_client::{Error, Map};
use games_contract::{Operation, Resource, Target};
use serde_json::{Value, json};
use simpl::Rejected;

use super::OF_A_PERIOD;
use super::mark::Rewound;
use crate::deadlines::Time;
use crate::game::{BranchState, Groups, sum_up};
use crate::refusal;
use crate::scopes::service_state::with_turn;
use crate::scopes::{Node, Owner, Row};
use crate::turns::once;

/// What a leader wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// The order of the period that is to be open again.
    pub order: i64,
    /// The leader's user; none for the service itself.
    pub by: Option<u64>,
    /// What the caller calls it, so that it is done once however often it is sent.
    pub key: Option<String>,
}

/// What a rewind changes.
struct Change {
    /// Rows that go, children first and the latest period first, as the original's front ends know it.
    goes: Vec<(Resource, u64)>,
    period: Arc<Row>,
    /// The data of the period that is open again, where they change.
    reopened: Option<Value>,
    scenario: Arc<Row>,
    /// The scenario's data.
    marked: Value,
}

impl BranchState {
    /// Takes the scenarios of this branch, or one of them, back, and tells where each stands then.
    ///
    /// # Errors
    /// There is no such period, or it could not be stored; where there are several scenarios, with none of them.
    pub async fn rewind(&mut self, back: &Back, only: Option<u64>) -> Result<Vec<Value>, Rejected> {
        let children = self.branch.root.children.iter();
        let scenarios = children
            .map(|child| &child.row)
            .filter(|row| row.resource == Resource::Scenario)
            .map(|row| row.pk)
            .filter(|pk| only.is_none_or(|only| only == *pk));
        let mut told = Vec::new();
        for scenario in scenarios.collect::<Vec<_>>() {
            let which = json!({"scenario": scenario});
            told.push((which, self.rewind_one(scenario, back).await));
        }
        sum_up(told)
    }

    async fn rewind_one(&mut self, scenario: u64, back: &Back) -> Result<Value, Rejected> {
        let node = self.branch.node(Resource::Scenario, scenario).cloned();
        let node = node.ok_or_else(|| refusal::gone("scenario"))?;
        let key = back.key.as_deref();
        if key.is_some_and(|key| once::knows(node.row.data(), key)) {
            return self.told_of_rewind(scenario, &[]);
        }
        let change = self.change_of_rewind(&node, back)?;
        let rows = self.store_rewind(&change, back).await;
        let rows = rows.map_err(|error| refusal::not_stored("the rewind", &error))?;
        // A model that is at work on what is gone works for nothing.
        self.progress.entry(scenario).or_default().abandon();
        for (resource, pk) in &change.goes {
            self.remove(*resource, *pk).await;
        }
        for row in rows {
            self.absorb(row).await;
        }
        // Where nobody plays against time, or the phase takes no decisions, none runs on from before.
        if let Some(period) = self
            .branch
            .node(Resource::Period, change.period.pk)
            .cloned()
        {
            self.note_time(scenario, &period.row);
        }
        // What the game began with went with its first period.
        let _ = self.begin(scenario).await;
        self.ask_bots_of(scenario);
        tracing::info!(
            scenario,
            order = back.order,
            rows = change.goes.len(),
            "a scenario was taken back"
        );
        self.told_of_rewind(scenario, &change.goes)
    }

    fn change_of_rewind(&self, scenario: &Node, back: &Back) -> Result<Change, Rejected> {
        let mut periods: Vec<&Arc<Node>> = scenario
            .children
            .iter()
            .filter(|child| child.row.resource == Resource::Period)
            .collect();
        periods.sort_by_key(|period| (period.row.order(), period.row.pk));
        let at = periods.iter().position(|p| p.row.order() == back.order);
        let Some(at) = at else {
            return Err(no_such_period(&periods, back.order));
        };
        let (kept, later) = (periods[at], &periods[at + 1..]);
        let mut goes = Vec::new();
        for period in later.iter().rev() {
            goes.extend(moves(period));
            goes.push((Resource::Period, period.row.pk));
        }
        goes.extend(moves(kept));
        let time = self.first_time(scenario.row.pk).unwrap_or(Time::Unlimited);
        let reopened = time.into_data(kept.row.data());
        let is_same = reopened == *kept.row.data();
        let gone: Vec<u64> = later.iter().map(|period| period.row.pk).collect();
        let mark = Rewound::of(&scenario.row).unwrap_or_default();
        let mark = mark.again(back.order, self.hosted.now(), &gone);
        Ok(Change {
            goes,
            period: kept.row.clone(),
            reopened: (!is_same).then_some(reopened),
            scenario: scenario.row.clone(),
            marked: marked(&scenario.row, &mark, back.key.as_deref()),
        })
    }

    /// Stores it and returns the rows that have changed.
    async fn store_rewind(&self, change: &Change, back: &Back) -> Result<Vec<Row>, Error> {
        let Change {
            period,
            reopened,
            scenario,
            marked,
            ..
        } = change;
        let updated = |row: &Row, data: &Value| Operation::Update {
            resource: row.resource,
            pk: Target::Pk(row.pk),
            row: Map::from_iter([("data".to_owned(), data.clone())]),
            if_updated: None,
        };
        let changed: Vec<(&Row, &Value)> = std::iter::once((&**scenario, marked))
            .chain(reopened.as_ref().map(|data| (&**period, data)))
            .collect();
        let groups = self.hosted.groups.as_ref();
        let stored = match groups.filter(|groups| groups.keep_history()) {
            Some(groups) => {
                let rewind = Operation::Rewind {
                    scenario: Target::Pk(scenario.pk),
                    order: back.order,
                    user: back.by,
                };
                let changes = changed.iter().map(|(row, data)| updated(row, data));
                let written = std::iter::once(rewind).chain(changes).collect();
                groups.write(written).await?.split_off(1)
            }
            // The original deletes, and keeps nothing.
            None => {
                let client = &self.hosted.client;
                client.rewind(scenario.pk, back.order).await?;
                let mut stored = Vec::new();
                for (row, data) in &changed {
                    stored.push(self.hosted.change(row, "data", (*data).clone()).await?);
                }
                stored
            }
        };
        let rows = changed.iter().zip(stored);
        Ok(rows
            .filter_map(|((row, _), json)| Row::new(row.resource, json))
            .collect())
    }

    fn told_of_rewind(&self, scenario: u64, gone: &[(Resource, u64)]) -> Result<Value, Rejected> {
        let node = self.branch.node(Resource::Scenario, scenario);
        let node = node.ok_or_else(|| refusal::gone("scenario"))?;
        let mark = Rewound::of(&node.row).unwrap_or_default();
        let last = crate::turns::last_period(node).ok_or_else(|| refusal::gone("period"))?;
        let so_many = |resource: Resource| gone.iter().filter(|(of, _)| *of == resource).count();
        let world = match self.owner {
            Owner::World(world) => Some(world),
            Owner::Run | Owner::RunUser(_) => None,
        };
        let groups = self.hosted.groups.as_ref();
        Ok(json!({
            "world": world,
            "scenario": scenario,
            "period": last.row.pk,
            "order": last.row.order(),
            "rewind": mark.times,
            "periods": so_many(Resource::Period),
            "decisions": so_many(Resource::Decision),
            "results": so_many(Resource::Result),
            "history": groups.is_some_and(Groups::keep_history),
        }))
    }
}

/// The decisions and results of a period.
fn moves(period: &Node) -> impl Iterator<Item = (Resource, u64)> {
    let below = period.children.iter().rev();
    below.map(|child| (child.row.resource, child.row.pk))
}

/// The data of a scenario that was taken back: a step or a bot that has failed, and the end of the game, are forgotten with their period.
fn marked(scenario: &Row, mark: &Rewound, key: Option<&str>) -> Value {
    let mut data = with_turn(scenario.data(), |turn| {
        turn.retain(|name, _| !OF_A_PERIOD.contains(&name.as_str()));
        turn.insert("rewound".to_owned(), mark.json());
    });
    if let Some(key) = key {
        once::note(&mut data, key);
    }
    data
}

fn no_such_period(periods: &[&Arc<Node>], order: i64) -> Rejected {
    let orders: Vec<i64> = periods.iter().map(|period| period.row.order()).collect();
    let there = match (orders.first(), orders.last()) {
        (Some(first), Some(last)) => format!("a period from {first} to {last}"),
        _ => "a scenario with periods".to_owned(),
    };
    let message = format!("nothing is taken back: {there} is expected, got {order}");
    Rejected::invalid_argument(message, there, order)
}
