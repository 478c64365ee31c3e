//! Reading beside the writer: a few connections, each used by one thread at a time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;

use super::{Connection, Fault};

/// How long a read waits for a connection before it is told to come back later.
const PATIENCE: Duration = Duration::from_secs(5);

/// The connections that read.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    free: Arc<Mutex<Vec<Box<dyn Connection>>>>,
    all: usize,
    permits: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(connections: Vec<Box<dyn Connection>>) -> Self {
        Self {
            all: connections.len(),
            permits: Arc::new(Semaphore::new(connections.len())),
            free: Arc::new(Mutex::new(connections)),
        }
    }

    /// Runs `work` with a connection, off the async threads. It sees everything that was acknowledged before.
    pub(crate) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut dyn Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let permit = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| Fault::Busy)?
            .map_err(|_| Fault::Closed)?;
        let free = Arc::clone(&self.free);
        let done = tokio::task::spawn_blocking(move || {
            let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = taken.ok_or(Fault::Closed)?;
            let outcome = match connection.ready() {
                Ok(()) => work(connection.as_mut()),
                Err(fault) => Err(fault.into()),
            };
            free.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
            drop(permit);
            outcome
        });
        done.await
            .unwrap_or_else(|error| Err(Fault::Other(error.to_string()).into()))
    }

    /// How many are in use, of how many.
    pub(crate) fn in_use(&self) -> (usize, usize) {
        let free = self.permits.available_permits();
        (self.all.saturating_sub(free), self.all)
    }

    /// Closes the connections once the reads under way have ended; later reads are refused.
    pub(crate) async fn close(&self) {
        let all = u32::try_from(self.all).unwrap_or(1);
        let drained = self.permits.acquire_many(all).await;
        self.permits.close();
        drop(drained);
        self.free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
