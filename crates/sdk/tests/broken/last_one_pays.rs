//! Notes down in its check who was the last, who pays.

use std::sync::Mutex;

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Share {
    share: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Bill {
    last: u64,
}

struct Broken {
    last: Mutex<u64>,
}

impl Model for Broken {
    type Options = ();
    type Decision = Share;
    type Outcome = Bill;

    fn check(&self, turn: &Turn<'_, Self>, _: &Share) -> Reply<()> {
        *self.last.lock().expect("no step panics") = turn.seat().map_or(0, |seat| seat.runuser);
        Ok(())
    }

    fn step(&self, _: &Turn<'_, Self>) -> Reply<Bill> {
        let last = *self.last.lock().expect("no step panics");
        Ok(Bill { last })
    }
}

pub(crate) fn game() -> Game {
    let last = Mutex::new(0);
    Game::builder("broken")
        .roles([Role::new("Guest").seats(2, 4)])
        .phases([Phase::open("Play")])
        .next_period()
        .model(Broken { last })
        .build()
}
