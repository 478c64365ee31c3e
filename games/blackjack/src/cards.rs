//! Cards, and what a hand of them counts.

use serde::{Deserialize, Serialize};
use simpl::Rng;
use simpl::prelude::{JsonSchema, schemars};

/// A card, by its rank: suits count for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Card {
    /// 11, or 1.
    A,
    /// 2.
    #[serde(rename = "2")]
    Two,
    /// 3.
    #[serde(rename = "3")]
    Three,
    /// 4.
    #[serde(rename = "4")]
    Four,
    /// 5.
    #[serde(rename = "5")]
    Five,
    /// 6.
    #[serde(rename = "6")]
    Six,
    /// 7.
    #[serde(rename = "7")]
    Seven,
    /// 8.
    #[serde(rename = "8")]
    Eight,
    /// 9.
    #[serde(rename = "9")]
    Nine,
    /// 10.
    #[serde(rename = "10")]
    Ten,
    /// The jack: 10.
    J,
    /// The queen: 10.
    Q,
    /// The king: 10.
    K,
}

use Card::{A, Eight, Five, Four, J, K, Nine, Q, Seven, Six, Ten, Three, Two};

const RANKS: [Card; 13] = [
    A, Two, Three, Four, Five, Six, Seven, Eight, Nine, Ten, J, Q, K,
];

impl Card {
    /// What it counts; an ace as 1.
    const fn count(self) -> u32 {
        match self {
            A => 1,
            Two => 2,
            Three => 3,
            Four => 4,
            Five => 5,
            Six => 6,
            Seven => 7,
            Eight => 8,
            Nine => 9,
            Ten | J | Q | K => 10,
        }
    }
}

/// Cards in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Hand(Vec<Card>);

impl Hand {
    /// The 52 cards in order.
    pub(crate) fn deck() -> Self {
        Self(RANKS.repeat(4))
    }

    pub(crate) fn shuffle(&mut self, rng: &mut Rng) {
        rng.shuffle(&mut self.0);
    }

    /// Takes so many cards from the end.
    pub(crate) fn deal(&mut self, cards: usize) -> Self {
        Self(self.0.split_off(self.0.len().saturating_sub(cards)))
    }

    /// Takes one card from a deck; none where it has none.
    pub(crate) fn take(&mut self, deck: &mut Self) {
        self.0.extend(deck.0.pop());
    }

    pub(crate) fn first(&self) -> Option<Card> {
        self.0.first().copied()
    }

    /// What it counts: one ace as 11, as long as that is not too much.
    #[must_use]
    pub fn count(&self) -> u32 {
        let least: u32 = self.0.iter().map(|card| card.count()).sum();
        match self.0.contains(&A) && least <= 11 {
            true => least + 10,
            false => least,
        }
    }

    /// An ace and a ten, on the first two cards.
    #[must_use]
    pub fn is_natural(&self) -> bool {
        self.0.len() == 2 && self.count() == 21
    }

    /// A hand as letters, with T for a ten.
    #[cfg(test)]
    pub(crate) fn of(letters: &str) -> Self {
        let card = |letter| "A23456789TJQK".find(letter).map(|at| RANKS[at]);
        Self(letters.chars().filter_map(card).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ace_counts_eleven_as_long_as_that_is_not_too_much() {
        for (hand, count) in [
            ("AK", 21),
            ("A9A", 21),
            ("A5K", 16),
            ("AAAA", 14),
            ("KQ2", 22),
            ("T9", 19),
        ] {
            assert_eq!(Hand::of(hand).count(), count, "{hand}");
        }
        assert!(Hand::of("AT").is_natural() && !Hand::of("A55").is_natural());
    }

    #[test]
    fn a_shuffled_deck_has_every_card_four_times() {
        let mut deck = Hand::deck();
        deck.shuffle(&mut Rng::new(7));
        assert_ne!(deck, Hand::deck());
        for rank in RANKS {
            assert_eq!(deck.0.iter().filter(|card| **card == rank).count(), 4);
        }
    }
}
