//! Procedures that show much at once show each caller what that caller may see, and errors are told to whom they happened.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Class, PATIENCE, ROOT, Seat};
use games_contract::Resource;
use serde_json::{Map, Value, json};
use wamp_transport::{ConnectOptions, Inbound, MatchPolicy, Payload, connect};

/// How many scopes of each resource the caller is shown.
fn counts(listed: &Value) -> Value {
    let counted = listed.as_object().unwrap().iter();
    let counted = counted.map(|(resource, rows)| {
        let rows = rows.as_object().unwrap().len();
        (resource.clone(), json!(rows))
    });
    Value::Object(counted.collect::<Map<_, _>>())
}

fn emails(runusers: &Value) -> Vec<&str> {
    let found = runusers.as_array().unwrap().iter();
    found
        .map(|one| one["data"]["email"].as_str().unwrap())
        .collect()
}

fn names<'a>(children: &'a Value, resource: &str) -> Vec<&'a Value> {
    let found = children.as_array().unwrap().iter();
    found
        .filter(|child| child["resource_name"] == resource)
        .map(|child| &child["data"]["name"])
        .collect()
}

async fn stranger(class: &Class) -> wamp_transport::Session {
    let user = json!({"email": "x@div.edu", "password": "x", "first_name": "X", "last_name": "Y"});
    class.create(Resource::User, user).await;
    let options = ConnectOptions::ticket("x@div.edu", "x");
    connect(&class.url(), options).await.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_scopes_and_the_tree_of_the_game_hold_what_the_caller_may_see() {
    let class = Class::start().await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let of_s1 = s1.call("game.list_scopes", &[]).await.unwrap();
    assert_eq!(
        counts(&of_s1),
        json!({"phase": 2, "role": 2, "run": 1, "world": 1, "runuser": 3, "scenario": 2, "period": 2, "decision": 0, "result": 0})
    );
    let of_leader = leader.call("game.list_scopes", &[]).await.unwrap();
    assert_eq!(
        counts(&of_leader),
        json!({"phase": 2, "role": 2, "run": 1, "world": 2, "runuser": 5, "scenario": 6, "period": 6, "decision": 0, "result": 0})
    );

    for (seat, worlds) in [(&s1, 1), (&leader, 2)] {
        let tree = seat.call("game.get_scope_tree", &[]).await.unwrap();
        assert_eq!(tree["resource_name"], "game");
        assert_eq!(names(&tree["children"], "phase"), ["Play", "Debrief"]);
        assert_eq!(names(&tree["children"], "role"), ["Dividend", "Divisor"]);
        let run = tree["children"].as_array().unwrap().iter();
        let run = run
            .filter(|child| child["resource_name"] == "run")
            .collect::<Vec<_>>();
        assert_eq!(run.len(), 1);
        assert_eq!(names(&run[0]["children"], "world").len(), worlds);
    }
    let bare = s1
        .call("game.get_scope_tree", &[json!(["run", "role"])])
        .await
        .unwrap();
    assert_eq!(bare["children"].as_array().unwrap().len(), 2);

    let nobody = stranger(&class).await;
    let procedure = format!("{ROOT}.model.game.list_scopes");
    let listed = nobody.call(&procedure, Payload::empty());
    let listed = counts(&listed.await.unwrap().args().unwrap()[0]);
    assert_eq!(
        (&listed["phase"], &listed["run"], &listed["runuser"]),
        (&json!(2), &json!(0), &json!(0))
    );
    let current = format!("{ROOT}.model.game.get_current_run_and_phase");
    let current = nobody
        .call(&current, Payload::empty())
        .await
        .unwrap()
        .args()
        .unwrap();
    assert_eq!(current, [json!({"run": null, "phase": null})]);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_of_a_run_are_the_leaders_in_full_and_a_players_in_part() {
    let class = Class::start().await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let procedure = format!("run.{}.get_run_data", class.run().pk);

    let all = leader.call(&procedure, &[json!(true)]).await.unwrap();
    assert_eq!(names(&all["children"], "world").len(), 2);
    assert_eq!(emails(&all["runusers"]).len(), 5);
    assert_eq!(all["player_scenarios"].as_array().unwrap().len(), 4);
    let without = leader.call(&procedure, &[Value::Null]).await.unwrap();
    assert_eq!(without["player_scenarios"], json!([]));

    let own = s1.call(&procedure, &[json!(true)]).await.unwrap();
    assert_eq!(names(&own["children"], "world").len(), 1);
    let mut seen = emails(&own["runusers"]);
    seen.sort_unstable();
    assert_eq!(seen, ["leader@div.edu", "s1@div.edu", "s2@div.edu"]);
    let scenarios = own["player_scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), 1);
    assert_eq!(scenarios[0]["data"]["runuser"], json!(s1.runuser()));
    class.stop().await;
}

/// The sentence of the next event on a topic of errors.
async fn next_error(seat: &mut Seat) -> Value {
    match tokio::time::timeout(PATIENCE, seat.inbox.recv())
        .await
        .unwrap()
    {
        Some(Inbound::Event { payload, .. }) => payload.args().unwrap().remove(0),
        other => panic!("an event was expected, got {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_reaches_only_whom_it_happened_to_however_others_subscribe() {
    let class = Class::start().await;
    let (mut s1, mut s2) = (class.join("s1").await, class.join("s2").await);
    let user = s1.seat["data"]["user"].clone();
    for seat in [&s1, &s2] {
        for (topic, policy) in [
            (format!("{ROOT}.error"), MatchPolicy::Prefix),
            (format!("{ROOT}.error.{user}"), MatchPolicy::Exact),
        ] {
            seat.session.subscribe(&topic, policy).await.unwrap();
        }
    }
    let period = s1.periods(s1.world()).await[0];
    s1.submit(period, json!("abc")).await.unwrap_err();
    s2.submit(period, json!("xyz")).await.unwrap_err();
    // Once by each subscription that fits.
    for _ in 0..2 {
        assert!(next_error(&mut s1).await.as_str().unwrap().contains("abc"));
    }
    // Events come in order: had the other's error been told here, it would have come first.
    assert!(next_error(&mut s2).await.as_str().unwrap().contains("xyz"));
    class.stop().await;
}
