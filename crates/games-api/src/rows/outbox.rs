//! The outbox: one entry for each changed row, written in the same transaction as the row.

use games_contract::{Action, Map, Resource};
use serde_json::value::RawValue;
use time::Duration;

use super::{Shape, known};
use crate::{
    clock::timestamp,
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

/// Notes a change of a row that is below a game, or of a user; its JSON is what webhooks and the change stream show.
pub(super) fn note(
    write: &mut Write<'_>,
    resource: Resource,
    action: Action,
    game: Value,
    json: &str,
) -> Result<(), Fault> {
    let data = match resource {
        Resource::User => person(json)?,
        _ => json.to_owned(),
    };
    write.note_change([
        game,
        resource.name().into(),
        action.name().into(),
        data.into(),
    ]);
    Ok(())
}

/// What a change tells of a user, as the original does.
fn person(json: &str) -> Result<String, Fault> {
    let other = |error: serde_json::Error| Fault::Other(error.to_string());
    let row: Map = serde_json::from_str(json).map_err(other)?;
    let told: Map = ["id", "email", "first_name", "last_name"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), row.get(name)?.clone())))
        .collect();
    serde_json::to_string(&told).map_err(other)
}

/// The slug of the game above a row, by what its stored columns lead to; null for what is above every game.
pub(super) fn game_of(
    write: &mut Write<'_>,
    shape: &Shape,
    stored: &[Value],
) -> Result<Value, Fault> {
    let resource = shape.table.resource;
    let reference = |name: &str| stored[shape.at(name)].integer();
    let slug = match resource {
        Resource::User | Resource::Hook => None,
        Resource::Game => Some(stored[shape.at("slug")].clone()),
        Resource::Phase | Resource::Role | Resource::Run => match reference("game") {
            Some(game) => known::slug_of_game(write, game)?,
            None => None,
        },
        _ => match reference("run") {
            Some(run) => known::slug_of_run(write, run)?,
            None => None,
        },
    };
    Ok(slug.unwrap_or(Value::Null))
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
