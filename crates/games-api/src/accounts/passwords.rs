//! Hashing off the async threads: as many at once as there are cores, a bounded number waiting, for a bounded time.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::available_parallelism,
    time::Duration,
};

use tokio::sync::Semaphore;

use super::password::{self, Memory};
use crate::refusal::Refusal;

/// Logins that may wait for a core.
const WAITING: usize = 512;
/// How long one waits before it is told to come back later: less than the model service waits for an answer, and its router for that.
const PATIENCE: Duration = Duration::from_secs(15);

/// The cores that hash.
#[derive(Clone)]
pub(crate) struct Passwords {
    cores: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// What a core works in, for each that is idle: never more than there are cores.
    idle: Arc<Mutex<Vec<Memory>>>,
}

impl std::fmt::Debug for Passwords {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passwords").finish_non_exhaustive()
    }
}

impl Passwords {
    pub(crate) fn new() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            cores: Arc::new(Semaphore::new(cores)),
            places: Arc::new(Semaphore::new(WAITING)),
            idle: Arc::default(),
        }
    }

    /// How many are being hashed or wait for it.
    pub(crate) fn under_way(&self) -> usize {
        WAITING - self.places.available_permits()
    }

    /// Hashes a password for storing.
    pub(crate) async fn hash(&self, password: String) -> Result<String, Refusal> {
        self.on_a_core(move |memory| password::hash(&password, memory))
            .await?
            .map_err(Refusal::Failed)
    }

    /// Whether the hash is that of the password; without a hash it is not, and that takes as long.
    pub(crate) async fn verify(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Refusal> {
        self.on_a_core(move |memory| match hash {
            Some(hash) => password::verify(&password, &hash, memory),
            None => password::hash(&password, memory).is_err(),
        })
        .await
    }

    /// Leaves no core for anybody until it is dropped.
    #[cfg(test)]
    pub(super) async fn busy(&self) -> tokio::sync::OwnedSemaphorePermit {
        let all = u32::try_from(self.cores.available_permits()).unwrap();
        let cores = Arc::clone(&self.cores);
        cores.acquire_many_owned(all).await.unwrap()
    }

    async fn on_a_core<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let Ok(_place) = self.places.try_acquire() else {
            return Err(Refusal::Busy);
        };
        let cores = Arc::clone(&self.cores);
        let core = tokio::time::timeout(PATIENCE, cores.acquire_owned())
            .await
            .map_err(|_| Refusal::Busy)?
            .map_err(|_| Refusal::Busy)?;
        let idle = Arc::clone(&self.idle);
        let done = tokio::task::spawn_blocking(move || {
            let taken = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut memory = taken.unwrap_or_default();
            let outcome = work(&mut memory);
            // A hash that Django wrote may have asked for ten times ours; that is given back.
            if memory.len() <= password::USUAL_BLOCKS {
                idle.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(memory);
            }
            drop(core);
            outcome
        });
        done.await
            .map_err(|error| Refusal::Failed(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_a_hash_no_password_is_right() {
        let passwords = Passwords::new();
        assert_eq!(passwords.verify(String::new(), None).await, Ok(false));
        let hash = passwords.hash("s1".to_owned()).await.unwrap();
        let right = passwords.verify("s1".to_owned(), Some(hash)).await;
        assert_eq!(right, Ok(true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_that_waits_too_long_is_told_to_come_back() {
        let passwords = Passwords::new();
        let _busy = passwords.busy().await;
        let told = passwords.verify("s1".to_owned(), None).await;
        assert_eq!(told, Err(Refusal::Busy));
    }
}
