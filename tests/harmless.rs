//! A model that goes wrong harms only its own world, and the leader sees why.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::fault::Fault;
use common::{Class, ROOT, Seat, until};
use games_contract::Resource;
use modelservice::settings::Span;
use serde::Serializer;
use serde_json::{Value, json};
use simpl::prelude::*;
use wamp_transport::MatchPolicy;

/// What somebody plays: a number, or what the model is to do wrong.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Wish {
    wish: String,
}

/// What comes of it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Fulfilled {
    Sum { sum: f64 },
    Nothing,
    Endless(u32),
    Large(String),
    Unwritable,
}

impl Serialize for Fulfilled {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Sum { sum } => serializer.collect_map([("sum", sum)]),
            Self::Nothing => serializer.serialize_none(),
            Self::Endless(0) => serializer.serialize_unit(),
            Self::Endless(left) => serializer.collect_seq([Self::Endless(left - 1)]),
            Self::Large(text) => serializer.serialize_str(text),
            Self::Unwritable => Err(serde::ser::Error::custom("this has no words")),
        }
    }
}

/// Adds the numbers, or does wrong as it is told.
#[derive(Debug, Default)]
struct Unruly {
    released: Arc<AtomicBool>,
}

impl Model for Unruly {
    type Options = ();
    type Decision = Wish;
    type Outcome = Fulfilled;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Fulfilled> {
        let mut sum = 0.0;
        for (_, Wish { wish }) in turn.decisions() {
            match wish.as_str() {
                "panic" => panic!("a wish too many"),
                "loop" => {
                    while !self.released.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                }
                "overflow" => sum = f64::MAX * 10.0,
                "nothing" => return Ok(Fulfilled::Nothing),
                "endless" => return Ok(Fulfilled::Endless(5_000)),
                "large" => return Ok(Fulfilled::Large("x".repeat(2 << 20))),
                "unwritable" => return Ok(Fulfilled::Unwritable),
                number => sum += number.parse::<f64>().unwrap(),
            }
        }
        Ok(Fulfilled::Sum { sum })
    }
}

fn unruly(model: Unruly) -> simpl::Game {
    simpl::Game::builder("div")
        .roles(["Left", "Right"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .next_period()
        .model(model)
        .build()
}

/// One round of a table in its current period: what the two play.
async fn play(pair: [&Seat; 2], wishes: [&str; 2]) -> u64 {
    let period = *pair[0].periods(pair[0].world()).await.last().unwrap();
    for (seat, wish) in pair.into_iter().zip(wishes) {
        assert_eq!(seat.submit(period, json!(wish)).await.unwrap(), "ok");
    }
    period
}

async fn result_of(class: &Class, period: u64) -> Option<Value> {
    let filters = [("period", period.to_string())];
    let rows = class.rows(Resource::Result, &filters).await;
    rows.first().map(|row| row["data"].clone())
}

/// The table plays a round as if nothing were.
async fn plays_on(class: &Class, pair: [&Seat; 2]) {
    let period = play(pair, ["1", "2"]).await;
    until("the other table is stepped", || async {
        result_of(class, period).await == Some(json!({"sum": 3.0}))
    })
    .await;
    until("its next period is open", || async {
        *pair[0].periods(pair[0].world()).await.last().unwrap() != period
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_model_does_wrong_another_world_plays_on_and_the_leader_reads_why() {
    let model = Unruly::default();
    let released = model.released.clone();
    let class = Class::of(unruly(model), |settings| {
        settings.turns.step_timeout = Span(Duration::from_secs(2));
    })
    .await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let (s3, s4) = (class.join("s3").await, class.join("s4").await);
    let mut leader = class.join("leader").await;
    let errors = format!("{ROOT}.error.{}", leader.seat["data"]["user"]);
    let subscribed = leader.session.subscribe(&errors, MatchPolicy::Exact).await;
    subscribed.unwrap();
    for (wish, why) in [
        ("panic", "its code panicked"),
        ("overflow", "sum is not a finite number"),
        ("nothing", "the outcome is null"),
        ("endless", "nested deeper than 100"),
        ("large", "1048576 are the most"),
        ("unwritable", "this has no words"),
        ("loop", "took longer than 2 s"),
    ] {
        let period = play([&s1, &s2], [wish, "2"]).await;
        plays_on(&class, [&s3, &s4]).await;
        let told = leader.hears().await;
        assert!(told[0].as_str().unwrap().contains(why), "{wish}: {told:?}");
        let tree = format!("world.{}.get_scope_tree", s1.world());
        let tree = leader.call(&tree, &[]).await.unwrap();
        let failed = &tree["children"][0]["data"]["data"]["_turn"]["failed"];
        assert_eq!(failed["period"], json!(period), "{wish}");
        let reason = failed["reason"].as_str().unwrap();
        assert!(reason.contains(why), "{wish}: {reason}");
        let filters = [("period", period.to_string())];
        let decisions = class.rows(Resource::Decision, &filters).await;
        assert_eq!(decisions.len(), 2, "{wish}: decisions are kept");
        assert_eq!(result_of(&class, period).await, None, "{wish}");
        plays_on(&class, [&s3, &s4]).await;
        // Another wish, and the table goes on where it was.
        assert_eq!(s1.submit(period, json!("5")).await.unwrap(), "ok");
        until("the table goes on", || async {
            result_of(&class, period).await == Some(json!({"sum": 7.0}))
        })
        .await;
        until("its next period is open", || async {
            *s1.periods(s1.world()).await.last().unwrap() != period
        })
        .await;
    }
    released.store(true, Ordering::Relaxed);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_the_games_api_refuses_is_a_failed_step_and_not_tried_for_ever() {
    let class = Class::of(unruly(Unruly::default()), |_| {}).await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let mut leader = class.join("leader").await;
    let errors = format!("{ROOT}.error.{}", leader.seat["data"]["user"]);
    let subscribed = leader.session.subscribe(&errors, MatchPolicy::Exact).await;
    subscribed.unwrap();
    let period = s1.periods(s1.world()).await[0];
    s1.submit(period, json!("1")).await.unwrap();
    class
        .line
        .breaks("POST", "batch/", Fault::Refused("result"));
    s2.submit(period, json!("2")).await.unwrap();
    let told = leader.hears().await;
    let told = told[0].as_str().unwrap();
    assert!(told.contains("the games API refused it: too odd"), "{told}");
    assert_eq!(class.line.met(), 1, "it was tried once");
    class.line.heals();
    s2.submit(period, json!("3")).await.unwrap();
    until("the table goes on", || async {
        result_of(&class, period).await == Some(json!({"sum": 4.0}))
    })
    .await;
    class.stop().await;
}
