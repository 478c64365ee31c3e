//! Many small writes in few requests: while one request is under way, the groups that come meanwhile collect and go together.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use games_contract::{BATCH_GROUPS, BATCH_OPERATIONS, Group, Operation, RowText};
use serde_json::value::RawValue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use crate::{Error, GamesClient};

/// Groups that wait for a request at most; the next ones wait for room.
const QUEUE: usize = 4 * BATCH_GROUPS;
/// Requests under way at once: one is stored while the next one is read.
const UNDER_WAY: usize = 2;
/// Bytes of groups after which a request takes no more, well below what a games API reads.
const BYTES: usize = 4 * 1024 * 1024;

/// Writes atomic groups. Cheap to clone; clones share the requests. Offered where
/// [`Announcement::has_batch`](crate::Announcement::has_batch) says so.
#[derive(Clone)]
pub struct Collector {
    queue: mpsc::Sender<Waiting>,
    names: Arc<Names>,
    client: GamesClient,
}

/// Where the keys of groups come from: no other process has the same prefix.
struct Names {
    prefix: u128,
    next: AtomicU64,
}

/// A group on its way, already in the form in which it is sent.
struct Waiting {
    key: String,
    operations: usize,
    body: Box<RawValue>,
    answer: oneshot::Sender<Result<Vec<RowText>, Error>>,
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collector")
            .field("room", &self.queue.capacity())
            .finish_non_exhaustive()
    }
}

impl Collector {
    /// Starts collecting; ends when the last clone is gone and everything was sent.
    ///
    /// # Errors
    /// [`Error::Config`] when the system has no randomness.
    pub fn start(client: GamesClient) -> Result<Self, Error> {
        let mut prefix = [0; 16];
        getrandom::fill(&mut prefix).map_err(|error| Error::Config {
            expected: "randomness from the system",
            got: error.to_string(),
        })?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(collect(client.clone(), waiting));
        Ok(Self {
            queue,
            names: Arc::new(Names {
                prefix: u128::from_le_bytes(prefix),
                next: AtomicU64::new(0),
            }),
            client,
        })
    }

    /// The address of the games API.
    #[must_use]
    pub fn url(&self) -> &url::Url {
        self.client.url()
    }

    /// Does the operations as one group, all of them or none, and returns the rows after each of them. `fence` is that of the
    /// lease under which this is written.
    ///
    /// # Errors
    /// What the operation that was refused would have had alone; [`Error::Conflict`] when somebody else has the lease. After
    /// [`Error::Lost`], [`Error::Timeout`] and [`Error::Unexpected`] the group may have been done.
    pub async fn write(
        &self,
        fence: Option<u64>,
        operations: Vec<Operation>,
    ) -> Result<Vec<RowText>, Error> {
        let (prefix, number) = (self.names.prefix, self.names.next.fetch_add(1, Relaxed));
        let group = Group {
            key: format!("{prefix:032x}.{number}"),
            fence,
            operations,
        };
        let body = serde_json::value::to_raw_value(&group).map_err(|error| Error::Config {
            expected: "rows that can be written as JSON",
            got: error.to_string(),
        })?;
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            key: group.key,
            operations: group.operations.len(),
            body,
            answer,
        };
        // The queue is bounded by time as well: each request has its deadline.
        self.queue
            .send(waiting)
            .await
            .map_err(|_| self.client.lost())?;
        answered.await.unwrap_or_else(|_| Err(self.client.lost()))
    }
}

async fn collect(client: GamesClient, mut queue: mpsc::Receiver<Waiting>) {
    let places = Arc::new(Semaphore::new(UNDER_WAY));
    let mut next = None;
    loop {
        // The place comes first: what arrives while all are taken goes with the next request.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let first = match next.take() {
            Some(first) => first,
            None => match queue.recv().await {
                Some(first) => first,
                None => return,
            },
        };
        let mut load = Load::of(first);
        // Whoever is about to write at this very moment goes along.
        tokio::task::yield_now().await;
        while let Ok(waiting) = queue.try_recv() {
            if let Some(left) = load.take(waiting) {
                next = Some(left);
                break;
            }
        }
        tokio::spawn(send(client.clone(), load.groups, place));
    }
}

/// The groups of one request.
struct Load {
    groups: Vec<Waiting>,
    operations: usize,
    bytes: usize,
}

impl Load {
    fn of(first: Waiting) -> Self {
        Self {
            operations: first.operations,
            bytes: first.body.get().len(),
            groups: vec![first],
        }
    }

    /// Takes one more, or gives it back when there is no room.
    fn take(&mut self, waiting: Waiting) -> Option<Waiting> {
        let operations = self.operations + waiting.operations;
        let bytes = self.bytes + waiting.body.get().len();
        if self.groups.len() == BATCH_GROUPS || operations > BATCH_OPERATIONS || bytes > BYTES {
            return Some(waiting);
        }
        (self.operations, self.bytes) = (operations, bytes);
        self.groups.push(waiting);
        None
    }
}

async fn send(client: GamesClient, groups: Vec<Waiting>, place: OwnedSemaphorePermit) {
    let keys: Vec<&str> = groups.iter().map(|group| group.key.as_str()).collect();
    let bodies: Vec<&RawValue> = groups.iter().map(|group| &*group.body).collect();
    let outcome = client.batch_of(&keys, &bodies).await;
    if groups.len() > 1 && outcome.as_ref().is_err_and(is_refusal) {
        return send_apart(&client, groups).await;
    }
    drop(place);
    match outcome {
        Ok(results) => {
            for (group, result) in groups.into_iter().zip(results) {
                // Nobody waits any more: what was written stays.
                let _ = group.answer.send(client.rows_of(result));
            }
        }
        Err(error) => {
            for group in groups {
                let _ = group.answer.send(Err(error.clone()));
            }
        }
    }
}

/// A group that cannot even be read has the whole request refused: the others are not to suffer for it.
async fn send_apart(client: &GamesClient, groups: Vec<Waiting>) {
    for group in groups {
        let outcome = client.batch_of(&[&group.key], &[&group.body]).await;
        let rows = outcome.and_then(|results| {
            let result = results.into_iter().next();
            client.rows_of(result.ok_or_else(|| client.lost())?)
        });
        let _ = group.answer.send(rows);
    }
}

fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Refused { .. }) && !error.is_unreachable()
}
