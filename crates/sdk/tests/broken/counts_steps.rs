//! Counts its rounds in a static, over all worlds.

use std::sync::atomic::{AtomicU64, Ordering};

use simpl::prelude::*;

static ROUNDS: AtomicU64 = AtomicU64::new(0);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Bid {
    bid: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Sold {
    price: u8,
    round: u64,
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Bid;
    type Outcome = Sold;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Sold> {
        let round = ROUNDS.fetch_add(1, Ordering::Relaxed);
        Ok(Sold {
            price: turn.by("Bidder")?.bid,
            round,
        })
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Bidder"])
        .phases([Phase::open("Play")])
        .next_period()
        .model(Broken)
        .build()
}
