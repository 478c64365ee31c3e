//! Building a game again and again while it is played: `modelservice dev --watch`.
//!
//! One process watches and builds, another serves: [`Sources`] are what an author changes, [`Changes`] notices that, [`build`] has cargo
//! build the program, and [`Serving`] is the one that plays. What was played is in the games API's file, so that the next program goes
//! on where the one before stopped. What is absent: what to do in which order, and printing; that is `src/cli/watch.rs`.

mod build;
mod changes;
mod serving;
mod sources;
mod state;

pub use build::{Built, build};
pub use changes::Changes;
pub use serving::Serving;
pub use sources::Sources;
pub use state::BuildState;

use std::path::PathBuf;
use std::time::Duration;

/// Why there is nothing to watch, to build or to serve. Each text says what was expected, what came and what to do.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// There is no cargo project here.
    #[error(
        "there is no Cargo.toml with a src/main.rs in {} or a folder above it: start `dev --watch` in the folder of your game, or make one with `modelservice new`",
        .0.display()
    )]
    NoProject(PathBuf),
    /// The system does not tell of changes.
    #[error(
        "{} cannot be watched for changes: {reason}; on Linux the limit may be too low (`sysctl fs.inotify.max_user_watches`)",
        .path.display()
    )]
    Unwatched {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        reason: notify::Error,
    },
    /// There is no cargo, or it could not be heard.
    #[error(
        "cargo cannot be run: {0}; it comes with Rust (https://rustup.rs), and has to be in the PATH"
    )]
    Cargo(std::io::Error),
    /// Cargo has built, and named no program.
    #[error(
        "cargo has built {} without making a program: a src/main.rs is expected that calls modelservice::run",
        .0.display()
    )]
    NoProgram(PathBuf),
    /// The program could not be run at all.
    #[error("{} cannot be run: {reason}", .program.display())]
    Program {
        /// Which program.
        program: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// The program ended before it was ready.
    #[error("the game did not start: {status}; what it said is above")]
    NotStarted {
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// The program says nothing.
    #[error("the game was not ready within {0:?}, and was ended")]
    NotReady(Duration),
}
