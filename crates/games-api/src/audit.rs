//! The audit log of a run: what those who lead it have done, a line for each deed. Lines are only added.

use games_contract::Map;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::{
    refusal::{Errors, Refusal},
    storage::{Connection, Fault, Row, Value, Write},
};

/// Characters of what was done, and of a line's key, at most.
const WHAT: usize = 100;
const KEY: usize = 300;
/// Bytes of a line's detail as JSON at most.
const DETAIL: usize = 16 * 1024;

/// A line that is to be added.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    pub(crate) run: i64,
    pub(crate) world: Option<u64>,
    pub(crate) user: Option<u64>,
    pub(crate) what: &'a str,
    pub(crate) detail: &'a Map,
    pub(crate) key: Option<&'a str>,
}

/// Which lines of a run are wanted, and in which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Those that concern this world, or all of the run.
    pub(crate) world: Option<i64>,
    pub(crate) newest_first: bool,
}

const LINES: &str = r#"SELECT a."id", a."created", a."run", a."world", a."user", u."email", a."what", a."detail"
    FROM "audit" AS a LEFT JOIN "user" AS u ON u."id" = a."user""#;

/// Adds a line and returns it; the one that is there already under its key is left as it is.
pub(crate) fn record(write: &mut Write<'_>, line: Line<'_>) -> Result<Json, Refusal> {
    let detail = Json::Object(line.detail.clone()).to_string();
    let mut errors = Errors::default();
    let length = line.what.chars().count();
    if length == 0 || length > WHAT {
        let words = format!("Expected 1 to {WHAT} characters, got {length}.");
        errors.add("what", words);
    }
    if let Some(length) = line.key.map(|key| key.chars().count())
        && (length == 0 || length > KEY)
    {
        let words = format!("Expected a key of 1 to {KEY} characters, got {length}.");
        errors.add("key", words);
    }
    if detail.len() > DETAIL {
        let words = format!(
            "Expected at most {DETAIL} bytes of JSON, got {}: say it shorter.",
            detail.len()
        );
        errors.add("detail", words);
    }
    errors.check()?;
    let key = line.key.map_or(Value::Null, Value::from);
    let number = |pk: Option<u64>| Value::from(pk.and_then(|pk| i64::try_from(pk).ok()));
    let sql = r#"INSERT INTO "audit" ("run", "world", "user", "what", "detail", "key", "created")
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"#;
    let added = write.insert(
        sql,
        &[
            line.run.into(),
            number(line.world),
            number(line.user),
            line.what.into(),
            detail.into(),
            key.clone(),
            write.stamp().into(),
        ],
    )?;
    let found = match added {
        Some(id) => write.query(&format!(r#"{LINES} WHERE a."id" = $1"#), &[id.into()])?,
        None => {
            let sql = format!(r#"{LINES} WHERE a."run" = $1 AND a."key" = $2"#);
            write.query(&sql, &[line.run.into(), key])?
        }
    };
    let found = found.first().ok_or_else(Refusal::no_row)?;
    Ok(shown(found))
}

/// At most `limit` lines of a run after the first `offset`, each as JSON.
pub(crate) fn list(
    connection: &mut dyn Connection,
    run: i64,
    wanted: Wanted,
    (limit, offset): (i64, i64),
) -> Result<Vec<Json>, Fault> {
    let order = match wanted.newest_first {
        true => "DESC",
        false => "ASC",
    };
    let mut params = vec![run.into()];
    let mut world = "";
    if let Some(pk) = wanted.world {
        params.push(pk.into());
        world = r#"AND (a."world" = $2 OR a."world" IS NULL)"#;
    }
    let (first, second) = (params.len() + 1, params.len() + 2);
    params.extend([limit, offset].map(Value::from));
    let sql = format!(
        r#"{LINES} WHERE a."run" = $1 {world} ORDER BY a."id" {order} LIMIT ${first} OFFSET ${second}"#
    );
    let rows = connection.query(&sql, &params)?;
    Ok(rows.iter().map(shown).collect())
}

/// The lines of all runs that tell what a user did.
pub(crate) fn of_user(connection: &mut dyn Connection, user: i64) -> Result<Vec<Json>, Fault> {
    let sql = format!(r#"{LINES} WHERE a."user" = $1 ORDER BY a."id""#);
    let rows = connection.query(&sql, &[user.into()])?;
    Ok(rows.iter().map(shown).collect())
}

/// A line as it is told.
#[derive(Serialize)]
struct Shown<'a> {
    id: Option<i64>,
    created: Option<&'a str>,
    run: Option<i64>,
    world: Option<i64>,
    user: Option<i64>,
    email: Option<&'a str>,
    what: Option<&'a str>,
    detail: Json,
}

fn shown(row: &Row) -> Json {
    let detail = row[7]
        .text()
        .and_then(|text| serde_json::from_str(text).ok());
    json!(Shown {
        id: row[0].integer(),
        created: row[1].text(),
        run: row[2].integer(),
        world: row[3].integer(),
        user: row[4].integer(),
        email: row[5].text(),
        what: row[6].text(),
        detail: detail.unwrap_or(Json::Null),
    })
}
