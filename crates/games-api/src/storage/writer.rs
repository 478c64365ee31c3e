//! The one that writes: a thread with the only connection that may, and group commit.
//!
//! It takes everything that has queued, begins a transaction, runs each request inside a savepoint of its own (one that is alone needs
//! none), commits once and then answers all. Under load a commit to disk is thus shared by many; nothing is acknowledged before it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot, watch},
    time::Instant,
};

use super::{Connection, Fault, Write, commits::Commits, publish, schema, write::State};
use crate::{Clock, reminder::Reminder};

/// Requests that may wait.
const QUEUE: usize = 1_024;
/// Requests that share a commit at most, so that the first does not wait for ever.
const GROUP: usize = 256;
/// How long a request waits for a place in the queue before it is told to come back later.
const PATIENCE: Duration = Duration::from_secs(5);

/// The door to the writer's thread.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Message>,
    commits: Arc<Commits>,
}

enum Message {
    Job(Box<dyn Job>),
    /// Answer whether a transaction can be begun.
    Look(oneshot::Sender<Result<(), Fault>>),
    /// Commit what has come, close the database, answer.
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(
        connection: Box<dyn Connection>,
        clock: Arc<dyn Clock>,
        head: watch::Sender<u64>,
    ) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let commits = Arc::<Commits>::default();
        let thread = Thread {
            connection,
            clock,
            head,
            commits: Arc::clone(&commits),
            failures: Reminder::default(),
        };
        thread::Builder::new()
            .name("games-api-writer".to_owned())
            .spawn(move || thread.run(queue))?;
        Ok(Self { jobs, commits })
    }

    /// Runs `work` in a transaction and returns what it says once that is on disk. An error of `work` undoes what it did.
    pub(crate) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Write<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Pending {
            work: Some(work),
            outcome: None,
            reply,
        };
        self.send(Message::Job(Box::new(job))).await?;
        answer.await.unwrap_or_else(|_| Err(Fault::Closed.into()))
    }

    /// Says whether it takes writes: not while the database is away, has not been got hold of again, or is held by somebody else.
    pub(crate) async fn ready(&self) -> Result<(), Fault> {
        let (reply, answer) = oneshot::channel();
        self.send(Message::Look(reply)).await?;
        answer.await.unwrap_or(Err(Fault::Closed))
    }

    async fn send(&self, message: Message) -> Result<(), Fault> {
        let place = tokio::time::timeout(PATIENCE, self.jobs.reserve())
            .await
            .map_err(|_| Fault::Busy)?
            .map_err(|_| Fault::Closed)?;
        place.send(message);
        Ok(())
    }

    /// What it has done since the start.
    pub(crate) fn commits(&self) -> &Commits {
        &self.commits
    }

    /// Requests that wait for a commit.
    pub(crate) fn waiting(&self) -> usize {
        QUEUE - self.jobs.capacity()
    }

    /// Commits what has queued and closes the database; later writes are refused.
    pub(crate) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.jobs.send(Message::Close(reply)).await.is_ok() {
            // An error means that the thread has ended, which is what was asked for.
            let _ = closed.await;
            tracing::debug!(commits = self.commits().count(), "the database is closed");
        }
    }
}

struct Thread {
    connection: Box<dyn Connection>,
    clock: Arc<dyn Clock>,
    head: watch::Sender<u64>,
    commits: Arc<Commits>,
    failures: Reminder,
}

