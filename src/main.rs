//! The `modelservice` program: parses the command line, runs it, sets the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    modelservice::cli::main(linked_games())
}

/// The games this binary was built with.
fn linked_games() -> Vec<simpl::Game> {
    #[cfg(feature = "games")]
    return games_all::games();
    #[cfg(not(feature = "games"))]
    Vec::new()
}
