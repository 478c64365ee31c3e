//! What a run is set up with: name, options, sizes of tables, what happens to who is left over, time limit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use games_contract::Map;
use serde_json::{Value, json};
use simpl::{Game, Rejected};

use crate::deadlines::readable;
use crate::refusal;
use crate::scopes::service_state::with_turn;
use crate::seating::{Odd, sizes};

/// Characters of a run's name at most, as the games API has it.
const NAME: usize = 100;

/// What a run is set up with. What is not said stays as it is, or as the game has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// The run's name.
    pub name: Option<String>,
    /// The game's options, which were found to be of its type.
    pub options: Option<Value>,
    /// People at a full table; null for as many as the game's roles need.
    pub size: Option<Value>,
    /// What happens to those who are too few for one more table.
    pub odd: Option<Odd>,
    /// `{"seconds": 90, "then": "default"}` for each period, or null for as long as it takes.
    pub limit: Option<Value>,
}

/// The names of the terms.
const KNOWN: [&str; 5] = ["name", "options", "size", "odd", "limit"];

impl Terms {
    /// Reads the terms from the arguments of a call, by name; names in `besides` are for others to read.
    ///
    /// # Errors
    /// One is not what the game can be played with, or is not known; the refusal names it.
    pub fn read(game: &Game, named: &Map, besides: &[&str]) -> Result<Self, Rejected> {
        let own = |name: &&String| !name.starts_with('_') && *name != "user";
        for name in named.keys().filter(own) {
            if !KNOWN.contains(&name.as_str()) && !besides.contains(&name.as_str()) {
                let known: Vec<&str> = KNOWN.iter().chain(besides).copied().collect();
                let known = known.join(", ");
                let message = format!("there is no argument `{name}` here: use {known}");
                return Err(Rejected::invalid_argument(message, known, name.as_str()));
            }
        }
        Ok(Self {
            name: named.get("name").map(name).transpose()?,
            options: named
                .get("options")
                .map(|given| options(game, given))
                .transpose()?,
            size: named
                .get("size")
                .map(|given| size(game, given))
                .transpose()?,
            odd: named.get("odd").map(odd).transpose()?,
            limit: named
                .get("limit")
                .map(|given| limit(game, given))
                .transpose()?,
        })
    }

    /// The data of a run with these terms, with everything else that is in `held`.
    #[must_use]
    pub fn into_data(self, held: &Value) -> Value {
        let mut data = with_turn(held, |turn| {
            let seating = turn.get("seating").and_then(Value::as_object);
            let mut seating = seating.cloned().unwrap_or_default();
            if let Some(size) = self.size {
                seating.insert("size".to_owned(), size);
            }
            if let Some(odd) = self.odd {
                seating.insert("odd".to_owned(), odd.name().into());
            }
            if !seating.is_empty() {
                turn.insert("seating".to_owned(), seating.into());
            }
            if let Some(limit) = self.limit {
                turn.insert("limit".to_owned(), limit);
            }
        });
        if let (Some(options), Value::Object(members)) = (self.options, &mut data) {
            members.insert("options".to_owned(), options);
        }
        data
    }
}

fn name(given: &Value) -> Result<String, Rejected> {
    let name = given.as_str().unwrap_or_default().trim();
    let fits = (1..=NAME).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    let name = fits.then(|| name.to_owned());
    name.ok_or_else(|| refused("name", format!("a text of 1 to {NAME} characters"), given))
}

/// Options that the game can be played with.
pub(super) fn options(game: &Game, given: &Value) -> Result<Value, Rejected> {
    let none = given.is_null() || given.as_object().is_some_and(Map::is_empty);
    let Some(model) = game.model() else {
        return match none {
            true => Ok(json!({})),
            false => Err(refused(
                "options",
                "nothing, as this game has none".to_owned(),
                given,
            )),
        };
    };
    let given = if given.is_null() {
        json!({})
    } else {
        given.clone()
    };
    // A name that the game does not know is a mistake, though reading would pass over it.
    let known = model
        .options_schema()
        .get("properties")
        .and_then(Value::as_object);
    let names = given.as_object().into_iter().flat_map(Map::keys);
    for name in names {
        if known.is_none_or(|known| !known.contains_key(name)) {
            let all = known.map(|known| known.keys().map(String::as_str).collect::<Vec<_>>());
            let all = all.unwrap_or_default().join(", ");
            let message = match all.is_empty() {
                true => format!("options: there is no option `{name}`: this game has none"),
                false => format!("options: there is no option `{name}`: this game has {all}"),
            };
            return Err(Rejected::invalid_argument(message, all, name.as_str()));
        }
    }
    let checked = catch_unwind(AssertUnwindSafe(|| model.check_options(&given)));
    let checked = checked.unwrap_or_else(|_| Err(refusal::panicked("the check of options")));
    checked
        .map(|()| given)
        .map_err(|refused| refused.about("options"))
}

