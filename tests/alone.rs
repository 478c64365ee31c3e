//! Games for a single player: everybody has a scenario of their own, which the service opens.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::fault::Fault;
use common::{Class, Seat, named_div, refusal, until};
use games_contract::Resource;
use serde_json::{Value, json};

/// The only scenario of whoever asks, once it is there.
async fn own(seat: &Seat) -> Value {
    let procedure = format!("runuser.{}.get_scenarios", seat.runuser());
    until("the own scenario is open", || async {
        let scenarios = seat.call(&procedure, &[]).await.unwrap();
        scenarios[0]["children"]
            .as_array()
            .is_some_and(|periods| !periods.is_empty())
    })
    .await;
    let mut scenarios = seat.call(&procedure, &[]).await.unwrap();
    assert_eq!(scenarios.as_array().unwrap().len(), 1);
    scenarios[0].take()
}

/// The pk of the period that is played.
fn period(scenario: &Value) -> u64 {
    let periods = scenario["children"].as_array().unwrap();
    periods.last().unwrap()["pk"].as_u64().unwrap()
}

/// What the last result of a scenario says.
fn result(scenario: &Value) -> Value {
    let periods = scenario["children"].as_array().unwrap().iter().rev();
    let rows = periods.flat_map(|period| period["children"].as_array().unwrap());
    let mut results = rows.filter(|row| row["resource_name"] == "result");
    results
        .find(|row| row["data"]["name"] == "result")
        .map(|row| row["data"]["data"].clone())
        .unwrap_or_default()
}

/// Plays once, and waits for what comes of it.
async fn play(seat: &Seat, decision: Value) -> Value {
    let before = own(seat).await;
    let periods = before["children"].as_array().unwrap().len();
    assert_eq!(seat.submit(period(&before), decision).await.unwrap(), "ok");
    until("it is stepped", || async {
        let now = own(seat).await;
        let is_over = now["data"]["data"]["_turn"]["over"] == true;
        is_over || now["children"].as_array().unwrap().len() > periods
    })
    .await;
    own(seat).await
}

#[tokio::test(flavor = "multi_thread")]
async fn each_adds_to_a_total_of_their_own_and_who_comes_later_begins_at_nothing() {
    let mut class = Class::of(calc::game(), named_div("calc")).await;
    let s1 = class.log_in("s1@calc.edu", "s1").await.unwrap();
    let s2 = class.log_in("s2@calc.edu", "s2").await.unwrap();
    for (number, total) in [(5.0, 5.0), (2.5, 7.5), (-10.0, -2.5)] {
        let now = play(&s1, json!(number)).await;
        assert_eq!(result(&now), json!({ "total": total }));
    }
    assert_eq!(result(&own(&s2).await), Value::Null);
    let theirs = format!("runuser.{}.get_scenarios", s1.runuser());
    let (uri, _) = refusal(s2.call(&theirs, &[]).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    let (uri, _) = refusal(s2.submit(period(&own(&s1).await), json!(1)).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");

    // Somebody new, to whom nobody has given a role.
    let account =
        json!({"email": "late@calc.edu", "password": "late", "first_name": "", "last_name": ""});
    let user = class.create(Resource::User, account).await;
    let run = class.run().pk;
    class
        .create(Resource::RunUser, json!({"run": run, "user": user}))
        .await;
    class.caught_up().await;
    let late = class.log_in("late@calc.edu", "late").await.unwrap();
    let now = play(&late, json!(1)).await;
    assert_eq!(result(&now), json!({"total": 1.0}));

    // Another start opens nothing twice.
    class.close().await;
    class.open(calc::game()).await;
    let s1 = class.log_in("s1@calc.edu", "s1").await.unwrap();
    assert_eq!(result(&own(&s1).await), json!({"total": -2.5}));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_open_when_a_run_is_started_and_by_single_writes_too() {
    let game = calc::game();
    let mut class = Class::seeded(&game, named_div("calc")).await;
    class.line.breaks("GET", "", Fault::Plain);
    let phases = class.rows(Resource::Phase, &[]).await;
    let phase = |name: &str| {
        let named = phases.iter().find(|row| row["name"] == name);
        named.unwrap()["id"].clone()
    };
    let run = class.rows(Resource::Run, &[]).await.remove(0)["id"]
        .as_u64()
        .unwrap();
    class
        .change(Resource::Run, run, json!({"phase": phase("Debrief")}))
        .await;
    class.open(game).await;
    let s1 = class.log_in("s1@calc.edu", "s1").await.unwrap();
    let leader = class.log_in("leader@calc.edu", "leader").await.unwrap();
    let scenarios = format!("runuser.{}.get_scenarios", s1.runuser());
    assert_eq!(s1.call(&scenarios, &[]).await.unwrap(), json!([]));
    leader
        .call(&format!("run.{run}.rollback_phase"), &[])
        .await
        .unwrap();
    let now = play(&s1, json!(3)).await;
    assert_eq!(result(&now), json!({"total": 3.0}));
    assert_eq!(class.rows(Resource::Scenario, &[]).await.len(), 2);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_that_was_made_and_no_more_gets_its_first_period() {
    let game = calc::game();
    let mut class = Class::seeded(&game, named_div("calc")).await;
    let mut players = class.rows(Resource::RunUser, &[]).await;
    players.retain(|player| player["leader"] == false);
    for player in &players {
        let row = json!({"runuser": player["id"], "name": "begun elsewhere"});
        class.create(Resource::Scenario, row).await;
    }
    class.open(game).await;
    let s1 = class.log_in("s1@calc.edu", "s1").await.unwrap();
    let now = play(&s1, json!(3)).await;
    assert_eq!(result(&now), json!({"total": 3.0}));
    let scenarios = class.rows(Resource::Scenario, &[]).await;
    assert_eq!(scenarios.len(), players.len());
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hand_of_blackjack_is_played_card_by_card_and_nobody_reads_what_lies_face_down() {
    let class = Class::of(blackjack::game(), named_div("blackjack")).await;
    let s1 = class.log_in("s1@blackjack.edu", "s1").await.unwrap();
    let leader = class
        .log_in("leader@blackjack.edu", "leader")
        .await
        .unwrap();
    let scenario = own(&s1).await;
    let start = scenario["children"][0]["children"][0]["data"].clone();
    assert_eq!(
        (&start["name"], &start["data"]["hand"]),
        (&json!("start"), &json!(1))
    );
    assert_eq!(start["data"]["cards"].as_array().unwrap().len(), 2);
    let mut finished = 0;
    let mut now = scenario;
    while now["data"]["data"]["_turn"]["over"] != true {
        let before = match result(&now) {
            Value::Null => start["data"].clone(),
            before => before,
        };
        let chosen = match before["count"].as_u64().unwrap() {
            ..17 => "hit",
            _ => "stand",
        };
        now = play(&s1, json!(chosen)).await;
        finished += usize::from(!result(&now)["last_hand"].is_null());
        for seen in [
            now.to_string(),
            leader
                .call(
                    &format!("run.{}.get_run_data", class.run().pk),
                    &[json!(true)],
                )
                .await
                .unwrap()
                .to_string(),
        ] {
            assert!(!seen.contains("deck"), "{seen}");
        }
    }
    assert_eq!(finished, 10);
    let (_, sentence) = refusal(s1.submit(period(&now), json!("hit")).await);
    assert!(sentence.contains("the game is over"), "{sentence}");
    class.stop().await;
}
