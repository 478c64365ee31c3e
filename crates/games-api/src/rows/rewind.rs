//! Taking a scenario back to one of its periods.

use games_contract::Resource;

use super::{
    Body,
    bulk::pks_by,
    delete,
    validate::{Bad, boolean, integer},
};
use crate::{
    refusal::{Errors, Refusal},
    storage::Write,
};

/// Which period stays the last, and what of it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wish {
    last: i64,
    decisions: bool,
    results: bool,
}

/// Deletes the periods after the one that the body names and, unless it says otherwise, that one's decisions and results.
/// Nothing goes when the scenario has no such period.
pub(crate) fn rewind(write: &mut Write<'_>, scenario: i64, body: &Body) -> Result<(), Refusal> {
    let wish = Wish::of(body)?;
    let sql = r#"SELECT "id", "order" FROM "period" WHERE "scenario" = $1 AND "order" >= $2 ORDER BY "order""#;
    let found = write.query(sql, &[scenario.into(), wish.last.into()])?;
    let mut periods = found
        .iter()
        .filter_map(|row| Some((row[0].integer()?, row[1].integer()?)));
    let last = periods.next().filter(|(_, order)| *order == wish.last);
    let Some((last, _)) = last else {
        return Err(Refusal::field(
            "last_period_order",
            format!(
                "Expected the order of a period of this scenario, got {}: nothing is deleted.",
                wish.last
            ),
        ));
    };
    // The latest first, as they came to be.
    let later: Vec<i64> = periods.map(|(pk, _)| pk).collect();
    for pk in later.into_iter().rev() {
        delete(write, Resource::Period, pk)?;
    }
    for (resource, goes) in [
        (Resource::Result, wish.results),
        (Resource::Decision, wish.decisions),
    ] {
        if goes {
            for pk in pks_by(write, resource, "period", last)? {
                delete(write, resource, pk)?;
            }
        }
    }
    Ok(())
}

impl Wish {
    fn of(body: &Body) -> Result<Self, Refusal> {
        let mut errors = Errors::default();
        let mut told = |name: &str, bad| match bad {
            Bad::Value(message) => errors.add(name, message),
            Bad::Database(fault) => errors.add(name, fault.to_string()),
        };
        let mut wish = Self {
            last: 0,
            decisions: true,
            results: true,
        };
        if let Some(sent) = body.members.get("last_period_order") {
            match integer(sent, i64::MIN, i64::MAX) {
                Ok(order) => wish.last = order,
                Err(bad) => told("last_period_order", bad),
            }
        }
        for (name, goes) in [
            ("delete_last_period_decisions", &mut wish.decisions),
            ("delete_last_period_results", &mut wish.results),
        ] {
            if let Some(sent) = body.members.get(name) {
                match boolean(sent) {
                    Ok(flag) => *goes = flag,
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
        };
        assert_eq!(of(json!({})).unwrap(), all);
        let kept = json!({"last_period_order": "2", "delete_last_period_decisions": false});
        let some = Wish {
            last: 2,
            decisions: false,
            results: true,
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
