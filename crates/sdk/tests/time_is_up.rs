//! The end of a period's time in the test kit.

use simpl::prelude::*;
use simpl::testing::{TestWorld, json};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Bid {
    bid: u32,
}

/// The sum of all bids; by default a Buyer bids 1, and a Seller nothing at all.
struct Market;

impl Model for Market {
    type Options = ();
    type Decision = Bid;
    type Outcome = u32;

    fn default_decision(&self, turn: &Turn<'_, Self>) -> Option<Bid> {
        (turn.role() == "Buyer").then_some(Bid { bid: 1 })
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> {
        Ok(turn.decisions().map(|(_, decision)| decision.bid).sum())
    }
}

fn world(then: Overdue) -> TestWorld {
    let game = Game::builder("market")
        .roles(["Buyer", "Seller"])
        .phases([Phase::open("Play")])
        .next_period()
        .time_limit(30, then)
        .model(Market)
        .build();
    TestWorld::new(game)
}

fn bid(world: &TestWorld, role: &str, bid: u32) -> Result<serde_json::Value, Rejected> {
    world.call("period.submit_decision", Some(role), json!([bid]))
}

#[test]
fn a_default_counts_for_a_silent_seat_and_the_next_period_begins() {
    let world = world(Overdue::Default);
    bid(&world, "Seller", 5).unwrap();
    world.time_is_up().unwrap();
    assert_eq!((world.result(), world.order()), (Some(json!(6)), 2));
    let late = world.call_in(
        1,
        "period.submit_decision",
        Some(world.player("Buyer")),
        json!([9]),
    );
    assert!(late.unwrap_err().message().contains(r#"{"bid":1} counted"#));
}

#[test]
fn where_nothing_can_count_the_world_waits() {
    let world = world(Overdue::Default);
    bid(&world, "Buyer", 5).unwrap();
    let waits = world.time_is_up().unwrap_err();
    assert_eq!(waits.code(), "undecided");
    bid(&world, "Seller", 5).unwrap();
    assert_eq!(world.result(), Some(json!(10)));
}

#[test]
fn the_last_decision_counts_again_and_a_skipped_seat_is_left_out() {
    let last = world(Overdue::Last);
    bid(&last, "Buyer", 5).unwrap();
    bid(&last, "Seller", 7).unwrap();
    last.time_is_up().unwrap();
    assert_eq!(last.result_of(2), Some(json!(12)));
    let skip = world(Overdue::Skip);
    bid(&skip, "Seller", 7).unwrap();
    skip.time_is_up().unwrap();
    assert_eq!(skip.result(), Some(json!(7)));
    assert_eq!(skip.decisions_of(1).len(), 1);
    assert!(world(Overdue::Wait).time_is_up().is_err());
}
