//! Reads that take long: each has a connection of its own, so that no other read waits for it, and sees the database at one moment.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::{
    Fault,
    connection::{Open, Snapshot},
    open,
};
use crate::Database;

/// Such reads at the same time: each keeps a core busy.
const AT_ONCE: u32 = 2;
/// How long one waits for its turn before it is told to come back later.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where connections for long reads come from.
#[derive(Clone, Debug)]
pub(crate) struct Snapshots {
    database: Arc<Database>,
    permits: Arc<Semaphore>,
}

impl Snapshots {
    pub(super) fn of(database: &Database) -> Self {
        Self {
            database: Arc::new(database.clone()),
            permits: Arc::new(Semaphore::new(AT_ONCE as usize)),
        }
    }

    /// Runs `work` with a connection of its own, off the async threads. It goes on when nobody waits for it any more, so it has to
    /// find out by itself.
    pub(crate) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn Snapshot) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| Fault::Busy)?
            .map_err(|_| Fault::Closed)?;
        let database = Arc::clone(&self.database);
        let done = tokio::task::spawn_blocking(move || {
            let mut connection = open(&database, Open::Read).map_err(|error| {
                tracing::warn!(%error, "no connection for a long read");
                Fault::Away
            })?;
            connection.begin_snapshot()?;
            let outcome = work(connection.as_mut());
            drop(connection);
            drop(permit);
            outcome
        });
        done.await
            .unwrap_or_else(|error| Err(Fault::Other(error.to_string()).into()))
    }

    /// Waits for the reads under way; later ones are refused.
    pub(crate) async fn close(&self) {
        let drained = self.permits.acquire_many(AT_ONCE).await;
        self.permits.close();
        drop(drained);
    }
}
