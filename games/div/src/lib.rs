//! The division game: two players, one number each.

use simpl::prelude::*;

/// A player's move.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Operand {
    /// The number you play.
    pub operand: f64,
}

/// What a world sees once both have played.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Quotient {
    /// The dividend, divided by the divisor.
    pub quotient: f64,
}

/// Divides the dividend by the divisor.
#[derive(Debug)]
pub struct Div;

impl Model for Div {
    type Options = ();
    type Decision = Operand;
    type Outcome = Quotient;

    fn check(&self, turn: &Turn<'_, Self>, decision: &Operand) -> Reply<()> {
        if turn.role() == "Divisor" && decision.operand == 0.0 {
            return Err(Rejected::reply("Cannot divide by zero"));
        }
        Ok(())
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Quotient> {
        Ok(Quotient {
            quotient: turn.by("Dividend")?.operand / turn.by("Divisor")?.operand,
        })
    }
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("div")
        .title("Simpl Div")
        .roles(["Dividend", "Divisor"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .revision(Revision::Recalculate)
        .next_period()
        .model(Div)
        .build()
}
