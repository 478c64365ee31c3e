//! Unique constraints, checked before the database does, so that the answer has the original's words and names every one.

use games_contract::{Resource, Table, Unique};
use serde_json::Value as Json;

use super::{
    Body, Mode, Shape, Shown, create_shown, shape, update_shown,
    validate::{Bad, value_of},
};
use crate::{
    refusal::{Errors, Refusal},
    storage::{Fault, Value, Write},
};

/// Adds an error for each field that has to be unique by itself and is not.
pub(super) fn check_fields(
    write: &mut Write<'_>,
    shape: &Shape,
    row: &[Value],
    pk: Option<i64>,
    errors: &mut Errors,
) -> Result<(), Refusal> {
    for (unique, sql) in shape.table.unique.iter().zip(&shape.taken) {
        if let [field] = unique.fields
            && !errors.has(field)
            && taken(write, shape, unique, sql, row, pk)?
        {
            errors.add(field, unique.message);
        }
    }
    Ok(())
}

/// Refuses a row whose fields have to be unique together and are not.
pub(super) fn check_together(
    write: &mut Write<'_>,
    shape: &Shape,
    row: &[Value],
    pk: Option<i64>,
) -> Result<(), Refusal> {
    for (unique, sql) in shape.table.unique.iter().zip(&shape.taken) {
        if unique.fields.len() > 1 && taken(write, shape, unique, sql, row, pk)? {
            return Err(Refusal::row(unique.message));
        }
    }
    Ok(())
}

/// Why the database has not inserted a row whose fields one by one are free.
pub(super) fn clash(shape: &Shape) -> Refusal {
    let mut constraints = shape.table.unique.iter();
    match constraints.find(|unique| unique.fields.len() > 1) {
        Some(unique) => Refusal::row(unique.message),
        None => Fault::Unique.into(),
    }
}

/// True when a change touches none of the fields that have to be unique.
pub(super) fn is_same(shape: &Shape, before: &[Value], row: &[Value]) -> bool {
    let mut fields = shape.table.unique.iter().flat_map(|unique| unique.fields);
    fields.all(|field| before[shape.at(field)] == row[shape.at(field)])
}

/// Changes the row that has the unique fields of a body, or creates it.
pub(crate) fn upsert(
    write: &mut Write<'_>,
    resource: Resource,
    viewer: i64,
    body: &Body,
) -> Result<Shown, Refusal> {
    constraint_of(resource, body)?;
    // Most often it is new. Where it is not, that shows before anything is written.
    match create_shown(write, resource, viewer, body) {
        Err(refusal @ Refusal::Invalid(_)) => match find_unique(write, resource, body)? {
            Some(pk) => update_shown(write, resource, pk, Mode::Patch, body),
            None => Err(refusal),
        },
        done => done,
    }
}

/// The constraint whose fields a body names, and the statement that finds the row.
fn constraint_of(
    resource: Resource,
    body: &Body,
) -> Result<(&'static Unique, &'static str), Refusal> {
    let table = resource.table();
    let named = |name: &&str| nullable(table, name) || body.members.contains_key(*name);
    // A game and a user are known by their last one: slug and e-mail address.
    let mut constraints = table.unique.iter().zip(&shape(resource).taken).rev();
    let found = constraints.find(|(unique, _)| unique.fields.iter().all(named));
    let (unique, sql) = found.ok_or_else(|| no_constraint(table))?;
    Ok((unique, sql))
}

/// The row that has the unique fields of a body. They have to be those of one constraint; one that may be null and is not named
/// is null.
pub(crate) fn find_unique(
    write: &mut Write<'_>,
    resource: Resource,
    body: &Body,
) -> Result<Option<i64>, Refusal> {
    let table = resource.table();
    let (unique, sql) = constraint_of(resource, body)?;
    let mut errors = Errors::default();
    let mut params = Vec::with_capacity(unique.fields.len() + 1);
    for field in unique.fields.iter().filter_map(|name| table.field(name)) {
        let null = Json::Null;
        let sent = body.members.get(field.name).unwrap_or(&null);
        match value_of(write, field, sent, body.form) {
            Ok(value) => params.push(wanted(table, field.name, &value)),
            Err(Bad::Value(message)) => errors.add(field.name, message),
            Err(Bad::Database(fault)) => return Err(fault.into()),
        }
    }
    errors.check()?;
    params.push(Value::Integer(0));
    let found = write.query(sql, &params)?;
    Ok(found.first().and_then(|row| row[0].integer()))
}

fn no_constraint(table: &Table) -> Refusal {
    let sets: Vec<String> = table
        .unique
        .iter()
        .map(|unique| unique.fields.join(" and "))
        .collect();
    let resource = table.resource;
    Refusal::row(if sets.is_empty() {
        format!("Expected a resource with unique fields, got {resource}: create it instead.")
    } else {
        format!(
            "Expected the unique fields of a {resource} to be named: {}.",
            sets.join(", or ")
        )
    })
}

fn taken(
    write: &mut Write<'_>,
    shape: &Shape,
    unique: &Unique,
    sql: &str,
    row: &[Value],
    pk: Option<i64>,
) -> Result<bool, Refusal> {
    let mut params: Vec<Value> = unique
        .fields
        .iter()
        .map(|field| wanted(shape.table, field, &row[shape.at(field)]))
        .collect();
    // No row has primary key 0: with it nothing is left out.
    params.push(Value::Integer(pk.unwrap_or(0)));
    Ok(!write.query(sql, &params)?.is_empty())
}

/// A value as the index has it. Databases differ in what they do with letters beyond ASCII, so those of an address stay.
fn wanted(table: &Table, field: &str, value: &Value) -> Value {
    match value {
        Value::Text(email) if field == "email" => email.to_ascii_lowercase().into(),
        Value::Null if nullable(table, field) => Value::Integer(0),
        _ => value.clone(),
    }
}

fn nullable(table: &Table, field: &str) -> bool {
    table.field(field).is_some_and(|field| field.nullable)
}

/// Who has the values of a constraint's fields, in the terms of the index so that the database uses it.
pub(super) fn statement(table: &Table, unique: &Unique) -> String {
    let conditions: Vec<String> = unique
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let place = at + 1;
            match *field {
                // An address is one, however it is written.
                "email" => format!(r#"lower("email") = ${place}"#),
                // Null is a seat too.
                _ if nullable(table, field) => format!(r#"COALESCE("{field}", 0) = ${place}"#),
                _ => format!(r#""{field}" = ${place}"#),
            }
        })
        .collect();
    format!(
        r#"SELECT "id" FROM "{}" WHERE {} AND "id" <> ${} LIMIT 1"#,
        table.resource,
        conditions.join(" AND "),
        unique.fields.len() + 1
    )
}
