//! What one subscription's task does: reads on in the outbox, delivers, and notes how it went.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    Hook, Sender,
    failures::{Failures, Next},
    is_there,
    sender::{KEPT, Undelivered},
};
use crate::{
    clock::timestamp,
    refusal::Refusal,
    reminder::Reminder,
    rows::{Announced, changes_after},
    storage::{Fault, Storage, Value as Column},
};

/// Changes read at once; the place in the outbox is kept after each such part, if there was something in it to deliver.
const PART: usize = 100;
/// Changes passed over, and the time, after which the place is kept all the same: the outbox forgets what is older than a while.
const PASSED: u64 = 10_000;
const UNKEPT: Duration = Duration::from_secs(3_600);
/// How long the place may take to be kept when the service stops.
const GRACE: Duration = Duration::from_secs(1);
/// The pause after the database failed.
const PAUSE: Duration = Duration::from_secs(1);

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Came {
    /// There may be more.
    ToItsEnd,
    /// There was nothing.
    Nothing,
    /// The subscription is disabled now.
    ToNothingMore,
}

struct Courier {
    storage: Storage,
    sender: Sender,
    client: reqwest::Client,
    secret: String,
    hook: Hook,
    failures: Failures,
    disabled: bool,
    /// The place that is kept in the row, and since when.
    kept: (u64, Instant),
}

/// Delivers to one subscription until it is told to stop.
pub(super) async fn run(storage: Storage, sender: Sender, hook: Hook, stop: CancellationToken) {
    let client = match sender.client_for(&hook.url) {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(hook = hook.id, error, "no client for this subscription");
            return;
        }
    };
    let mut courier = Courier {
        client,
        secret: sender.secrets.of(hook.id, hook.generation),
        failures: Failures::since(hook.failing_since),
        disabled: false,
        kept: (hook.cursor, Instant::now()),
        hook,
        storage,
        sender,
    };
    // A delivery that is cut short is made again at the next start: at least once.
    tokio::select! {
        () = stop.cancelled() => {}
        () = courier.work() => return,
    }
    if courier.passed() > 0 {
        // It is read past again where this does not come about.
        let _ = tokio::time::timeout(GRACE, courier.note(None)).await;
    }
}

impl Courier {
    /// Changes passed over since the place was kept.
    const fn passed(&self) -> u64 {
        self.hook.cursor - self.kept.0
    }

