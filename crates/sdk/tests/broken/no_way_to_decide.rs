//! Takes one word, which nobody can guess.

use simpl::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema)]
struct Guess {
    word: String,
}

struct Broken;

impl Model for Broken {
    type Options = ();
    type Decision = Guess;
    type Outcome = ();

    fn check(&self, _: &Turn<'_, Self>, guess: &Guess) -> Reply<()> {
        match guess.word.as_str() {
            "rumpelstiltskin" => Ok(()),
            _ => Err(Rejected::because("no")),
        }
    }

    fn step(&self, _: &Turn<'_, Self>) -> Reply<()> {
        Ok(())
    }
}

pub(crate) fn game() -> Game {
    Game::builder("broken")
        .roles(["Guesser"])
        .phases([Phase::open("Play")])
        .model(Broken)
        .build()
}
