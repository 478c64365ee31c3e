//! The test of two thirds of the average.

use crate::two_thirds;
use simpl::testing::{TestWorld, json};

const SUBMIT: &str = "period.submit_decision";

#[test]
fn the_target_is_two_thirds_of_the_average() {
    let world = TestWorld::new(two_thirds::game());
    for (player, number) in world.players("Player").into_iter().zip([30, 60]) {
        world
            .call_as(SUBMIT, Some(player), json!({"number": number}))
            .unwrap();
    }
    assert_eq!(
        world.result_of(1),
        Some(json!({"target": 30.0, "distance": 0.0}))
    );
}

#[test]
fn games_that_nobody_thought_of_find_nothing_wrong() {
    simpl::testing::generated(two_thirds::game());
}

#[test]
fn more_than_100_is_refused() {
    let world = TestWorld::new(two_thirds::game());
    let no = world
        .call(SUBMIT, Some("Player"), json!({"number": 101}))
        .unwrap_err();
    assert!(no.message().contains("from 0 to 100"), "{}", no.message());
}
