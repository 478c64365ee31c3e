//! What a write needs to know of the rows above it: that they are there, their run, that run's game. Asked once a transaction.

use games_contract::Resource;

use super::shape::shape;
use crate::storage::{Fault, Value, Write};

/// The statement that tells what others need to know of a row.
pub(super) fn statement(resource: Resource) -> String {
    match resource {
        Resource::Run => r#"SELECT r."active", g."slug" FROM "run" AS r JOIN "game" AS g ON g."id" = r."game" WHERE r."id" = $1"#.to_owned(),
        Resource::Game => r#"SELECT "slug" FROM "game" WHERE "id" = $1"#.to_owned(),
        _ if resource.below_run() => format!(r#"SELECT "run" FROM "{resource}" WHERE "id" = $1"#),
        _ => format!(r#"SELECT "id" FROM "{resource}" WHERE "id" = $1"#),
    }
}

/// True when there is such a row.
pub(super) fn is_there(write: &mut Write<'_>, resource: Resource, pk: i64) -> Result<bool, Fault> {
    Ok(write.look_up(&shape(resource).known, pk)?.is_some())
}

/// The run that a row below one belongs to.
pub(super) fn run_of(
    write: &mut Write<'_>,
    resource: Resource,
    pk: i64,
) -> Result<Option<i64>, Fault> {
    debug_assert!(resource.below_run(), "{resource} is not below a run");
    let row = write.look_up(&shape(resource).known, pk)?;
    Ok(row.and_then(|row| row[0].integer()))
}

/// Whether a run is active.
pub(super) fn is_active(write: &mut Write<'_>, run: i64) -> Result<Option<Value>, Fault> {
    let row = write.look_up(&shape(Resource::Run).known, run)?;
    Ok(row.map(|row| row[0].clone()))
}

/// The slug of a run's game.
pub(super) fn slug_of_run(write: &mut Write<'_>, run: i64) -> Result<Option<Value>, Fault> {
    let row = write.look_up(&shape(Resource::Run).known, run)?;
    Ok(row.map(|row| row[1].clone()))
}

/// The slug of a game.
pub(super) fn slug_of_game(write: &mut Write<'_>, game: i64) -> Result<Option<Value>, Fault> {
    let row = write.look_up(&shape(Resource::Game).known, game)?;
    Ok(row.map(|row| row[0].clone()))
}