impl Thread {
    fn run(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut closing = None;
        while closing.is_none() {
            let Some(first) = queue.blocking_recv() else {
                return;
            };
            let (mut group, mut looks) = (Vec::new(), Vec::new());
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Job(job) => group.push(job),
                    Message::Look(reply) => looks.push(reply),
                    Message::Close(reply) => closing = Some(reply),
                }
                if closing.is_some() || group.len() == GROUP {
                    break;
                }
                next = queue.try_recv().ok();
            }
            if !group.is_empty() {
                self.commit(group);
            }
            if !looks.is_empty() {
                let seen = self.look();
                for reply in looks {
                    // Nobody waits any more.
                    let _ = reply.send(seen.clone());
                }
            }
        }
        drop(queue);
        self.connection.close();
        drop(self.connection);
        if let Some(reply) = closing {
            let _ = reply.send(());
        }
    }

    /// Begins a transaction and leaves it at that.
    fn look(&mut self) -> Result<(), Fault> {
        self.connection.begin()?;
        self.connection.execute("ROLLBACK", &[]).map(drop)
    }

    /// One transaction for the group, then the answers.
    fn commit(&mut self, mut group: Vec<Box<dyn Job>>) {
        let began = Instant::now();
        let before = *self.head.borrow();
        let outcome = self.transaction(&mut group);
        if outcome.is_ok()
            && let Some(requests) = self.failures.over()
        {
            tracing::info!(
                requests,
                "transactions succeed again; so many requests were refused"
            );
        }
        match &outcome {
            Ok(Some(head)) => {
                let changes = head.saturating_sub(before);
                self.commits.note(group.len(), changes, began.elapsed());
                publish(&self.head, *head);
            }
            Ok(None) => {}
            Err(fault) => {
                if let Some(requests) = self.failures.met(&fault.to_string(), group.len()) {
                    tracing::error!(%fault, requests, "a transaction failed; nothing of it is acknowledged");
                }
                // It may be over already, where the database undid it by itself.
                let _ = self.connection.execute("ROLLBACK", &[]);
            }
        }
        let outcome = outcome.map(drop);
        for job in group {
            job.answer(&outcome);
        }
    }

    /// Runs the requests and commits; the cursor of the newest change then, or nothing when there was nothing to commit.
    fn transaction(&mut self, group: &mut [Box<dyn Job>]) -> Result<Option<u64>, Fault> {
        let connection = self.connection.as_mut();
        connection.begin()?;
        // Another process may have written since, or a commit that failed may have been done all the same.
        let mut state = State::after(schema::newest_change(connection)?);
        if let [job] = group {
            if !attempt(job, Write::new(connection, self.clock.now(), &mut state)) {
                connection.execute("ROLLBACK", &[])?;
                return Ok(None);
            }
        } else {
            for job in group {
                if state.is_much() {
                    state.settle(connection)?;
                }
                connection.execute("SAVEPOINT request", &[])?;
                let mark = state.mark();
                if !attempt(job, Write::new(connection, self.clock.now(), &mut state)) {
                    state.go_back(mark);
                    connection.execute("ROLLBACK TO SAVEPOINT request", &[])?;
                }
                connection.execute("RELEASE SAVEPOINT request", &[])?;
            }
        }
        state.flush(connection)?;
        connection.execute("COMMIT", &[])?;
        Ok(Some(state.head))
    }
}

/// True when what the request did shall stay.
fn attempt(job: &mut Box<dyn Job>, mut write: Write<'_>) -> bool {
    catch_unwind(AssertUnwindSafe(|| job.run(&mut write))).unwrap_or(false)
}

