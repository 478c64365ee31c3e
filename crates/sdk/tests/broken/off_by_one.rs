//! Lets a card through that is not in the deck.

use simpl::prelude::*;

const VALUES: [u32; 52] = [1; 52];

#[derive(Serialize, Deserialize, JsonSchema)]
struct Draw {
    #[schemars(range(min = 0, max = 52))]
    card: usize,
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Draw;
    type Outcome = u32;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> {
        Ok(VALUES[turn.by("Player")?.card])
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Player"])
        .phases([Phase::open("Play")])
        .next_period()
        .model(Broken)
        .build()
}
