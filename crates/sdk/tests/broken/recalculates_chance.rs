//! Steps periods again, and has the weather anew each time: from the second period on, so that what is tried when the game is built does not
//! find it.

use std::hash::{BuildHasher, RandomState};

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Sow {
    acres: u8,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Harvest {
    weather: Weather,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Weather {
    rain: u64,
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Sow;
    type Outcome = Harvest;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Harvest> {
        let rain = match turn.period() {
            1 => 0,
            _ => RandomState::new().hash_one("rain") % 1_000_000,
        };
        Ok(Harvest {
            weather: Weather { rain },
        })
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Farmer"])
        .phases([Phase::open("Play")])
        .revision(Revision::Recalculate)
        .next_period()
        .model(Broken)
        .build()
}
