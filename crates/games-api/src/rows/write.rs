//! Creating and changing rows.

use games_contract::{Action, Default, Field, Kind, Map, Resource};
use time::Duration;

use super::{
    Body, Shape, Shown, known, outbox, read_shown,
    shape::{keeps_run, shape},
    unique,
    validate::{Bad, slugify, value_of},
};
use crate::{
    accounts::{tickets, tokens},
    clock::{parse, timestamp},
    refusal::{Errors, Refusal},
    storage::{Value, Write},
};

/// Which fields a request has to name, and what becomes of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// PUT: required fields are required, the others keep their value, but a role becomes null.
    Replace,
    /// PATCH: what is not named keeps its value.
    Patch,
}

/// Creates a row and returns it as REST shows it.
pub(crate) fn create(
    write: &mut Write<'_>,
    resource: Resource,
    viewer: i64,
    body: &Body,
) -> Result<Map, Refusal> {
    create_shown(write, resource, viewer, body)?.map()
}

/// As [`create`]; the row as text.
pub(crate) fn create_shown(
    write: &mut Write<'_>,
    resource: Resource,
    viewer: i64,
    body: &Body,
) -> Result<Shown, Refusal> {
    create_naming(write, resource, viewer, body, |field| field.required)
}

/// As [`create`], from a body that has to name certain fields.
pub(super) fn create_naming(
    write: &mut Write<'_>,
    resource: Resource,
    viewer: i64,
    body: &Body,
    must_name: impl Fn(&Field) -> bool,
) -> Result<Shown, Refusal> {
    let shape = shape(resource);
    let mut row: Vec<Value> = shape
        .stored
        .iter()
        .map(|name| default(shape, name))
        .collect();
    let mut errors = Errors::default();
    fill(write, shape, body, &mut row, &mut errors, must_name)?;
    derive_slug(shape, &mut row);
    unique::check_fields(write, shape, &row, None, &mut errors)?;
    errors.check()?;
    if resource == Resource::Hook {
        row[shape.at("user")] = viewer.into();
        row[shape.at("cursor")] = Value::Integer(i64::try_from(write.head()).unwrap_or(i64::MAX));
    }
    place(write, shape, &mut row)?;
    row[shape.at("created")] = write.stamp().into();
    row[shape.at(version(resource))] = write.stamp().into();
    let created = write.insert(&shape.insert, &row)?;
    let pk = created.ok_or_else(|| unique::clash(shape))?;
    announce(write, shape, &row, pk, Action::Created)
}

/// Changes a row and returns it as REST shows it.
pub(crate) fn update(
    write: &mut Write<'_>,
    resource: Resource,
    pk: i64,
    mode: Mode,
    body: &Body,
) -> Result<Map, Refusal> {
    update_shown(write, resource, pk, mode, body)?.map()
}

/// As [`update`]; the row as text.
pub(crate) fn update_shown(
    write: &mut Write<'_>,
    resource: Resource,
    pk: i64,
    mode: Mode,
    body: &Body,
) -> Result<Shown, Refusal> {
    let shape = shape(resource);
    let found = write.query(&shape.raw, &[pk.into()])?;
    let before = found.into_iter().next().ok_or_else(Refusal::no_row)?;
    let mut row = before.clone();
    if mode == Mode::Replace {
        for field in shape.table.writable().filter(|field| field.reset_by_put) {
            row[shape.at(field.name)] = Value::Null;
        }
    }
    let mut errors = Errors::default();
    fill(write, shape, body, &mut row, &mut errors, |field| {
        field.required && mode == Mode::Replace
    })?;
    derive_slug(shape, &mut row);
    let moved = !unique::is_same(shape, &before, &row);
    if moved {
        unique::check_fields(write, shape, &row, Some(pk), &mut errors)?;
    }
    errors.check()?;
    place(write, shape, &mut row)?;
    if moved {
        unique::check_together(write, shape, &row, Some(pk))?;
    }
    let stamp = shape.at(version(resource));
    row[stamp] = later(&before[stamp], write).into();
    store(write, shape, pk, &before, &row)?;
    if resource == Resource::User && body.members.contains_key("password") {
        // Whoever knew the old password may hold a token for it.
        tokens::remove_all(write, pk)?;
        tickets::end_all(write, pk)?;
    } else if resource == Resource::User
        && before[shape.at("is_active")].flag()
        && !row[shape.at("is_active")].flag()
    {
        // Whoever was sent away comes back with a new one.
        tickets::end_all(write, pk)?;
    }
    let run_changed = resource.below_run() && row[shape.at("run")] != before[shape.at("run")];
    if run_changed || matches!(resource, Resource::Run | Resource::Game) {
        // What is known of them is their game's slug, whether they are active, and the run.
        write.forget();
    }
    if run_changed {
        relocate(write, resource, pk, &row[shape.at("run")])?;
    }
    announce(write, shape, &row, pk, Action::Changed)
}

