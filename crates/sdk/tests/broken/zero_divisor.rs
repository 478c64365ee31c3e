//! Takes a divisor of zero.

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Operand {
    operand: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Quotient {
    quotient: f64,
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Operand;
    type Outcome = Quotient;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Quotient> {
        let quotient = turn.by("Dividend")?.operand / turn.by("Divisor")?.operand;
        Ok(Quotient { quotient })
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Dividend", "Divisor"])
        .phases([Phase::closed("Lobby"), Phase::open("Play")])
        .next_period()
        .model(Broken)
        .build()
}
