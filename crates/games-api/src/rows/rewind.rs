//! Taking a scenario back to one of its periods.

use games_contract::Resource;
use serde::Serialize;

use super::{
    Body,
    bulk::pks_by,
    delete, read_shown,
    validate::{Bad, boolean, integer},
};
use crate::{
    history::{self, Superseded},
    refusal::{Errors, Refusal},
    storage::{Fault, Write},
};

/// Which period stays the last, what of it goes, and whether what goes is kept as history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) last: i64,
    pub(crate) decisions: bool,
    pub(crate) results: bool,
    pub(crate) keep: bool,
}

/// What a rewind has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Rewound {
    scenario: i64,
    /// Which rewind of the scenario it is that has a history, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    rewind: Option<i64>,
    periods: usize,
    decisions: usize,
    results: usize,
}

/// Deletes the periods after the one that is wished for and, unless that says otherwise, its decisions and results. Nothing goes when the
/// scenario has no such period. `user` is whoever does it.
pub(crate) fn rewind(
    write: &mut Write<'_>,
    scenario: i64,
    wish: Wish,
    user: Option<i64>,
) -> Result<Rewound, Refusal> {
    let sql = r#"SELECT "id", "order" FROM "period" WHERE "scenario" = $1 AND "order" >= $2 ORDER BY "order""#;
    let found = write.query(sql, &[scenario.into(), wish.last.into()])?;
    let mut periods = found
        .iter()
        .filter_map(|row| Some((row[0].integer()?, row[1].integer()?)));
    let last = periods.next().filter(|(_, order)| *order == wish.last);
    let Some(last) = last else {
        return Err(Refusal::field(
            "last_period_order",
            format!(
                "Expected the order of a period of this scenario, got {}: nothing is deleted.",
                wish.last
            ),
        ));
    };
    let later: Vec<(i64, i64)> = periods.collect();
    let rewind = match wish.keep {
        true => Some(history::next(write, scenario)?),
        false => None,
    };
    let mut going = Going {
        kept: rewind.map(|rewind| Superseded::of(scenario, rewind, user)),
        counts: [0; 3],
    };
    // The latest first, as they came to be.
    for period in later.into_iter().rev() {
        going.moves(write, period, [Resource::Result, Resource::Decision])?;
        going.row(write, Resource::Period, period.0, period.1)?;
    }
    let of_last = [
        (Resource::Result, wish.results),
        (Resource::Decision, wish.decisions),
    ];
    for (resource, goes) in of_last {
        if goes {
            going.moves(write, last, [resource])?;
        }
    }
    let Going { kept, counts } = going;
    if let Some(kept) = kept {
        kept.store(write)?;
    }
    let [periods, decisions, results] = counts;
    Ok(Rewound {
        scenario,
        rewind,
        periods,
        decisions,
        results,
    })
}

/// The rows that go: deleted, counted, and kept where they are to be.
struct Going {
    kept: Option<Superseded>,
    counts: [usize; 3],
}

impl Going {
    /// The decisions or results of a period, in the order in which they were made.
    fn moves(
        &mut self,
        write: &mut Write<'_>,
        (period, order): (i64, i64),
        resources: impl IntoIterator<Item = Resource>,
    ) -> Result<(), Refusal> {
        for resource in resources {
            for pk in pks_by(write, resource, "period", period)? {
                self.row(write, resource, pk, order)?;
            }
        }
        Ok(())
    }

    fn row(
        &mut self,
        write: &mut Write<'_>,
        resource: Resource,
        pk: i64,
        order: i64,
    ) -> Result<(), Refusal> {
        if let Some(kept) = &mut self.kept {
            let row = read_shown(write.connection(), resource, pk)?;
            let row = row.ok_or_else(|| Fault::Other("a row that was just found".to_owned()))?;
            kept.add(resource, order, row.json);
        }
        let at = match resource {
            Resource::Period => 0,
            Resource::Decision => 1,
            _ => 2,
        };
        self.counts[at] += 1;
        delete(write, resource, pk)
    }
}

impl Wish {
    pub(crate) fn of(body: &Body) -> Result<Self, Refusal> {
        let mut errors = Errors::default();
        let mut told = |name: &str, bad| match bad {
            Bad::Value(message) => errors.add(name, message),
            Bad::Database(fault) => errors.add(name, fault.to_string()),
        };
        let mut wish = Self {
            last: 0,
            decisions: true,
            results: true,
            keep: false,
        };
        if let Some(sent) = body.members.get("last_period_order") {
            match integer(sent, i64::MIN, i64::MAX) {
                Ok(order) => wish.last = order,
                Err(bad) => told("last_period_order", bad),
            }
        }
        for (name, flag) in [
            ("delete_last_period_decisions", &mut wish.decisions),
            ("delete_last_period_results", &mut wish.results),
            ("keep", &mut wish.keep),
        ] {
            if let Some(sent) = body.members.get(name) {
                match boolean(sent) {
                    Ok(sent) => *flag = sent,
                    Err(bad) => told(name, bad),
                }
            }
        }
        errors.check()?;
        Ok(wish)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(body: serde_json::Value) -> Result<Wish, Refusal> {
        Wish::of(&Body::of(serde_json::from_value(body).unwrap()))
    }

    #[test]
    fn what_is_not_said_is_as_in_the_original() {
        let all = Wish {
            last: 0,
            decisions: true,
            results: true,
            keep: false,
        };
        assert_eq!(of(json!({})).unwrap(), all);
        let kept = json!({"last_period_order": "2", "delete_last_period_decisions": false, "keep": "true"});
        let some = Wish {
            last: 2,
            decisions: false,
            results: true,
            keep: true,
        };
        assert_eq!(of(kept).unwrap(), some);
    }

    #[test]
    fn every_wrong_member_is_named() {
        let refused = of(json!({"last_period_order": "x", "delete_last_period_results": 7}));
        let words = json!({
            "last_period_order": ["A valid integer is required."],
            "delete_last_period_results": ["Must be a valid boolean."],
        });
        assert_eq!(refused, Err(Refusal::Invalid(words)));
    }
}
