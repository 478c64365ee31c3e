//! Has the weather from the hash of the day.

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

    fn step(&self, _: &Turn<'_, Self>) -> Reply<Harvest> {
        let rain = RandomState::new().hash_one("rain") % 1_000_000;
        Ok(Harvest {
            weather: Weather { rain },
        })
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Farmer"])
        .phases([Phase::open("Play")])
        .next_period()
        .model(Broken)
        .build()
}
