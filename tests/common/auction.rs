//! A game of sealed bids: three seats in one role, and what has been bid so far is carried from period to period.

use simpl::prelude::*;

#[derive(Debug)]
struct Auction;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Bid {
    bid: f64,
}

/// What is in the pot, and the highest bid of this period.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Pot {
    pot: f64,
    highest: f64,
}

impl Model for Auction {
    type Options = ();
    type Decision = Bid;
    type Outcome = Pot;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Pot> {
        let before = turn.previous().map_or(0.0, |before| before.pot);
        let bids = || turn.decisions().map(|(_, decision)| decision.bid);
        Ok(Pot {
            pot: before + bids().sum::<f64>(),
            highest: bids().fold(0.0, f64::max),
        })
    }
}

/// Under the name of div, as every class of these tests.
pub(crate) fn auction() -> simpl::Game {
    simpl::Game::builder("div")
        .roles([Role::new("Bidder").seats(3, 3)])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .hidden_decisions()
        .next_period()
        .model(Auction)
        .build()
}
