//! Has a bot that bids more each period, in the end more than it may.

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

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> {
        Ok(turn.decisions().map(|(_, bid)| bid.bid).max().unwrap_or(0))
    }
}

fn greedy(turn: &Turn<'_, Broken>, _: &mut Rng) -> Option<Bid> {
    Some(Bid {
        bid: turn.period() * 40,
    })
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Bidder"])
        .phases([Phase::open("Play")])
        .next_period()
        .model(Broken)
        .bot("greedy", greedy)
        .build()
}
