//! A running total: one player, who adds a number each period.
//!
//! The smallest game that somebody plays alone: the calculator of the Simpl tutorials. A number below 0 takes away.

use simpl::prelude::*;

/// A number to add.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Operand {
    /// What is added to the total.
    #[schemars(range(min = -1e12, max = 1e12))]
    pub operand: f64,
}

/// What all numbers add up to.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Total {
    /// The sum of every number so far.
    pub total: f64,
}

/// Adds what is played to what there was.
#[derive(Debug)]
pub struct Calc;

impl Model for Calc {
    type Options = ();
    type Decision = Operand;
    type Outcome = Total;

    fn start(&self, _: &Turn<'_, Self>) -> Option<Total> {
        Some(Total { total: 0.0 })
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Total> {
        let before = turn.previous().map_or(0.0, |before| before.total);
        Ok(Total {
            total: before + turn.by("Player")?.operand,
        })
    }
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("calc")
        .title("Running Total")
        .roles(["Player"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .single_player()
        .next_period()
        .model(Calc)
        .build()
}
