//! One actor: a piece of state that jobs change one after another.
//!
//! A task exists only while there are jobs; between bursts an actor is a few words of memory, so a run with ten thousand quiet
//! worlds costs nothing. The state is owned by that task while it runs: a job gets `&mut S` and may await, and no lock is held.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio_util::task::TaskTracker;

/// What a job returns: a future that may borrow the state.
pub type Work<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

type Job<S> = Box<dyn for<'a> FnOnce(&'a mut S) -> Work<'a> + Send>;

struct Waiting<S> {
    /// `None` while the actor's task has it.
    state: Option<S>,
    jobs: VecDeque<(Job<S>, OwnedSemaphorePermit)>,
}

/// The handle of one actor; clones share it.
pub struct Mailbox<S> {
    waiting: Arc<Mutex<Waiting<S>>>,
    room: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl<S> Clone for Mailbox<S> {
    fn clone(&self) -> Self {
        Self {
            waiting: self.waiting.clone(),
            room: self.room.clone(),
            tasks: self.tasks.clone(),
        }
    }
}

impl<S> std::fmt::Debug for Mailbox<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox")
            .field("room", &self.room.available_permits())
            .finish_non_exhaustive()
    }
}

/// The mailbox already holds as many jobs as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests are waiting; try again in a moment")]
pub struct Full;

impl<S: Send + 'static> Mailbox<S> {
    /// An actor over `state` whose mailbox holds at most `capacity` jobs; its task is counted by `tasks`.
    pub fn new(state: S, capacity: usize, tasks: TaskTracker) -> Self {
        Self {
            waiting: Arc::new(Mutex::new(Waiting {
                state: Some(state),
                jobs: VecDeque::new(),
            })),
            room: Arc::new(Semaphore::new(capacity)),
            tasks,
        }
    }

    /// Queues a job, or says at once that the mailbox is full. Jobs run in the order in which they were queued.
    ///
    /// # Errors
    /// [`Full`]: nothing was queued.
    pub fn try_post(
        &self,
        job: impl for<'a> FnOnce(&'a mut S) -> Work<'a> + Send + 'static,
    ) -> Result<(), Full> {
        let permit = self.room.clone().try_acquire_owned().map_err(|_| Full)?;
        self.push(Box::new(job), permit);
        Ok(())
    }

    /// Queues a job, waiting for room. For the service's own work; a stranger's call uses [`Mailbox::try_post`].
    pub async fn post(&self, job: impl for<'a> FnOnce(&'a mut S) -> Work<'a> + Send + 'static) {
        // The semaphore is never closed, so this cannot fail.
        if let Ok(permit) = self.room.clone().acquire_owned().await {
            self.push(Box::new(job), permit);
        }
    }

    /// Waits until every job queued before this call has run.
    pub async fn settled(&self) {
        let (done, wait) = oneshot::channel();
        self.post(move |_| {
            Box::pin(async move {
                let _ = done.send(());
            })
        })
        .await;
        let _ = wait.await;
    }

    fn push(&self, job: Job<S>, permit: OwnedSemaphorePermit) {
        let mut waiting = self.lock();
        waiting.jobs.push_back((job, permit));
        if let Some(state) = waiting.state.take() {
            let actor = self.clone();
            drop(waiting);
            self.tasks.spawn(actor.run(state));
        }
    }

    async fn run(self, mut state: S) {
        loop {
            let next = {
                let mut waiting = self.lock();
                match waiting.jobs.pop_front() {
                    Some(next) => next,
                    None => {
                        waiting.state = Some(state);
                        return;
                    }
                }
            };
            let (job, permit) = next;
            // A panicking job must not take the state with it: the world plays on.
            if AssertUnwindSafe(async { job(&mut state).await })
                .catch_unwind()
                .await
                .is_err()
            {
                tracing::error!("a job of an actor panicked; the actor goes on");
            }
            drop(permit);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<S>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counter(capacity: usize) -> Mailbox<Vec<u32>> {
        Mailbox::new(Vec::new(), capacity, TaskTracker::new())
    }

    async fn contents(actor: &Mailbox<Vec<u32>>) -> Vec<u32> {
        let (send, got) = oneshot::channel();
        actor
            .post(move |state| {
                let copy = state.clone();
                Box::pin(async move {
                    let _ = send.send(copy);
                })
            })
            .await;
        got.await.unwrap()
    }

    #[tokio::test]
    async fn jobs_run_one_after_another_in_order_even_when_they_await() {
        let actor = counter(64);
        for n in 0..10 {
            actor
                .try_post(move |state| {
                    Box::pin(async move {
                        for _ in 0..(10 - n) {
                            tokio::task::yield_now().await;
                        }
                        state.push(n);
                    })
                })
                .unwrap();
        }
        assert_eq!(contents(&actor).await, (0..10).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_full_mailbox_says_so_and_has_room_again_later() {
        let actor = counter(1);
        let (release, gate) = oneshot::channel::<()>();
        actor
            .try_post(move |_| {
                Box::pin(async move {
                    let _ = gate.await;
                })
            })
            .unwrap();
        assert_eq!(actor.try_post(|_| Box::pin(async {})), Err(Full));
        release.send(()).unwrap();
        actor.settled().await;
        assert_eq!(contents(&actor).await, Vec::<u32>::new());
    }

    #[tokio::test]
    async fn a_panicking_job_leaves_the_actor_alive() {
        let actor = counter(4);
        actor
            .try_post(|_| Box::pin(async { panic!("a game's mistake") }))
            .unwrap();
        actor
            .try_post(|state| {
                Box::pin(async move {
                    state.push(7);
                })
            })
            .unwrap();
        assert_eq!(contents(&actor).await, [7]);
    }
}
