//! `GET /apis/changes/`: what has changed since a cursor, as a long poll.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use tokio::time::Instant;

use super::{
    Api, answer,
    collection::read_only,
    login::{self, Peer},
    page::query_of,
};
use crate::{
    refusal::Refusal,
    rows::{Announced, changes_after},
    storage::Connection,
};

/// Changes in one answer at most.
const BATCH: usize = 1_000;
/// The longest wait for a change.
const LONGEST: Duration = Duration::from_secs(60);

/// What is asked for.
#[derive(Debug, Default)]
struct Question {
    after: Option<u64>,
    epoch: Option<String>,
    game: Option<String>,
    wait: Duration,
}

/// What is answered.
#[derive(Debug, Serialize)]
struct Batch<'a> {
    cursor: u64,
    epoch: &'a str,
    changes: Vec<Announced>,
}

impl Serialize for Announced {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut change = serializer.serialize_struct("Change", 3)?;
        change.serialize_field("cursor", &self.cursor)?;
        change.serialize_field("event", &self.event)?;
        change.serialize_field("data", &self.data)?;
        change.end()
    }
}

pub(super) async fn changes(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let viewer = login::viewer(&api, &headers, peer).await?;
    if !viewer.staff {
        return Err(Refusal::Forbidden);
    }
    if let Some(answer) = read_only(&method)? {
        return Ok(answer);
    }
    let question = question(&query_of(&uri))?;
    let _open = api.metrics.streams.enter();
    let (cursor, changes) = wait(&api, question).await?;
    let batch = Batch {
        cursor,
        epoch: &api.storage.epoch,
        changes,
    };
    Ok(answer::json_of(StatusCode::OK, &batch))
}

fn question(query: &[(String, String)]) -> Result<Question, Refusal> {
    let mut question = Question::default();
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        let number = || {
            let words = "Expected a whole number of at least 0.";
            value
                .parse::<u64>()
                .map_err(|_| Refusal::field(name, words))
        };
        match name.as_str() {
            "after" => question.after = Some(number()?),
            "epoch" => question.epoch = Some(value.clone()),
            "game_slug" => question.game = Some(value.clone()),
            "wait" => question.wait = Duration::from_secs(number()?).min(LONGEST),
            _ => {}
        }
    }
    Ok(question)
}

/// Changes at once when there are any, else the first that come, or none when the wait is over or the service stops.
async fn wait(api: &Api, question: Question) -> Result<(u64, Vec<Announced>), Refusal> {
    let mut head = api.storage.head.clone();
    let newest = *head.borrow_and_update();
    let gone = |detail: &str| Refusal::CursorGone {
        cursor: newest,
        epoch: api.storage.epoch.to_string(),
        detail: format!("{detail}: load everything again and go on from this cursor."),
    };
    let Some(mut after) = question.after else {
        return Ok((newest, Vec::new()));
    };
    if question
        .epoch
        .as_deref()
        .is_some_and(|epoch| epoch != &*api.storage.epoch)
    {
        return Err(gone(
            "Expected a cursor of this database, got one of another",
        ));
    }
    let deadline = Instant::now() + question.wait;
    loop {
        let game = question.game.clone();
        let read = move |connection: &mut dyn Connection| since(connection, after, game.as_deref());
        let (cursor, changes) = match api.storage.readers.read(read).await? {
            Since::Changes(cursor, changes) => (cursor, changes),
            Since::TooOld => {
                return Err(gone(
                    "Expected a cursor that is still kept, got an older one",
                ));
            }
            Since::NeverGiven => {
                return Err(gone(
                    "Expected a cursor that was given out, got a later one",
                ));
            }
        };
        after = cursor;
        if !changes.is_empty() {
            return Ok((after, changes));
        }
        let ended = tokio::select! {
            changed = head.changed() => changed.is_err(),
            () = tokio::time::sleep_until(deadline) => true,
            () = api.stop.cancelled() => true,
        };
        if ended {
            return Ok((after, changes));
        }
    }
}