/// Stores a changed row, with as little as it takes.
fn store(
    write: &mut Write<'_>,
    shape: &Shape,
    pk: i64,
    before: &[Value],
    row: &[Value],
) -> Result<(), Refusal> {
    let is_content = |at: usize| shape.content.contains(&at);
    let same = |at: usize| is_content(at) || before[at] == row[at];
    let (sql, mut params) = if (0..row.len()).all(same) {
        let content = shape.content.iter().map(|at| row[*at].clone());
        (&shape.update_content, content.collect::<Vec<_>>())
    } else {
        (&shape.update, row.to_vec())
    };
    params.push(pk.into());
    Ok(write.amend(sql, &params).map(drop)?)
}

/// A row that another one's deletion has changed: a new version, and the change is told.
pub(super) fn touch(write: &mut Write<'_>, resource: Resource, pk: i64) -> Result<(), Refusal> {
    let shape = shape(resource);
    let found = write.query(&shape.raw, &[pk.into()])?;
    let before = found.into_iter().next().ok_or_else(Refusal::no_row)?;
    let mut row = before.clone();
    let stamp = shape.at(version(resource));
    row[stamp] = later(&row[stamp], write).into();
    store(write, shape, pk, &before, &row)?;
    announce(write, shape, &row, pk, Action::Changed).map(drop)
}

/// Reads what the body names into the row; what it leaves out but must name is an error.
fn fill(
    write: &mut Write<'_>,
    shape: &Shape,
    body: &Body,
    row: &mut [Value],
    errors: &mut Errors,
    must_name: impl Fn(&Field) -> bool,
) -> Result<(), Refusal> {
    for field in shape.table.writable() {
        let Some(sent) = body.members.get(field.name) else {
            if must_name(field) {
                errors.add(field.name, "This field is required.");
            }
            continue;
        };
        match value_of(write, field, sent, body.form) {
            Ok(value) => row[shape.at(field.name)] = value,
            Err(Bad::Value(message)) => errors.add(field.name, message),
            Err(Bad::Database(fault)) => return Err(fault.into()),
        }
    }
    Ok(())
}

pub(super) fn default(shape: &Shape, column: &str) -> Value {
    let Some(field) = shape.table.field(column) else {
        return Value::Null;
    };
    match field.default {
        Default::Boolean(flag) => flag.into(),
        Default::Integer(number) => number.into(),
        Default::Empty => "".into(),
        Default::Object => "{}".into(),
        Default::Null if field.read_only && field.kind == Kind::Boolean => false.into(),
        Default::Null | Default::SlugOf(_) => Value::Null,
    }
}

/// A slug that was not given, or given empty, is made from the name.
fn derive_slug(shape: &Shape, row: &mut [Value]) {
    for field in shape.table.writable() {
        if let Default::SlugOf(source) = field.default {
            let at = shape.at(field.name);
            if row[at].text().is_none_or(str::is_empty) {
                row[at] = slugify(row[shape.at(source)].text().unwrap_or_default()).into();
            }
        }
    }
}

