//! A run with everything below it, as a whole: read, taken away and put back, many rows with a statement.

use std::collections::HashMap;

use games_contract::{Action, Kind, Resource};
use serde_json::value::RawValue;

use super::{
    Shape, Shown, known, outbox,
    shape::shape,
    write::{default, later, version},
};
use crate::storage::{Fault, Value, Write};

/// What a run is made of, parents before children.
pub(crate) const OF_A_RUN: [Resource; 7] = [
    Resource::Run,
    Resource::World,
    Resource::RunUser,
    Resource::Scenario,
    Resource::Period,
    Resource::Decision,
    Resource::Result,
];
/// Rows read at once.
const PAGE: usize = 500;

/// The members of a row as REST shows it, each as it is written.
pub(crate) type Members = HashMap<String, Box<RawValue>>;

/// Does something with every row that a run has of a resource, in the order of primary keys.
pub(crate) fn each_of_run<E: From<Fault>>(
    write: &mut Write<'_>,
    resource: Resource,
    run: i64,
    mut work: impl FnMut(&mut Write<'_>, Shown) -> Result<(), E>,
) -> Result<(), E> {
    let shape = shape(resource);
    let of = column_of_run(resource);
    let sql = format!(
        r#"{} WHERE t."{of}" = $1 AND t."id" > $2 ORDER BY t."id" LIMIT {PAGE}"#,
        shape.select
    );
    let mut after = 0;
    loop {
        let rows = write.query(&sql, &[run.into(), after.into()])?;
        for row in &rows {
            // Every resource shows its primary key first.
            after = row[0].integer().unwrap_or_default();
            work(write, Shown::of(shape, after, row))?;
        }
        if rows.len() < PAGE {
            return Ok(());
        }
    }
}

/// Deletes a run with everything below it. Nothing of another run may lead there.
pub(crate) fn remove_run(write: &mut Write<'_>, run: i64) -> Result<(), Fault> {
    // The end of the run is told first: whoever follows the changes is done with it then, and need not take leave of every row.
    tell_run(write, run, Action::Deleted)?;
    for resource in OF_A_RUN.into_iter().rev() {
        let of = column_of_run(resource);
        let sql = format!(r#"DELETE FROM "{resource}" WHERE "{of}" = $1"#);
        write.execute(&sql, &[run.into()])?;
    }
    Ok(())
}

/// Notes a change of each row of a run, parents before children.
pub(crate) fn tell_run(write: &mut Write<'_>, run: i64, action: Action) -> Result<(), Fault> {
    let game = known::slug_of_run(write, run)?.unwrap_or(Value::Null);
    for resource in OF_A_RUN {
        each_of_run(write, resource, run, |write, row| {
            outbox::note(write, resource, action, game.clone(), &row.json)
        })?;
    }
    Ok(())
}

/// A row that refers to one of another run, in either direction: the resource and primary key of both and the other's run.
pub(crate) fn entangled(
    write: &mut Write<'_>,
    run: i64,
) -> Result<Option<(Resource, i64, Resource, i64)>, Fault> {
    for child in OF_A_RUN {
        for field in child.table().fields {
            let Kind::Reference(parent) = field.kind else {
                continue;
            };
            if !parent.below_run() {
                continue;
            }
            for (here, there) in [("t", "p"), ("p", "t")] {
                let sql = format!(
                    r#"SELECT t."id", p."id" FROM "{child}" AS t JOIN "{parent}" AS p ON p."id" = t."{}" WHERE {here}."run" = $1 AND {there}."run" <> $2 LIMIT 1"#,
                    field.name
                );
                let found = write.query(&sql, &[run.into(), run.into()])?;
                let pk = |at: usize| found.first().and_then(|row| row[at].integer());
                if let Some((one, other)) = pk(0).zip(pk(1)) {
                    return Ok(Some((child, one, parent, other)));
                }
            }
        }
    }
    Ok(None)
}

/// Inserts rows of a resource as they were, under the primary keys that they have now. No change is noted.
pub(crate) fn insert_as_they_were(
    write: &mut Write<'_>,
    resource: Resource,
    rows: &[Vec<Value>],
) -> Result<(), Fault> {
    let stored = &shape(resource).stored;
    let columns: Vec<String> = stored.iter().map(|name| format!(r#""{name}""#)).collect();
    let into = format!(
        r#"INSERT INTO "{resource}" ("id", {}) VALUES"#,
        columns.join(", ")
    );
    write.insert_all(&into, stored.len() + 1, &rows.concat())
}

/// The primary key and the stored columns of a row, by its members as REST shows them. References lead to where `leads` says, and its
/// version is a new one. An error names the member that is not as it has to be.
pub(crate) fn as_it_was(
    write: &Write<'_>,
    resource: Resource,
    members: &Members,
    run: i64,
    leads: impl Fn(Resource, i64) -> Option<i64>,
) -> Result<Vec<Value>, String> {
    let shape = shape(resource);
    let pk = member(members, "id", Kind::Id)?;
    let pk = pk
        .and_then(|pk| leads(resource, pk.integer()?))
        .ok_or_else(|| "id".to_owned())?;
    let mut row = vec![Value::Integer(pk)];
    for column in &shape.stored {
        row.push(stored(write, shape, column, members, run, &leads)?);
    }
    Ok(row)
}

fn stored(
    write: &Write<'_>,
    shape: &Shape,
    column: &'static str,
    members: &Members,
    run: i64,
    leads: impl Fn(Resource, i64) -> Option<i64>,
) -> Result<Value, String> {
    let Some(field) = shape.table.field(column) else {
        // The one hidden column of what lives below a run.
        return Ok(run.into());
    };
    // What an older program knew nothing of.
    let Some(value) = member(members, column, field.kind)? else {
        return Ok(default(shape, column));
    };
    if column == version(shape.table.resource) {
        return Ok(later(&value, write).into());
    }
    match (field.kind, value.integer()) {
        (Kind::Reference(to), Some(pk)) => leads(to, pk)
            .map(Value::Integer)
            .ok_or_else(|| column.to_owned()),
        _ => Ok(value),
    }
}

fn member(members: &Members, name: &str, kind: Kind) -> Result<Option<Value>, String> {
    let Some(raw) = members.get(name) else {
        return Ok(None);
    };
    let text = raw.get();
    let wrong = |_| name.to_owned();
    Ok(Some(match kind {
        _ if text == "null" => Value::Null,
        // Kept as it is written, to the last digit.
        Kind::Json | Kind::IntegerLists => text.into(),
        Kind::Boolean | Kind::RunActive => {
            Value::Boolean(serde_json::from_str(text).map_err(wrong)?)
        }
        Kind::Id | Kind::Integer { .. } | Kind::Reference(_) => {
            Value::Integer(serde_json::from_str(text).map_err(wrong)?)
        }
        Kind::Text { .. }
        | Kind::Slug { .. }
        | Kind::Email
        | Kind::Url
        | Kind::Timestamp
        | Kind::From(..) => Value::Text(serde_json::from_str(text).map_err(wrong)?),
    }))
}

const fn column_of_run(resource: Resource) -> &'static str {
    match resource {
        Resource::Run => "id",
        _ => "run",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_itself_and_what_is_below_it() {
        let below = Resource::ALL
            .into_iter()
            .filter(|resource| *resource == Resource::Run || resource.below_run());
        assert_eq!(below.collect::<Vec<_>>(), OF_A_RUN);
        for resource in OF_A_RUN {
            assert_eq!(resource.table().fields[0].kind, Kind::Id, "{resource}");
            assert!(resource.table().fields.iter().all(|f| !f.write_only));
        }
    }

    #[test]
    fn members_are_read_by_their_kind_and_data_is_kept_as_it_is_written() {
        let members: Members =
            serde_json::from_str(r#"{"data": {"n": 1.50}, "active": 1, "phase": null}"#).unwrap();
        let of = |name, kind| member(&members, name, kind);
        assert_eq!(of("data", Kind::Json), Ok(Some(r#"{"n": 1.50}"#.into())));
        assert_eq!(of("active", Kind::Boolean), Err("active".to_owned()));
        assert_eq!(of("phase", Kind::Id), Ok(Some(Value::Null)));
        assert_eq!(of("name", Kind::Id), Ok(None));
    }
}
