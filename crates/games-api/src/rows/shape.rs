//! The statements and the JSON of each resource, built once from the contract's tables.

use std::{fmt::Write as _, sync::LazyLock};

use games_contract::{Field, Kind, Map, Resource, Table};
use serde_json::Value as Json;

use super::{known, unique};
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
    /// What others need to know of the row of primary key `$1`.
    pub(crate) known: String,
    /// For each unique constraint: who else has the values of its fields, but the row whose primary key comes last.
    pub(crate) taken: Vec<String>,
    /// Inserts the stored columns; does nothing where a unique constraint stands against it.
    pub(crate) insert: String,
    /// Sets the stored columns of the row whose primary key comes last.
    pub(crate) update: String,
    /// As [`update`](Self::update), of the columns at the places of [`content`](Self::content).
    pub(crate) update_content: String,
    /// The places of the columns that no index has: data and version. Setting these alone leaves the indexes alone.
    pub(crate) content: Vec<usize>,
    /// Deletes the row of primary key `$1`.
    pub(crate) delete: String,
    /// The columns that writing sets: the fields a client may name, then the hidden ones, then `created` and the version.
    pub(crate) stored: Vec<&'static str>,
    /// For each field that is shown: where its value comes from when the row has just been written.
    sources: Vec<Source>,
}

/// Where the value of a field that is shown comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Pk,
    /// The stored column at this place.
    Stored(usize),
    RunActive,
    /// Another row: it has to be read.
    Elsewhere,
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
            if is_shown(field, value) {
                json.insert(field.name.to_owned(), decode(field.kind, value));
            }
        }
        json
    }

    /// The same as text.
    pub(crate) fn text(&self, row: &[Value]) -> String {
        let stored: usize = row.iter().filter_map(Value::text).map(str::len).sum();
        let mut text = String::with_capacity(stored + 24 * row.len());
        self.append(&mut text, row, Form::Usual);
        text
    }

    /// Rows of [`select`](Self::select) as a JSON list.
    pub(crate) fn list(&self, rows: &[Vec<Value>], form: Form) -> String {
        let mut text = String::from("[");
        for row in rows {
            if text.len() > 1 {
                text.push(',');
            }
            self.append(&mut text, row, form);
        }
        text.push(']');
        text
    }

    /// Appends the JSON of one row; what is stored as JSON is copied as it is.
    fn append(&self, text: &mut String, row: &[Value], form: Form) {
        let is_last = |field: &Field| form == Form::RoleLast && field.name == "role";
        let members = || shown(self.table).zip(row);
        let first = members().filter(|(field, _)| !is_last(field));
        let last = members().filter(|(field, _)| is_last(field));
        let mut before = '{';
        for (field, value) in first.chain(last) {
            if is_shown(field, value) {
                // The names are ours and need no escape.
                let _ = write!(text, r#"{before}"{}":"#, field.name);
                encode(text, field.kind, value);
                before = ',';
            }
        }
        text.push('}');
    }

    /// A row that has just been written, as [`select`](Self::select) would find it; nothing where that has to be asked.
    pub(crate) fn compose(
        &self,
        pk: i64,
        stored: &[Value],
        run_active: &Value,
    ) -> Option<Vec<Value>> {
        let value = |source: &Source| match source {
            Source::Pk => Some(Value::Integer(pk)),
            Source::Stored(at) => Some(stored[*at].clone()),
            Source::RunActive => Some(run_active.clone()),
            Source::Elsewhere => None,
        };
        self.sources.iter().map(value).collect()
    }
}

/// The order of a row's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// That of the contract.
    Usual,
    /// A row's role comes last, as the original's paths for many rows have it.
    RoleLast,
}

