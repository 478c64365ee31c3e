//! The statements and the JSON of each resource, built once from the contract's tables.

use std::sync::LazyLock;

use games_contract::{Field, Kind, Map, Resource, Table};
use serde_json::Value as Json;

use crate::storage::Value;

/// What the rest of this module asks of one resource.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) table: &'static Table,
    /// `SELECT … FROM … AS t`, to which conditions are added.
    pub(crate) select: String,
    /// The row of primary key `$1`.
    pub(crate) by_id: String,
    /// The primary key `$1`, when there is such a row.
    pub(crate) exists: String,
    /// The stored columns of the row of primary key `$1`, in the order of [`stored`](Self::stored).
    pub(crate) raw: String,
    /// Inserts the stored columns and returns the primary key.
    pub(crate) insert: String,
    /// Sets the stored columns of the row whose primary key comes last.
    pub(crate) update: String,
    /// Deletes the row of primary key `$1`.
    pub(crate) delete: String,
    /// The columns that writing sets: the fields a client may name, then the hidden ones, then `created` and the version.
    pub(crate) stored: Vec<&'static str>,
}

impl Shape {
    /// Which place a stored column has.
    pub(crate) fn at(&self, column: &str) -> usize {
        self.stored
            .iter()
            .position(|stored| *stored == column)
            .unwrap_or_else(|| unreachable!("{} stores no {column}", self.table.resource))
    }

    /// The JSON of one row of [`select`](Self::select).
    pub(crate) fn decode(&self, row: &[Value]) -> Map {
        let mut json = Map::with_capacity(row.len());
        for (field, value) in shown(self.table).zip(row) {
            // As in the original: a run user without a role has no `role_name`, rather than an empty one.
            if field.name == "role_name" && *value == Value::Null {
                continue;
            }
            json.insert(field.name.to_owned(), decode(field.kind, value));
        }
        json
    }
}

/// The shape of a resource.
pub(crate) fn shape(resource: Resource) -> &'static Shape {
    static SHAPES: LazyLock<Vec<Shape>> =
        LazyLock::new(|| Resource::ALL.iter().map(|r| build(r.table())).collect());
    let at = Resource::ALL.iter().position(|r| *r == resource);
    &SHAPES[at.unwrap_or_default()]
}

/// True for what lives below a run without naming it: its run is kept in a column of its own.
pub(crate) fn keeps_run(resource: Resource) -> bool {
    resource.below_run() && resource.table().field("run").is_none()
}

fn shown(table: &'static Table) -> impl Iterator<Item = &'static Field> {
    table.fields.iter().filter(|field| !field.write_only)
}

fn decode(kind: Kind, value: &Value) -> Json {
    match (kind, value) {
        (_, Value::Null) => Json::Null,
        (Kind::Boolean | Kind::RunActive, value) => value.flag().into(),
        (Kind::Json | Kind::IntegerLists, Value::Text(text)) => {
            serde_json::from_str(text).unwrap_or(Json::Null)
        }
        (_, Value::Text(text)) => text.as_str().into(),
        (_, Value::Integer(number)) => (*number).into(),
        (_, Value::Boolean(flag)) => (*flag).into(),
    }
}

fn build(table: &'static Table) -> Shape {
    let name = table.resource.name();
    let columns: Vec<String> = shown(table).map(column).collect();
    let select = format!(r#"SELECT {} FROM "{name}" AS t"#, columns.join(", "));
    let stored = stored(table);
    let quoted: Vec<String> = stored
        .iter()
        .map(|column| format!(r#""{column}""#))
        .collect();
    let places: Vec<String> = (1..=stored.len()).map(|n| format!("${n}")).collect();
    let assignments: Vec<String> = quoted
        .iter()
        .zip(&places)
        .map(|(column, place)| format!("{column} = {place}"))
        .collect();
    Shape {
        table,
        by_id: format!(r#"{select} WHERE t."id" = $1"#),
        exists: format!(r#"SELECT "id" FROM "{name}" WHERE "id" = $1"#),
        raw: format!(
            r#"SELECT {} FROM "{name}" WHERE "id" = $1"#,
            quoted.join(", ")
        ),
        insert: format!(
            r#"INSERT INTO "{name}" ({}) VALUES ({}) RETURNING "id""#,
            quoted.join(", "),
            places.join(", ")
        ),
        update: format!(
            r#"UPDATE "{name}" SET {} WHERE "id" = ${}"#,
            assignments.join(", "),
            stored.len() + 1
        ),
        delete: format!(r#"DELETE FROM "{name}" WHERE "id" = $1"#),
        select,
        stored,
    }
}

/// What to select for a field: a column, or a value of the row that a column leads to.
fn column(field: &Field) -> String {
    match field.kind {
        Kind::RunActive => {
            r#"(SELECT r."active" FROM "run" AS r WHERE r."id" = t."run")"#.to_owned()
        }
        Kind::From(via, target, from) => {
            format!(r#"(SELECT f."{from}" FROM "{target}" AS f WHERE f."id" = t."{via}")"#)
        }
        _ => format!(r#"t."{}""#, field.name),
    }
}

fn stored(table: &'static Table) -> Vec<&'static str> {
    let mut stored: Vec<_> = table.writable().map(|field| field.name).collect();
    if table.resource == Resource::Hook {
        stored.extend([
            "user",
            "connected",
            "erroring",
            "cursor",
            "created",
            "modified",
        ]);
        return stored;
    }
    if keeps_run(table.resource) {
        stored.push("run");
    }
    stored.extend(["created", "updated"]);
    stored
}