/// What the outbox has since a cursor.
#[derive(Debug)]
enum Since {
    /// The cursor to go on from, and the changes up to it.
    Changes(u64, Vec<Announced>),
    /// The cursor is older than what is kept.
    TooOld,
    /// The cursor is later than any change: it belongs to another database.
    NeverGiven,
}

/// The changes after a cursor, judged by the outbox alone: what the writer last said may lag behind a read that saw its commit.
fn since(
    connection: &mut dyn Connection,
    after: u64,
    game: Option<&str>,
) -> Result<Since, Refusal> {
    let sql = r#"SELECT MIN("cursor"), MAX("cursor") FROM "outbox""#;
    // Before the changes, so that what comes in between is given now or next time, never skipped.
    let kept = connection.query(sql, &[])?;
    let bound = |at: usize| kept.first().and_then(|row| row[at].integer());
    let Some((oldest, newest)) = bound(0).zip(bound(1)) else {
        return Ok(match after {
            0 => Since::Changes(0, Vec::new()),
            _ => Since::NeverGiven,
        });
    };
    if after.saturating_add(1) < oldest.unsigned_abs() {
        return Ok(Since::TooOld);
    }
    if after > newest.unsigned_abs() {
        return Ok(Since::NeverGiven);
    }
    let changes = changes_after(connection, after, game, BATCH)?;
    let last = changes.last().map_or(after, |change| change.cursor);
    let cursor = if changes.len() == BATCH {
        last
    } else {
        last.max(newest.unsigned_abs())
    };
    Ok(Since::Changes(cursor, changes))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::watch;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{Config, SystemClock, accounts::Accounts, storage::Storage};

    async fn api(folder: &tempfile::TempDir) -> Api {
        let path = folder.path().join("a.sqlite");
        let config = Config::new(path, ([127, 0, 0, 1], 0).into());
        let storage = Storage::open(&config, Arc::new(SystemClock)).unwrap();
        Api {
            accounts: Arc::new(
                Accounts::open(&storage, Arc::new(SystemClock))
                    .await
                    .unwrap(),
            ),
            storage,
            hooks: watch::Sender::new(0),
            metrics: Arc::default(),
            unready: crate::rest::Unready::default(),
            deliveries: crate::hooks::Deliveries::default(),
            downloads: crate::rest::Downloads::default(),
            secrets: crate::hooks::Secrets::new("a key").unwrap(),
            stop: CancellationToken::new(),
            open: false,
            public_url: None,
        }
    }

    #[tokio::test]
    async fn a_poll_ends_at_once_when_the_service_stops() {
        let folder = tempfile::tempdir().unwrap();
        let api = api(&folder).await;
        let poll = Question {
            after: Some(0),
            wait: LONGEST,
            ..Question::default()
        };
        let stop = async { api.stop.cancel() };
        let both = async { tokio::join!(wait(&api, poll), stop) };
        let ended = tokio::time::timeout(Duration::from_secs(20), both).await;
        let (cursor, changes) = ended.unwrap().0.unwrap();
        assert_eq!((cursor, changes.len()), (0, 0));
    }

    #[tokio::test]
    async fn a_cursor_read_before_the_writer_told_of_its_commit_is_not_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut api = api(&folder).await;
        let entry = r#"INSERT INTO "outbox" ("at", "resource", "action", "data") VALUES ('2026', 'user', 'created', '{}')"#;
        let written = api
            .storage
            .writer
            .write(move |write| write.execute(entry, &[]));
        assert_eq!(written.await, Ok(1));
        // The writer has committed, and its word has not come yet.
        api.storage.head = watch::channel(0).1;
        let question = |after| Question {
            after: Some(after),
            ..Question::default()
        };
        let (cursor, changes) = wait(&api, question(0)).await.unwrap();
        assert_eq!((cursor, changes.len()), (1, 1));
        assert_eq!(wait(&api, question(cursor)).await.unwrap().0, 1);
        assert!(wait(&api, question(2)).await.is_err());
    }

    #[test]
    fn a_wait_is_limited() {
        let query = [("wait".to_owned(), "86400".to_owned())];
        assert_eq!(question(&query).unwrap().wait, LONGEST);
    }
}
