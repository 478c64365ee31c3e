//! What the author of a game compiles: the vocabulary of a game, and nothing of how it is served.
//!
//! A game is one value, put together by [`Game::builder`]. Most games need only a [`Model`], whose `check` says no to a
//! decision and whose `step` turns a period's decisions into its outcome; `.model(…)` gives it the procedure
//! `period.submit_decision`. Games that need more write handlers: free `async` functions whose arguments say what they
//! want to know, under the attribute [`rpc`].
//!
//! ```
//! use simpl::prelude::*;
//! use simpl::testing::{TestWorld, json};
//!
//! /// A guess.
//! #[derive(Serialize, Deserialize, JsonSchema)]
//! struct Guess {
//!     number: u8,
//! }
//!
//! struct Sum;
//!
//! impl Model for Sum {
//!     type Options = ();
//!     type Decision = Guess;
//!     type Outcome = u32;
//!
//!     fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> {
//!         Ok(turn.decisions().map(|(_, guess)| u32::from(guess.number)).sum())
//!     }
//! }
//!
//! let game = Game::builder("sum").roles([Role::new("Guesser").seats(2, 5)]).phases([Phase::open("Play")]).model(Sum).build();
//! let world = TestWorld::new(game);
//! for (guesser, number) in world.players("Guesser").into_iter().zip([3, 4]) {
//!     world.call_as("period.submit_decision", Some(guesser), json!([number])).unwrap();
//! }
//! assert_eq!(world.result(), Some(json!(7)));
//! ```
//!
//! Deliberately absent: network, clock, threads (but for the one on which the test kit watches a game), an async runtime, randomness other than a turn's seed, and storage. What
//! a handler may do to the outside is the trait [`Desk`]; the service implements it, and so does the test kit.
//!
//! | module | idea |
//! | --- | --- |
//! | `game`, `builder`, `mistake`, `environment` | a game as one value, and how it comes about |
//! | `model`, `outcome`, `rules`, `turn` | the maths, as a type or as one function, what it comes to, and what it may look at |
//! | `schema`, `bot`, `rng` | what decisions look like, and players that are part of the game |
//! | `time_limit`, `silent` | how long a period may take, and what counts then |
//! | `call`, `handler`, `extract`, [`on`] | procedures as plain functions |
//! | `callback`, `registration` | what the service calls by itself: phases, people who come and go, hooks |
//! | `desk`, `handle`, `row` | what game code sees of other scopes, and does there |
//! | `probe` | whether a model steps a turn twice to the same outcome |
//! | `bind`, `finite` | JSON to types, leniently; types to JSON, strictly |
//! | `rejected` | every refusal, and what the caller reads of it |
//! | [`testing`] | a world in memory, and games that nobody thought of |

#![warn(rustdoc::broken_intra_doc_links, rustdoc::private_intra_doc_links)]

/// The page about handlers, of which every snippet is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/handlers.md")]
mod handlers_page {}

mod bind;
mod bot;
mod builder;
mod call;
mod callback;
mod desk;
mod environment;
mod extract;
mod finite;
mod game;
mod handle;
mod handler;
mod mistake;
mod model;
mod outcome;
mod probe;
mod registration;
mod rejected;
mod rng;
mod row;
mod rules;
mod schema;
mod scope;
mod silent;
mod time_limit;
mod turn;

pub mod prelude;
pub mod testing;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use async_trait::async_trait;
pub use bot::{Bot, RANDOM};
pub use builder::{GameBuilder, ScopeBuilder};
pub use call::{Boxed, Call, ErasedHandler, Player};
pub use callback::{Action, Callback, ChangePhase, Changed, Occasion};
pub use desk::{
    Desk, GamesClient, RowChange, Sight, check_downwards, check_event, check_made_by_games,
};
pub use environment::{Account, Environment, SeatPlan, WorldPlan};
pub use extract::{Arg, Args, Client, FromCall, Kwargs};
pub use game::{Game, Phase, Revision, Role};
pub use handle::{GameScope, Period, Run, RunUser, Scenario, Scope, World};
pub use handler::{Handler, IntoReply};
pub use mistake::{Mistake, Mistakes};
pub use model::{ErasedModel, Model, Stepped};
pub use outcome::{Apart, Outcome, Parts};
pub use rejected::{NO_SUCH_PROCEDURE, RUNTIME_ERROR, Rejected, Reply, VALIDATION_ERROR};
pub use rng::Rng;
pub use row::Row;
pub use rules::Rules;
pub use scope::{ScopeKind, on};
pub use silent::Silent;
pub use simpl_macros::{data, on, rpc};
pub use time_limit::{Overdue, TimeLimit};
pub use turn::{RawTurn, Seat, Turn};

/// What the page says compiles and holds.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/testing.md")]
struct TestingPage;