fn size(game: &Game, given: &Value) -> Result<Value, Rejected> {
    let (least, most) = sizes(game.roles());
    let number = match given {
        Value::Null => return Ok(Value::Null),
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_u64(),
    };
    let fits = number.and_then(|number| usize::try_from(number).ok());
    let fits = fits.filter(|size| (least..=most).contains(size));
    let expected = || match least == most {
        true => format!("{least}, as the game's roles have it"),
        false => format!("a whole number from {least} to {most}"),
    };
    fits.map(Value::from)
        .ok_or_else(|| refused("size", expected(), given))
}

fn odd(given: &Value) -> Result<Odd, Rejected> {
    let found = given.as_str().and_then(Odd::from_name);
    let words = || Odd::ALL.map(|odd| format!("{:?}", odd.name())).join(", ");
    found.ok_or_else(|| refused("odd", format!("one of {}", words()), given))
}

fn limit(game: &Game, given: &Value) -> Result<Value, Rejected> {
    if given.is_null() {
        return Ok(Value::Null);
    }
    if game.model().is_none() {
        let expected = "null, as this game has no model that could decide for anybody";
        return Err(refused("limit", expected.to_owned(), given));
    }
    match readable(given) {
        Ok(()) => Ok(given.clone()),
        Err(reason) => Err(Rejected::invalid_argument(
            format!("limit: {reason}, got {given}"),
            reason,
            given.clone(),
        )),
    }
}

fn refused(argument: &str, expected: String, got: &Value) -> Rejected {
    let message = format!("{argument}: {expected} is expected, got {got}");
    Rejected::invalid_argument(message, expected, got.clone())
}

#[cfg(test)]
mod tests {
    use simpl::prelude::*;

    use super::*;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Market {
        /// How many buy.
        #[schemars(range(min = 1, max = 500))]
        demand: u32,
        #[serde(default)]
        shock: bool,
    }

    #[derive(Debug)]
    struct Rules;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Price {
        price: f64,
    }

    impl Model for Rules {
        type Options = Market;
        type Decision = Price;
        type Outcome = Price;

        fn step(&self, _: &Turn<'_, Self>) -> Reply<Price> {
            Err(Rejected::because("nobody steps here"))
        }
    }

    fn market() -> Game {
        Game::builder("market")
            .roles([Role::new("Firm").seats(2, 9)])
            .phases([Phase::open("Play")])
            .model(Rules)
            .build()
    }

    fn read(given: &Value) -> Result<Terms, Rejected> {
        Terms::read(&market(), given.as_object().unwrap(), &["phase"])
    }

    #[test]
    fn terms_are_read_and_kept_beside_what_is_there() {
        let given = json!({"name": " Monday ", "options": {"demand": 40}, "size": "4", "odd": "larger",
            "limit": {"seconds": 30, "then": "wait"}, "_key": "a", "phase": 1});
        let terms = read(&given).unwrap();
        assert_eq!(terms.name.as_deref(), Some("Monday"));
        let held = json!({"options": {"demand": 3}, "_turn": {"seating": {"size": 2, "x": 1}, "y": 2},
            "_private": {"seed": "s"}});
        let limit = json!({"seconds": 30, "then": "wait"});
        let seating = json!({"size": 4, "x": 1, "odd": "larger"});
        let data = json!({"options": {"demand": 40}, "_turn": {"seating": seating, "y": 2, "limit": limit},
            "_private": {"seed": "s"}});
        assert_eq!(terms.into_data(&held), data);
        assert_eq!(Terms::default().into_data(&held), held);
    }

    #[test]
    fn what_a_game_cannot_be_played_with_is_refused_by_name() {
        for (given, told) in [
            (json!({"siez": 4}), "`siez`"),
            (json!({"name": ""}), "name: "),
            (json!({"name": "a\nb"}), "name: "),
            (json!({"size": 1}), "from 2 to 9"),
            (json!({"size": 10}), "from 2 to 9"),
            (json!({"odd": "leave"}), "\"wait\", \"bot\", \"larger\""),
            (json!({"limit": {"seconds": 0}}), "limit: `seconds`"),
            (json!({"options": {"demand": "many"}}), "demand"),
            (json!({"options": {"demand": 501}}), "demand"),
            (
                json!({"options": {"demand": 5, "shok": true}}),
                "`shok`: this game has demand, shock",
            ),
            (json!({"options": null}), "demand"),
        ] {
            let refused = read(&given).unwrap_err();
            assert!(
                refused.message().contains(told),
                "{given}: {}",
                refused.message()
            );
        }
        let fixed = json!({"size": 3});
        let refused = Terms::read(&div::game(), fixed.as_object().unwrap(), &[]).unwrap_err();
        assert!(refused.message().contains("2, as the game's roles have it"));
        let unknown = json!({"options": {"demand": 1}});
        let refused = Terms::read(&div::game(), unknown.as_object().unwrap(), &[]).unwrap_err();
        assert!(
            refused.message().contains("this game has none"),
            "{refused}"
        );
    }
}
