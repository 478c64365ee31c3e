//! Two thirds of the average, as one function.

use simpl::prelude::*;

/// What a player submits.
#[data]
struct Guess {
    /// A number from 0 to 100.
    #[schemars(range(min = 0, max = 100))]
    number: f64,
}

#[data]
struct Shown {
    /// Two thirds of the average.
    target: f64,
    /// How far the closest guess was from it.
    distance: f64,
}

fn step(turn: &Turn<'_, Rules<Guess, Shown>>) -> Reply<Shown> {
    let guesses: Vec<f64> = turn.decisions().map(|(_, guess)| guess.number).collect();
    let target = guesses.iter().sum::<f64>() / guesses.len() as f64 * 2.0 / 3.0;
    let distances = guesses.iter().map(|guess| (guess - target).abs());
    Ok(Shown {
        target,
        distance: distances.fold(f64::INFINITY, f64::min),
    })
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("two-thirds")
        .title("Two thirds of the average")
        .roles([Role::new("Player").seats(2, 4)])
        .hidden_decisions()
        .next_period()
        .step(step)
        .build()
}
