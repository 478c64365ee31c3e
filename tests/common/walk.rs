//! A game whose outcome tells decisions, carried state and seed apart.

use simpl::prelude::*;

/// Adds to what there was before, with some luck.
#[derive(Debug)]
struct Walk;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Step {
    number: f64,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Place {
    at: f64,
    luck: u32,
}

impl Model for Walk {
    type Options = ();
    type Decision = Step;
    type Outcome = Place;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Place> {
        let before = turn.previous().map_or(0.0, |before| before.at);
        let steps = turn.decisions().map(|(_, step)| step.number);
        Ok(Place {
            at: before + steps.sum::<f64>(),
            luck: (turn.seed() % 1_000_000) as u32,
        })
    }
}

/// Under the name of div.
pub(crate) fn walk() -> simpl::Game {
    simpl::Game::builder("div")
        .roles(["Dividend", "Divisor"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .next_period()
        .model(Walk)
        .build()
}
