//! Games played without anybody: worlds in memory, bots or a file that decide, and tidy rows of what came of it.
//!
//! No server, no database and no clock: the same seed gives the same rows, byte for byte. [`tidy`] is the form of the rows, [`decisions`] the
//! file to be replayed.

pub mod decisions;
pub mod tidy;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

use anyhow::Context;
use serde_json::Value;
use simpl::testing::TestWorld;
use simpl::{Game, Rejected, Rng};

use self::decisions::Decisions;
use self::tidy::{Place, Tidy};

const PANICKED: &str = "the game has panicked, as is told above";

/// Who decides.
#[derive(Debug)]
pub enum Players {
    /// A bot of the game in every seat, by its name.
    Bot(String),
    /// What a file says.
    Decisions(Decisions),
}

/// What is to be played.
#[derive(Debug)]
pub struct Play {
    /// The game.
    pub game: Game,
    /// How many worlds.
    pub worlds: u32,
    /// How many periods in each, unless the game ends before.
    pub periods: u32,
    /// Who decides in them.
    pub players: Players,
    /// The seed of all chance.
    pub seed: u64,
    /// The run's options; none are the game's own.
    pub options: Option<Value>,
}

/// What has been played.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Periods that were stepped.
    pub rounds: u64,
    /// Rows written.
    pub rows: u64,
    /// Worlds that stood still before their last period: which, and why.
    pub stopped: Vec<(u32, String)>,
}

impl Play {
    /// Plays world by world, and tells after each how many have been played.
    ///
    /// # Errors
    /// The options are not the game's, or the rows cannot be written.
    pub fn play<W: Write>(&self, to: W, mut told: impl FnMut(u32)) -> anyhow::Result<Played> {
        if let (Some(options), Some(model)) = (&self.options, self.game.model()) {
            model.check_options(options)?;
        }
        let mut rows = Tidy::begin(to)?;
        let mut played = Played::default();
        for world in 1..=self.worlds {
            let (rounds, stopped) = self.world(world, &mut rows)?;
            played.rounds += rounds;
            played.stopped.extend(stopped.map(|why| (world, why)));
            told(world);
        }
        played.rows = rows.end()?;
        Ok(played)
    }

    /// One world: how many periods were stepped, and why there are no more.
    fn world<W: Write>(
        &self,
        number: u32,
        rows: &mut Tidy<W>,
    ) -> anyhow::Result<(u64, Option<String>)> {
        let world = self.table(number);
        let place = |period| Place {
            world: number,
            period,
        };
        match catch_unwind(AssertUnwindSafe(|| world.record(0))) {
            Ok(None) => {}
            Ok(Some(start)) => rows.period(place(0), world.seats(), &start)?,
            Err(_) => return Ok((0, Some(PANICKED.to_owned()))),
        }
        let mut rounds = 0;
        for period in 1..=self.periods {
            let decided = catch_unwind(AssertUnwindSafe(|| self.decide(&world, number)));
            let stopped = match decided {
                Ok(Ok(())) => world.failure().map(|no| no.message()),
                Ok(Err(no)) => Some(no.message()),
                Err(_) => Some(PANICKED.to_owned()),
            };
            let record = world.record(period).unwrap_or_default();
            let stepped = record.outcome.is_some();
            rows.period(place(period), world.seats(), &record)
                .context("the rows cannot be written")?;
            rounds += u64::from(stepped);
            if let Some(why) = stopped {
                return Ok((rounds, Some(format!("period {period}: {why}"))));
            }
            if world.order() == period {
                break;
            }
        }
        Ok((rounds, None))
    }

    fn table(&self, number: u32) -> TestWorld {
        let mut world = TestWorld::new(self.game.clone());
        if let Some(options) = &self.options {
            world = world.with_options(options);
        }
        let world = world.with_seed(seed_of(self.seed, number));
        let mut phases = self.game.phases().iter();
        if let Some(open) = phases.find(|phase| phase.accepts_decisions) {
            world.enter_phase(&open.name);
        }
        world
    }

    fn decide(&self, world: &TestWorld, number: u32) -> Result<(), Rejected> {
        match &self.players {
            Players::Bot(name) => world.bots_decide(name),
            Players::Decisions(decisions) => {
                let period = world.order();
                for (at, seat) in world.seats().iter().enumerate() {
                    let decision =
                        decisions.of(number, period, &seat.role, tidy::in_role(world.seats(), at));
                    let decided =
                        decision.and_then(|decision| world.submit(seat, decision.clone()));
                    decided.map_err(|no| no.about(&seat.role))?;
                }
                Ok(())
            }
        }
    }
}

/// The seed of a world: one that its neighbours' do not resemble.
fn seed_of(seed: u64, world: u32) -> u64 {
    Rng::new(Rng::new(seed).bits() ^ u64::from(world)).bits()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play(worlds: u32, seed: u64, players: Players) -> (Played, String) {
        let play = Play {
            game: div::game(),
            worlds,
            periods: 5,
            players,
            seed,
            options: None,
        };
        let mut text = Vec::new();
        let played = play.play(&mut text, |_| {}).unwrap();
        (played, String::from_utf8(text).unwrap())
    }

    fn random() -> Players {
        Players::Bot("random".to_owned())
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_another_one_others() {
        let (played, first) = play(3, 7, random());
        assert_eq!((played.rounds, played.rows), (15, 45));
        assert_eq!(play(3, 7, random()).1, first);
        assert_ne!(play(3, 8, random()).1, first);
        let (_, fewer) = play(2, 7, random());
        assert!(
            first.starts_with(&fewer),
            "a world does not depend on how many there are"
        );
    }

    #[test]
    fn what_was_played_is_played_again_from_its_own_rows() {
        let (_, first) = play(2, 7, random());
        let decisions = Decisions::read(&first).unwrap();
        let (played, again) = play(2, 99, Players::Decisions(decisions));
        assert_eq!(played.stopped, []);
        assert_eq!(again, first);
    }

    #[test]
    fn a_world_that_cannot_go_on_says_where_and_why_and_the_others_do() {
        let text = "period,role,world,operand\n1,Dividend,,6\n1,Divisor,1,0\n1,Divisor,2,3\n";
        let decisions = Decisions::read(text).unwrap();
        let (played, rows) = play(2, 1, Players::Decisions(decisions));
        let why = |world, why: &str| (world, why.to_owned());
        let expected = [
            why(1, "period 1: Divisor: Cannot divide by zero"),
            why(
                2,
                "period 2: Dividend: the file has no decision by Dividend for period 2: add it, or play fewer periods",
            ),
        ];
        assert_eq!(
            (played.rounds, played.stopped.as_slice()),
            (1, &expected[..])
        );
        assert!(rows.contains("2,1,,,outcome.quotient,2.0\n"), "{rows}");
    }
}