/// Sets the run that the row belongs to; a scenario has to have a parent.
fn place(write: &mut Write<'_>, shape: &Shape, row: &mut [Value]) -> Result<(), Refusal> {
    let resource = shape.table.resource;
    if !keeps_run(resource) {
        return Ok(());
    }
    let parent = resource
        .parents()
        .iter()
        .find_map(|(field, parent)| Some((*parent, row[shape.at(field)].integer()?)));
    let Some((parent, pk)) = parent else {
        return Err(Refusal::row(
            "Expected a world or a runuser above the scenario, got neither: name one of them.",
        ));
    };
    let run = known::run_of(write, parent, pk)?.ok_or_else(Refusal::no_row)?;
    row[shape.at("run")] = run.into();
    Ok(())
}

/// Carries a row's new run down to everything below it.
fn relocate(
    write: &mut Write<'_>,
    resource: Resource,
    pk: i64,
    run: &Value,
) -> Result<(), Refusal> {
    for child in Resource::ALL.into_iter().filter(|child| keeps_run(*child)) {
        for (field, _) in child
            .parents()
            .iter()
            .filter(|(_, parent)| *parent == resource)
        {
            // A scenario with both parents goes with its world.
            let besides = match resource {
                Resource::RunUser => r#" AND "world" IS NULL"#,
                _ => "",
            };
            let below = write.query(
                &format!(
                    r#"UPDATE "{child}" SET "run" = $1 WHERE "{field}" = $2{besides} RETURNING "id""#
                ),
                &[run.clone(), pk.into()],
            )?;
            for found in below {
                relocate(write, child, found[0].integer().unwrap_or_default(), run)?;
            }
        }
    }
    Ok(())
}

/// Notes the change and returns the row as it now is.
fn announce(
    write: &mut Write<'_>,
    shape: &Shape,
    row: &[Value],
    pk: i64,
    action: Action,
) -> Result<Shown, Refusal> {
    let resource = shape.table.resource;
    let run_active = match resource.below_run().then(|| row[shape.at("run")].integer()) {
        Some(Some(run)) => known::is_active(write, run)?,
        _ => None,
    };
    let run_active = run_active.unwrap_or(Value::Null);
    let shown = match shape.compose(pk, row, &run_active) {
        Some(values) => Shown::of(shape, pk, &values),
        None => read_shown(write.connection(), resource, pk)?.ok_or_else(Refusal::no_row)?,
    };
    if resource != Resource::Hook {
        let game = outbox::game_of(write, shape, row)?;
        outbox::note(write, resource, action, game, &shown.json)?;
    }
    Ok(shown)
}

/// The column that says how new a row is.
pub(super) const fn version(resource: Resource) -> &'static str {
    match resource {
        Resource::Hook => "modified",
        _ => "updated",
    }
}

/// Now, but always later than before, also when the clock has gone back.
pub(super) fn later(before: &Value, write: &Write<'_>) -> String {
    later_than(before.text().unwrap_or_default(), write.stamp())
}

/// The order of the texts is that of time.
fn later_than(before: &str, now: &str) -> String {
    match parse(before) {
        Some(at) if before >= now => timestamp(at + Duration::microseconds(1)),
        _ => now.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_grows_when_the_clock_goes_back() {
        let before = "2026-11-21T08:48:34.673333Z";
        for (now, version) in [
            ("2001-01-01T00:00:00.000000Z", "2026-11-21T08:48:34.673334Z"),
            (before, "2026-11-21T08:48:34.673334Z"),
            ("2027-01-01T00:00:00.000000Z", "2027-01-01T00:00:00.000000Z"),
        ] {
            assert_eq!(later_than(before, now), version);
        }
    }
}
