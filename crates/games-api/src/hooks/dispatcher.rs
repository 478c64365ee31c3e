//! Which subscriptions there are, and a task for each.

use std::{collections::HashMap, time::Duration};

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{Hook, Sender, courier, read_all};
use crate::{reminder::Reminder, storage::Storage};

/// The pause before the subscriptions are read again after a failure.
const PAUSE: Duration = Duration::from_secs(1);

struct Task {
    hook: Hook,
    stop: CancellationToken,
    handle: JoinHandle<()>,
}

/// Keeps one task for each subscription until it is told to stop, and ends when all of them have.
pub(crate) async fn run(
    storage: Storage,
    sender: Sender,
    mut changed: watch::Receiver<u64>,
    stop: CancellationToken,
) {
    let mut tasks: HashMap<i64, Task> = HashMap::new();
    let mut reminder = Reminder::default();
    loop {
        changed.borrow_and_update();
        let known = match storage.readers.read(read_all).await {
            Ok(hooks) => {
                reminder.over();
                settle(&storage, &sender, &mut tasks, hooks, &stop).await;
                true
            }
            Err(refusal) => {
                if reminder.met("", 1).is_some() {
                    tracing::warn!(?refusal, "the subscriptions to webhooks cannot be read");
                }
                false
            }
        };
        let ended = tokio::select! {
            changed = changed.changed() => changed.is_err(),
            () = tokio::time::sleep(PAUSE), if !known => false,
            () = stop.cancelled() => true,
        };
        if ended {
            break;
        }
    }
    for task in tasks.into_values() {
        end(task).await;
    }
}

/// Ends the tasks of subscriptions that have changed or gone and starts those that are missing.
async fn settle(
    storage: &Storage,
    sender: &Sender,
    tasks: &mut HashMap<i64, Task>,
    hooks: Vec<Hook>,
    stop: &CancellationToken,
) {
    let stale: Vec<i64> = tasks
        .values()
        .filter(|task| !hooks.iter().any(|hook| same(hook, &task.hook)))
        .map(|task| task.hook.id)
        .collect();
    for id in stale {
        if let Some(task) = tasks.remove(&id) {
            end(task).await;
        }
    }
    for hook in hooks {
        tasks.entry(hook.id).or_insert_with(|| {
            let stop = stop.child_token();
            let work = courier::run(storage.clone(), sender.clone(), hook.clone(), stop.clone());
            Task {
                hook,
                stop,
                handle: tokio::spawn(work),
            }
        });
    }
}

fn same(one: &Hook, other: &Hook) -> bool {
    (one.id, one.revision, one.generation) == (other.id, other.revision, other.generation)
}

async fn end(task: Task) {
    task.stop.cancel();
    if task.handle.await.is_err() {
        tracing::error!(hook = task.hook.id, "the task of this subscription failed");
    }
}
