//! The games that the binary links: the one place to add yours.

use simpl::Game;

/// Every game linked, in order of slug.
#[must_use]
pub fn games() -> Vec<Game> {
    vec![
        beer::game(),
        blackjack::game(),
        calc::game(),
        cournot::game(),
        div::game(),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_games_share_a_slug_or_a_root_topic() {
        let games = games();
        let slugs: BTreeSet<&str> = games.iter().map(Game::slug).collect();
        let topics: BTreeSet<&str> = games.iter().map(Game::root_topic).collect();
        assert_eq!(
            slugs.iter().copied().collect::<Vec<_>>(),
            ["beer", "blackjack", "calc", "cournot", "div"]
        );
        assert_eq!((slugs.len(), topics.len()), (games.len(), games.len()));
    }
}
