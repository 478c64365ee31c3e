//! A game in its shortest form: data under one attribute, rules as one function, the usual phases.

use simpl::prelude::*;
use simpl::testing::{TestWorld, json};

/// A bid, and for what.
#[data]
struct Bid {
    /// What you offer.
    #[schemars(range(min = 0, max = 100))]
    price: f64,
    /// For which of them.
    #[serde(default)]
    lot: Lot,
}

#[data]
#[derive(Copy, Default)]
enum Lot {
    #[default]
    First,
    Second,
}

#[data]
struct Sale {
    /// The highest offer.
    price: f64,
}

fn step(turn: &Turn<'_, Rules<Bid, Sale>>) -> Reply<Sale> {
    let prices = turn.decisions().map(|(_, bid)| bid.price);
    let price = prices.fold(0.0, f64::max);
    Ok(Sale { price })
}

fn auction() -> Game {
    Game::builder("auction")
        .roles(["Left", "Right"])
        .step(step)
        .build()
}

#[test]
fn a_game_that_is_one_function_is_played_like_any_other() {
    let world = TestWorld::new(auction());
    for (role, price) in [("Left", json!([3])), ("Right", json!(["4.5", "Second"]))] {
        let answer = world.call("period.submit_decision", Some(role), price);
        assert_eq!(answer, Ok(json!("ok")));
    }
    assert_eq!(world.result_of(1), Some(json!({"price": 4.5})));
}

#[test]
fn what_is_under_the_attribute_has_a_schema_with_its_help_limits_and_choices() {
    let game = auction();
    let schema = game.model().unwrap().decision_schema();
    assert_eq!(schema["description"], json!("A bid, and for what."));
    let price = &schema["properties"]["price"];
    assert_eq!(
        (&price["description"], &price["maximum"]),
        (&json!("What you offer."), &json!(100))
    );
    assert_eq!(
        schema["properties"]["lot"]["enum"],
        json!(["First", "Second"])
    );
    let no = TestWorld::new(auction())
        .call("period.submit_decision", Some("Left"), json!([101]))
        .unwrap_err();
    assert!(no.message().contains("price"), "{}", no.message());
}

#[test]
fn a_game_that_names_no_phases_is_played_and_then_talked_about() {
    let game = auction();
    let phases: Vec<_> = game
        .phases()
        .iter()
        .map(|phase| (phase.name.as_str(), phase.accepts_decisions))
        .collect();
    assert_eq!(phases, [("Play", true), ("Debrief", false)]);
}

#[test]
fn data_can_be_compared_and_printed() {
    let bid = Bid {
        price: 2.0,
        lot: Lot::Second,
    };
    assert_eq!(bid.clone(), bid);
    assert_eq!(format!("{bid:?}"), "Bid { price: 2.0, lot: Second }");
}
