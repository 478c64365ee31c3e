//! Unique constraints, checked before the database does, so that the answer has the original's words and names every one.

use games_contract::{Table, Unique};

use super::Shape;
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
        r#"SELECT 1 FROM "{}" WHERE {} AND "id" <> ${} LIMIT 1"#,
        table.resource,
        conditions.join(" AND "),
        unique.fields.len() + 1
    )
}
