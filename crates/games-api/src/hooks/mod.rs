//! Webhooks: every change is sent to the subscriptions that want it, in order for each, at least once, never slowing a request.
//!
//! What is sent comes from the outbox, so that nothing is lost when the service stops or the other side is away; each
//! subscription's place in it is kept with its row.

mod courier;
mod dispatcher;
mod numbers;
mod sender;

pub(crate) use dispatcher::run;
pub(crate) use numbers::{Deliveries, Subscriptions};
pub(crate) use sender::Sender;

use games_contract::Map;

use crate::{refusal::Refusal, rows::Body, storage::Connection};

/// The answer to a subscription that is there already: as in the original only what was sent, and no second row.
pub(crate) fn known(
    connection: &mut dyn Connection,
    user: i64,
    body: &Body,
) -> Result<Option<Map>, Refusal> {
    let sent = |name: &str| body.members.get(name).and_then(|value| value.as_str());
    let (Some(event), Some(url)) = (sent("event"), sent("url")) else {
        return Ok(None);
    };
    let found = connection.query(
        r#"SELECT "id" FROM "hook" WHERE "user" = $1 AND "event" = $2 AND "url" = $3"#,
        &[user.into(), event.trim().into(), url.trim().into()],
    )?;
    if found.is_empty() {
        return Ok(None);
    }
    let answer = [("event", event), ("url", url)];
    Ok(Some(
        answer
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into_iter()
            .collect(),
    ))
}

/// Subscriptions of one user at most: each is a task that sends.
const EACH: i64 = 100;

/// Refuses one more subscription than a user may have.
pub(crate) fn room(connection: &mut dyn Connection, user: i64) -> Result<(), Refusal> {
    let sql = r#"SELECT COUNT(*) FROM "hook" WHERE "user" = $1"#;
    let rows = connection.query(sql, &[user.into()])?;
    let there = rows.first().and_then(|row| row[0].integer()).unwrap_or(0);
    if there < EACH {
        return Ok(());
    }
    Err(Refusal::row(format!(
        "Expected at most {EACH} subscriptions of one user, got one more: delete one that is no longer needed."
    )))
}

/// One subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hook {
    id: i64,
    event: String,
    url: String,
    /// The last change that was delivered.
    cursor: u64,
    connected: bool,
    erroring: bool,
}

impl Hook {
    /// True for an event that this subscription wants: `<slug>.*` and `user.*` by what comes before the star, else by name.
    fn wants(&self, event: &str) -> bool {
        match self.event.strip_suffix('*') {
            Some(start) => event.starts_with(start),
            None => event == self.event,
        }
    }
}

fn read_all(connection: &mut dyn Connection) -> Result<Vec<Hook>, Refusal> {
    let rows = connection.query(
        r#"SELECT "id", "event", "url", "cursor", "connected", "erroring" FROM "hook" ORDER BY "id""#,
        &[],
    )?;
    Ok(rows
        .iter()
        .map(|row| Hook {
            id: row[0].integer().unwrap_or_default(),
            event: row[1].text().unwrap_or_default().to_owned(),
            url: row[2].text().unwrap_or_default().to_owned(),
            cursor: row[3].integer().unwrap_or_default().unsigned_abs(),
            connected: row[4].flag(),
            erroring: row[5].flag(),
        })
        .collect())
}

/// True while the subscription is as it was read, wherever it has come to.
fn is_there(connection: &mut dyn Connection, hook: &Hook) -> Result<bool, Refusal> {
    let rows = connection.query(
        r#"SELECT 1 FROM "hook" WHERE "id" = $1 AND "event" = $2 AND "url" = $3"#,
        &[
            hook.id.into(),
            hook.event.as_str().into(),
            hook.url.as_str().into(),
        ],
    )?;
    Ok(!rows.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_wants_a_games_events_or_one() {
        let hook = |event: &str| Hook {
            id: 1,
            event: event.to_owned(),
            url: String::new(),
            cursor: 0,
            connected: false,
            erroring: false,
        };
        assert!(hook("div.*").wants("div.world.created"));
        assert!(!hook("div.*").wants("divide.world.created"));
        assert!(!hook("div.*").wants("user.created"));
        assert!(hook("user.*").wants("user.created"));
        assert!(hook("div.world.created").wants("div.world.created"));
        assert!(!hook("div.world.created").wants("div.world.changed"));
    }
}
