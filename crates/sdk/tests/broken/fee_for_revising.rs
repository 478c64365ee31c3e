//! Notes down in its check that a decision is revised, and takes a fee when the period is stepped again.

use std::sync::Mutex;

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Bid {
    bid: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Fee {
    fee: u32,
}

struct Broken {
    revised: Mutex<bool>,
}

impl Model for Broken {
    type Options = ();
    type Decision = Bid;
    type Outcome = Fee;

    fn check(&self, turn: &Turn<'_, Self>, _: &Bid) -> Reply<()> {
        *self.revised.lock().expect("no step panics") =
            turn.decisions().count() == turn.seats().len();
        Ok(())
    }

    fn step(&self, _: &Turn<'_, Self>) -> Reply<Fee> {
        let revised = std::mem::take(&mut *self.revised.lock().expect("no step panics"));
        Ok(Fee {
            fee: u32::from(revised),
        })
    }
}

pub(crate) fn game() -> Game {
    let revised = Mutex::new(false);
    Game::builder("broken")
        .roles(["Buyer", "Seller"])
        .phases([Phase::open("Play")])
        .revision(Revision::Recalculate)
        .next_period()
        .model(Broken { revised })
        .build()
}
