//! A what-if copy of a world: the same scenarios up to a period, for leaders to play on.
//!
//! A copy is a world of the same run without players of its own. Its seats are those of the world that it was made of, as they were then
//! (`data._turn.branch_of`), and a leader decides in them. It has the luck of the original, so that only what is decided makes a difference.

use std::sync::Arc;

use games_client::{Error, Map};
use games_contract::{BATCH_OPERATIONS, Operation, Resource};
use serde_json::{Value, json};
use simpl::Rejected;
use tokio::sync::oneshot;

use super::OF_A_PERIOD;
use crate::deadlines::Time;
use crate::game::{BranchActor, RunActor, RunState};
use crate::refusal;
use crate::scopes::service_state::{PRIVATE, public, set, with_turn, with_turn_member};
use crate::scopes::{Branch, Node, Owner, Row, RunView};
use crate::turns::{once, played_as};

/// What a leader wants copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    /// The world's pk.
    pub world: u64,
    /// What the copy is called.
    pub name: String,
    /// The order of the period that is open in the copy; none for the world as it is now.
    pub order: Option<i64>,
    /// What the caller calls it, so that it is made once however often it is sent.
    pub key: Option<String>,
}

/// A seat of a copy: a run user of the world that it was made of, and the pk of the role.
pub(crate) type CopiedSeat = (u64, u64);

impl RunState {
    /// Makes a copy of a world, as one atomic group, and tells where it is.
    ///
    /// # Errors
    /// There is no such period, the name is taken, the world is too large, or it could not be stored.
    pub async fn branch_world(&mut self, run: &RunActor, wish: &WhatIf) -> Result<Value, Rejected> {
        let groups = self.hosted.groups.clone().ok_or_else(|| {
            Rejected::because(
                "this games API takes no batches, without which no world is copied as a whole",
            )
            .with("not_offered", "a games API with batches", Value::Null)
        })?;
        if let Some(made) = made_before(run, wish) {
            return Ok(told(&made.view.load()));
        }
        let source = self.world_between_jobs(run, wish.world).await?;
        let now = self.hosted.now();
        let (resources, operations) = operations(&source, &self.run, wish, &now)?;
        let stored = groups.write(operations).await;
        let stored = stored.map_err(|error| match error {
            Error::AlreadyExists { .. } => {
                let message = format!(
                    "a world of this run is called {:?} already: choose another name",
                    wish.name
                );
                Rejected::invalid_argument(message, "a name that is free", wish.name.clone())
            }
            error => refusal::not_stored("the copy", &error),
        })?;
        let rows = resources.into_iter().zip(stored);
        let mut rows = rows.filter_map(|(resource, json)| Row::new(resource, json));
        let world = rows.next().ok_or_else(|| refusal::gone("world"))?;
        let owner = Owner::World(world.pk);
        let below: Vec<Row> = rows.collect();
        run.enter(&self.hosted, owner, Branch::new(world.clone()));
        let copy = run.branch(owner).ok_or_else(|| refusal::gone("world"))?;
        self.add_world(world.pk, Some(world)).await;
        copy.mailbox
            .post(move |state| {
                Box::pin(async move {
                    for row in below {
                        state.absorb(row).await;
                    }
                    state.recover().await;
                })
            })
            .await;
        copy.mailbox.settled().await;
        Ok(told(&copy.view.load()))
    }

    /// A world as it is when none of its jobs is at work.
    async fn world_between_jobs(&self, run: &RunActor, world: u64) -> Result<Branch, Rejected> {
        let gone = || refusal::gone("world");
        let branch = run.branch(Owner::World(world)).ok_or_else(gone)?;
        let (tell, told) = oneshot::channel();
        branch
            .mailbox
            .post(move |state| {
                Box::pin(async move {
                    let _ = tell.send(state.branch.clone());
                })
            })
            .await;
        told.await.map_err(|_| gone())
    }
}

/// The seats of a world that is a copy; `None` of one that is not.
#[must_use]
pub(crate) fn copied_seats(world: &Row) -> Option<Vec<CopiedSeat>> {
    let seats = world.data().get("_turn")?.get("branch_of")?.get("seats");
    let seats = seats.and_then(Value::as_array).into_iter().flatten();
    let seat = |seat: &Value| Some((seat.get("runuser")?.as_u64()?, seat.get("role")?.as_u64()?));
    Some(seats.filter_map(seat).collect())
}

