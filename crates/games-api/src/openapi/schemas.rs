//! The schemas of rows and of what is written into them, from the contract's tables.

use games_contract::{Default, Field, Kind, Resource, Table};
use serde_json::{Map, Value, json};

use super::{bodies, operation::refer};
use crate::rows;

/// What a resource's row is called: `RunUser`.
pub(super) fn name(resource: Resource) -> String {
    if resource == Resource::RunUser {
        return "RunUser".to_owned();
    }
    let name = resource.name();
    let (first, rest) = name.split_at(1);
    first.to_ascii_uppercase() + rest
}

/// The row of a resource.
pub(super) fn row(resource: Resource) -> Value {
    refer(&format!("schemas/{}", name(resource)))
}

/// What a client writes: everything that is required (`Write`), only what changes (`Change`), as text (`Form`), or with a role that
/// has to be named (`BulkWrite`).
pub(super) fn written(resource: Resource, how: &str) -> Value {
    refer(&format!("schemas/{}{how}", name(resource)))
}

/// True when a row in a bulk request has to name more than one in a request of its own.
pub(super) fn differs_in_bulk(resource: Resource) -> bool {
    rows::in_bulk(resource)
        && resource
            .table()
            .fields
            .iter()
            .any(|field| field.reset_by_put)
}

/// Every schema by name.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    for resource in Resource::ALL {
        let (name, table) = (name(resource), resource.table());
        all.insert(name.clone(), shown(table));
        let required = |field: &Field| field.required;
        all.insert(format!("{name}Write"), writable(table, required, value_of));
        all.insert(
            format!("{name}Change"),
            writable(table, |_| false, value_of),
        );
        all.insert(format!("{name}Form"), writable(table, |_| false, text_of));
        if differs_in_bulk(resource) {
            let named = |field: &Field| field.required || field.reset_by_put;
            all.insert(format!("{name}BulkWrite"), writable(table, named, value_of));
        }
    }
    for (name, schema) in bodies::all() {
        all.insert(name.to_owned(), schema);
    }
    Value::Object(all)
}

fn shown(table: &'static Table) -> Value {
    let fields = || table.fields.iter().filter(|field| !field.write_only);
    let required = fields().filter(|field| !may_be_absent(field));
    json!({
        "type": "object",
        "description": table.resource.about(),
        "properties": properties(table, fields(), value_of),
        "required": required.map(|field| field.name).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

/// As in the original: a value from a row that is not there is left out.
fn may_be_absent(field: &Field) -> bool {
    matches!(field.kind, Kind::From("role", ..))
}

fn writable(
    table: &'static Table,
    required: impl Fn(&Field) -> bool,
    value: impl Fn(&Field) -> Value,
) -> Value {
    let named: Vec<&str> = table
        .writable()
        .filter(|field| required(field))
        .map(|field| field.name)
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties(table, table.writable(), value),
    });
    if !named.is_empty() {
        schema["required"] = named.into();
    }
    schema
}

fn properties<'a>(
    table: &'static Table,
    fields: impl Iterator<Item = &'a Field>,
    value: impl Fn(&Field) -> Value,
) -> Value {
    let described = fields.map(|field| {
        let mut schema = value(field);
        schema["description"] = table.about(field).into();
        if field.read_only {
            schema["readOnly"] = true.into();
        } else if let Some(default) = default_of(field) {
            schema["default"] = default;
        }
        if field.write_only {
            schema["writeOnly"] = true.into();
        }
        (field.name.to_owned(), schema)
    });
    Value::Object(described.collect())
}

/// A field's value in JSON.
fn value_of(field: &Field) -> Value {
    let mut schema = match field.kind {
        Kind::Id | Kind::Reference(_) => {
            json!({"type": "integer", "format": "int64", "minimum": 1})
        }
        Kind::Text { max, blank: true } => json!({"type": "string", "maxLength": max}),
        // Blanks around a text are taken off.
        Kind::Text { max, .. } => {
            json!({"type": "string", "maxLength": max, "minLength": 1, "pattern": r"\S"})
        }
        Kind::Slug { max } => {
            json!({"type": "string", "maxLength": max, "pattern": "^[-a-zA-Z0-9_]*$"})
        }
        Kind::Email => json!({"type": "string", "format": "email", "maxLength": 254}),
        Kind::Url => {
            json!({"type": "string", "format": "uri", "maxLength": 255, "pattern": "^[hH][tT][tT][pP][sS]?://."})
        }
        Kind::Boolean | Kind::RunActive => json!({"type": "boolean"}),
        Kind::Integer { min, max } => json!({"type": "integer", "minimum": min, "maximum": max}),
        Kind::Timestamp => json!({"type": "string", "format": "date-time"}),
        Kind::Json => json!({"type": ["object", "array", "string", "number", "boolean"]}),
        Kind::IntegerLists => json!({
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX}},
        }),
        Kind::From(_, resource, name) => {
            let from = resource.table().field(name);
            from.map_or_else(|| json!({}), value_of)
        }
    };
    if is_nullable(field) {
        let types = match schema["type"].take() {
            Value::Array(mut types) => {
                types.push("null".into());
                types
            }
            one => vec![one, "null".into()],
        };
        schema["type"] = types.into();
    }
    schema
}

/// What the service sets is null only where there was nothing to set.
fn is_nullable(field: &Field) -> bool {
    if field.read_only {
        return matches!(field.kind, Kind::Text { .. } | Kind::Integer { .. });
    }
    field.nullable
}

/// A field's value in a form.
fn text_of(field: &Field) -> Value {
    match field.kind {
        Kind::Boolean => json!({"type": "string", "enum": ["true", "false"]}),
        Kind::Integer { .. } | Kind::Reference(_) => {
            json!({"type": "string", "pattern": "^-?[0-9]{1,18}$"})
        }
        Kind::Json | Kind::IntegerLists => {
            json!({"type": "string", "contentMediaType": "application/json"})
        }
        _ => json!({"type": "string"}),
    }
}

/// What a create makes of a field that it does not name, where that is a value.
fn default_of(field: &Field) -> Option<Value> {
    match field.default {
        Default::Boolean(flag) => Some(flag.into()),
        Default::Integer(number) => Some(number.into()),
        Default::Empty => Some("".into()),
        Default::Object => Some(json!({})),
        Default::Null | Default::SlugOf(_) => None,
    }
}