/// A request in two halves: what it does in the transaction, and the answer after it.
trait Job: Send {
    /// True when what it did shall stay.
    fn run(&mut self, write: &mut Write<'_>) -> bool;
    fn answer(self: Box<Self>, committed: &Result<(), Fault>);
}

struct Pending<F, T, E> {
    work: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Pending<F, T, E>
where
    F: FnOnce(&mut Write<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Fault> + Send,
{
    fn run(&mut self, write: &mut Write<'_>) -> bool {
        // Whoever asked has gone: nothing would be told whether it was done, so it is not.
        if self.reply.is_closed() {
            return false;
        }
        self.outcome = self.work.take().map(|work| work(write));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: &Result<(), Fault>) {
        let panicked = || Err(Fault::Other("the request failed inside".to_owned()).into());
        let answer = match committed {
            Ok(()) => self.outcome.unwrap_or_else(panicked),
            Err(fault) => Err(fault.clone().into()),
        };
        // Nobody waits any more: the row is stored all the same.
        let _ = self.reply.send(answer);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc as std_mpsc;

    use super::{
        super::{Storage, Value},
        *,
    };
    use crate::{Config, SystemClock};

    fn note(write: &mut Write<'_>, key: usize) -> Result<(), Fault> {
        let sql = r#"INSERT INTO "meta" ("key", "value") VALUES ($1, '')"#;
        write.execute(sql, &[key.to_string().into()]).map(drop)
    }

    async fn notes(storage: &Storage) -> i64 {
        let sql = r#"SELECT COUNT(*) FROM "meta" WHERE "key" <> 'epoch'"#;
        let rows: Result<_, Fault> = storage.readers.read(|c| c.query(sql, &[])).await;
        rows.unwrap()[0][0].integer().unwrap()
    }

    fn open(folder: &tempfile::TempDir) -> Storage {
        let path = folder.path().join("a.sqlite");
        let config = Config::new(path, ([127, 0, 0, 1], 0).into());
        Storage::open(&config, Arc::new(SystemClock)).unwrap()
    }

    #[tokio::test]
    async fn what_queues_while_one_commits_shares_the_next_commit() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(&folder);
        let (release, held) = std_mpsc::channel::<()>();
        let (started, has_started) = oneshot::channel();
        let first = tokio::spawn({
            let writer = storage.writer.clone();
            async move {
                writer
                    .write(move |write| {
                        started.send(()).ok();
                        held.recv().ok();
                        note(write, 0)
                    })
                    .await
            }
        });
        has_started.await.unwrap();
        let mut rest = Vec::new();
        for key in 1..=100 {
            let writer = storage.writer.clone();
            let work = async move { writer.write(move |write| note(write, key)).await };
            rest.push(tokio::spawn(work));
        }
        while storage.writer.jobs.capacity() > QUEUE - 100 {
            tokio::task::yield_now().await;
        }
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        for answer in rest {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(notes(&storage).await, 101);
        assert!(
            storage.writer.commits().count() <= 3,
            "{:?}",
            storage.writer.commits()
        );
    }

    #[tokio::test]
    async fn a_request_that_fails_or_panics_undoes_itself_alone() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(&folder);
        let refused: Result<(), Fault> = storage
            .writer
            .write(|write| {
                note(write, 1)?;
                write.note_change([(); 4].map(|()| Value::from("")));
                Err(Fault::Unique)
            })
            .await;
        assert_eq!(refused, Err(Fault::Unique));
        let broken: Result<(), Fault> = storage
            .writer
            .write(|write| {
                note(write, 2)?;
                panic!("a fault in a request");
            })
            .await;
        assert!(matches!(broken, Err(Fault::Other(_))));
        storage.writer.write(|write| note(write, 3)).await.unwrap();
        assert_eq!(notes(&storage).await, 1);
        assert_eq!(*storage.head.borrow(), 0, "no change was made");
    }

    #[tokio::test]
    async fn a_closed_writer_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(&folder);
        storage.writer.close().await;
        let refused: Result<(), Fault> = storage.writer.write(|write| note(write, 1)).await;
        assert_eq!(refused, Err(Fault::Closed));
    }

    /// A change whose data is this number.
    fn change(write: &mut Write<'_>, number: usize) {
        let values = ["div", "world", "created"].map(Value::from);
        let [game, resource, action] = values;
        write.note_change([game, resource, action, number.to_string().into()]);
    }

    async fn changes(storage: &Storage) -> Vec<(i64, String)> {
        let sql = r#"SELECT "cursor", "data" FROM "outbox" ORDER BY "cursor""#;
        let rows: Result<_, Fault> = storage.readers.read(|c| c.query(sql, &[])).await;
        rows.unwrap()
            .into_iter()
            .map(|row| (row[0].integer().unwrap(), row[1].text().unwrap().to_owned()))
            .collect()
    }

    #[tokio::test]
    async fn a_part_that_fails_late_leaves_nothing_and_the_others_alone() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(&folder);
        let work = |write: &mut Write<'_>| {
            change(write, 0);
            let outcomes = write.each_alone(&[1, 2, 3, 4], |write, part| {
                if *part == 2 {
                    return Err(Fault::Busy);
                }
                note(write, *part)?;
                change(write, *part);
                if *part == 3 {
                    return Err(Fault::Unique);
                }
                Ok(*part)
            })?;
            change(write, 5);
            Ok::<_, Fault>(outcomes)
        };
        let outcomes = storage.writer.write(work).await.unwrap();
        let expected = [Ok(1), Err(Fault::Busy), Err(Fault::Unique), Ok(4)];
        assert_eq!(outcomes, expected);
        assert_eq!(notes(&storage).await, 2);
        let told = ["0", "1", "4", "5"].map(str::to_owned);
        assert_eq!(changes(&storage).await, (1..).zip(told).collect::<Vec<_>>());
        assert_eq!(*storage.head.borrow(), 4);
    }

    #[tokio::test]
    async fn changes_that_were_stored_early_are_stored_again_when_that_is_undone() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(&folder);
        let work = |write: &mut Write<'_>| {
            change(write, 1);
            write.each_alone(&[false, true], |write, fails| {
                change(write, 2);
                write.flush()?;
                if *fails {
                    return Err(Fault::Unique);
                }
                Ok(())
            })
        };
        let outcomes = storage.writer.write(work).await.unwrap();
        assert_eq!(outcomes, [Ok(()), Err(Fault::Unique)]);
        let told = ["1", "2"].map(str::to_owned);
        assert_eq!(changes(&storage).await, (1..).zip(told).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn what_was_looked_up_is_asked_again_after_a_write() {
        const SQL: &str = r#"SELECT COUNT(*) FROM "meta" WHERE length("key") = $1"#;
        let folder = tempfile::tempdir().unwrap();
        let storage = open(&folder);
        let work = |write: &mut Write<'_>| {
            let mut counted = Vec::new();
            for key in [1, 2, 3] {
                let found = write.look_up(SQL, 1)?.and_then(|row| row[0].integer());
                counted.push(found);
                note(write, key)?;
            }
            Ok::<_, Fault>(counted)
        };
        let counted = storage.writer.write(work).await.unwrap();
        assert_eq!(counted, [Some(0), Some(1), Some(2)]);
    }
}
