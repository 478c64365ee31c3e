//! What counts for a seat that has not decided in time.

use serde_json::{Map, Value};

use crate::bot::RANDOM;
use crate::game::Game;
use crate::rejected::Rejected;
use crate::time_limit::Overdue;
use crate::turn::RawTurn;

/// A seat that has not decided when the time for a period is over.
#[derive(Clone, Debug)]
pub struct Silent {
    /// What its decision may look at; `seat` says whose it is.
    pub turn: RawTurn,
    /// What the seat decided in the period before.
    pub last: Option<Value>,
}

impl Silent {
    /// What counts for the seat by the rule `then`, and which rule it comes from: `Last` falls back to `Default`. An empty object stands
    /// for a seat that is skipped. Code of the game is asked, which may panic.
    ///
    /// # Errors
    /// Nothing can count: why.
    pub fn counts(&self, game: &Game, then: Overdue) -> Result<(Value, Overdue), Rejected> {
        let role = self.turn.seat.as_ref().map_or("", |seat| &seat.role);
        let undecided =
            |message| Rejected::because(message).with("undecided", "a decision", Value::Null);
        let Some(model) = game.model() else {
            return Err(undecided(
                "nothing can count for a seat, because this game has no model".to_owned(),
            ));
        };
        match (then, &self.last) {
            (Overdue::Skip, _) => return Ok((Value::Object(Map::new()), Overdue::Skip)),
            (Overdue::Last, Some(last)) if model.check(&self.turn, last).is_ok() => {
                return Ok((last.clone(), Overdue::Last));
            }
            (Overdue::Bot, _) => {
                let bot = game.default_bot().unwrap_or(RANDOM);
                return Ok((game.bot_decides(bot, &self.turn)?, Overdue::Bot));
            }
            _ => {}
        }
        let Some(decision) = model.default_decision(&self.turn)? else {
            return Err(undecided(format!(
                "nothing can count for {role}, because this game has no default decision for it: give more time, have a bot decide, or have the seat skipped"
            )));
        };
        let checked = model.check(&self.turn, &decision);
        checked
            .map_err(|no| no.about(&format!("the default decision for {role} does not count")))?;
        Ok((decision, Overdue::Default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prelude::*;
    use serde_json::json;

    #[derive(Debug, Serialize, Deserialize, JsonSchema)]
    struct Bid {
        bid: u32,
    }

    /// Up to 10; by default 1, and 99 for a Fool.
    #[derive(Debug)]
    struct Auction;

    impl Model for Auction {
        type Options = ();
        type Decision = Bid;
        type Outcome = ();

        fn check(&self, _: &Turn<'_, Self>, decision: &Bid) -> Reply<()> {
            match decision.bid {
                0..=10 => Ok(()),
                bid => Err(Rejected::because(format!("{bid} is too much"))),
            }
        }

        fn default_decision(&self, turn: &Turn<'_, Self>) -> Option<Bid> {
            match turn.role() {
                "Bidder" => Some(Bid { bid: 1 }),
                "Fool" => Some(Bid { bid: 99 }),
                _ => None,
            }
        }

        fn step(&self, _: &Turn<'_, Self>) -> Reply<()> {
            Ok(())
        }
    }

    fn silent(role: &str, last: Option<Value>) -> Silent {
        let seat = Seat {
            runuser: 1,
            user: 2,
            role: role.to_owned(),
            role_pk: 3,
            email: String::new(),
            name: String::new(),
        };
        let turn = RawTurn {
            seat: Some(seat),
            ..RawTurn::default()
        };
        Silent { turn, last }
    }

    fn of(role: &str, last: Option<Value>, then: Overdue) -> Result<(Value, Overdue), String> {
        let game = Game::builder("auction")
            .roles(["Bidder"])
            .phases([Phase::open("Play")])
            .model(Auction)
            .bot("bold", |turn: &Turn<'_, Auction>, _: &mut Rng| {
                (turn.role() == "Bidder").then_some(Bid { bid: 10 })
            })
            .build();
        let counts = silent(role, last).counts(&game, then);
        counts.map_err(|no| no.message())
    }

    #[test]
    fn each_rule_has_its_decision() {
        let (one, five) = (json!({"bid": 1}), json!({"bid": 5}));
        let last = || Some(five.clone());
        let is = |decision: &Value, by| Ok((decision.clone(), by));
        assert_eq!(
            of("Bidder", last(), Overdue::Default),
            is(&one, Overdue::Default)
        );
        assert_eq!(
            of("Bidder", last(), Overdue::Last),
            is(&five, Overdue::Last)
        );
        assert_eq!(
            of("Bidder", None, Overdue::Last),
            is(&one, Overdue::Default)
        );
        let ten = json!({"bid": 10});
        assert_eq!(of("Bidder", last(), Overdue::Bot), is(&ten, Overdue::Bot));
        let skipped = of("Bidder", last(), Overdue::Skip);
        assert_eq!(skipped, is(&json!({}), Overdue::Skip));
    }

    #[test]
    fn what_is_against_the_rules_does_not_count() {
        let last = of("Bidder", Some(json!({"bid": 11})), Overdue::Last);
        assert_eq!(last, Ok((json!({"bid": 1}), Overdue::Default)));
        let no = of("Fool", None, Overdue::Default).unwrap_err();
        assert_eq!(
            no,
            "the default decision for Fool does not count: 99 is too much"
        );
        let no = of("Fool", None, Overdue::Bot).unwrap_err();
        assert!(
            no.contains("the bot bold has nothing to decide as Fool"),
            "{no}"
        );
        let no = of("Auctioneer", None, Overdue::Default).unwrap_err();
        assert!(no.contains("no default decision"), "{no}");
    }
}
