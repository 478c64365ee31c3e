//! Erasing a person: the class keeps its history, and it no longer names them.

use games_contract::{Map, Resource};
use serde_json::{Value as Json, json};

use super::traces::Traces;
use crate::{
    refusal::Refusal,
    rows::{self, Body, Mode, OF_A_RUN, Selection},
    storage::{Fault, Value, Write},
};

/// What was done to erase a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Their number, which they keep.
    pub user: u64,
    /// Rows of their runs whose data named them.
    pub rows: usize,
    /// Changes, answers kept for batches, lines of audit logs and rows that were taken back, that named them.
    pub records: usize,
}

/// Where `LIKE` has to look in one text.
const NAMED: &str = r"(lower({}) LIKE $1 ESCAPE '\' OR lower({}) LIKE $2 ESCAPE '\'";

/// The address of somebody who was erased.
pub(crate) fn address_of_erased(user: i64) -> String {
    format!("erased-{user}@erased.invalid")
}

/// Takes a user's address, names, numbers of elsewhere, password, tokens, tickets and subscriptions, and their names out of everything
/// that was kept. Done again, it finds what has come since.
pub(crate) fn erase(write: &mut Write<'_>, user: i64) -> Result<Erased, Refusal> {
    let before = rows::read(write.connection(), Resource::User, user)?;
    let before = before.ok_or_else(Refusal::no_row)?;
    let address = address_of_erased(user);
    let traces = Traces::of(user, &before, &address);
    let mut hooks = Selection::default();
    hooks.add(r#"t."user" = {}"#, user);
    for hook in rows::list(write.connection(), Resource::Hook, hooks)? {
        let pk = hook.get("id").and_then(Json::as_i64).unwrap_or_default();
        rows::delete(write, Resource::Hook, pk)?;
    }
    let sql = r#"DELETE FROM "batch" WHERE "user" = $1"#;
    write.execute(sql, &[user.into()])?;
    // Tokens and tickets end with the password.
    let nobody = json!({
        "email": address,
        "first_name": "",
        "last_name": "",
        "external_id": null,
        "subscriber_code": "",
        "data": null,
        "is_active": false,
        "is_staff": false,
        "is_superuser": false,
        "is_lecturer": false,
        "password": null,
    });
    update(write, Resource::User, user, nobody)?;
    let mut erased = Erased {
        user: user.unsigned_abs(),
        ..Erased::default()
    };
    // What players have typed may be in any row of a run.
    for resource in OF_A_RUN {
        erased.rows += typed(write, resource, user, &traces)?;
    }
    forget_joining(write, user)?;
    write.flush()?;
    for (table, key, column) in [
        ("outbox", "cursor", "data"),
        ("batch", "id", "rows"),
        ("audit", "id", "detail"),
        ("superseded", "id", "data"),
    ] {
        erased.records += records(write, table, key, column, &traces)?;
    }
    Ok(erased)
}

/// Takes out of their run users how they have joined: student numbers, and what lets them in again.
fn forget_joining(write: &mut Write<'_>, user: i64) -> Result<(), Refusal> {
    let mut selection = Selection::default();
    selection.add(r#"t."user" = {}"#, user);
    for mut row in rows::list(write.connection(), Resource::RunUser, selection)? {
        if super::traces::forget_joining(&mut row) {
            let pk = row.get("id").and_then(Json::as_i64).unwrap_or_default();
            update(write, Resource::RunUser, pk, json!({"data": row["data"]}))?;
        }
    }
    Ok(())
}

/// Rows of a resource, in the runs that the user belongs to, whose data names them.
fn typed(
    write: &mut Write<'_>,
    resource: Resource,
    user: i64,
    traces: &Traces,
) -> Result<usize, Refusal> {
    let named = NAMED.replace("{}", r#"t."data""#);
    let run = match resource {
        Resource::Run => "id",
        _ => "run",
    };
    let sql = format!(
        r#"SELECT t."id", t."data" FROM "{resource}" AS t WHERE {named}) AND t."{run}" IN (SELECT m."run" FROM "runuser" AS m WHERE m."user" = $3)"#
    );
    let [address, name, ..] = traces.patterns();
    let found = write.query(&sql, &[address.into(), name.into(), user.into()])?;
    let mut changed = 0;
    for row in found {
        let (Some(pk), Some(mut data)) = (row[0].integer(), json_of(&row[1])) else {
            continue;
        };
        if traces.scrub(&mut data) {
            update(write, resource, pk, json!({ "data": data }))?;
            changed += 1;
        }
    }
    Ok(changed)
}

/// Records that name them are rewritten where they are: whoever follows the changes misses none.
fn records(
    write: &mut Write<'_>,
    table: &str,
    key: &str,
    column: &str,
    traces: &Traces,
) -> Result<usize, Fault> {
    let column = format!(r#""{column}""#);
    let named = NAMED.replace("{}", &column);
    let sql = format!(
        r#"SELECT "{key}", {column} FROM "{table}" WHERE {named} OR {column} LIKE $3 OR {column} LIKE $4)"#
    );
    let patterns = traces.patterns().map(Value::from);
    let found = write.query(&sql, &patterns)?;
    let set = format!(r#"UPDATE "{table}" SET {column} = $1 WHERE "{key}" = $2"#);
    let mut changed = 0;
    for row in found {
        let Some(mut kept) = json_of(&row[1]) else {
            continue;
        };
        if traces.scrub(&mut kept) {
            write.execute(&set, &[kept.to_string().into(), row[0].clone()])?;
            changed += 1;
        }
    }
    Ok(changed)
}

fn json_of(value: &Value) -> Option<Json> {
    serde_json::from_str(value.text()?).ok()
}

fn update(
    write: &mut Write<'_>,
    resource: Resource,
    pk: i64,
    members: Json,
) -> Result<(), Refusal> {
    let members: Map = match members {
        Json::Object(members) => members,
        _ => Map::new(),
    };
    rows::update(write, resource, pk, Mode::Patch, &Body::of(members)).map(drop)
}
