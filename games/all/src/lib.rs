//! The games that the binary links: the one place to add yours.

use simpl::Game;

/// Every game linked, in order of slug.
#[must_use]
pub fn games() -> Vec<Game> {
    vec![div::game()]
}