impl Form {
    /// A row, or its errors, in this order.
    pub(crate) fn of(self, mut row: Map) -> Map {
        if self == Self::RoleLast
            && let Some(role) = row.shift_remove("role")
        {
            row.insert("role".to_owned(), role);
        }
        row
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

/// As in the original: a run user without a role has no `role_name`, rather than an empty one.
fn is_shown(field: &Field, value: &Value) -> bool {
    field.name != "role_name" || *value != Value::Null
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

fn encode(text: &mut String, kind: Kind, value: &Value) {
    match (kind, value) {
        (_, Value::Null) => text.push_str("null"),
        (Kind::Boolean | Kind::RunActive, value) => {
            text.push_str(if value.flag() { "true" } else { "false" });
        }
        (Kind::Json | Kind::IntegerLists, Value::Text(json)) => text.push_str(json),
        (_, Value::Text(plain)) => quote(text, plain),
        (_, Value::Integer(number)) => {
            let _ = write!(text, "{number}");
        }
        (_, Value::Boolean(flag)) => {
            let _ = write!(text, "{flag}");
        }
    }
}

/// A JSON string.
fn quote(text: &mut String, plain: &str) {
    if plain
        .bytes()
        .any(|byte| byte < 0x20 || matches!(byte, b'"' | b'\\'))
    {
        let _ = write!(text, "{}", Json::from(plain));
    } else {
        text.push('"');
        text.push_str(plain);
        text.push('"');
    }
}

fn source(field: &Field, stored: &[&str]) -> Source {
    match field.kind {
        Kind::Id => Source::Pk,
        Kind::RunActive => Source::RunActive,
        Kind::From(..) => Source::Elsewhere,
        _ => stored
            .iter()
            .position(|column| *column == field.name)
            .map_or(Source::Elsewhere, Source::Stored),
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
    let all: Vec<usize> = (0..stored.len()).collect();
    let content: Vec<usize> = all
        .iter()
        .copied()
        .filter(|at| is_content(table, stored[*at]))
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
            r#"INSERT INTO "{name}" ({}) VALUES ({}) ON CONFLICT DO NOTHING"#,
            quoted.join(", "),
            places.join(", ")
        ),
        update: update(name, &stored, &all),
        update_content: update(name, &stored, &content),
        content,
        delete: format!(r#"DELETE FROM "{name}" WHERE "id" = $1"#),
        known: known::statement(table.resource),
        taken: table
            .unique
            .iter()
            .map(|unique| unique::statement(table, unique))
            .collect(),
        sources: shown(table).map(|field| source(field, &stored)).collect(),
        select,
        stored,
    }
}

fn is_content(table: &Table, column: &str) -> bool {
    let json = |field: &Field| matches!(field.kind, Kind::Json);
    matches!(column, "updated" | "modified") || table.field(column).is_some_and(json)
}

/// Sets the columns at these places of the row whose primary key comes last.
fn update(name: &str, stored: &[&str], places: &[usize]) -> String {
    let assignments: Vec<String> = places
        .iter()
        .zip(1..)
        .map(|(at, place)| format!(r#""{}" = ${place}"#, stored[*at]))
        .collect();
    format!(
        r#"UPDATE "{name}" SET {} WHERE "id" = ${}"#,
        assignments.join(", "),
        places.len() + 1
    )
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

#[cfg(test)]
mod tests {
    use super::*;

    fn values(shape: &Shape, data: &str) -> Vec<Value> {
        let value = |field: &Field| match field.kind {
            Kind::Id | Kind::Integer { .. } | Kind::Reference(_) => 7.into(),
            Kind::Boolean | Kind::RunActive => true.into(),
            Kind::Json => data.into(),
            Kind::IntegerLists => Value::Null,
            _ => "a \"b\" \u{1} \\ ü".into(),
        };
        shown(shape.table).map(value).collect()
    }

    #[test]
    fn the_text_of_a_row_is_that_of_its_json() {
        for resource in Resource::ALL {
            let shape = shape(resource);
            let mut row = values(shape, r#"{"b":10.0,"a":[1e+300,-0.0,"\u0000",null]}"#);
            for _ in 0..2 {
                let json = Json::Object(shape.decode(&row)).to_string();
                assert_eq!(shape.text(&row), json, "{resource}");
                let json = Json::Object(Form::RoleLast.of(shape.decode(&row)));
                let list = shape.list(&[row.clone(), row.clone()], Form::RoleLast);
                assert_eq!(list, format!("[{json},{json}]"), "{resource}");
                // Without what may be null.
                row = row.iter().map(|_| Value::Null).collect();
            }
        }
    }

    #[test]
    fn a_row_that_was_written_is_shown_without_asking_for_it() {
        let shape = shape(Resource::Decision);
        let stored: Vec<Value> = shape.stored.iter().map(|name| Value::from(*name)).collect();
        let row = shape.compose(7, &stored, &true.into()).unwrap();
        for (field, value) in shown(shape.table).zip(&row) {
            match field.kind {
                Kind::Id => assert_eq!(*value, Value::Integer(7)),
                Kind::RunActive => assert_eq!(*value, Value::Boolean(true)),
                _ => assert_eq!(*value, Value::from(field.name)),
            }
        }
        let runuser = super::shape(Resource::RunUser);
        let stored = vec![Value::Null; runuser.stored.len()];
        assert_eq!(
            runuser.compose(7, &stored, &Value::Null),
            None,
            "names are the user's"
        );
    }
}
