//! What a scenario keeps of its rewinds: `data._turn.rewound`.

use serde_json::{Value, json};
use simpl::Rejected;

use crate::scopes::{Node, Row};
use crate::turns::last_period;

/// Periods that are gone and still known by their pk at most: a late decision comes within minutes.
const KNOWN: usize = 100;

/// How often a scenario was taken back, the last time when and to where, and which periods are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rewound {
    /// How often.
    pub times: u64,
    /// The order of the period that was opened again.
    pub order: i64,
    /// When, as times are told.
    pub at: String,
    /// The pks of periods that are gone, the latest at the end.
    pub periods: Vec<u64>,
}

impl Rewound {
    /// What a scenario keeps; `None` when it was never taken back.
    #[must_use]
    pub fn of(scenario: &Row) -> Option<Self> {
        let kept = scenario.data().get("_turn")?.get("rewound")?;
        let periods = kept.get("periods").and_then(Value::as_array);
        Some(Self {
            times: kept.get("times").and_then(Value::as_u64).unwrap_or(0),
            order: kept.get("order").and_then(Value::as_i64).unwrap_or(0),
            at: kept
                .get("at")
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned(),
            periods: periods
                .into_iter()
                .flatten()
                .filter_map(Value::as_u64)
                .collect(),
        })
    }

    /// The scenario is taken back once more.
    #[must_use]
    pub(super) fn again(mut self, order: i64, at: String, gone: &[u64]) -> Self {
        self.periods.extend(gone);
        let surplus = self.periods.len().saturating_sub(KNOWN);
        self.periods.drain(..surplus);
        Self {
            times: self.times + 1,
            order,
            at,
            periods: self.periods,
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({"times": self.times, "order": self.order, "at": self.at, "periods": self.periods})
    }
}

/// Why nothing can be done in a period that is gone; `None` when this scenario never had it.
#[must_use]
pub(crate) fn of_gone(scenario: &Node, period: u64) -> Option<Rejected> {
    let rewound = Rewound::of(&scenario.row)?;
    if !rewound.periods.contains(&period) {
        return None;
    }
    let now = last_period(scenario)?.row.order();
    Some(
        Rejected::because(format!(
            "this period is gone, because a leader has taken the game back to period {}; period {now} is played now: decide there",
            rewound.order
        ))
        .with("rewound", now, period),
    )
}

#[cfg(test)]
mod tests {
    use games_contract::Resource;

    use super::*;
    use crate::scopes::row;

    #[test]
    fn a_scenario_knows_how_often_it_was_taken_back_and_the_last_periods_that_are_gone() {
        let first = Rewound::default().again(2, "noon".to_owned(), &[12, 13]);
        let gone: Vec<u64> = (20..120).collect();
        let again = first.clone().again(1, "one".to_owned(), &gone);
        assert_eq!((first.times, again.times, again.order), (1, 2, 1));
        assert_eq!(first.periods, [12, 13]);
        assert_eq!(again.periods, gone);
        let data = json!({"id": 7, "data": {"_turn": {"rewound": first.json()}}});
        let scenario = row(Resource::Scenario, data);
        assert_eq!(Rewound::of(&scenario), Some(first));
        let never = row(Resource::Scenario, json!({"id": 7, "data": {"_turn": {}}}));
        assert_eq!(Rewound::of(&never), None);
    }
}