/// The copy that was made under the same key.
fn made_before(run: &RunActor, wish: &WhatIf) -> Option<Arc<BranchActor>> {
    let key = wish.key.as_deref()?;
    let mut branches = run.branches().into_iter();
    branches.find(|branch| {
        let root = &branch.view.load().root;
        root.row.resource == Resource::World && once::knows(root.row.data(), key)
    })
}

fn told(copy: &Branch) -> Value {
    let scenarios: Vec<u64> = copy
        .root
        .children
        .iter()
        .map(|child| child.row.pk)
        .collect();
    json!({"world": copy.root.row.pk, "name": copy.root.row.text("name"), "scenarios": scenarios})
}

/// What is to be written, and of what kind each row is: parents before children, decisions before the result that rests on them.
fn operations(
    source: &Branch,
    run: &RunView,
    wish: &WhatIf,
    now: &str,
) -> Result<(Vec<Resource>, Vec<Operation>), Rejected> {
    let mut rows = vec![world(source, run, wish, now)];
    let scenarios = source.root.children.iter();
    let scenarios = scenarios.filter(|child| child.row.resource == Resource::Scenario);
    let mut found = wish.order.is_none();
    for scenario in scenarios {
        let mut periods: Vec<&Arc<Node>> = scenario
            .children
            .iter()
            .filter(|child| child.row.resource == Resource::Period)
            .collect();
        periods.sort_by_key(|period| (period.row.order(), period.row.pk));
        found |= periods.iter().any(|p| Some(p.row.order()) == wish.order);
        periods.retain(|p| wish.order.is_none_or(|order| p.row.order() <= order));
        let of_scenario = rows.len();
        rows.push(copied(
            &scenario.row,
            "world",
            0,
            scenario_data(&scenario.row),
        ));
        for period in periods {
            let of_period = rows.len();
            let data = Time::Unlimited.into_data(period.row.data());
            rows.push(copied(&period.row, "scenario", of_scenario, data));
            if Some(period.row.order()) == wish.order {
                continue;
            }
            for resource in [Resource::Decision, Resource::Result] {
                rows.extend(
                    period
                        .rows(resource)
                        .map(|row| copied(row, "period", of_period, row.data().clone())),
                );
            }
        }
    }
    if !found {
        let order = wish.order.unwrap_or_default();
        let message = format!("nothing is copied: this world has no period {order}");
        return Err(Rejected::invalid_argument(
            message,
            "a period of this world",
            order,
        ));
    }
    if rows.len() > BATCH_OPERATIONS {
        let message = format!(
            "a world of {BATCH_OPERATIONS} rows at most can be copied: copy it up to an earlier period"
        );
        return Err(Rejected::invalid_argument(
            message,
            BATCH_OPERATIONS,
            rows.len(),
        ));
    }
    Ok(rows
        .into_iter()
        .map(|(resource, row)| (resource, Operation::Create { resource, row }))
        .unzip())
}

fn world(source: &Branch, run: &RunView, wish: &WhatIf, now: &str) -> (Resource, Map) {
    let original = &source.root.row;
    let players = run.players_of(original.pk);
    let seats = copied_seats(original).unwrap_or_else(|| {
        players
            .filter_map(|player| Some((player.pk, player.reference("role")?)))
            .collect()
    });
    let seats: Vec<Value> = seats
        .into_iter()
        .map(|(runuser, role)| json!({"runuser": runuser, "role": role}))
        .collect();
    let branch_of = json!({"world": original.pk, "order": wish.order, "at": now, "seats": seats});
    let kept = public(original.data());
    let mut data = with_turn_member(&kept, "branch_of", Some(branch_of));
    if let Some(key) = &wish.key {
        once::note(&mut data, key);
    }
    let row = json!({"run": run.run.pk, "name": wish.name, "data": data});
    (
        Resource::World,
        row.as_object().cloned().unwrap_or_default(),
    )
}

/// A row as it is copied, below the one that this operation writes.
fn copied(row: &Row, parent: &str, operation: usize, data: Value) -> (Resource, Map) {
    let mut copy = Map::from_iter([
        (parent.to_owned(), json!({ "ref": operation })),
        ("data".to_owned(), data),
    ]);
    match row.resource {
        Resource::Period => copy.insert("order".to_owned(), row.order().into()),
        _ => copy.insert("name".to_owned(), row.text("name").into()),
    };
    if matches!(row.resource, Resource::Decision | Resource::Result) {
        copy.insert("role".to_owned(), row.reference("role").into());
    }
    (row.resource, copy)
}

