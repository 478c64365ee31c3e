//! Blackjack, played in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use simpl::testing::{TestWorld, json};

const SUBMIT: &str = "period.submit_decision";

fn world(hands: u32, seed: u64) -> TestWorld {
    TestWorld::new(blackjack::game())
        .with_options(json!({ "hands": hands }))
        .with_seed(seed)
}

/// The results of a whole game, played like the dealer.
fn played(seed: u64) -> Vec<serde_json::Value> {
    let world = world(20, seed);
    while !world.is_over() {
        world.bots_decide("dealer").unwrap();
    }
    let results = (1..=world.order()).filter_map(|order| world.result_of(order));
    world.start().into_iter().chain(results).collect()
}

#[test]
fn a_game_comes_back_from_its_seed_and_another_seed_is_another_game() {
    assert_eq!(played(1), played(1));
    assert_ne!(played(1), played(2));
}

#[test]
fn every_hand_is_played_to_its_end_and_what_is_won_adds_up() {
    for seed in 1..=20 {
        let results = played(seed);
        let finished = results.iter().filter(|table| !table["last_hand"].is_null());
        let won: Vec<f64> = finished
            .map(|table| table["last_hand"]["won"].as_f64().unwrap())
            .collect();
        assert_eq!(won.len(), 20, "seed {seed}");
        assert_eq!(
            results.last().unwrap()["won"],
            json!(won.iter().sum::<f64>())
        );
    }
}

#[test]
fn a_player_who_draws_and_draws_loses_and_the_next_hand_is_dealt() {
    let world = world(2, 3);
    while world.result().is_none_or(|table| table["hand"] == 1) {
        world.call(SUBMIT, Some("Player"), json!(["hit"])).unwrap();
    }
    let table = world.result().unwrap();
    assert_eq!(
        (&table["last_hand"]["won"], &table["won"]),
        (&json!(-1.0), &json!(-1.0))
    );
    assert_eq!(table["cards"].as_array().unwrap().len(), 2);
    assert!(!world.is_over());
}

#[test]
fn what_lies_face_down_is_in_nothing_that_is_told() {
    let world = world(1, 4);
    let start = world.start().unwrap();
    assert!(start["dealer_shows"].is_string(), "{start}");
    let members: Vec<&String> = start.as_object().unwrap().keys().collect();
    let told = ["hand", "cards", "count", "dealer_shows", "last_hand", "won"];
    assert_eq!(members, told);
    world
        .call(SUBMIT, Some("Player"), json!(["stand"]))
        .unwrap();
    assert!(world.is_over());
    let late = world.call(SUBMIT, Some("Player"), json!(["hit"]));
    assert_eq!(late.unwrap_err().code(), "game_over");
    let player = world.player("Player");
    assert_eq!(
        world.score(&player),
        world.result().unwrap()["won"].as_f64()
    );
}

#[test]
fn generated_games_find_nothing() {
    simpl::testing::generated(blackjack::game());
}