    async fn work(&mut self) {
        let mut head = self.storage.head.clone();
        let mut reminder = Reminder::default();
        loop {
            head.borrow_and_update();
            match self.part().await {
                Ok(Came::ToItsEnd) => {}
                Ok(Came::ToNothingMore) => return,
                Ok(Came::Nothing) => {
                    reminder.over();
                    let late = self.kept.1 + UNKEPT;
                    tokio::select! {
                        changed = head.changed() => if changed.is_err() { return },
                        () = tokio::time::sleep_until(late), if self.passed() > 0 => {}
                    }
                }
                Err(refusal) => {
                    if reminder.met("", 1).is_some() {
                        tracing::warn!(
                            hook = self.hook.id,
                            ?refusal,
                            "the outbox cannot be read or written"
                        );
                    }
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    /// Delivers the next part.
    async fn part(&mut self) -> Result<Came, Refusal> {
        let known = self.hook.clone();
        let read = self.storage.readers.read(move |connection| {
            let changes = changes_after(connection, known.cursor, None, PART)?;
            // Asked after the changes: what happened after its end is never seen without seeing its end.
            let there = is_there(connection, &known)?;
            Ok::<_, Refusal>((changes, there))
        });
        let (changes, there) = read.await?;
        let passed = self.passed();
        if passed > PASSED || (passed > 0 && self.kept.1.elapsed() >= UNKEPT) {
            self.note(None).await?;
        }
        let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
            return Ok(Came::Nothing);
        };
        if !there {
            return Ok(Came::Nothing);
        }
        let (first, last) = (first.cursor, last.cursor);
        if first > self.hook.cursor + 1 {
            self.confess(first).await?;
        }
        let mut wanted = changes;
        wanted.retain(|change| self.hook.wants(&change.event));
        for change in &wanted {
            if self.deliver(change).await? == Came::ToNothingMore {
                return Ok(Came::ToNothingMore);
            }
        }
        self.hook.cursor = last;
        // What nobody wants need not be noted each time: reading past it again costs less than a commit.
        if !wanted.is_empty() {
            self.note(None).await?;
        }
        Ok(Came::ToItsEnd)
    }

    /// Says that changes before this one were forgotten before they could be sent.
    async fn confess(&mut self, oldest: u64) -> Result<(), Refusal> {
        let after = self.hook.cursor;
        let error = format!(
            "expected the changes after {after}, but {oldest} is the oldest that is kept: what was between them was not sent, read everything again"
        );
        tracing::warn!(
            hook = self.hook.id,
            error,
            "a subscription fell too far behind"
        );
        self.hook.cursor = oldest - 1;
        self.note(Some(&Undelivered::because(error))).await
    }

    /// Delivers one change, however often it takes.
    async fn deliver(&mut self, change: &Announced) -> Result<Came, Refusal> {
        let body = self.body_of(change);
        let mut told: Option<Undelivered> = None;
        loop {
            let (sender, url) = (&self.sender, &self.hook.url);
            let sent = sender.post(&self.client, url, &self.secret, &body).await;
            sender.deliveries.note(sent.is_ok());
            let Err(mut failure) = sent else {
                self.hook.cursor = change.cursor;
                if !self.hook.connected || self.hook.erroring || self.failures.began().is_some() {
                    self.hook.connected = true;
                    self.hook.erroring = false;
                    self.failures = Failures::since(None);
                    self.note(None).await?;
                }
                return Ok(Came::ToItsEnd);
            };
            let chance = crate::random::bytes::<1>().map_or(0, |[chance]| chance);
            let next = self.failures.add(sender.clock.now(), chance);
            self.hook.erroring = true;
            let Next::Retry(pause) = next else {
                self.disabled = true;
                self.hook.connected = false;
                let words = "for 24 h every delivery failed, so nothing more is sent until this subscription is written (PUT, PATCH, or POST as before); the last time";
                failure.error = format!("{words}: {}", failure.error)
                    .chars()
                    .take(KEPT)
                    .collect();
                self.warn(&failure, "a subscription is disabled");
                self.note(Some(&failure)).await?;
                return Ok(Came::ToNothingMore);
            };
            if told.as_ref() != Some(&failure) {
                self.warn(&failure, "a delivery failed; it is tried again");
                self.note(Some(&failure)).await?;
                told = Some(failure);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// What is posted: the same however often.
    fn body_of(&self, change: &Announced) -> String {
        let mut data: Value = serde_json::from_str(change.data.get()).unwrap_or(Value::Null);
        crate::rest::hide_private(&mut data);
        let (epoch, secrets) = (&self.storage.epoch, &self.sender.secrets);
        let reference = secrets.reference(epoch, self.hook.id, change.cursor);
        json!({"event": change.event, "ref": reference, "data": data}).to_string()
    }

    /// Where it goes, without what of the address may be a secret.
    fn warn(&self, failure: &Undelivered, what: &str) {
        let url = Url::parse(&self.hook.url).ok();
        let to = url.map(|url| url.origin().ascii_serialization());
        tracing::warn!(hook = self.hook.id, to, error = failure.error, "{what}");
    }

    /// Notes how it went and how far it came. A subscription that was written or deleted in the meantime is left alone.
    async fn note(&mut self, failure: Option<&Undelivered>) -> Result<(), Refusal> {
        const STATE: &str = r#"UPDATE "hook" SET "cursor" = $1, "connected" = $2, "erroring" = $3, "failing_since" = $4, "disabled" = $5"#;
        const ERROR: &str = r#"SET "last_error" = $1, "last_error_status" = $2, "last_error_content" = $3, "modified" = $4"#;
        let this =
            |first: usize| format!(r#"WHERE "id" = ${first} AND "revision" = ${}"#, first + 1);
        let key = [self.hook.id.into(), self.hook.revision.into()];
        let cursor = self.hook.cursor;
        let failing_since = self.failures.began().map(timestamp);
        let mut state: Vec<Column> = vec![
            Column::Integer(i64::try_from(cursor).unwrap_or(i64::MAX)),
            self.hook.connected.into(),
            self.hook.erroring.into(),
            failing_since.map_or(Column::Null, Column::from),
            self.disabled.into(),
        ];
        state.extend(key.clone());
        let error = failure.map(|failure| {
            let content = failure.content.as_deref();
            [
                failure.error.as_str().into(),
                failure.status.map(i64::from).into(),
                content.map_or(Column::Null, Column::from),
            ]
        });
        let noted = self.storage.writer.write(move |write| {
            write.execute(&format!("{STATE} {}", this(6)), &state)?;
            if let Some(error) = error {
                let mut params = error.to_vec();
                params.push(write.stamp().into());
                params.extend(key);
                let sql = format!(r#"UPDATE "hook" {ERROR} {}"#, this(5));
                write.execute(&sql, &params)?;
            }
            Ok::<_, Fault>(())
        });
        noted.await?;
        self.kept = (cursor, Instant::now());
        Ok(())
    }
}
