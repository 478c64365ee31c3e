//! Says that a stock is never below zero, and sells what it has not.

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Sale {
    #[schemars(range(min = 0, max = 10))]
    crates: i32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Stock {
    #[schemars(range(min = 0.0))]
    stock: f64,
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Sale;
    type Outcome = Stock;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Stock> {
        let before = turn.previous().map_or(15.0, |before| before.stock);
        Ok(Stock {
            stock: before - f64::from(turn.by("Retailer")?.crates),
        })
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Retailer"])
        .phases([Phase::open("Play")])
        .next_period()
        .model(Broken)
        .build()
}
