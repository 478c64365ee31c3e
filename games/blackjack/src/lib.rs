//! Blackjack: one player against the dealer, several decisions a hand.
//!
//! The casino's game in its plainest form (rules as in Edward O. Thorp, *Beat the Dealer*, 1962, without pairs split, stakes doubled and
//! insurance). Each hand is dealt from a full deck, freshly shuffled. Cards count their number, court cards 10, an ace 11 or, where
//! that would be more than 21, 1. The player draws or stands; beyond 21 the stake is lost. Then the dealer draws up to 16 and stands
//! from 17. The higher hand wins the stake of 1, equal hands win nothing, and an ace with a ten on the first two cards, a natural, wins
//! 1.5 unless the dealer has one, too.
//!
//! Each move is a period of its own: what is seen after it, a card, is what the next move rests on, and it cannot be taken back.
//! The dealer's second card and the deck are carried, so that nobody reads them before they are turned over.

mod cards;

use serde::{Deserialize, Serialize};
use simpl::prelude::*;

pub use cards::{Card, Hand};

/// What to do with the hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Move {
    /// Take one more card.
    Hit,
    /// Leave it as it is: the dealer's turn.
    Stand,
}

/// A move in a hand.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Play {
    /// Another card, or none.
    #[serde(rename = "move")]
    pub chosen: Move,
}

/// How long it is played.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Rules {
    /// Hands until the game is over.
    #[schemars(range(min = 1, max = 1000), extend("unit" = "hands"))]
    pub hands: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { hands: 10 }
    }
}

/// What lies on the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Table {
    /// The hand that is played, from 1; the last one, when the game is over.
    pub hand: u32,
    /// The player's cards.
    pub cards: Hand,
    /// What they count.
    pub count: u32,
    /// The dealer's card that lies open.
    pub dealer_shows: Option<Card>,
    /// What became of the hand before.
    pub last_hand: Option<Finished>,
    /// What was won so far; less than 0 for a loss.
    #[schemars(extend("unit" = "stakes"))]
    pub won: f64,
}

/// A hand that is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finished {
    /// What the player had.
    pub player: Hand,
    /// What the dealer had.
    pub dealer: Hand,
    /// What the hand won.
    #[schemars(extend("unit" = "stakes"))]
    pub won: f64,
}

/// What lies face down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FaceDown {
    dealer: Hand,
    deck: Hand,
}

/// The dealer.
#[derive(Debug)]
pub struct Blackjack;

impl Blackjack {
    fn deal(
        hand: u32,
        last_hand: Option<Finished>,
        won: f64,
        rng: &mut Rng,
    ) -> Outcome<Table, (), FaceDown> {
        let mut deck = Hand::deck();
        deck.shuffle(rng);
        let (cards, dealer) = (deck.deal(2), deck.deal(2));
        let table = Table {
            hand,
            count: cards.count(),
            cards,
            dealer_shows: dealer.first(),
            last_hand,
            won,
        };
        Outcome::new(table).carry(FaceDown { dealer, deck })
    }
}

impl Model for Blackjack {
    type Options = Rules;
    type Decision = Play;
    type Outcome = Outcome<Table, (), FaceDown>;

    fn start(&self, turn: &Turn<'_, Self>) -> Option<Self::Outcome> {
        Some(Self::deal(1, None, 0.0, &mut turn.rng()))
    }

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Self::Outcome> {
        let (Some(before), Some(face_down)) = (turn.previous(), turn.carried()) else {
            return Err(Rejected::because("no cards have been dealt"));
        };
        let (mut table, mut face_down) = (before.world.clone(), face_down.clone());
        if turn.by("Player")?.chosen == Move::Hit {
            table.cards.take(&mut face_down.deck);
            table.count = table.cards.count();
            table.last_hand = None;
            if table.count <= 21 {
                return Ok(Outcome::new(table).carry(face_down));
            }
        }
        let FaceDown {
            mut dealer,
            mut deck,
        } = face_down;
        while table.count <= 21 && dealer.count() < 17 {
            dealer.take(&mut deck);
        }
        let won = winnings(&table.cards, &dealer);
        let finished = Finished {
            player: table.cards.clone(),
            dealer,
            won,
        };
        let total = table.won + won;
        if table.hand >= turn.options().hands {
            table.dealer_shows = None;
            table.last_hand = Some(finished);
            table.won = total;
            return Ok(Outcome::new(table));
        }
        Ok(Self::deal(
            table.hand + 1,
            Some(finished),
            total,
            &mut turn.rng(),
        ))
    }

    fn over(&self, _: &Turn<'_, Self>, outcome: &Self::Outcome) -> bool {
        outcome.carried().is_none()
    }

    fn score(&self, _: &Turn<'_, Self>, _: &Seat, outcome: &Self::Outcome) -> Option<f64> {
        Some(outcome.world.last_hand.as_ref()?.won)
    }
}

/// What the player wins of a stake of 1.
fn winnings(player: &Hand, dealer: &Hand) -> f64 {
    let (own, theirs) = (player.count(), dealer.count());
    match (player.is_natural(), dealer.is_natural()) {
        _ if own > 21 => -1.0,
        (true, true) => 0.0,
        (true, false) => 1.5,
        (false, true) => -1.0,
        _ if theirs > 21 || own > theirs => 1.0,
        _ if own < theirs => -1.0,
        _ => 0.0,
    }
}

/// Draws up to 16 and stands from 17, as the dealer has to.
fn like_the_dealer(turn: &Turn<'_, Blackjack>, _: &mut Rng) -> Option<Play> {
    let chosen = match turn.previous()?.world.count {
        ..17 => Move::Hit,
        _ => Move::Stand,
    };
    Some(Play { chosen })
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("blackjack")
        .title("Blackjack")
        .roles(["Player"])
        .phases([Phase::open("Play"), Phase::closed("Debrief")])
        .single_player()
        .next_period()
        .model(Blackjack)
        .bot("dealer", like_the_dealer)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_higher_hand_wins_and_a_natural_wins_more() {
        let won = |player, dealer| winnings(&Hand::of(player), &Hand::of(dealer));
        for (player, dealer, expected) in [
            ("K9", "K8", 1.0),
            ("K8", "K9", -1.0),
            ("K8", "88", 1.0),
            ("K8", "98A", 0.0),
            ("K95", "K6K", -1.0),
            ("K9", "K6K", 1.0),
            ("AK", "K83", 1.5),
            ("K83", "AK", -1.0),
            ("AK", "AQ", 0.0),
            ("777", "AK", -1.0),
        ] {
            assert_eq!(won(player, dealer), expected, "{player} against {dealer}");
        }
    }
}
