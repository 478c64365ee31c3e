//! Where rows are kept: one writer, a few readers, and nothing of HTTP.
//!
//! Everything above speaks SQL through [`Connection`], with statements that SQLite and PostgreSQL both understand (`$1`
//! placeholders in order of appearance, `RETURNING`, `IS NOT DISTINCT FROM`).

mod backup;
#[cfg(test)]
#[path = "../../tests/postgres/cluster.rs"]
mod cluster;
mod commits;
mod connection;
mod postgres;
mod readers;
mod schema;
mod snapshots;
mod sqlite;
mod write;
mod writer;

pub use backup::{BackupError, backup, restore};
pub(crate) use connection::{Connection, Fault, Row, Snapshot, Value};
pub(crate) use readers::Readers;
pub(crate) use schema::newest as newest_schema;
pub(crate) use snapshots::Snapshots;
pub(crate) use write::Write;
pub(crate) use writer::Writer;

use std::sync::Arc;

use tokio::sync::watch;

use self::{connection::Open, postgres::Postgres, sqlite::Sqlite};
use crate::{Clock, Config, Database, StartError};

/// A database that is open.
#[derive(Clone, Debug)]
pub(crate) struct Storage {
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
    pub(crate) snapshots: Snapshots,
    /// Which database this is: another one after a restore or a new file.
    pub(crate) epoch: Arc<str>,
    /// The cursor of the newest committed change.
    pub(crate) head: watch::Receiver<u64>,
    published: watch::Sender<u64>,
}

impl Storage {
    /// Opens the database, makes or upgrades its tables and starts the writer.
    pub(crate) fn open(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        Self::open_for(Open::Write, config, clock)
    }

    /// As [`open`](Self::open), also while somebody else serves the database.
    pub(crate) fn beside(config: &Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        Self::open_for(Open::Beside, config, clock)
    }

    fn open_for(purpose: Open, config: &Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let database = &config.database;
        let fault = |fault: Fault| unusable(database, fault.to_string());
        let mut writer = open(database, purpose)?;
        schema::settle(writer.as_mut(), config, clock.as_ref(), schema::STEPS)?;
        let epoch = schema::epoch(writer.as_mut()).map_err(fault)?;
        let newest = schema::newest_change(writer.as_mut()).map_err(fault)?;
        let readers = (0..readers_of(database))
            .map(|_| open(database, Open::Read).map(|reader| reader as Box<dyn Connection>))
            .collect::<Result<_, _>>()?;
        let (published, head) = watch::channel(newest);
        let writer = Writer::start(writer, clock, published.clone()).map_err(|error| {
            StartError::System {
                what: "a thread for the database's writer",
                reason: error.to_string(),
            }
        })?;
        Ok(Self {
            writer,
            readers: Readers::new(readers),
            snapshots: Snapshots::of(database),
            epoch: epoch.into(),
            head,
            published,
        })
    }

    /// Tells those who wait of changes that another process has made.
    pub(crate) async fn look_for_changes(&self) -> Result<(), Fault> {
        let newest = self.readers.read(schema::newest_change).await?;
        publish(&self.published, newest);
        Ok(())
    }
}

/// Publishes the cursor of the newest change; one that is older than what was published is late, and says nothing.
fn publish(published: &watch::Sender<u64>, newest: u64) {
    published.send_if_modified(|published| {
        let moved = *published < newest;
        *published = newest.max(*published);
        moved
    });
}

fn open(database: &Database, purpose: Open) -> Result<Box<dyn Snapshot>, StartError> {
    Ok(match database {
        Database::Sqlite(path) => Box::new(
            Sqlite::open(path, purpose).map_err(|fault| unusable(database, fault.to_string()))?,
        ),
        Database::Postgres(url) => Box::new(Postgres::open(url, purpose)?),
    })
}

/// Connections that read while the writer writes: a server that is elsewhere is waited for, a file is not.
const fn readers_of(database: &Database) -> usize {
    match database {
        Database::Sqlite(_) => 2,
        Database::Postgres(_) => 4,
    }
}

/// The database said no.
fn unusable(database: &Database, reason: String) -> StartError {
    match database {
        Database::Sqlite(path) => StartError::Open {
            path: path.clone(),
            reason,
        },
        Database::Postgres(url) => StartError::Connect {
            database: url.to_string(),
            reason,
        },
    }
}
