//! Many rows at once: all of them or none.
//!
//! The original has its own serializers here: a seat's role has to be named (null will do), and a row's role comes last.

use games_contract::{Map, Resource, Table};
use serde_json::Value as Json;

use super::{Body, Form, Selection, delete, write::create_naming};
use crate::{
    refusal::Refusal,
    storage::{Value, Write},
};

/// True for the resources that may be written many at once.
pub(crate) fn in_bulk(resource: Resource) -> bool {
    !matches!(resource, Resource::Game | Resource::User | Resource::Hook)
}

/// Creates all the rows, or refuses with a list that has at each row's place its errors, or nothing where it is right.
pub(crate) fn create_all(
    write: &mut Write<'_>,
    resource: Resource,
    viewer: i64,
    bodies: &[Result<Body, Refusal>],
) -> Result<Vec<Map>, Refusal> {
    // The rows before it are there, so that it may not repeat one of them.
    let outcomes = write.each_alone(bodies, |write, body| match body {
        Ok(body) => create_one(write, resource, viewer, body),
        Err(refusal) => Err(refusal.clone()),
    })?;
    let mut created = Vec::with_capacity(outcomes.len());
    let mut errors = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        errors.push(match outcome {
            Ok(row) => {
                created.push(row);
                Json::Object(Map::new())
            }
            Err(Refusal::Invalid(body)) => body,
            Err(other) => return Err(other),
        });
    }
    if created.len() < errors.len() {
        return Err(Refusal::Invalid(Json::Array(errors)));
    }
    Ok(created)
}

/// Creates one row as [`create_all`] does.
pub(crate) fn create_one(
    write: &mut Write<'_>,
    resource: Resource,
    viewer: i64,
    body: &Body,
) -> Result<Map, Refusal> {
    let created = create_naming(write, resource, viewer, body, |field| {
        field.required || field.reset_by_put
    });
    match created {
        Ok(row) => Ok(Form::RoleLast.of(row.map()?)),
        Err(Refusal::Invalid(Json::Object(errors))) => {
            Err(Refusal::Invalid(Form::RoleLast.of(errors).into()))
        }
        Err(other) => Err(other),
    }
}

/// Deletes what is selected, with everything below it. A selection of everything is refused: it is most often a filter whose
/// name is misspelt.
pub(crate) fn delete_selected(
    write: &mut Write<'_>,
    table: &Table,
    selection: Selection,
) -> Result<(), Refusal> {
    if selection.is_empty() {
        let known: Vec<&str> = table.filters.iter().map(|filter| filter.name).collect();
        return Err(Refusal::detail(format!(
            "Expected a filter with a value, one of {}; got none: nothing is deleted. Name what to delete.",
            known.join(", ")
        )));
    }
    let resource = table.resource;
    let (conditions, params) = selection.into_parts();
    let sql = format!(r#"SELECT t."id" FROM "{resource}" AS t {conditions} ORDER BY t."id""#);
    let found = write.query(&sql, &params)?;
    for pk in found.iter().filter_map(|row| row.first()) {
        delete(write, resource, pk.integer().unwrap_or_default())?;
    }
    Ok(())
}

/// The primary keys of the rows in which a field has a value, in the order of creation.
pub(super) fn pks_by(
    write: &mut Write<'_>,
    resource: Resource,
    field: &str,
    value: i64,
) -> Result<Vec<i64>, Refusal> {
    let sql = format!(r#"SELECT "id" FROM "{resource}" WHERE "{field}" = $1 ORDER BY "id""#);
    let found = write.query(&sql, &[value.into()])?;
    Ok(found
        .iter()
        .filter_map(|row| row.first().and_then(Value::integer))
        .collect())
}
