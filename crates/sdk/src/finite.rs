//! From the game's types to JSON, in which every number is finite.
//!
//! JSON has no infinity and no "not a number": `serde_json` would write null for them, and a wrong outcome would look like
//! a missing one. So every value is walked through first, and what is found is told by its place.

mod scan;

use std::fmt::{self, Display};

use serde::Serialize;
use serde::ser;
use serde_json::Value;

use self::scan::Scan;
use crate::rejected::Rejected;

/// The JSON of a value; `what` names it whole, as in "the outcome".
///
/// # Errors
/// A number in it is not finite, it is nested too deep, or it cannot be written as JSON.
pub(crate) fn to_json<T: Serialize>(value: &T, what: &str) -> Result<Value, Rejected> {
    value
        .serialize(Scan::whole())
        .map_err(|unfit| unfit.into_rejected(what))?;
    serde_json::to_value(value).map_err(|e| Unfit::Other(e.to_string()).into_rejected(what))
}

/// Why a value cannot be JSON.
#[derive(Debug)]
enum Unfit {
    NotFinite { at: String, number: f64 },
    Other(String),
}

impl Unfit {
    fn into_rejected(self, what: &str) -> Rejected {
        match self {
            Self::NotFinite { at, number } => {
                let place = if at.is_empty() { what } else { &at };
                let message = format!("{place} is not a finite number");
                Rejected::internal(message).with(
                    "not_finite",
                    "a finite number",
                    number.to_string(),
                )
            }
            Self::Other(reason) => {
                Rejected::internal(format!("{what} cannot be written as JSON: {reason}"))
            }
        }
    }
}

impl Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite { at, number } => write!(f, "{at} is {number}"),
            Self::Other(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for Unfit {}

impl ser::Error for Unfit {
    fn custom<T: Display>(reason: T) -> Self {
        Self::Other(reason.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Market {
        price: f64,
        firms: Vec<Firm>,
        shares: BTreeMap<u32, f32>,
        trend: Option<Trend>,
    }

    #[derive(Serialize)]
    struct Firm {
        profit: f64,
    }

    #[derive(Serialize)]
    enum Trend {
        Up(f64),
        Between { low: f64, high: f64 },
    }

    fn market() -> Market {
        Market {
            price: 2.5,
            firms: vec![Firm { profit: 1.0 }, Firm { profit: -0.0 }],
            shares: BTreeMap::from([(7, 0.5)]),
            trend: None,
        }
    }

    #[test]
    fn finite_numbers_become_json() {
        let trend = Some(Trend::Between {
            low: 1.0,
            high: f64::MAX,
        });
        assert_eq!(
            to_json(&Market { trend, ..market() }, "the outcome"),
            Ok(json!({
                "price": 2.5,
                "firms": [{"profit": 1.0}, {"profit": -0.0}],
                "shares": {"7": 0.5},
                "trend": {"Between": {"low": 1.0, "high": f64::MAX}},
            }))
        );
    }

    #[test]
    fn a_number_that_is_not_finite_is_found_wherever_it_is() {
        let nan = f64::NAN;
        for (value, place) in [
            (
                Market {
                    price: nan,
                    ..market()
                },
                "price",
            ),
            (
                Market {
                    firms: vec![
                        Firm { profit: 1.0 },
                        Firm {
                            profit: f64::INFINITY,
                        },
                    ],
                    ..market()
                },
                "firms[1].profit",
            ),
            (
                Market {
                    shares: BTreeMap::from([(7, f32::NEG_INFINITY)]),
                    ..market()
                },
                "shares.7",
            ),
            (
                Market {
                    trend: Some(Trend::Up(nan)),
                    ..market()
                },
                "trend.Up",
            ),
            (
                Market {
                    trend: Some(Trend::Between {
                        low: 0.0,
                        high: nan,
                    }),
                    ..market()
                },
                "trend.Between.high",
            ),
        ] {
            assert_eq!(
                to_json(&value, "the outcome").unwrap_err().message(),
                format!("{place} is not a finite number")
            );
        }
        assert_eq!(
            to_json(&nan, "the outcome").unwrap_err().message(),
            "the outcome is not a finite number"
        );
        assert_eq!(
            to_json(&[0.0, nan], "the outcome").unwrap_err().message(),
            "[1] is not a finite number"
        );
    }

    #[test]
    fn the_refusal_tells_programs_which_number_came() {
        let no = to_json(
            &Firm {
                profit: f64::NEG_INFINITY,
            },
            "the outcome",
        )
        .unwrap_err();
        assert_eq!(
            Value::Object(no.kwargs()),
            json!({"code": "not_finite", "expected": "a finite number", "got": "-inf"})
        );
    }

    #[test]
    fn what_json_cannot_hold_is_refused_with_the_reason() {
        let no = to_json(&BTreeMap::from([(vec![1], 1)]), "the reply").unwrap_err();
        assert_eq!(
            no.message(),
            "the reply cannot be written as JSON: key must be a string"
        );
    }

    #[derive(Serialize)]
    enum Chain {
        Link(Box<Self>),
        Pair(Option<Box<(Self,)>>),
        End,
    }

    #[test]
    fn what_is_nested_without_end_is_refused_before_the_stack_is_full() {
        let chain = |links: usize, link: fn(Chain) -> Chain| {
            (0..links).fold(Chain::End, |chain, _| link(chain))
        };
        let by_variants: fn(Chain) -> Chain = |chain| Chain::Link(Box::new(chain));
        let by_options: fn(Chain) -> Chain = |chain| Chain::Pair(Some(Box::new((chain,))));
        for link in [by_variants, by_options] {
            assert!(to_json(&chain(20, link), "the outcome").is_ok());
            let refused = to_json(&chain(500, link), "the outcome").unwrap_err();
            assert_eq!(
                refused.message(),
                "the outcome cannot be written as JSON: it is nested deeper than 100"
            );
        }
        let lists = (0..200).fold(json!(1), |inner, _| json!([inner]));
        assert!(to_json(&lists, "the decision").is_err());
    }
}
