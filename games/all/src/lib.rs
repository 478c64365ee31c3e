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
    fn games_stand_in_order_and_no_two_share_a_slug_or_a_root_topic() {
        let games = games();
        let slugs: Vec<&str> = games.iter().map(Game::slug).collect();
        let topics: BTreeSet<&str> = games.iter().map(Game::root_topic).collect();
        assert!(slugs.is_sorted_by(|one, next| one < next), "{slugs:?}");
        assert_eq!(topics.len(), games.len(), "{topics:?}");
        assert!(slugs.contains(&"div"), "{slugs:?}");
    }
}
