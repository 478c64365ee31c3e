//! What leaders do with the time of their worlds.

mod common;

use common::timed::{TimedClass, timed};
use common::{ROOT, Seat, refusal, until};
use games_contract::Resource;
use serde_json::{Value, json};
use simpl::prelude::*;
use wamp_transport::Payload;

const AT_30: &str = "2026-11-21T12:00:30.000Z";

/// Calls with keywords.
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
async fn with(leader: &Seat, procedure: &str, args: &[Value], kwargs: Value) -> Vec<Value> {
    let uri = format!("{ROOT}.model.{procedure}");
    let payload = Payload::json(&args, &kwargs).unwrap();
    let reply = leader.session.call(&uri, payload).await.unwrap();
    let told = reply.args().unwrap().remove(0);
    told.as_array().unwrap().clone()
}

fn number(number: u32) -> Value {
    json!({"number": f64::from(number)})
}

#[tokio::test(flavor = "multi_thread")]
async fn more_time_for_one_world_is_no_more_time_for_another() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let class = &timed.class;
    let (mut s1, mut s3, leader) = (
        class.join("s1").await,
        class.join("s3").await,
        class.join("leader").await,
    );
    let (near, far) = (s1.world(), s3.world());
    s1.watch(near).await;
    s3.watch(far).await;
    for seat in [&s1, &s3] {
        let period = seat.periods(seat.world()).await[0];
        seat.submit(period, json!(5)).await.unwrap();
    }
    let extend = format!("world.{near}.extend");
    for _ in 0..2 {
        // Under its key it counts once.
        let told = with(&leader, &extend, &[json!(60)], json!({"_key": "a"})).await;
        assert_eq!(told[0]["deadline"], "2026-11-21T12:01:30.000Z");
        assert_eq!(
            (&told[0]["world"], &told[0]["order"]),
            (&json!(near), &json!(1))
        );
        assert_eq!(told[0]["now"], "2026-11-21T12:00:00.000Z");
    }
    assert_eq!(
        s1.hears_of_time().await["deadline"],
        "2026-11-21T12:01:30.000Z"
    );
    timed.pass(30);
    assert_eq!(s3.hears_of("result").await["data"], number(205));
    assert_eq!(class.results().await.len(), 1);
    timed.pass(60);
    assert_eq!(s1.hears_of("result").await["data"], number(205));
    let (_, no) = refusal(leader.call(&extend, &[json!("soon")]).await);
    assert!(no.contains("a number above 0"), "{no}");
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_paused_stands_still_until_it_is_resumed_and_plays_on_meanwhile() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let class = &timed.class;
    let (mut s1, s2, leader) = (
        class.join("s1").await,
        class.join("s2").await,
        class.join("leader").await,
    );
    let (run, world) = (class.run().pk, s1.world());
    s1.watch(world).await;
    let period = s1.periods(world).await[0];
    timed.pass(20);
    for _ in 0..2 {
        let told = leader.call(&format!("run.{run}.pause"), &[]).await.unwrap();
        let told = told.as_array().unwrap();
        assert_eq!(told.len(), 2);
        let stands = |told: &Value| (told["paused"].clone(), told["left"].clone());
        assert!(
            told.iter()
                .all(|told| stands(told) == (json!("leader"), json!(10.0))),
            "{told:?}"
        );
    }
    timed.pass(3600);
    s1.submit(period, json!(5)).await.unwrap();
    s2.submit(period, json!(6)).await.unwrap();
    assert_eq!(s1.hears_of("result").await["data"], number(11));
    let paused = s1.hears_of_time().await;
    assert_eq!(
        paused,
        json!({"paused": "leader", "left": 30.0}),
        "what is next stands, too"
    );
    let resumed = with(
        &leader,
        &format!("run.{run}.resume"),
        &[],
        json!({"worlds": [world]}),
    )
    .await;
    assert_eq!(resumed.len(), 1);
    assert_eq!(
        s1.hears_of_time().await["deadline"],
        "2026-11-21T13:00:50.000Z"
    );
    let second = s1.periods(world).await[1];
    s1.submit(second, json!(1)).await.unwrap();
    timed.pass(30);
    assert_eq!(s1.hears_of("result").await["data"], number(201));
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_is_ended_now_in_some_worlds_once_however_often_it_is_asked_for() {
    let timed = TimedClass::start(timed(Overdue::Wait)).await;
    let class = &timed.class;
    let (mut s1, s3, leader) = (
        class.join("s1").await,
        class.join("s3").await,
        class.join("leader").await,
    );
    let (run, world) = (class.run().pk, s1.world());
    s1.watch(world).await;
    let period = s1.periods(world).await[0];
    s1.submit(period, json!(5)).await.unwrap();
    let force = format!("run.{run}.force");
    let which = json!({"worlds": [world], "_key": "double click"});
    let told = with(&leader, &force, &[], which.clone()).await;
    assert_eq!(told[0]["over"], "leader");
    assert_eq!(s1.hears_of_time().await["over"], "leader");
    assert_eq!(s1.hears_of("result").await["data"], number(205));
    assert_eq!(s1.hears_of_time().await["deadline"], AT_30);
    let again = with(&leader, &force, &[], which).await;
    assert_eq!(
        (&again[0]["period"], &again[0]["over"]),
        (&json!(period), &json!("leader"))
    );
    class.caught_up().await;
    assert_eq!(class.results().await, [number(205)]);
    assert_eq!(timed.periods(world).await.len(), 2);
    assert_eq!(timed.periods(s3.world()).await.len(), 1);

    // One of its scenarios, with another rule.
    let scenario = &timed.periods(s3.world()).await[0]["scenario"];
    let forced = leader
        .call(&format!("scenario.{scenario}.force"), &[json!("skip")])
        .await;
    assert_eq!(forced.unwrap()[0]["over"], "leader");
    until("it is stepped without anybody", || async {
        class.results().await.contains(&number(0))
    })
    .await;
    for wrong in [json!(["nowhere"]), json!([world, 99_999]), json!(7)] {
        let payload = Payload::json(&[0; 0], &json!({"worlds": wrong})).unwrap();
        let refused = leader
            .session
            .call(&format!("{ROOT}.model.{force}"), payload)
            .await;
        let (_, no) = refusal(refused.map(|_| Value::Null));
        assert!(no.contains("pks of worlds of this run"), "{no}");
    }
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_without_a_limit_has_time_where_its_leader_gives_some() {
    let timed = TimedClass::start(timed(Overdue::Wait).with_time_limit(None)).await;
    let class = &timed.class;
    let (mut s1, s2, leader) = (
        class.join("s1").await,
        class.join("s2").await,
        class.join("leader").await,
    );
    let (run, world) = (class.run().pk, s1.world());
    s1.watch(world).await;
    let period = s1.periods(world).await[0];
    let tree = s1
        .call(&format!("world.{world}.get_scope_tree"), &[])
        .await
        .unwrap();
    assert!(tree.get("now").is_none(), "{tree}");
    let (_, no) = refusal(leader.call(&format!("run.{run}.pause"), &[]).await);
    assert!(no.contains("no time runs here"), "{no}");
    leader
        .call(&format!("run.{run}.extend"), &[json!(45)])
        .await
        .unwrap();
    assert_eq!(
        s1.hears_of_time().await["deadline"],
        "2026-11-21T12:00:45.000Z"
    );
    s1.submit(period, json!(5)).await.unwrap();
    timed.pass(45);
    assert_eq!(s1.hears_of_time().await["waits"], "wait");
    s2.submit(period, json!(5)).await.unwrap();
    s1.hears_of("result").await;
    let next = s1.hears_of("period").await;
    assert_eq!(next["data"].get("_turn"), None);
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_leaders_change_the_time_and_only_that_of_worlds() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let class = &timed.class;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let (run, world) = (class.run().pk, s1.world());
    for name in ["extend", "pause", "resume", "force"] {
        for scope in [format!("run.{run}"), format!("world.{world}")] {
            let (uri, no) = refusal(s1.call(&format!("{scope}.{name}"), &[json!(60)]).await);
            assert_eq!(uri, "wamp.error.not_authorized");
            assert!(no.contains("only a leader"), "{no}");
        }
    }
    let own = [("runuser", s1.runuser().to_string())];
    let own = class.rows(Resource::Scenario, &own).await;
    let pause = format!("scenario.{}.pause", own[0]["id"]);
    let (_, no) = refusal(leader.call(&pause, &[]).await);
    assert!(no.contains("only worlds play against time"), "{no}");
    timed.class.stop().await;
}
