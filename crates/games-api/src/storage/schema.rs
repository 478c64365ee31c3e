//! The tables and their version.

use super::{
    backup,
    connection::{Connection, Fault},
    unusable,
};
use crate::{Clock, Config, Database, StartError};

/// Every step from an empty database to the present one; the position is the version it leads to, less one.
pub(super) const STEPS: &[&str] = &[
    include_str!("../../migrations/0001_start.sql"),
    include_str!("../../migrations/0002_tokens_and_batches.sql"),
    include_str!("../../migrations/0003_lecturers_and_tickets.sql"),
    include_str!("../../migrations/0004_subscriptions.sql"),
    include_str!("../../migrations/0005_archives.sql"),
    include_str!("../../migrations/0006_audit_and_history.sql"),
];

/// The version of this program.
pub(crate) fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the database to the version of this program, where that is safe: a SQLite file is copied first, a PostgreSQL database
/// that is in use changes only with leave.
pub(super) fn settle(
    connection: &mut dyn Connection,
    config: &Config,
    clock: &dyn Clock,
    steps: &[&str],
) -> Result<(), StartError> {
    let database = &config.database;
    let fault = |fault: Fault| unusable(database, fault.to_string());
    let known = i64::try_from(steps.len()).unwrap_or(i64::MAX);
    let found = connection.schema_version().map_err(fault)?;
    if found > known {
        return Err(StartError::Newer {
            database: database.to_string(),
            found,
            known,
        });
    }
    if (1..known).contains(&found) {
        match database {
            Database::Sqlite(path) => {
                let copy = backup::beside(connection, path, found, clock.now()).map_err(fault)?;
                tracing::info!(copy = %copy.display(), "the database is copied before its tables change");
            }
            Database::Postgres(_) if config.migrate => {}
            Database::Postgres(_) => {
                return Err(StartError::Older {
                    database: database.to_string(),
                    found,
                    known,
                });
            }
        }
    }
    let missing = steps
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
    let dialect = connection.dialect();
    let step = step
        .replace("{identity}", dialect.identity)
        .replace("{text}", dialect.text);
    connection.begin()?;
    let done = connection
        .batch(dialect.patience)
        .and_then(|()| connection.batch(&step))
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

/// Takes the name away, as that of another database: the next start makes a new one.
pub(super) fn forget_epoch(connection: &mut dyn Connection) -> Result<(), Fault> {
    let sql = r#"DELETE FROM "meta" WHERE "key" = 'epoch'"#;
    connection.execute(sql, &[]).map(drop)
}

/// The cursor of the newest change; the outbox never loses its newest row, so this never goes back.
pub(super) fn newest_change(connection: &mut dyn Connection) -> Result<u64, Fault> {
    let rows = connection.query(r#"SELECT MAX("cursor") FROM "outbox""#, &[])?;
    let newest = rows.first().and_then(|row| row[0].integer()).unwrap_or(0);
    Ok(newest.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{
        super::{cluster, connection::Open, sqlite::Sqlite},
        *,
    };
    use crate::{PostgresUrl, SystemClock};

    fn settled(path: &Path, steps: &[&str]) -> Result<Sqlite, StartError> {
        let config = Config::new(path.to_owned(), ([127, 0, 0, 1], 0).into());
        let mut connection = Sqlite::open(path, Open::Write).unwrap();
        settle(&mut connection, &config, &SystemClock, steps)?;
        Ok(connection)
    }

    #[test]
    fn a_postgresql_database_in_use_changes_only_with_leave() {
        let Some(url) = cluster::database() else {
            return;
        };
        let database = Database::Postgres(PostgresUrl::parse(&url).unwrap());
        let mut config = Config::on(database, ([127, 0, 0, 1], 0).into());
        let settled = |config: &Config, steps: &[&str]| {
            let mut connection = super::super::open(&config.database, Open::Write)?;
            let outcome = settle(connection.as_mut(), config, &SystemClock, steps);
            let version = connection.schema_version().unwrap();
            connection.close();
            outcome.map(|()| version)
        };
        let first = settled(&config, STEPS).unwrap();
        let longer = [
            STEPS,
            &[r#"CREATE TABLE "later" ("id" {identity}, "name" {text});"#],
        ]
        .concat();
        let told = settled(&config, &longer).unwrap_err().to_string();
        assert!(told.contains(&format!("got {first}")), "{told}");
        assert!(told.contains("--migrate"), "{told}");
        let columns = "SELECT count(*) FROM pg_tables WHERE tablename = 'later'";
        assert_eq!(cluster::sql(&url, columns), "0");
        config.migrate = true;
        assert_eq!(settled(&config, &longer).unwrap(), first + 1);
        config.migrate = false;
        assert_eq!(settled(&config, &longer).unwrap(), first + 1);
        let told = settled(&config, STEPS).unwrap_err();
        assert!(matches!(told, StartError::Newer { .. }), "{told}");
        let broken = [
            longer.as_slice(),
            &["CREATE TABLE \"more\" (\"id\" {identity}); SELECT no such thing;"],
        ]
        .concat();
        config.migrate = true;
        assert!(settled(&config, &broken).is_err());
        assert_eq!(
            settled(&config, &longer).unwrap(),
            first + 1,
            "all of a step or nothing"
        );
    }

    fn copies(folder: &Path) -> Vec<PathBuf> {
        let entries = folder
            .read_dir()
            .unwrap()
            .map(|entry| entry.unwrap().path());
        entries
            .filter(|path| path.to_string_lossy().contains(".before-"))
            .collect()
    }

    #[test]
    fn a_newer_schema_is_refused_by_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        settled(&path, STEPS).unwrap();
        let mut connection = settled(&path, STEPS).unwrap();
        connection.set_schema_version(99).unwrap();
        let refused = settled(&path, STEPS).unwrap_err().to_string();
        assert!(refused.contains("got 99"), "{refused}");
        assert!(refused.contains("newer program"), "{refused}");
    }

    #[test]
    fn a_database_keeps_its_epoch() {
        let folder = tempfile::tempdir().unwrap();
        let mut connection = settled(&folder.path().join("a.sqlite"), STEPS).unwrap();
        let first = epoch(&mut connection).unwrap();
        assert_eq!(first.len(), 32);
        assert_eq!(epoch(&mut connection).unwrap(), first);
    }

    #[test]
    fn a_file_in_use_is_copied_before_its_tables_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let mut connection = settled(&path, STEPS).unwrap();
        let kept = epoch(&mut connection).unwrap();
        assert!(copies(folder.path()).is_empty(), "a new file needs none");
        drop(connection);
        let next = [STEPS, &["DELETE FROM \"meta\";", "SELECT no such thing;"]].concat();
        assert!(
            settled(&path, &next).is_err(),
            "its last step cannot be done"
        );
        let copy = copies(folder.path());
        assert_eq!(copy.len(), 1);
        let mut copy = Sqlite::open(&copy[0], Open::Write).unwrap();
        assert_eq!(epoch(&mut copy).unwrap(), kept);
        assert_eq!(copy.schema_version().unwrap(), STEPS.len() as i64);
        let mut connection = Sqlite::open(&path, Open::Write).unwrap();
        assert_eq!(
            connection.schema_version().unwrap(),
            STEPS.len() as i64 + 1,
            "what could be done is done"
        );
    }

    #[test]
    fn every_text_of_every_step_sorts_alike_on_both_databases() {
        for (step, version) in STEPS.iter().zip(1..) {
            let plain = step.lines().find(|line| {
                let statement = line.split("--").next().unwrap_or_default();
                statement
                    .split(|c: char| !c.is_alphabetic())
                    .any(|word| word == "TEXT")
            });
            assert_eq!(plain, None, "step {version}: write {{text}} for TEXT");
        }
    }
}
