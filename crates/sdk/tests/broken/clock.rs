//! Tells when it was stepped.

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Bid {
    bid: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Sold {
    price: u8,
    at: f64,
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Bid;
    type Outcome = Sold;

    #[expect(clippy::disallowed_methods, reason = "this is the mistake")]
    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Sold> {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let at = now.map_or(0.0, |since| since.as_secs_f64());
        Ok(Sold {
            price: turn.by("Bidder")?.bid,
            at,
        })
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Bidder"])
        .phases([Phase::open("Play")])
        .model(Broken)
        .build()
}
