//! Webhooks: every change is sent to the subscriptions that want it, in order for each, at least once, signed, never slowing a request.
//!
//! What is sent comes from the outbox, so that nothing is lost when the service stops or the other side is away; each
//! subscription's place in it is kept with its row. A delivery that fails holds back the later ones of its subscription and nobody
//! else's; one that has failed for a day is given up until its owner writes the subscription.

mod courier;
mod dispatcher;
mod failures;
mod numbers;
mod sender;
mod signature;

pub(crate) use dispatcher::run;
pub(crate) use numbers::{Deliveries, Subscriptions};
pub(crate) use sender::Sender;
pub(crate) use signature::Secrets;

use games_contract::Map;
use time::OffsetDateTime;

use crate::{
    clock::parse,
    refusal::Refusal,
    rows::Body,
    storage::{Connection, Fault, Value, Write},
};

/// The answer to a subscription that is there already: as in the original only what was sent, and no second row. Who asks again is
/// there again.
pub(crate) fn known(write: &mut Write<'_>, user: i64, body: &Body) -> Result<Option<Map>, Refusal> {
    let sent = |name: &str| body.members.get(name).and_then(|value| value.as_str());
    let (Some(event), Some(url)) = (sent("event"), sent("url")) else {
        return Ok(None);
    };
    let found = write.query(
        r#"SELECT "id" FROM "hook" WHERE "user" = $1 AND "event" = $2 AND "url" = $3"#,
        &[user.into(), event.trim().into(), url.trim().into()],
    )?;
    let Some(pk) = found.first().and_then(|row| row[0].integer()) else {
        return Ok(None);
    };
    revive(write, pk)?;
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

/// Its owner has written a subscription: what failed before no longer counts, and what waits is sent at once.
pub(crate) fn revive(write: &mut Write<'_>, pk: i64) -> Result<(), Fault> {
    const ENABLE: &str = r#"UPDATE "hook" SET "disabled" = $1, "erroring" = $2, "last_error" = NULL, "last_error_status" = NULL,
        "last_error_content" = NULL WHERE "id" = $3 AND "disabled""#;
    const REVISE: &str =
        r#"UPDATE "hook" SET "revision" = "revision" + 1, "failing_since" = NULL WHERE "id" = $1"#;
    write.execute(ENABLE, &[false.into(), false.into(), pk.into()])?;
    write.execute(REVISE, &[pk.into()]).map(drop)
}

/// Which secret a subscription has.
pub(crate) fn generation(connection: &mut dyn Connection, pk: i64) -> Result<i64, Refusal> {
    let sql = r#"SELECT "generation" FROM "hook" WHERE "id" = $1"#;
    let found = connection.query(sql, &[pk.into()])?;
    let generation = found.first().and_then(|row| row[0].integer());
    generation.ok_or_else(Refusal::no_row)
}

/// Gives a subscription another secret; which.
pub(crate) fn renew(write: &mut Write<'_>, pk: i64) -> Result<i64, Refusal> {
    let sql = r#"UPDATE "hook" SET "generation" = "generation" + 1 WHERE "id" = $1"#;
    write.execute(sql, &[pk.into()])?;
    generation(write.connection(), pk)
}

/// One subscription that is not disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Hook {
    id: i64,
    event: String,
    url: String,
    /// The last change that was delivered.
    cursor: u64,
    connected: bool,
    erroring: bool,
    failing_since: Option<OffsetDateTime>,
    /// Grows when its owner writes it.
    revision: i64,
    /// Which secret it has.
    generation: i64,
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
        r#"SELECT "id", "event", "url", "cursor", "connected", "erroring", "failing_since", "revision", "generation" FROM "hook"
            WHERE NOT "disabled" ORDER BY "id""#,
        &[],
    )?;
    let number = |value: &Value| value.integer().unwrap_or_default();
    let text = |value: &Value| value.text().unwrap_or_default().to_owned();
    Ok(rows
        .iter()
        .map(|row| Hook {
            id: number(&row[0]),
            event: text(&row[1]),
            url: text(&row[2]),
            cursor: number(&row[3]).unsigned_abs(),
            connected: row[4].flag(),
            erroring: row[5].flag(),
            failing_since: row[6].text().and_then(parse),
            revision: number(&row[7]),
            generation: number(&row[8]),
        })
        .collect())
}

/// True while nobody has written the subscription since it was read, nor given it another secret.
fn is_there(connection: &mut dyn Connection, hook: &Hook) -> Result<bool, Refusal> {
    let rows = connection.query(
        r#"SELECT 1 FROM "hook" WHERE "id" = $1 AND "revision" = $2 AND "generation" = $3"#,
        &[hook.id.into(), hook.revision.into(), hook.generation.into()],
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
            failing_since: None,
            revision: 0,
            generation: 0,
        };
        assert!(hook("div.*").wants("div.world.created"));
        assert!(!hook("div.*").wants("divide.world.created"));
        assert!(!hook("div.*").wants("user.created"));
        assert!(hook("user.*").wants("user.created"));
        assert!(hook("div.world.created").wants("div.world.created"));
        assert!(!hook("div.world.created").wants("div.world.changed"));
    }
}
