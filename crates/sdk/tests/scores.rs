//! Points for the gradebook.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::json;
use simpl::prelude::*;
use simpl::testing::TestWorld;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Bid {
    bid: u32,
}

/// The higher bid gains what the lower one offered; who bids 13 gains what no number can say.
struct Duel;

impl Model for Duel {
    type Options = ();
    type Decision = Bid;
    type Outcome = Bid;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Bid> {
        let lowest = turn.decisions().map(|(_, decision)| decision.bid).min();
        Ok(Bid {
            bid: lowest.unwrap_or(0),
        })
    }

    fn score(&self, turn: &Turn<'_, Self>, seat: &simpl::Seat, outcome: &Bid) -> Option<f64> {
        let mut decisions = turn.decisions();
        let own = decisions.find_map(|(by, decision)| (by == seat).then_some(decision.bid))?;
        match own {
            13 => Some(f64::NAN),
            own => (own > outcome.bid).then_some(outcome.bid.into()),
        }
    }
}

fn duel() -> TestWorld {
    let game = Game::builder("duel")
        .roles([Role::new("Bidder").seats(2, 2)])
        .phases([Phase::open("Play")])
        .next_period()
        .model(Duel)
        .build();
    TestWorld::new(game)
}

fn play(world: &TestWorld, bids: [u32; 2]) {
    for (player, bid) in world.players("Bidder").into_iter().zip(bids) {
        let reply = world.call_as("period.submit_decision", Some(player), json!([bid]));
        assert_eq!(reply.unwrap(), json!("ok"));
    }
}

#[test]
fn points_are_those_of_all_periods_together() {
    let world = duel();
    play(&world, [5, 3]);
    play(&world, [4, 2]);
    play(&world, [1, 1]);
    let [first, second] = world.players("Bidder").try_into().unwrap();
    assert_eq!(
        (world.score(&first), world.score(&second)),
        (Some(5.0), None)
    );
}

#[test]
fn points_that_are_no_number_are_a_failed_step_that_says_whose() {
    let world = duel();
    play(&world, [13, 3]);
    assert_eq!(
        world.failure().unwrap().message(),
        "the points of s1@duel.edu (Bidder) are NaN: a finite number is expected"
    );
    assert_eq!(world.result(), None);
}
