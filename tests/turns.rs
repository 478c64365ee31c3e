//! Turns at the table: what is sent twice, and steps that never end.

mod common;

use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::Duration;

use common::sum::{Sum, sum};
use common::{Class, ROOT, Seat, refusal, until};
use games_contract::Resource;
use modelservice::settings::Span;
use serde_json::{Value, json};
use simpl::prelude::*;
use wamp_transport::{CallError, MatchPolicy, Payload};

/// As [`sum`], but what has been stepped is closed.
fn closed() -> Game {
    Game::builder("div")
        .roles(["Dividend", "Divisor"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .next_period()
        .model(Sum::default())
        .build()
}

#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
async fn submit_once(
    seat: &Seat,
    period: u64,
    number: i64,
    key: Value,
) -> Result<Value, CallError> {
    let uri = format!("{ROOT}.model.period.{period}.submit_decision");
    let payload = Payload::json(&[number], &json!({"_key": key})).unwrap();
    let reply = seat.session.call(&uri, payload).await?;
    Ok(reply.args().unwrap().remove(0))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_that_is_repeated_under_its_key_counts_once_even_after_the_step_and_a_restart()
{
    let mut class = Class::of(closed(), |_| {}).await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    let period = s1.periods(world).await[0];
    for (key, number) in [("first", 1), ("second", 2), ("first", 1)] {
        let reply = submit_once(&s1, period, number, json!(key)).await;
        assert_eq!(reply.unwrap(), "ok");
    }
    s2.submit(period, json!(5)).await.unwrap();
    until("the period is stepped with the second", || async {
        class.results().await == [json!({"number": 7.0})]
    })
    .await;
    class.close().await;
    class.open(closed()).await;
    let s1 = class.join("s1").await;
    let repeated = submit_once(&s1, period, 2, json!("second")).await;
    assert_eq!(repeated.unwrap(), "ok");
    let other = submit_once(&s1, period, 3, json!("third")).await;
    let (_, sentence) = refusal(other);
    assert!(sentence.contains('2'), "what counted is told: {sentence}");
    let tree = format!("period.{period}.get_scope_tree");
    let tree = s1.call(&tree, &[]).await.unwrap().to_string();
    assert!(!tree.contains("second"), "keys stay inside: {tree}");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_no_short_text_is_refused_and_nothing_is_stored() {
    let class = Class::start().await;
    let s1 = class.join("s1").await;
    let period = s1.periods(s1.world()).await[0];
    for key in [json!(1), json!(""), json!("k".repeat(65)), json!(["a"])] {
        let (_, sentence) = refusal(submit_once(&s1, period, 12, key).await);
        assert!(sentence.contains("1 to 64 characters"), "{sentence}");
    }
    assert!(class.rows(Resource::Decision, &[]).await.is_empty());
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_two_steps_that_never_end_none_is_run_until_a_leader_asks_for_it() {
    let (let_through, gate) = channel();
    let model = Sum {
        gate: Some(Mutex::new(gate)),
    };
    let class = Class::of(sum(model), |settings| {
        settings.turns.step_timeout = Span(Duration::from_millis(100));
    })
    .await;
    let mut leader = class.join("leader").await;
    let user = leader.seat["data"]["user"].as_u64().unwrap();
    let errors = format!("{ROOT}.error.{user}");
    leader
        .session
        .subscribe(&errors, MatchPolicy::Exact)
        .await
        .unwrap();
    let mut tables = Vec::new();
    for (left, right) in [("s1", "s2"), ("s3", "s4")] {
        let (left, right) = (class.join(left).await, class.join(right).await);
        let period = left.periods(left.world()).await[0];
        left.submit(period, json!(-1)).await.unwrap();
        right.submit(period, json!(1)).await.unwrap();
        tables.push((left, period));
    }
    let mut told = Vec::new();
    while told.len() < 3 {
        told.push(leader.hears().await[0].as_str().unwrap().to_owned());
    }
    let about = |words: &str| told.iter().filter(|told| told.contains(words)).count();
    assert_eq!(about("took longer than 0.1 s"), 2, "{told:?}");
    assert_eq!(about("until a leader asks"), 1, "{told:?}");
    // Decisions are stored as ever.
    for (seat, period) in &tables {
        assert_eq!(seat.submit(*period, json!(3)).await.unwrap(), "ok");
    }
    class.caught_up().await;
    assert!(class.results().await.is_empty());
    let (seat, _) = &tables[0];
    let tree = format!("world.{}.get_scope_tree", seat.world());
    let tree = seat.call(&tree, &[]).await.unwrap();
    let scenario = tree["children"][0]["pk"].as_u64().unwrap();
    let retry = format!("scenario.{scenario}.retry_step");
    let (_, sentence) = refusal(seat.call(&retry, &[]).await);
    assert!(sentence.contains("only a leader"), "{sentence}");
    drop(let_through);
    leader.call(&retry, &[]).await.unwrap();
    until("both worlds are stepped", || async {
        class.results().await == [json!({"number": 4.0}), json!({"number": 4.0})]
    })
    .await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_step_is_run_once_more_when_a_leader_asks_for_it() {
    let (let_through, gate) = channel();
    let model = Sum {
        gate: Some(Mutex::new(gate)),
    };
    let class = Class::of(sum(model), |settings| {
        settings.turns.step_timeout = Span(Duration::from_millis(100));
    })
    .await;
    let (s1, mut s2, leader) = (
        class.join("s1").await,
        class.join("s2").await,
        class.join("leader").await,
    );
    let world = s1.world();
    s2.watch(world).await;
    let period = s1.periods(world).await[0];
    s1.submit(period, json!(-1)).await.unwrap();
    s2.submit(period, json!(1)).await.unwrap();
    let scenario = s2.hears_of("scenario").await;
    assert_eq!(scenario["data"]["_turn"]["failed"]["code"], "timeout");
    drop(let_through);
    let retry = format!("scenario.{}.retry_step", scenario["id"]);
    leader.call(&retry, &[]).await.unwrap();
    assert_eq!(s2.hears_of("result").await["data"], json!({"number": 0.0}));
    assert_eq!(
        s2.hears_of("scenario").await["data"]["_turn"]["failed"],
        Value::Null
    );
    class.stop().await;
}
