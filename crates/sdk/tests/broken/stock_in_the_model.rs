//! Keeps the stock in the model, and empties it in the first period.

use std::sync::Mutex;

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Order {
    #[schemars(range(max = 100))]
    crates: u32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Stock {
    stock: u32,
}

struct Broken {
    stock: Mutex<u32>,
}

impl Model for Broken {
    type Options = ();
    type Decision = Order;
    type Outcome = Stock;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Stock> {
        let mut stock = self.stock.lock().expect("no step panics");
        if turn.period() == 1 {
            *stock = 0;
        }
        *stock += turn.by("Retailer")?.crates;
        Ok(Stock { stock: *stock })
    }
}

pub(crate) fn game() -> Game {
    let stock = Mutex::new(0);
    Game::builder("broken")
        .roles(["Retailer"])
        .phases([Phase::open("Play")])
        .next_period()
        .model(Broken { stock })
        .build()
}
