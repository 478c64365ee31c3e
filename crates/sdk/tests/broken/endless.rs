//! Halves and triples until it comes to 1, which 0 never does.

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Start {
    #[schemars(range(max = 100))]
    number: u64,
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Start;
    type Outcome = u32;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> {
        let (mut number, mut steps) = (turn.by("Player")?.number, 0_u32);
        while number != 1 {
            number = if number % 2 == 0 {
                number / 2
            } else {
                3 * number + 1
            };
            steps = steps.wrapping_add(1);
        }
        Ok(steps)
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
