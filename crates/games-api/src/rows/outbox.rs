//! The outbox: one entry for each changed row, written in the same transaction as the row.

use games_contract::{Action, Map, Resource};
use serde_json::value::RawValue;
use time::Duration;

use crate::{
    clock::timestamp,
    refusal::Refusal,
    storage::{Connection, Fault, Value, Write},
};

/// Changes kept at most, and for how long.
const KEPT: u64 = 100_000;
const KEPT_FOR: Duration = Duration::days(7);

/// One entry as it was stored; `data` is JSON already.
#[derive(Clone, Debug)]
pub(crate) struct Announced {
    pub(crate) cursor: u64,
    pub(crate) event: String,
    pub(crate) data: Box<RawValue>,
}

/// Appends a change of a row that is below a game (by its slug), or a user.
pub(super) fn append(
    write: &mut Write<'_>,
    game: Option<&str>,
    resource: Resource,
    action: Action,
    row: &Map,
) -> Result<(), Fault> {
    let part;
    let shown = if resource == Resource::User {
        part = person(row);
        &part
    } else {
        row
    };
    let data = serde_json::to_string(shown).map_err(|error| Fault::Other(error.to_string()))?;
    // Given by the one writer and not by the database, whose numbers have gaps where something was undone.
    let cursor = write.head() + 1;
    write.execute(
        r#"INSERT INTO "outbox" ("cursor", "at", "game", "resource", "action", "data") VALUES ($1, $2, $3, $4, $5, $6)"#,
        &[
            Value::Integer(i64::try_from(cursor).unwrap_or(i64::MAX)),
            timestamp(write.now()).into(),
            game.map_or(Value::Null, Value::from),
            resource.name().into(),
            action.name().into(),
            data.into(),
        ],
    )?;
    write.advance(cursor);
    Ok(())
}

/// What a change tells of a user, as the original does.
fn person(row: &Map) -> Map {
    ["id", "email", "first_name", "last_name"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), row.get(name)?.clone())))
        .collect()
}

/// The slug of the game that a row belongs to, by what its JSON leads to.
pub(super) fn slug_of(
    connection: &mut dyn Connection,
    resource: Resource,
    run: Option<i64>,
    row: &Map,
) -> Result<Option<String>, Refusal> {
    let by_run = r#"SELECT g."slug" FROM "run" AS r JOIN "game" AS g ON g."id" = r."game" WHERE r."id" = $1"#;
    let by_game = r#"SELECT "slug" FROM "game" WHERE "id" = $1"#;
    let (sql, pk) = match resource {
        Resource::User | Resource::Hook => return Ok(None),
        Resource::Game => return Ok(row.get("slug").and_then(|s| s.as_str()).map(str::to_owned)),
        Resource::Phase | Resource::Role | Resource::Run => {
            (by_game, row.get("game").and_then(serde_json::Value::as_i64))
        }
        _ => (by_run, run),
    };
    let rows = connection.query(sql, &[pk.into()])?;
    Ok(rows
        .first()
        .and_then(|row| row[0].text())
        .map(str::to_owned))
}

/// At most `limit` changes after a cursor, in order: those of one game and of users, or of everything.
pub(crate) fn changes_after(
    connection: &mut dyn Connection,
    after: u64,
    game: Option<&str>,
    limit: usize,
) -> Result<Vec<Announced>, Fault> {
    const COLUMNS: &str = r#"SELECT "cursor", "game", "resource", "action", "data" FROM "outbox""#;
    let after = Value::Integer(i64::try_from(after).unwrap_or(i64::MAX));
    let limit = Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows = match game {
        Some(slug) => connection.query(
            &format!(
                r#"{COLUMNS} WHERE "cursor" > $1 AND ("game" = $2 OR "game" IS NULL) ORDER BY "cursor" LIMIT $3"#
            ),
            &[after, slug.into(), limit],
        )?,
        None => connection.query(
            &format!(r#"{COLUMNS} WHERE "cursor" > $1 ORDER BY "cursor" LIMIT $2"#),
            &[after, limit],
        )?,
    };
    rows.iter().map(|row| announced(row)).collect()
}

fn announced(row: &[Value]) -> Result<Announced, Fault> {
    let event: Vec<&str> = row[1..4].iter().filter_map(Value::text).collect();
    let data = row[4].text().unwrap_or("null").to_owned();
    Ok(Announced {
        cursor: row[0].integer().unwrap_or(0).unsigned_abs(),
        event: event.join("."),
        data: RawValue::from_string(data).map_err(|error| Fault::Other(error.to_string()))?,
    })
}

/// Forgets changes beyond what is kept, but never the newest: the next cursor has to be greater than every earlier one.
pub(crate) fn trim(write: &mut Write<'_>) -> Result<u64, Fault> {
    let newest = write.head();
    let past = newest.saturating_sub(KEPT);
    let before = timestamp(write.now() - KEPT_FOR);
    write.execute(
        r#"DELETE FROM "outbox" WHERE ("cursor" <= $1 OR "at" < $2) AND "cursor" < $3"#,
        &[
            Value::Integer(i64::try_from(past).unwrap_or(i64::MAX)),
            before.into(),
            Value::Integer(i64::try_from(newest).unwrap_or(i64::MAX)),
        ],
    )
}
