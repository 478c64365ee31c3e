//! The groups that were done: by their keys, for a while.

use std::{collections::HashMap, fmt::Write as _};

use games_contract::{Group, Operation};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use time::Duration;

use super::Stop;
use crate::{
    clock::timestamp,
    refusal::Refusal,
    storage::{Fault, Value, Write},
};

/// Groups remembered at most, and for how long.
const KEPT: i64 = 100_000;
const KEPT_FOR: Duration = Duration::hours(24);
/// After how many groups those beyond [`KEPT`] are forgotten.
const EVERY: i64 = 256;
/// Where they go, and how many values one has.
const INTO: &str = r#"INSERT INTO "batch" ("user", "key", "print", "rows", "at") VALUES"#;
const WIDTH: usize = 5;

/// What tells one group's operations from another's.
pub(super) fn print(operations: &[Operation]) -> Result<String, Fault> {
    let text = serde_json::to_vec(operations).map_err(unreadable)?;
    let digest = Sha256::digest(text);
    Ok(digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// A group that was done.
#[derive(Debug)]
pub(super) struct Done {
    key: String,
    print: String,
    /// The rows that it was answered with, as a JSON list.
    rows: String,
}

impl Done {
    /// One that has been done now.
    pub(super) fn now(key: &str, print: &str, rows: &[Box<RawValue>]) -> Result<Self, Fault> {
        Ok(Self {
            key: key.to_owned(),
            print: print.to_owned(),
            rows: serde_json::to_string(rows).map_err(unreadable)?,
        })
    }

    /// The rows that it was answered with; refused when it was another group.
    pub(super) fn again(&self, key: &str, print: &str) -> Result<Vec<Box<RawValue>>, Stop> {
        if self.print != print {
            return Err(Refusal::KeyOfAnother(key.to_owned()).into());
        }
        Ok(serde_json::from_str(&self.rows).map_err(unreadable)?)
    }
}

/// Those of the groups that were done for that user already, by key.
pub(super) fn known(
    write: &mut Write<'_>,
    user: i64,
    groups: &[Group],
) -> Result<HashMap<String, Done>, Fault> {
    let sql = r#"SELECT "key", "print", "rows" FROM "batch" WHERE "user" = $1 AND "key" IN"#;
    let keys: Vec<Value> = groups.iter().map(|g| g.key.as_str().into()).collect();
    let found = write.find_all(sql, &[user.into()], &keys)?;
    Ok(found
        .into_iter()
        .filter_map(|row| {
            let [key, print, rows] = <[Value; 3]>::try_from(row).ok()?;
            let done = Done {
                key: key.into_text()?,
                print: print.into_text()?,
                rows: rows.into_text()?,
            };
            Some((done.key.clone(), done))
        })
        .collect())
}

/// Remembers groups and what they were answered.
pub(super) fn note(write: &mut Write<'_>, user: i64, groups: Vec<Done>) -> Result<(), Fault> {
    if groups.is_empty() {
        return Ok(());
    }
    let added = i64::try_from(groups.len()).unwrap_or(i64::MAX);
    let at = write.stamp().to_owned();
    let values: Vec<Value> = groups
        .into_iter()
        .flat_map(|done| -> [Value; WIDTH] {
            [
                user.into(),
                done.key.into(),
                done.print.into(),
                done.rows.into(),
                at.as_str().into(),
            ]
        })
        .collect();
    write.insert_all(INTO, WIDTH, &values)?;
    let newest = write.query(r#"SELECT MAX("id") FROM "batch""#, &[])?;
    let newest = newest.first().and_then(|row| row[0].integer());
    if let Some(newest) = newest.filter(|newest| newest % EVERY < added) {
        let past = Value::Integer(newest - KEPT);
        write.amend(r#"DELETE FROM "batch" WHERE "id" <= $1"#, &[past])?;
    }
    Ok(())
}

/// Forgets the groups of yesterday.
pub(crate) fn trim(write: &mut Write<'_>) -> Result<u64, Fault> {
    let before = timestamp(write.now() - KEPT_FOR);
    write.execute(r#"DELETE FROM "batch" WHERE "at" < $1"#, &[before.into()])
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
pub(super) fn unreadable(error: serde_json::Error) -> Fault {
    Fault::Other(error.to_string())
}
