//! What a path says of itself when it is asked with OPTIONS, in the form of the original.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use games_contract::{Field, Kind, Map, Resource};
use serde_json::{Value, json};

use super::answer;

/// Which of a resource's two paths is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// The collection, into which rows are created.
    List,
    /// One row, which is replaced.
    Instance,
}

/// A path's name, formats and methods and, for who may write, its fields.
pub(super) fn of(resource: Resource, path: Path, methods: &'static str, writes: bool) -> Response {
    let (kind, action) = match path {
        Path::List => ("List", "POST"),
        Path::Instance => ("Instance", "PUT"),
    };
    let name = words(resource);
    let mut body = json!({
        "name": format!("{name} {kind}"),
        "description": format!("{name} resource."),
        "renders": ["application/json"],
        "parses": ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
    });
    if writes {
        body["actions"] = json!({action: fields(resource)});
    }
    let mut response = answer::json_of(StatusCode::OK, &body);
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

fn words(resource: Resource) -> String {
    match resource {
        Resource::RunUser => "Run User".to_owned(),
        other => capital(other.name()),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

fn fields(resource: Resource) -> Map {
    let fields = resource.table().fields.iter();
    fields
        .map(|field| (field.name.to_owned(), described(field)))
        .collect()
}

fn described(field: &Field) -> Value {
    let label = match field.name {
        "id" => "ID".to_owned(),
        name => capital(&name.replace('_', " ")),
    };
    let mut known = json!({
        "type": kind(field.kind),
        "required": field.required,
        "read_only": field.read_only,
        "label": label,
    });
    match field.kind {
        _ if field.read_only => {}
        Kind::Text { max, .. } | Kind::Slug { max } => known["max_length"] = max.into(),
        Kind::Integer { min, max } => {
            known["min_value"] = min.into();
            known["max_value"] = max.into();
        }
        _ => {}
    }
    known
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Id | Kind::Integer { .. } => "integer",
        Kind::Text { .. } => "string",
        Kind::Slug { .. } => "slug",
        Kind::Email => "email",
        Kind::Url => "url",
        Kind::Boolean => "boolean",
        Kind::Timestamp => "datetime",
        Kind::IntegerLists => "list",
        Kind::Json | Kind::Reference(_) | Kind::RunActive | Kind::From(..) => "field",
    }
}
