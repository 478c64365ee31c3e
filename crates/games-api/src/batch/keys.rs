//! The groups that were done: by their keys, for a while.

use std::fmt::Write as _;

use games_contract::{Map, Operation};
use sha2::{Digest, Sha256};
use time::Duration;

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

/// What tells one group's operations from another's.
pub(super) fn print(operations: &[Operation]) -> Result<String, Fault> {
    let text = serde_json::to_vec(operations).map_err(unreadable)?;
    let digest = Sha256::digest(text);
    Ok(digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// The rows with which a group of that key was answered, if one was done for that user; refused when it was another.
pub(super) fn known(
    write: &mut Write<'_>,
    user: i64,
    key: &str,
    print: &str,
) -> Result<Option<Vec<Map>>, Refusal> {
    let found = write.query(
        r#"SELECT "print", "rows" FROM "batch" WHERE "user" = $1 AND "key" = $2"#,
        &[user.into(), key.into()],
    )?;
    let Some([before, rows]) = found.first().map(Vec::as_slice) else {
        return Ok(None);
    };
    if before.text() != Some(print) {
        return Err(Refusal::KeyOfAnother(key.to_owned()));
    }
    let rows = serde_json::from_str(rows.text().unwrap_or_default()).map_err(unreadable)?;
    Ok(Some(rows))
}

/// Remembers a group and what it was answered.
pub(super) fn note(
    write: &mut Write<'_>,
    user: i64,
    key: &str,
    print: &str,
    rows: &[Map],
) -> Result<(), Refusal> {
    let rows = serde_json::to_string(rows).map_err(unreadable)?;
    let at = timestamp(write.now());
    let noted = write.query(
        r#"INSERT INTO "batch" ("user", "key", "print", "rows", "at") VALUES ($1, $2, $3, $4, $5) RETURNING "id""#,
        &[user.into(), key.into(), print.into(), rows.into(), at.into()],
    );
    let noted = noted.map_err(|fault| match fault {
        // The same group is being done at this moment by another connection.
        Fault::Unique => Refusal::Busy,
        fault => fault.into(),
    })?;
    let id = noted.first().and_then(|row| row[0].integer());
    if let Some(id) = id.filter(|id| id % EVERY == 0) {
        let past = Value::Integer(id - KEPT);
        write.execute(r#"DELETE FROM "batch" WHERE "id" <= $1"#, &[past])?;
    }
    Ok(())
}

/// Forgets the groups of yesterday.
pub(crate) fn trim(write: &mut Write<'_>) -> Result<u64, Fault> {
    let before = timestamp(write.now() - KEPT_FOR);
    write.execute(r#"DELETE FROM "batch" WHERE "at" < $1"#, &[before.into()])
}

#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn unreadable(error: serde_json::Error) -> Fault {
    Fault::Other(error.to_string())
}
