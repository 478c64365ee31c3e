//! Leases: who serves a game.
//!
//! A lease is one row whose primary key, never used again, is its fence. Taking a game replaces the row, so that a fence holds
//! for as long as its row is there.

use games_contract::{LEASE_SECONDS, Lease, LeaseRequest, Resource};
use time::Duration;

use crate::{
    clock::timestamp,
    refusal::Refusal,
    rows,
    storage::{Connection, Fault, Value, Write},
};

/// Characters of a holder's name at most.
const HOLDER: usize = 200;

/// Does what is asked; a lease that is given back answers with nothing.
pub(crate) fn perform(
    write: &mut Write<'_>,
    request: &LeaseRequest,
) -> Result<Option<Lease>, Refusal> {
    match request {
        LeaseRequest::Take {
            game,
            holder,
            seconds,
        } => take(write, game, holder, *seconds).map(Some),
        LeaseRequest::Renew { fence, seconds } => renew(write, *fence, *seconds).map(Some),
        LeaseRequest::Release { fence } => {
            let sql = r#"DELETE FROM "lease" WHERE "fence" = $1"#;
            write.execute(sql, &[number(*fence)])?;
            Ok(None)
        }
    }
}

/// Refuses a fence whose lease somebody else has taken or that was given back.
pub(crate) fn check(write: &mut Write<'_>, fence: u64) -> Result<(), Refusal> {
    // Whoever takes the game waits until this transaction is stored, as for every other one that writes.
    let sql = r#"SELECT "fence" FROM "lease" WHERE "fence" = $1"#;
    // No row has a number beyond these.
    let fence_number = i64::try_from(fence).unwrap_or(-1);
    if write.look_up(sql, fence_number)?.is_none() {
        return Err(lost(fence));
    }
    Ok(())
}

fn take(write: &mut Write<'_>, slug: &str, holder: &str, seconds: u64) -> Result<Lease, Refusal> {
    let length = holder.chars().count();
    if length == 0 || length > HOLDER {
        let words = format!("Expected a name of 1 to {HOLDER} characters, got {length}.");
        return Err(Refusal::field("holder", words));
    }
    let expires = until(write, seconds)?;
    let game = rows::find(write.connection(), Resource::Game, slug).map_err(|_| {
        Refusal::field(
            "game",
            format!("Expected the slug of a game, got {slug:?}."),
        )
    })?;
    if let Some(held) = find(write.connection(), r#"l."game" = $1"#, game.into())?
        && held.holder != holder
        && held.expires > timestamp(write.now())
    {
        return Err(Refusal::Conflict(format!(
            "Expected the game {slug} to be free, but {} serves it until {}: stop that one, or wait.",
            held.holder, held.expires
        )));
    }
    write.execute(r#"DELETE FROM "lease" WHERE "game" = $1"#, &[game.into()])?;
    let taken = write.query(
        r#"INSERT INTO "lease" ("game", "holder", "expires") VALUES ($1, $2, $3) RETURNING "fence""#,
        &[game.into(), holder.into(), expires.as_str().into()],
    );
    let taken = taken.map_err(|fault| match fault {
        Fault::Unique => Refusal::Conflict(format!(
            "Expected the game {slug} to be free, but somebody takes it at this moment: wait."
        )),
        fault => fault.into(),
    })?;
    let fence = taken.first().and_then(|row| row[0].integer());
    Ok(Lease {
        fence: fence.unwrap_or_default().unsigned_abs(),
        game: slug.to_owned(),
        holder: holder.to_owned(),
        expires,
    })
}

fn renew(write: &mut Write<'_>, fence: u64, seconds: u64) -> Result<Lease, Refusal> {
    let expires = until(write, seconds)?;
    let sql = r#"UPDATE "lease" SET "expires" = $1 WHERE "fence" = $2"#;
    write.execute(sql, &[expires.into(), number(fence)])?;
    let lease = find(write.connection(), r#"l."fence" = $1"#, number(fence))?;
    lease.ok_or_else(|| lost(fence))
}

fn find(
    connection: &mut dyn Connection,
    condition: &str,
    value: Value,
) -> Result<Option<Lease>, Fault> {
    let sql = format!(
        r#"SELECT l."fence", g."slug", l."holder", l."expires" FROM "lease" AS l JOIN "game" AS g ON g."id" = l."game" WHERE {condition}"#
    );
    let text = |value: &Value| value.text().unwrap_or_default().to_owned();
    let found = connection.query(&sql, &[value])?;
    Ok(found.first().map(|row| Lease {
        fence: row[0].integer().unwrap_or_default().unsigned_abs(),
        game: text(&row[1]),
        holder: text(&row[2]),
        expires: text(&row[3]),
    }))
}

fn until(write: &Write<'_>, seconds: u64) -> Result<String, Refusal> {
    if !LEASE_SECONDS.contains(&seconds) {
        let (least, most) = (LEASE_SECONDS.start(), LEASE_SECONDS.end());
        let words = format!("Expected {least} to {most}, got {seconds}.");
        return Err(Refusal::field("seconds", words));
    }
    let length = Duration::seconds(i64::try_from(seconds).unwrap_or_default());
    Ok(timestamp(write.now() + length))
}

fn lost(fence: u64) -> Refusal {
    Refusal::Conflict(format!(
        "Expected the fence of a lease that holds, got {fence}: somebody else serves the game, or it was given back."
    ))
}

fn number(fence: u64) -> Value {
    // No row has a number beyond these.
    Value::Integer(i64::try_from(fence).unwrap_or(-1))
}
