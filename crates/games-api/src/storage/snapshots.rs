//! Reads that take long: each has a connection and a thread of its own, so that no other read waits for it, and sees the database at
//! one moment.

use std::{sync::Arc, thread, time::Duration};

use tokio::sync::{Semaphore, oneshot};

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
/// How much nicer its thread is to others than theirs, of 19: whoever plays meanwhile does not wait for a core.
#[cfg(target_os = "linux")]
const NICER: i32 = 15;

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

    /// Runs `work` with a connection of its own, on a thread that leaves the cores to others first. It goes on when nobody waits for it
    /// any more, so it has to find out by itself.
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
        let (done, outcome) = oneshot::channel();
        let long_read = thread::Builder::new().name("long read".to_owned());
        let spawned = long_read.spawn(move || {
            step_back();
            let outcome = in_snapshot(&database, work);
            drop(permit);
            // Whoever waited may have gone.
            let _ = done.send(outcome);
        });
        spawned.map_err(|error| Fault::Other(format!("no thread for a long read: {error}")))?;
        let panicked = |_| Err(Fault::Other("a long read panicked".to_owned()).into());
        outcome.await.unwrap_or_else(panicked)
    }

    /// Waits for the reads under way; later ones are refused.
    pub(crate) async fn close(&self) {
        let drained = self.permits.acquire_many(AT_ONCE).await;
        self.permits.close();
        drop(drained);
    }
}

fn in_snapshot<T, E: From<Fault>>(
    database: &Database,
    work: impl FnOnce(&mut dyn Snapshot) -> Result<T, E>,
) -> Result<T, E> {
    let mut connection = open(database, Open::Read).map_err(|error| {
        tracing::warn!(%error, "no connection for a long read");
        Fault::Away
    })?;
    connection.begin_snapshot()?;
    work(connection.as_mut())
}

/// Lets other threads have the cores first. Only Linux knows this of a thread; elsewhere it would be the whole process.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICER) {
        tracing::debug!(%error, "a long read is as important as the rest");
    }
}

#[cfg(test)]
mod tests {
    use std::{ops::ControlFlow, sync::mpsc};

    use super::{
        super::{Storage, cluster},
        *,
    };
    use crate::{Config, PostgresUrl, SystemClock};

    const GAMES: &str = r#"SELECT COUNT(*) FROM "game""#;
    const NEW: &str = r#"INSERT INTO "game" ("name", "slug", "active", "data", "created", "updated") VALUES ($1, $1, TRUE, '{}', '', '')"#;

    fn count(connection: &mut dyn Snapshot) -> Result<Option<i64>, Fault> {
        let mut found = None;
        connection.each(GAMES, &[], &mut |row| {
            found = row[0].integer();
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }

    /// Looks twice, and lets others write and read in between.
    async fn stands_still(database: Database) {
        let config = Config::on(database, ([127, 0, 0, 1], 0).into());
        let storage =
            tokio::task::spawn_blocking(move || Storage::open(&config, Arc::new(SystemClock)));
        let storage = storage.await.unwrap().unwrap();
        let (looked, first) = tokio::sync::oneshot::channel();
        let (written, go_on) = mpsc::channel();
        let long = storage.snapshots.read(move |connection| {
            let before = count(connection)?;
            looked.send(()).unwrap();
            go_on.recv_timeout(Duration::from_secs(30)).unwrap();
            Ok::<_, Fault>((before, count(connection)?))
        });
        let others = async {
            first.await.unwrap();
            let write = storage
                .writer
                .write(|write| write.execute(NEW, &["a".into()]));
            assert_eq!(write.await, Ok(1), "nobody waits for a long read");
            let read = storage
                .readers
                .read(|connection| connection.query(GAMES, &[]));
            assert_eq!(read.await, Ok(vec![vec![1.into()]]));
            written.send(()).unwrap();
        };
        let (long, ()) = tokio::join!(long, others);
        assert_eq!(long, Ok((Some(0), Some(0))));
        let later = storage.snapshots.read(count).await;
        assert_eq!(later, Ok(Some(1)));
        storage.snapshots.close().await;
        assert_eq!(storage.snapshots.read(count).await, Err(Fault::Closed));
        storage.readers.close().await;
        storage.writer.close().await;
    }

    #[tokio::test]
    async fn a_snapshot_stands_still_and_nobody_waits_for_it() {
        let folder = tempfile::tempdir().unwrap();
        stands_still(Database::Sqlite(folder.path().join("a.sqlite"))).await;
    }

    #[tokio::test]
    async fn a_snapshot_of_postgresql_stands_still_too() {
        if let Some(url) = cluster::database() {
            stands_still(Database::Postgres(PostgresUrl::parse(&url).unwrap())).await;
        }
    }
}
