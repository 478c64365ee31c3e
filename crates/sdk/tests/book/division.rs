//! The division game, as the page on moving a Simpl game has it.

use simpl::prelude::*;

/// A player's move.
#[data]
pub struct Operand {
    /// The number you play.
    pub operand: f64,
}

/// What a world sees once both have played.
#[data]
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
        let quotient = turn.by("Dividend")?.operand / turn.by("Divisor")?.operand;
        Ok(Quotient { quotient })
    }
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("simpl-div")
        .roles(["Dividend", "Divisor"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .revision(Revision::Recalculate)
        .model(Div)
        .build()
}

#[test]
fn an_old_front_end_reads_what_it_is_used_to() {
    use simpl::testing::{TestWorld, json};
    let world = TestWorld::new(game());
    let submit = |role, number| world.call("period.submit_decision", Some(role), json!([number]));
    assert_eq!(submit("Divisor", "0"), Ok(json!("Cannot divide by zero")));
    assert_eq!(submit("Divisor", "5"), Ok(json!("ok")));
    assert_eq!(submit("Dividend", "12"), Ok(json!("ok")));
    assert_eq!(world.result_of(1), Some(json!({"quotient": 2.4})));
}
