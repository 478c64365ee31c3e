//! Two thirds of the average, as a model with options.

use simpl::prelude::*;

#[data]
struct Guess {
    /// A whole number.
    number: f64,
}

#[data]
struct Shown {
    /// The number to meet.
    target: f64,
}

/// What a lecturer may set for a class.
#[data]
struct Setting {
    /// Which part of the average wins.
    #[serde(default = "two_thirds")]
    #[schemars(range(min = 0, max = 1))]
    part: f64,
}

fn two_thirds() -> f64 {
    2.0 / 3.0
}

/// Whoever is closest to a part of the average wins.
#[derive(Debug)]
struct TwoThirds;

impl Model for TwoThirds {
    type Options = Setting;
    type Decision = Guess;
    type Outcome = Shown;

    fn check(&self, _: &Turn<'_, Self>, guess: &Guess) -> Reply<()> {
        if guess.number.fract() != 0.0 {
            return Err(Rejected::because("Only whole numbers count"));
        }
        Ok(())
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Shown> {
        let guesses: Vec<f64> = turn.decisions().map(|(_, guess)| guess.number).collect();
        let average = guesses.iter().sum::<f64>() / guesses.len() as f64;
        Ok(Shown {
            target: average * turn.options().part,
        })
    }

    fn score(&self, turn: &Turn<'_, Self>, seat: &Seat, shown: &Shown) -> Option<f64> {
        let (_, guess) = turn.decisions().find(|(decided, _)| *decided == seat)?;
        Some(100.0 - (guess.number - shown.target).abs())
    }
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("two-thirds")
        .roles([Role::new("Player").seats(2, 4)])
        .next_period()
        .model(TwoThirds)
        .build()
}

#[test]
fn options_words_and_points_are_the_games_own() {
    use simpl::testing::{TestWorld, json};
    let world = TestWorld::new(game()).with_options(json!({"part": 0.5}));
    let half = world.call("period.submit_decision", Some("Player"), json!([0.5]));
    assert_eq!(half.unwrap_err().message(), "Only whole numbers count");
    for (player, number) in world.players("Player").into_iter().zip([30, 60]) {
        let answer = world.call_as("period.submit_decision", Some(player), json!([number]));
        assert_eq!(answer, Ok(json!("ok")));
    }
    assert_eq!(world.result_of(1), Some(json!({"target": 22.5})));
}
