//! What is known of the sources and the program that plays.

use serde::{Deserialize, Serialize};

/// How the sources stand to what is being played. The process that builds tells it to the one that serves, a line of JSON each time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BuildState {
    /// What is played is what the sources say.
    #[default]
    Current,
    /// The sources have changed, and are being built.
    Building,
    /// The sources do not compile, or are no game: what is played is the one before.
    Broken {
        /// What the compiler said, without colours.
        error: String,
    },
}
