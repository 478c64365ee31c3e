//! Takes a fee for every time that somebody submits.

use std::sync::Mutex;

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Bid {
    bid: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Fees {
    fees: u32,
}

struct Broken {
    fees: Mutex<u32>,
}

impl Model for Broken {
    type Options = ();
    type Decision = Bid;
    type Outcome = Fees;

    fn check(&self, _: &Turn<'_, Self>, _: &Bid) -> Reply<()> {
        *self.fees.lock().expect("no step panics") += 1;
        Ok(())
    }

    fn step(&self, _: &Turn<'_, Self>) -> Reply<Fees> {
        let fees = std::mem::take(&mut *self.fees.lock().expect("no step panics"));
        Ok(Fees { fees })
    }
}

pub(crate) fn game() -> Game {
    let fees = Mutex::new(0);
    Game::builder("broken")
        .roles(["Buyer", "Seller"])
        .phases([Phase::open("Play")])
        .model(Broken { fees })
        .build()
}
