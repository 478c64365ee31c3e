//! A new game on disk: `modelservice new`.
//!
//! [`NewGame`] is what the author asked for, with a name that cargo and topics take; [`Project`] is the files of a folder of its own, and
//! [`Checkout`] a working copy of this repository, into which a game can be linked. What is absent: questions, and printing.

mod checkout;
mod new_game;
mod project;
mod text;

use std::path::PathBuf;

pub use checkout::Checkout;
pub use new_game::{NameError, NewGame};
pub use project::Project;

/// Why there is no new game. Each text says what was expected, what came and what to do.
#[derive(Debug, thiserror::Error)]
pub enum NewGameError {
    /// The name of the game, or of a role, cannot be used.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The repository has a game of that name.
    #[error(
        "the game {slug} is there already, in {}: choose another name, or go on with that one",
        .folder.display()
    )]
    Taken {
        /// The name.
        slug: String,
        /// Where that game is.
        folder: PathBuf,
    },
    /// The folder of a project is there.
    #[error(
        "{} is there already: a new game gets a folder of its own; choose another name, or another folder with --path",
        .0.display()
    )]
    Exists(PathBuf),
    /// A file of the repository is not as it was expected.
    #[error(
        "{} has no {expected}, so that the game cannot be linked; nothing was changed",
        .file.display()
    )]
    Unlike {
        /// Which file.
        file: PathBuf,
        /// What is missed there.
        expected: &'static str,
    },
    /// There is nothing to depend on.
    #[error(
        "{} is no checkout of modelservice (it has no crates/sdk/Cargo.toml), and a game of its own depends on one: name one with --sdk DIR",
        .0.display()
    )]
    NoSources(PathBuf),
    /// The disk refused.
    #[error("{} cannot be {done}: {reason}", .path.display())]
    Disk {
        /// Which file or folder.
        path: PathBuf,
        /// What was to be done with it: `read`, `written`, `made`.
        done: &'static str,
        /// What the system said.
        reason: std::io::Error,
    },
}

/// A file that is to be written, below some folder.
#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    path: PathBuf,
    text: String,
}

impl File {
    fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
        }
    }
}
