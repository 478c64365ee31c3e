//! Generated games: a game is played with decisions that nobody thought of, and whatever is wrong with it is told by its cause.
//!
//! A generated game has legal decisions, often at the ends of their limits, and others that are not; players send them in any order,
//! twice, and too late. It is then played again: with the same seed, with every decision twice, with the service started again in
//! between while another world plays, and with the decisions in other orders. All of that has to come to the same.
//!
//! What cannot be seen from outside the game: a clock that is read in whole seconds, a field of an outcome that is not written
//! (`#[serde(skip)]`), and a stack that overflows, which ends the whole program.

mod compare;
mod decisions;
mod finding;
mod script;
mod shrink;
mod table;
mod variants;
mod watch;

use std::sync::Arc;
use std::time::Duration;

pub use finding::{Cause, Finding, Report};

use self::script::{generate, options};
use self::shrink::shrunk;
use self::table::{Doing, Fault, Move, Setup};
use self::variants::Variants;
use self::watch::{Next, Watched};
use crate::game::{Game, Role};
use crate::model::ErasedModel;
use crate::rng::Rng;

/// Plays 100 generated games, always the same ones. The one test that every game should have:
///
/// ```
/// # use simpl::prelude::*;
/// # #[derive(Serialize, Deserialize, JsonSchema)]
/// # struct Bid { bid: u8 }
/// # struct Auction;
/// # impl Model for Auction {
/// #     type Options = (); type Decision = Bid; type Outcome = u32;
/// #     fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> { Ok(turn.decisions().map(|(_, bid)| u32::from(bid.bid)).sum()) }
/// # }
/// # fn game() -> Game {
/// #     Game::builder("auction").roles([Role::new("Bidder").seats(2, 5)]).phases([Phase::open("Play")]).model(Auction).build()
/// # }
/// // #[test]
/// fn generated_games_find_nothing() {
///     simpl::testing::generated(game());
/// }
/// # generated_games_find_nothing();
/// ```
///
/// # Panics
/// When something is wrong with the game: with the cause, the moves that show it, and the seed. Also when it has no model.
#[track_caller]
pub fn generated(game: Game) {
    let report = Generated::of(game).play();
    assert!(report.finding.is_none() && report.games > 0, "{report}");
}

/// Generated games of one game, yet to be played.
#[derive(Clone, Debug)]
#[must_use]
pub struct Generated {
    game: Game,
    games: u32,
    seed: u64,
    patience: Duration,
}

impl Generated {
    /// 100 games from the seed 1.
    pub fn of(game: Game) -> Self {
        Self {
            game,
            games: 100,
            seed: 1,
            patience: Duration::from_secs(10),
        }
    }

    /// So many games.
    pub fn games(self, games: u32) -> Self {
        Self { games, ..self }
    }

    /// The seed of the first game; each next one has the next number.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// How long a check, a step or a bot may take before it counts as one that does not end; 10 s, if nothing else is said. Its thread
    /// stays at work until the program ends.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Plays them until something is found.
    pub fn play(self) -> Report {
        self.play_telling(|_| {})
    }

    /// As [`play`](Self::play), and tells after each game how many have been played.
    pub fn play_telling(self, mut played: impl FnMut(u32)) -> Report {
        let mut report = Report {
            game: self.game.slug().to_owned(),
            seed: self.seed,
            ..Report::default()
        };
        let Some(model) = self.game.model().cloned() else {
            return report;
        };
        let (game, patience) = (self.game.clone(), self.patience);
        let working = Watched::start(move |teller| {
            let tell = |news| {
                // Nobody listens any more when this has taken too long.
                let _ = teller.send(news);
            };
            for number in 0..self.games {
                let seed = self.seed.wrapping_add(u64::from(number));
                let done = one(&self.game, &model, seed, &|doing| tell(News::Doing(doing)));
                let found = done.found.is_some();
                tell(News::Played(done));
                if found {
                    break;
                }
            }
        });
        let working = working.unwrap_or_else(|e| panic!("no thread to play on: {e}"));
        let mut doing = Current::new(&game, self.seed);
        loop {
            match working.next(patience) {
                Next::Told(News::Doing(now)) => doing.take(now),
                Next::Told(News::Played(done)) => {
                    report.games += 1;
                    report.periods += done.periods;
                    report.taken += done.taken;
                    report.refused += done.refused;
                    report.finding = done.found;
                    doing = Current::new(&game, done.seed.wrapping_add(1));
                    played(report.games);
                }
                Next::Silent => {
                    report.games += 1;
                    report.finding = Some(doing.endless(patience));
                    return report;
                }
                Next::Ended => {
                    working.end();
                    return report;
                }
            }
        }
    }
}

