//! The same deadline in every world of a school.

mod common;

use common::timed::{TimedClass, timed};
use common::until;
use games_contract::Resource;
use serde_json::json;
use simpl::prelude::*;

const WORLDS: u64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn many_worlds_that_are_out_of_time_at_one_moment_all_go_on_once() {
    let mut timed = TimedClass::seeded(timed(Overdue::Default)).await;
    let class = &timed.class;
    let run = &class.rows(Resource::Run, &[]).await[0]["id"];
    let roles = class.rows(Resource::Role, &[]).await;
    let roles: Vec<u64> = roles
        .iter()
        .map(|row| row["id"].as_u64().unwrap())
        .collect();
    for number in 0..WORLDS {
        let name = format!("many {number}");
        let world = class
            .create(Resource::World, json!({"run": run, "name": name}))
            .await;
        for role in &roles {
            let email = format!("{number}.{role}@many.edu");
            let user = class.create(Resource::User, json!({"email": email})).await;
            let seat = json!({"run": run, "user": user, "world": world, "role": role});
            class.create(Resource::RunUser, seat).await;
        }
        let scenario = json!({"world": world, "name": name});
        let scenario = class.create(Resource::Scenario, scenario).await;
        let period = class
            .create(Resource::Period, json!({"scenario": scenario, "order": 1}))
            .await;
        let decision =
            json!({"period": period, "role": roles[0], "name": "decision", "data": {"number": 1}});
        class.create(Resource::Decision, decision).await;
    }
    timed.open().await;
    assert_eq!(timed.class.hosted().timetable.len() as u64, WORLDS + 2);
    timed.pass(30);
    until("every world has its result", || async {
        timed.class.results().await.len() as u64 >= WORLDS
    })
    .await;
    timed.class.caught_up().await;
    let results = timed.class.results().await;
    assert_eq!(results.len() as u64, WORLDS);
    assert!(results.iter().all(|data| *data == json!({"number": 201.0})));
    let decisions = timed.class.rows(Resource::Decision, &[]).await;
    assert_eq!(decisions.len() as u64, 2 * WORLDS);
    // The next periods run; the two tables of the class, where nobody is, wait.
    assert_eq!(timed.class.hosted().timetable.len() as u64, WORLDS);
    timed.class.stop().await;
}