/// A copy has the luck of the scenario that it was first made of, and neither its failures nor its rewinds.
fn scenario_data(scenario: &Row) -> Value {
    let mut data = with_turn(scenario.data(), |turn| {
        turn.retain(|name, _| name != "rewound" && !OF_A_PERIOD.contains(&name.as_str()));
    });
    let origin = played_as(scenario).into();
    set(&mut data, PRIVATE, "played_as", Some(origin));
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scopes::row;

    fn wish(order: Option<i64>) -> WhatIf {
        WhatIf {
            world: 10,
            name: "What if".to_owned(),
            order,
            key: None,
        }
    }

    fn class() -> (Branch, RunView) {
        let mut run = RunView::new(row(Resource::Run, json!({"id": 5})));
        run.apply(row(
            Resource::RunUser,
            json!({"id": 2, "user": 7, "world": 10, "role": 3, "active": true}),
        ));
        let world =
            json!({"id": 10, "name": "World 1", "data": {"market": 3, "_private": {"join": "x"}}});
        let mut branch = Branch::new(row(Resource::World, world));
        let scenario = json!({"id": 7, "world": 10, "name": "S", "created": "2026-11-21T08:00:01Z",
            "data": {"_turn": {"failed": {"period": 18}, "rewound": {"times": 1}}}});
        branch.apply(row(Resource::Scenario, scenario));
        for (pk, order) in [(17, 1), (18, 2)] {
            let period = json!({"id": pk, "scenario": 7, "order": order, "data": {"_turn": {"deadline": "x"}, "season": 1}});
            branch.apply(row(Resource::Period, period));
            let result =
                json!({"id": pk, "period": pk, "role": null, "name": "result", "data": {"q": 1}});
            branch.apply(row(Resource::Result, result));
            let decision =
                json!({"id": pk, "period": pk, "role": 3, "name": "decision", "data": {"n": 1}});
            branch.apply(row(Resource::Decision, decision));
        }
        (branch, run)
    }

    #[test]
    fn a_copy_has_everything_before_a_period_and_that_one_open() {
        let (branch, run) = class();
        let (resources, written) = operations(&branch, &run, &wish(Some(2)), "now").unwrap();
        use Resource::{Decision, Period, Scenario, World};
        let expected = [World, Scenario, Period, Decision, Resource::Result, Period];
        assert_eq!(resources, expected);
        let row = |at: usize| match &written[at] {
            Operation::Create { row, .. } => Value::from(row.clone()),
            other => panic!("{other:?}"),
        };
        let branch_of =
            json!({"world": 10, "order": 2, "at": "now", "seats": [{"runuser": 2, "role": 3}]});
        let data = json!({"market": 3, "_turn": {"branch_of": branch_of}});
        assert_eq!(row(0), json!({"run": 5, "name": "What if", "data": data}));
        let data = json!({"_private": {"played_as": 7}});
        assert_eq!(
            row(1),
            json!({"world": {"ref": 0}, "data": data, "name": "S"})
        );
        let data = json!({"season": 1});
        assert_eq!(
            row(5),
            json!({"scenario": {"ref": 1}, "data": data, "order": 2})
        );
        assert_eq!(row(3)["period"], json!({"ref": 2}));
        let (whole, _) = operations(&branch, &run, &wish(None), "now").unwrap();
        assert_eq!(whole.len(), 8);
        let refused = operations(&branch, &run, &wish(Some(3)), "now").unwrap_err();
        assert!(refused.message().contains("no period 3"), "{refused}");
    }

    #[test]
    fn a_copy_of_a_copy_has_the_seats_and_the_luck_of_the_first() {
        let (_, run) = class();
        let seats = json!([{"runuser": 2, "role": 3}]);
        let data = json!({"_turn": {"branch_of": {"world": 10, "seats": seats}}});
        let world = row(Resource::World, json!({"id": 11, "data": data}));
        assert_eq!(copied_seats(&world), Some(vec![(2, 3)]));
        let mut branch = Branch::new(world);
        let data = json!({"_private": {"played_as": 7}});
        branch.apply(row(
            Resource::Scenario,
            json!({"id": 8, "world": 11, "name": "S", "data": data}),
        ));
        let (_, written) = operations(&branch, &run, &wish(None), "now").unwrap();
        let written = json!(written);
        assert_eq!(
            written[0]["row"]["data"]["_turn"]["branch_of"]["seats"],
            seats
        );
        assert_eq!(written[1]["row"]["data"]["_private"]["played_as"], 7);
        let world = row(Resource::World, json!({"id": 10, "data": {}}));
        assert_eq!(copied_seats(&world), None);
    }
}
