//! Has nothing counted for a silent seat, which the rules do not allow.

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Bid {
    bid: u32,
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Bid;
    type Outcome = u32;

    fn check(&self, _: &Turn<'_, Self>, decision: &Bid) -> Reply<()> {
        match decision.bid {
            0 => Err(Rejected::because("bid something")),
            1..=100 => Ok(()),
            _ => Err(Rejected::because("bid up to 100")),
        }
    }

    fn default_decision(&self, _: &Turn<'_, Self>) -> Option<Bid> {
        Some(Bid { bid: 0 })
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> {
        Ok(turn.decisions().map(|(_, bid)| bid.bid).max().unwrap_or(0))
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Bidder"])
        .phases([Phase::open("Play")])
        .model(Broken)
        .build()
}
