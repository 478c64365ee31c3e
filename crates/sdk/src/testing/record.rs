//! A period of a world in memory, as a whole: for programs that write down what was played.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::TestWorld;
use crate::call::Player;
use crate::rejected::Rejected;
use crate::turn::Seat;

const SUBMIT: &str = "period.submit_decision";

/// What is stored of one period.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Record {
    /// What the seats have decided that have decided, by their place among [`TestWorld::seats`].
    pub decisions: Vec<(usize, Value)>,
    /// What everybody at the table sees, once it has been stepped.
    pub outcome: Option<Value>,
    /// What seats see of it alone.
    pub parts: Vec<(usize, Value)>,
    /// The points of the seats that have any.
    pub scores: Vec<(usize, f64)>,
}

impl TestWorld {
    /// Every seat of the world, in the order of roles.
    #[must_use]
    pub fn seats(&self) -> &[Seat] {
        &self.rounds().seats
    }

    /// Submits a decision for the current period as the player in a seat would: an object by the names of its fields, anything else as the
    /// only argument.
    ///
    /// # Errors
    /// What the player would be told; also by a text that is answered as a result, see [`Rejected::reply`].
    pub fn submit(&self, seat: &Seat, decision: Value) -> Result<(), Rejected> {
        self.submit_in(self.order(), seat, decision)
    }

    /// As [`submit`](Self::submit), for the period of that order, which may be over.
    pub(super) fn submit_in(
        &self,
        order: u32,
        seat: &Seat,
        decision: Value,
    ) -> Result<(), Rejected> {
        let arguments = match decision {
            Value::Object(members) => Value::Object(members),
            only => json!([only]),
        };
        match self.call_in(order, SUBMIT, Some(Player(seat.clone())), arguments)? {
            Value::String(text) if text != "ok" => Err(Rejected::reply(text)),
            _ => Ok(()),
        }
    }

    /// What is stored of the period of that order; of order 0, what the game began with, if anything.
    ///
    /// # Panics
    /// When the game cannot start.
    #[must_use]
    pub fn record(&self, order: u32) -> Option<Record> {
        let round = match order {
            0 => self.rounds().start()?,
            _ => self.rounds().round(order)?,
        };
        Some(Record {
            decisions: self.by_seat(round.decisions),
            outcome: round.result,
            parts: self.by_seat(round.parts),
            scores: self.by_seat(round.scores),
        })
    }

    /// What is known by run user, by place.
    fn by_seat<T>(&self, all: BTreeMap<u64, T>) -> Vec<(usize, T)> {
        let place = |runuser| self.seats().iter().position(|seat| seat.runuser == runuser);
        let placed = all
            .into_iter()
            .filter_map(|(runuser, one)| Some((place(runuser)?, one)));
        placed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Bid {
        bid: u8,
    }

    struct Auction;

    impl Model for Auction {
        type Options = ();
        type Decision = Bid;
        type Outcome = u32;

        fn check(&self, _: &Turn<'_, Self>, decision: &Bid) -> Reply<()> {
            match decision.bid {
                0 => Err(Rejected::reply("Bid something")),
                _ => Ok(()),
            }
        }

        fn step(&self, turn: &Turn<'_, Self>) -> Reply<u32> {
            Ok(turn.decisions().map(|(_, bid)| u32::from(bid.bid)).sum())
        }

        fn score(&self, turn: &Turn<'_, Self>, seat: &Seat, _: &u32) -> Option<f64> {
            let own = turn.decisions().find(|(one, _)| *one == seat);
            own.map(|(_, bid)| f64::from(bid.bid))
        }
    }

    #[test]
    fn a_period_is_told_with_decisions_outcome_and_points_of_every_seat() {
        let game = Game::builder("auction")
            .roles([Role::new("Bidder").seats(1, 3)])
            .phases([Phase::open("Play")])
            .next_period()
            .model(Auction)
            .build();
        let world = TestWorld::seated(game, |role| role.maximum);
        for (seat, bid) in world.seats().iter().zip([3, 4, 5]) {
            world.submit(seat, json!({"bid": bid})).unwrap();
        }
        let record = world.restarted().record(1).unwrap();
        let decisions = [
            (0, json!({"bid": 3})),
            (1, json!({"bid": 4})),
            (2, json!({"bid": 5})),
        ];
        assert_eq!(record.decisions, decisions);
        assert_eq!(record.outcome, Some(json!(12)));
        assert_eq!(record.scores, [(0, 3.0), (1, 4.0), (2, 5.0)]);
        let no = world
            .submit(&world.seats()[0], json!({"bid": 0}))
            .unwrap_err();
        assert_eq!(no.message(), "Bid something");
        assert_eq!(
            (world.record(2), world.record(3)),
            (Some(Record::default()), None)
        );
    }
}
