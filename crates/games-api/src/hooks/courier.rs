//! What one subscription's task does: reads on in the outbox, delivers, and notes how it went.

use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::{
    Hook, Sender, is_there,
    sender::{self, Undelivered},
};
use crate::{
    clock::timestamp,
    refusal::Refusal,
    rows::{Announced, changes_after},
    storage::{Storage, Value as Column},
};

/// Changes read at once; the place in the outbox is kept after each such part.
const PART: usize = 100;
/// The pauses after failures: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Delivers to one subscription until it is told to stop.
pub(super) async fn run(storage: Storage, sender: Sender, mut hook: Hook, stop: CancellationToken) {
    let work = async {
        let client = match sender.client_for(&hook.url) {
            Ok(client) => client,
            Err(error) => {
                tracing::error!(hook = hook.id, error, "no client for this subscription");
                return;
            }
        };
        let mut head = storage.head.clone();
        loop {
            head.borrow_and_update();
            match part(&storage, &sender, &client, &mut hook).await {
                Ok(true) => {}
                Ok(false) => {
                    if head.changed().await.is_err() {
                        return;
                    }
                }
                Err(refusal) => {
                    tracing::warn!(
                        hook = hook.id,
                        ?refusal,
                        "the outbox could not be read or written"
                    );
                    tokio::time::sleep(FIRST_PAUSE).await;
                }
            }
        }
    };
    // A delivery that is cut short is made again at the next start: at least once.
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

/// Delivers the next part; false when there was nothing.
async fn part(
    storage: &Storage,
    sender: &Sender,
    client: &reqwest::Client,
    hook: &mut Hook,
) -> Result<bool, Refusal> {
    let known = hook.clone();
    let (changes, there) = storage
        .readers
        .read(move |connection| {
            let changes = changes_after(connection, known.cursor, None, PART)?;
            // Asked after the changes: what happened after its end is never seen without seeing its end.
            let there = is_there(connection, &known)?;
            Ok::<_, Refusal>((changes, there))
        })
        .await?;
    if !there {
        return Ok(false);
    }
    let Some(last) = changes.last().map(|change| change.cursor) else {
        return Ok(false);
    };
    let mut wanted = changes;
    wanted.retain(|change| hook.wants(&change.event));
    for change in &wanted {
        deliver(storage, sender, client, hook, change).await?;
    }
    hook.cursor = last;
    // What nobody wants need not be noted: reading past it again costs less than a commit.
    if !wanted.is_empty() {
        note(storage, hook, None).await?;
    }
    Ok(true)
}

/// Delivers one change, however often it takes.
async fn deliver(
    storage: &Storage,
    sender: &Sender,
    client: &reqwest::Client,
    hook: &mut Hook,
    change: &Announced,
) -> Result<(), Refusal> {
    let mut data: Value = serde_json::from_str(change.data.get()).unwrap_or(Value::Null);
    crate::rest::hide_private(&mut data);
    let mut pause = FIRST_PAUSE;
    let mut told: Option<Undelivered> = None;
    loop {
        let sent = sender::post(client, &hook.url, &change.event, &data).await;
        sender.deliveries.note(sent.is_ok());
        let Err(failure) = sent else {
            hook.cursor = change.cursor;
            if !hook.connected || hook.erroring {
                hook.connected = true;
                hook.erroring = false;
                note(storage, hook, None).await?;
            }
            return Ok(());
        };
        if told.as_ref() != Some(&failure) {
            tracing::warn!(
                hook = hook.id,
                url = hook.url,
                error = failure.error,
                "a delivery failed; it is tried again"
            );
            hook.erroring = true;
            note(storage, hook, Some(&failure)).await?;
            told = Some(failure);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Notes how it went and how far it came. A subscription that has changed or gone in the meantime is left alone: the update is by
/// its address and event as well.
async fn note(
    storage: &Storage,
    hook: &Hook,
    failure: Option<&Undelivered>,
) -> Result<(), Refusal> {
    const STATE: &str = r#"UPDATE "hook" SET "cursor" = $1, "connected" = $2, "erroring" = $3"#;
    const THIS: [&str; 2] = [r#"WHERE "id" ="#, r#"AND "url" ="#];
    let mut params: Vec<Column> = vec![
        Column::Integer(i64::try_from(hook.cursor).unwrap_or(i64::MAX)),
        hook.connected.into(),
        hook.erroring.into(),
    ];
    let sql = match failure {
        None => format!("{STATE} {} $4 {} $5", THIS[0], THIS[1]),
        Some(failure) => {
            params.push(failure.error.as_str().into());
            params.push(failure.status.map(i64::from).into());
            params.push(
                failure
                    .content
                    .as_deref()
                    .map_or(Column::Null, Column::from),
            );
            format!(
                r#"{STATE}, "last_error" = $4, "last_error_status" = $5, "last_error_content" = $6, "modified" = $7 {} $8 {} $9"#,
                THIS[0], THIS[1]
            )
        }
    };
    let failed = failure.is_some();
    let (id, url) = (hook.id, hook.url.clone());
    storage
        .writer
        .write(move |write| {
            if failed {
                params.push(timestamp(write.now()).into());
            }
            params.push(id.into());
            params.push(url.into());
            write.execute(&sql, &params)
        })
        .await
        .map(drop)
        .map_err(Refusal::from)
}
