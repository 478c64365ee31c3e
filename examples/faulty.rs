//! A game with a mistake in it, for seeing what its author is shown: `cargo run --example faulty -- dev`, then `/author`.
//!
//! Both at the table name an amount, and are told what is left of the sum when 13 are taken away. Where there is less than that, the game
//! panics, as by a mistake of its author.

use std::process::ExitCode;

use simpl::prelude::*;

#[data]
struct Move {
    /// The amount you name.
    #[schemars(range(min = 0, max = 100))]
    amount: u32,
}

#[data]
struct Rest {
    /// What is left of all amounts.
    rest: u32,
}

fn step(turn: &Turn<'_, Rules<Move, Rest>>) -> Reply<Rest> {
    let total: u32 = turn.decisions().map(|(_, played)| played.amount).sum();
    // The mistake: nobody has made sure that there is as much.
    let rest = total
        .checked_sub(13)
        .expect("the amounts are 13 together, at least");
    Ok(Rest { rest })
}

fn main() -> ExitCode {
    let game = Game::builder("faulty")
        .roles(["Giver", "Taker"])
        .next_period()
        .step(step);
    modelservice::run(vec![game.build()])
}
