//! Where rows are kept: one writer, a few readers, and nothing of HTTP.
//!
//! Everything above speaks SQL through [`Connection`], with statements that SQLite and PostgreSQL both understand (`$1`
//! placeholders in order of appearance, `RETURNING`, `IS NOT DISTINCT FROM`).

mod connection;
mod readers;
mod schema;
mod sqlite;
mod writer;

pub(crate) use connection::{Connection, Fault, Row, Value};
pub(crate) use readers::Readers;
pub(crate) use sqlite::{Open, Sqlite};
pub(crate) use writer::{Write, Writer};

use std::{path::Path, sync::Arc};

use tokio::sync::watch;

use crate::{Clock, StartError};

/// Connections that read while the writer writes.
const READERS: usize = 2;

/// A database that is open.
#[derive(Clone, Debug)]
pub(crate) struct Storage {
    pub(crate) writer: Writer,
    pub(crate) readers: Readers,
    /// Which database this is: another one after a restore or a new file.
    pub(crate) epoch: Arc<str>,
    /// The cursor of the newest committed change.
    pub(crate) head: watch::Receiver<u64>,
}

impl Storage {
    /// Opens the file, makes or upgrades its tables and starts the writer.
    pub(crate) fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let fault = |fault: Fault| StartError::Open {
            path: path.to_owned(),
            reason: fault.to_string(),
        };
        let mut connection = Sqlite::open(path, Open::Write).map_err(fault)?;
        schema::upgrade(&mut connection, path)?;
        let epoch = schema::epoch(&mut connection).map_err(fault)?;
        let newest = schema::newest_change(&mut connection).map_err(fault)?;
        let readers = (0..READERS)
            .map(|_| Sqlite::open(path, Open::Read))
            .collect::<Result<_, _>>()
            .map_err(fault)?;
        let (published, head) = watch::channel(newest);
        let writer =
            Writer::start(connection, clock, published).map_err(|error| StartError::System {
                what: "a thread for the database's writer",
                reason: error.to_string(),
            })?;
        Ok(Self {
            writer,
            readers: Readers::new(readers),
            epoch: epoch.into(),
            head,
        })
    }
}
