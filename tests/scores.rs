//! The points that a game gives come to the gradebook, and to nobody before.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::ticket::ask;
use common::{Class, until};
use games_contract::Resource;
use serde_json::{Value, json};
use simpl::prelude::*;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Number {
    number: f64,
}

/// Who plays a number gets as many points; the Divisor gets none.
struct Points;

impl Model for Points {
    type Options = ();
    type Decision = Number;
    type Outcome = Number;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Number> {
        let numbers = turn.decisions().map(|(_, decision)| decision.number);
        Ok(Number {
            number: numbers.sum(),
        })
    }

    fn score(&self, turn: &Turn<'_, Self>, seat: &simpl::Seat, _: &Number) -> Option<f64> {
        let played = turn.by("Dividend").ok().filter(|_| seat.role == "Dividend");
        played.map(|played| played.number)
    }
}

fn points() -> simpl::Game {
    simpl::Game::builder("div")
        .roles(["Dividend", "Divisor"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .revision(Revision::Recalculate)
        .next_period()
        .model(Points)
        .build()
}

/// The sum of a period, once it is stored.
async fn sum_of(class: &Class, period: u64, expected: f64) {
    until("the period has that result", || async {
        let of = [("period", period.to_string())];
        let results = class.rows(Resource::Result, &of).await;
        results
            .iter()
            .any(|row| row["data"]["number"] == json!(expected))
    })
    .await;
}

/// Role and score of those at the table, as the gradebook has them.
async fn scores(class: &Class) -> Vec<(Value, Value)> {
    let run = class.run().pk;
    let path = format!("runs/{run}/export/?table=grades&format=json");
    let grades = ask(class.api.as_ref().unwrap().addr, "GET", &path, "").await;
    let rows = grades.as_array().unwrap().iter();
    let table =
        rows.filter(|row| ["s1@div.edu", "s2@div.edu"].contains(&row["email"].as_str().unwrap()));
    table
        .map(|row| (row["role"].clone(), row["score"].clone()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn points_add_up_over_periods_follow_what_is_played_again_and_are_not_seen_at_the_table() {
    let class = Class::of(points(), |_| {}).await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let first = *s1.periods(s1.world()).await.last().unwrap();
    s1.submit(first, json!(2.5)).await.unwrap();
    s2.submit(first, json!(1)).await.unwrap();
    sum_of(&class, first, 3.5).await;
    until("the next period is open", || async {
        s1.periods(s1.world()).await.len() == 2
    })
    .await;
    let second = *s1.periods(s1.world()).await.last().unwrap();
    s1.submit(second, json!(4)).await.unwrap();
    s2.submit(second, json!(1)).await.unwrap();
    sum_of(&class, second, 5.0).await;
    let expected = |points: f64| {
        [("Dividend", json!(points)), ("Divisor", Value::Null)]
            .map(|(role, score)| (json!(role), score))
    };
    assert_eq!(scores(&class).await, expected(6.5));

    // The sum at the table stays what it was, and the points are others.
    s1.submit(first, json!(1.5)).await.unwrap();
    sum_of(&class, first, 2.5).await;
    s2.submit(first, json!(2)).await.unwrap();
    sum_of(&class, first, 3.5).await;
    assert_eq!(scores(&class).await, expected(5.5));

    let tree = s1
        .call(&format!("world.{}.get_scope_tree", s1.world()), &[])
        .await;
    let tree = tree.unwrap().to_string();
    assert!(
        tree.contains("number") && !tree.contains("scores"),
        "{tree}"
    );
}
