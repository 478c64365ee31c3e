//! The linked games with every command of `modelservice`, for `modelservice dev --watch` in this repository.
//!
//! The package `modelservice` depends on the games for its own program, so that a change of one has the whole service compiled again. Here the
//! service is the library, without games: only the game, their list and this file are built anew. Deliberately absent: anything else.

use std::process::ExitCode;

fn main() -> ExitCode {
    modelservice::run(games_all::games())
}
