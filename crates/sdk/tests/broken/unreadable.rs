//! Writes its stock in words, and wants to read a number.

use serde::Serializer;
use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    crates: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Stock {
    #[serde(serialize_with = "in_words")]
    stock: f64,
}

fn in_words<S: Serializer>(stock: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format!("{stock} crates"))
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Order;
    type Outcome = Stock;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Stock> {
        Ok(Stock {
            stock: f64::from(turn.by("Retailer")?.crates),
        })
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Retailer"])
        .phases([Phase::open("Play")])
        .model(Broken)
        .build()
}
