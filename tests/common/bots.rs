//! A game with bots, of which some go wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use simpl::prelude::*;

/// Adds what both play.
#[derive(Debug)]
struct Sum;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Number {
    /// What you add.
    #[schemars(range(min = 0, max = 10), extend("unit" = "points"))]
    number: f64,
}

impl Model for Sum {
    type Options = ();
    type Decision = Number;
    type Outcome = Number;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Number> {
        let numbers = turn.decisions().map(|(_, decision)| decision.number);
        Ok(Number {
            number: numbers.sum(),
        })
    }
}

fn calm(_: &Turn<'_, Sum>, _: &mut Rng) -> Option<Number> {
    Some(Number { number: 1.0 })
}

fn silent(_: &Turn<'_, Sum>, _: &mut Rng) -> Option<Number> {
    None
}

fn greedy(_: &Turn<'_, Sum>, _: &mut Rng) -> Option<Number> {
    Some(Number { number: 11.0 })
}

fn broken(turn: &Turn<'_, Sum>, _: &mut Rng) -> Option<Number> {
    panic!("a bot too many for {}", turn.role())
}

/// Never ends, until a test lets it go.
#[derive(Debug)]
struct Endless(Arc<AtomicBool>);

impl Bot<Sum> for Endless {
    fn decide(&self, _: &Turn<'_, Sum>, _: &mut Rng) -> Option<Number> {
        while !self.0.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
        None
    }
}

/// Under the name of div: two seats, and 30 s for a period where `then` says what counts after it. `released` lets the bot `endless` go.
pub(crate) fn played_by_bots(then: Option<Overdue>, released: &Arc<AtomicBool>) -> simpl::Game {
    let game = simpl::Game::builder("div")
        .roles(["Dividend", "Divisor"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .next_period()
        .model(Sum)
        .bot("calm", calm)
        .bot("silent", silent)
        .bot("greedy", greedy)
        .bot("broken", broken)
        .bot("endless", Endless(released.clone()));
    match then {
        Some(then) => game.time_limit(30, then).build(),
        None => game.build(),
    }
}
