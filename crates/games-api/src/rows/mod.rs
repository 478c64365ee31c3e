//! What the resources do in the database: validation, reading, writing, deleting, and the changes that follow.
//!
//! All of it is synchronous and runs inside one transaction or one read; statements are built once from the contract's tables.

mod bulk;
mod delete;
mod filters;
mod known;
mod ordering;
mod outbox;
mod rewind;
mod shape;
mod shown;
mod unique;
mod validate;
mod whole_run;
mod write;

pub(crate) use bulk::{create_all, create_one, delete_selected, in_bulk};
pub(crate) use delete::delete;
pub(crate) use filters::{Selection, select_by};
pub(crate) use ordering::order_by;
pub(crate) use outbox::{Announced, changes_after, trim};
pub(crate) use rewind::{Wish, rewind};
use shape::Shape;
pub(crate) use shape::{Form, shape};
pub(crate) use shown::{Shown, read_shown};
pub(crate) use unique::{find_unique, upsert};
pub(crate) use validate::{Body, kind_of, no_such_pk, pk_of};
pub(crate) use whole_run::{
    Members, OF_A_RUN, as_it_was, each_of_run, entangled, insert_as_they_were, remove_run, tell_run,
};
pub(crate) use write::{Mode, create, create_shown, update, update_shown};

use games_contract::{Map, Resource};

use crate::{
    refusal::Refusal,
    storage::{Connection, Fault},
};

/// One row as REST shows it.
pub(crate) fn read(
    connection: &mut dyn Connection,
    resource: Resource,
    pk: i64,
) -> Result<Option<Map>, Fault> {
    let shape = shape(resource);
    let rows = connection.query(&shape.by_id, &[pk.into()])?;
    Ok(rows.first().map(|row| shape.decode(row)))
}

/// The rows that are selected, as REST shows them and in its order.
pub(crate) fn list(
    connection: &mut dyn Connection,
    resource: Resource,
    selection: Selection,
) -> Result<Vec<Map>, Fault> {
    let shape = shape(resource);
    let (conditions, params) = selection.into_parts();
    let order = order_by(shape.table, &[]);
    let sql = format!("{} {conditions} {order}", shape.select);
    let rows = connection.query(&sql, &params)?;
    Ok(rows.iter().map(|row| shape.decode(row)).collect())
}

/// The primary key of the row that a path names: a game by slug, anything else by number.
pub(crate) fn find(
    connection: &mut dyn Connection,
    resource: Resource,
    key: &str,
) -> Result<i64, Refusal> {
    let found = if resource == Resource::Game {
        connection.query(
            r#"SELECT "id" FROM "game" WHERE "slug" = $1"#,
            &[key.into()],
        )?
    } else {
        let pk: i64 = key.parse().map_err(|_| Refusal::no_row())?;
        connection.query(&shape(resource).exists, &[pk.into()])?
    };
    let pk = found.first().and_then(|row| row[0].integer());
    pk.ok_or_else(Refusal::no_row)
}

/// The primary key of the user with that e-mail address, however it is written.
pub(crate) fn find_user(
    connection: &mut dyn Connection,
    email: &str,
) -> Result<Option<i64>, Fault> {
    let sql = r#"SELECT "id" FROM "user" WHERE lower("email") = $1"#;
    let found = connection.query(sql, &[email.trim().to_ascii_lowercase().into()])?;
    Ok(found.first().and_then(|row| row[0].integer()))
}
