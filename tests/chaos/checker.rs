//! The look into the database, by nothing that the product is made of: SQL of its own on the file, and what must be true of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::{
    ledger::Ledger,
    school::{School, Seat},
};

/// What there was.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) decisions: usize,
    pub(crate) results: usize,
    pub(crate) periods: usize,
}

/// Two numbers and a JSON text.
type Line = (u64, Option<u64>, Value);

/// Looks at every world of the school.
pub(crate) fn check(file: &Path, school: &School, ledger: &Ledger) -> Found {
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    let mut found = Found::default();
    let mut acknowledged = ledger.decisions().clone();
    for world in school.worlds() {
        let orders = r#"SELECT p."order", p."id", p."data" FROM "period" p JOIN "scenario" s ON s."id" = p."scenario" WHERE s."world" = ?1 ORDER BY 1"#;
        let periods = lines(&database, orders, world);
        let orders: Vec<u64> = periods.iter().map(|(order, ..)| *order).collect();
        let expected: Vec<u64> = (1..=periods.len() as u64).collect();
        assert_eq!(orders, expected, "the orders of world {world}");
        for (order, period, _) in &periods {
            let period = period.unwrap();
            let decided = decisions(&database, school, period);
            for role in &decided {
                acknowledged.remove(&(period, *role));
            }
            let results = r#"SELECT "id", "role", "data" FROM "result" WHERE "period" = ?1"#;
            let results = lines(&database, results, period);
            let is_last = *order == periods.len() as u64;
            if is_last {
                assert!(
                    decided.is_empty(),
                    "period {period} of world {world} is stuck"
                );
                assert!(results.is_empty(), "{results:?}");
            } else {
                assert_eq!(decided.len(), 2, "period {period} of world {world}");
                let [(_, None, data)] = &results[..] else {
                    panic!("expected one result for period {period}, got {results:?}")
                };
                let quotient = Seat::operand(0, period) / Seat::operand(1, period);
                assert_eq!(data["quotient"], quotient, "period {period}");
            }
            found.decisions += decided.len();
            found.results += results.len();
        }
        found.periods += periods.len();
    }
    assert!(
        acknowledged.is_empty(),
        "acknowledged and lost: {acknowledged:?}"
    );
    found
}

/// The roles that have decided in a period, each once and what its player played.
fn decisions(database: &Connection, school: &School, period: u64) -> BTreeSet<usize> {
    let sql = r#"SELECT "id", "role", "data" FROM "decision" WHERE "period" = ?1"#;
    let mut decided: BTreeMap<usize, u64> = BTreeMap::new();
    for (id, role, data) in lines(database, sql, period) {
        let role = school.roles.iter().position(|pk| Some(*pk) == role);
        let role = role.unwrap_or_else(|| panic!("decision {id} has a role that nobody plays"));
        assert_eq!(
            data["operand"],
            Seat::operand(role, period),
            "decision {id}"
        );
        let twice = decided.insert(role, id);
        assert_eq!(twice, None, "two decisions of one seat in period {period}");
    }
    decided.into_keys().collect()
}

fn lines(database: &Connection, sql: &str, key: u64) -> Vec<Line> {
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement.query_map([key.cast_signed()], |row| {
        let number: i64 = row.get(0)?;
        let second: Option<i64> = row.get(1)?;
        let text: String = row.get(2)?;
        Ok((
            number.cast_unsigned(),
            second.map(i64::cast_unsigned),
            serde_json::from_str(&text).unwrap(),
        ))
    });
    rows.unwrap().map(Result::unwrap).collect()
}
