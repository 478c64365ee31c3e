//! The tables and their version.

use std::path::Path;

use super::{
    Sqlite,
    connection::{Connection, Fault},
};
use crate::StartError;

/// Every step from an empty database to the present one; the position is the version it leads to, less one.
const STEPS: &[&str] = &[
    include_str!("../../migrations/0001_start.sql"),
    include_str!("../../migrations/0002_tokens_and_batches.sql"),
];

/// Brings the database to the version of this program.
pub(super) fn upgrade(connection: &mut Sqlite, path: &Path) -> Result<(), StartError> {
    let fault = |fault: Fault| StartError::Open {
        path: path.to_owned(),
        reason: fault.to_string(),
    };
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let found = connection.schema_version().map_err(fault)?;
    if found > known {
        return Err(StartError::Newer {
            path: path.to_owned(),
            found,
            known,
        });
    }
    let missing = STEPS
        .iter()
        .zip(1..)
        .filter(|(_, version)| *version > found);
    for (step, version) in missing {
        tracing::info!(version, "bringing the database to this schema");
        apply(connection, step, version).map_err(fault)?;
    }
    Ok(())
}

/// One step and its version, both or neither.
fn apply(connection: &mut dyn Connection, step: &str, version: i64) -> Result<(), Fault> {
    let step = step.replace("{identity}", connection.identity());
    connection.begin()?;
    let done = connection
        .batch(&step)
        .and_then(|()| connection.set_schema_version(version))
        .and_then(|()| connection.batch("COMMIT"));
    if done.is_err() {
        // The first fault is the one worth telling; a failed rollback ends with the connection.
        let _ = connection.batch("ROLLBACK");
    }
    done
}

/// The random name of this database, made once.
pub(super) fn epoch(connection: &mut dyn Connection) -> Result<String, Fault> {
    const READ: &str = r#"SELECT "value" FROM "meta" WHERE "key" = 'epoch'"#;
    if let Some(row) = connection.query(READ, &[])?.into_iter().next() {
        return Ok(row[0].text().unwrap_or_default().to_owned());
    }
    let epoch = crate::random::hex(16).map_err(Fault::Other)?;
    connection.execute(
        r#"INSERT INTO "meta" ("key", "value") VALUES ('epoch', $1)"#,
        &[epoch.as_str().into()],
    )?;
    Ok(epoch)
}

/// The cursor of the newest change; the outbox never loses its newest row, so this never goes back.
pub(super) fn newest_change(connection: &mut dyn Connection) -> Result<u64, Fault> {
    let rows = connection.query(r#"SELECT MAX("cursor") FROM "outbox""#, &[])?;
    let newest = rows.first().and_then(|row| row[0].integer()).unwrap_or(0);
    Ok(newest.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::{super::Open, *};

    #[test]
    fn a_newer_schema_is_refused_by_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut connection = Sqlite::open(&path, Open::Write).unwrap();
        upgrade(&mut connection, &path).unwrap();
        upgrade(&mut connection, &path).unwrap();
        connection.set_schema_version(99).unwrap();
        let refused = upgrade(&mut connection, &path).unwrap_err().to_string();
        assert!(refused.contains("got 99"), "{refused}");
        assert!(refused.contains("newer program"), "{refused}");
    }

    #[test]
    fn a_database_keeps_its_epoch() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut connection = Sqlite::open(&path, Open::Write).unwrap();
        upgrade(&mut connection, &path).unwrap();
        let first = epoch(&mut connection).unwrap();
        assert_eq!(first.len(), 32);
        assert_eq!(epoch(&mut connection).unwrap(), first);
    }
}
