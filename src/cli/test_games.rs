//! `modelservice test`: generated games, and what they find.

use anyhow::ensure;
use clap::Args;
use console::style;
use simpl::Game;
use simpl::testing::{Generated, Report};

use super::linked::{Failed, bar, find};

/// Plays generated games and says what is wrong with a game, by its cause: legal and illegal decisions, in any order, twice, too late, with
/// restarts in between.
///
/// Caught are rules that let through what the step cannot take, clocks and chance of the game's own, anything kept between steps, a dependence
/// on the order of arrival, panics, loops without end, outcomes that cannot be read back, and bots and defaults against the rules.
/// Exit code 1 where something is found, with the moves that show it and the seed that plays them again.
#[derive(Debug, Args)]
pub(super) struct TestGames {
    /// The game, by the name in its code; every game of this binary where it is left out.
    #[arg(value_name = "GAME")]
    game: Option<String>,
    /// How many generated games, of each game.
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    games: u32,
    /// The seed of the first generated game; each next one has the next number.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

impl TestGames {
    pub(super) fn run(self, games: &[Game]) -> anyhow::Result<()> {
        let wanted: Vec<&Game> = match &self.game {
            Some(slug) => vec![find(games, slug)?],
            None => games.iter().collect(),
        };
        let mut found = Vec::new();
        for game in &wanted {
            let bar = bar(u64::from(self.games), game.slug());
            let generated = Generated::of((*game).clone())
                .games(self.games)
                .seed(self.seed);
            let report = generated.play_telling(|played| bar.set_position(u64::from(played)));
            bar.finish_and_clear();
            tell(&report);
            found.extend(report.finding.map(|finding| (report.game, finding)));
        }
        for (game, finding) in &found {
            println!(
                "\n{} {}\n         modelservice test {game} --seed {} --games 1",
                style(format!("{game}:")).bold(),
                finding,
                finding.seed
            );
        }
        ensure!(found.is_empty(), Failed);
        Ok(())
    }
}

/// One line for a game.
fn tell(report: &Report) {
    let verdict = match &report.finding {
        Some(finding) => style(finding.cause.sentence().to_owned()).red(),
        None if report.games == 0 => {
            style("not tested: it has no model, whose decisions could be generated".to_owned())
                .yellow()
        }
        None => style("nothing found".to_owned()).green(),
    };
    println!(
        "{} {verdict}; {} games with {} periods, {} decisions taken and {} refused, from the seed {}",
        style(&report.game).bold(),
        report.games,
        report.periods,
        report.taken,
        report.refused,
        report.seed
    );
}

#[cfg(test)]
mod tests {
    use simpl::prelude::*;

    use super::*;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Guess {
        number: i64,
    }

    struct Broken;

    impl Model for Broken {
        type Options = ();
        type Decision = Guess;
        type Outcome = i64;

        fn step(&self, turn: &Turn<'_, Self>) -> Reply<i64> {
            Ok(100 / turn.by("Guesser")?.number)
        }
    }

    #[test]
    fn a_finding_is_a_failure() {
        let game = Game::builder("broken")
            .roles(["Guesser"])
            .phases([Phase::open("Play")])
            .model(Broken)
            .build();
        let test = |slug: &str| TestGames {
            game: Some(slug.to_owned()),
            games: 100,
            seed: 1,
        };
        let games = [game, div::game()];
        let failed = test("broken").run(&games).unwrap_err();
        assert!(failed.is::<Failed>(), "{failed}");
        assert!(test("div").run(&games).is_ok());
    }
}
