//! A game that adds, and does what a test needs it to do.

use std::sync::Mutex;
use std::sync::mpsc::Receiver;

use simpl::prelude::*;

/// Adds what both play; 13 brings misfortune. With a gate, a step of misfortune or of a number below 0 waits until it is let through.
#[derive(Debug, Default)]
pub(crate) struct Sum {
    pub(crate) gate: Option<Mutex<Receiver<()>>>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Number {
    number: f64,
}

impl Model for Sum {
    type Options = ();
    type Decision = Number;
    type Outcome = Number;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Number> {
        let numbers = || turn.decisions().map(|(_, decision)| decision.number);
        let misfortune = numbers().any(|number| number == 13.0);
        if let Some(gate) = &self.gate
            && (misfortune || numbers().any(|number| number < 0.0))
        {
            let _ = gate.lock().unwrap().recv();
        }
        assert!(numbers().all(|number| number != 666.0), "a beast");
        if misfortune {
            return Err(Rejected::because("13 brings misfortune"));
        }
        Ok(Number {
            number: numbers().sum(),
        })
    }
}

pub(crate) fn sum(model: Sum) -> simpl::Game {
    simpl::Game::builder("div")
        .roles(["Dividend", "Divisor"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .revision(Revision::Recalculate)
        .next_period()
        .model(model)
        .build()
}