enum News {
    Doing(Doing),
    Played(Done),
}

/// One generated game.
struct Done {
    seed: u64,
    periods: u64,
    taken: u64,
    refused: u64,
    found: Option<Finding>,
}

fn one(game: &Game, model: &Arc<dyn ErasedModel>, seed: u64, tell: &dyn Fn(Doing)) -> Done {
    let model = model.as_ref();
    let setup = setup(game, model, seed);
    let made = generate(&setup, model, &mut Rng::new(!seed), tell);
    let examined = |script: &[Move], thorough| {
        let variants = Variants {
            setup: &setup,
            model,
            script,
            thorough,
            tell,
        };
        variants.examine().err()
    };
    // Bots and defaults were looked at while it was made.
    let fault = made.fault.or_else(|| examined(&made.script, false));
    let found = fault.map(|fault| {
        let (script, fault) = shrunk(made.script, fault, |script| examined(script, true));
        finding(&setup, &script, fault)
    });
    Done {
        seed,
        periods: made.periods,
        taken: made.taken,
        refused: made.refused,
        found,
    }
}

/// What a generated game of that seed begins with.
fn setup(game: &Game, model: &dyn ErasedModel, seed: u64) -> Setup {
    let rng = &mut Rng::new(seed);
    let seats = |role: &Role, rng: &mut Rng| {
        let least = role.minimum.max(1);
        let most = role.maximum.clamp(least, least.saturating_add(3));
        let more = rng.below(u64::from(most - least) + 1);
        least + u32::try_from(more).unwrap_or(0)
    };
    Setup {
        seats: game.roles().iter().map(|role| seats(role, rng)).collect(),
        options: options(model, rng),
        game: game.clone(),
        seed,
    }
}

fn finding(setup: &Setup, script: &[Move], fault: Fault) -> Finding {
    let world = setup.world();
    let seats = &world.rounds().seats;
    let options = setup.options.as_ref();
    let options = options.map(|options| format!("options {options}"));
    let moves = script.iter().map(|this| this.told(seats));
    Finding {
        cause: fault.cause,
        seen: fault.seen,
        moves: options.into_iter().chain(moves).collect(),
        seed: setup.seed,
    }
}

/// What is being done at the moment, to be told if it never ends.
struct Current<'a> {
    game: &'a Game,
    seed: u64,
    moves: Vec<Move>,
    asking: Option<String>,
}

impl<'a> Current<'a> {
    fn new(game: &'a Game, seed: u64) -> Self {
        Self {
            game,
            seed,
            moves: Vec::new(),
            asking: None,
        }
    }

    fn take(&mut self, doing: Doing) {
        self.asking = None;
        match doing {
            Doing::World => self.moves.clear(),
            Doing::Move(this) => self.moves.push(this),
            Doing::Asking(what) => self.asking = Some(what),
        }
    }

    fn endless(self, patience: Duration) -> Finding {
        let what = match (self.asking, self.moves.last()) {
            (Some(what), _) => what,
            (None, Some(_)) => "`check` or `step`, after the last move,".to_owned(),
            (None, None) => "the game".to_owned(),
        };
        let seen = format!("{what} has not ended after {patience:?}");
        let model = self.game.model().map(Arc::clone);
        let fault = Fault::new(Cause::Endless, seen);
        let setup = model.map(|model| setup(self.game, model.as_ref(), self.seed));
        let setup = setup.unwrap_or_else(|| unreachable!("only games with a model are played"));
        finding(&setup, &self.moves, fault)
    }
}
