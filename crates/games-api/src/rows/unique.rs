//! Unique constraints, checked before the database does, so that the answer has the original's words and names every one.

use games_contract::{Resource, Table, Unique};
use serde_json::Value as Json;

use super::{
    Body, Shape,
    validate::{Bad, value_of},
};
use crate::{
    refusal::{Errors, Refusal},
    storage::{Value, Write},
};

/// Adds an error for each field that has to be unique by itself and is not.
pub(super) fn check_fields(
    write: &mut Write<'_>,
    shape: &Shape,
    row: &[Value],
    pk: Option<i64>,
    errors: &mut Errors,
) -> Result<(), Refusal> {
    for unique in shape.table.unique {
        if let [field] = unique.fields
            && !errors.has(field)
            && taken(write, shape, unique, row, pk)?
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
    for unique in shape.table.unique {
        if unique.fields.len() > 1 && taken(write, shape, unique, row, pk)? {
            return Err(Refusal::row(unique.message));
        }
    }
    Ok(())
}

/// The row that has the unique fields of a body. They have to be those of one constraint; one that may be null and is not named
/// is null.
pub(crate) fn find_unique(
    write: &mut Write<'_>,
    resource: Resource,
    body: &Body,
) -> Result<Option<i64>, Refusal> {
    let table = resource.table();
    let named = |name: &&str| {
        let nullable = table.field(name).is_some_and(|field| field.nullable);
        nullable || body.members.contains_key(*name)
    };
    // A game and a user are known by their last one: slug and e-mail address.
    let mut constraints = table.unique.iter().rev();
    let unique = constraints.find(|unique| unique.fields.iter().all(named));
    let unique = unique.ok_or_else(|| no_constraint(table))?;
    let mut errors = Errors::default();
    let mut params = Vec::with_capacity(unique.fields.len() + 1);
    for field in unique.fields.iter().filter_map(|name| table.field(name)) {
        let null = Json::Null;
        let sent = body.members.get(field.name).unwrap_or(&null);
        match value_of(write.connection(), field, sent, body.form) {
            Ok(value) => params.push(value),
            Err(Bad::Value(message)) => errors.add(field.name, message),
            Err(Bad::Database(fault)) => return Err(fault.into()),
        }
    }
    errors.check()?;
    params.push(Value::Integer(0));
    let found = write.query(&statement(table, unique), &params)?;
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
    row: &[Value],
    pk: Option<i64>,
) -> Result<bool, Refusal> {
    let mut params: Vec<Value> = unique
        .fields
        .iter()
        .map(|field| match (*field, &row[shape.at(field)]) {
            // As the index folds it: databases differ in what they do with other letters.
            ("email", Value::Text(email)) => email.to_ascii_lowercase().into(),
            (_, value) => value.clone(),
        })
        .collect();
    let sql = statement(shape.table, unique);
    // No row has primary key 0: with it nothing is left out.
    params.push(Value::Integer(pk.unwrap_or(0)));
    Ok(!write.query(&sql, &params)?.is_empty())
}

fn statement(table: &Table, unique: &Unique) -> String {
    let conditions: Vec<String> = unique
        .fields
        .iter()
        .enumerate()
        .map(|(at, field)| {
            let place = at + 1;
            match *field {
                // As the index has it: an address is one, however it is written.
                "email" => format!(r#"lower("email") = ${place}"#),
                // Null is a seat too.
                _ => format!(r#""{field}" IS NOT DISTINCT FROM ${place}"#),
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
