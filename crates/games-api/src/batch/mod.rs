//! Groups of operations: each done as a whole or not at all, all of them in one transaction.

mod keys;
mod operation;

pub(crate) use keys::trim;
pub(crate) use operation::writes;

use games_contract::{BATCH_KEY, Group, GroupResult, Map};
use serde_json::Value as Json;

use self::operation::Written;
use crate::{
    leases,
    refusal::Refusal,
    storage::{Fault, Write},
};

/// Why a group is not done, and at which of its operations that showed.
#[derive(Debug)]
struct Stop {
    operation: Option<usize>,
    refusal: Refusal,
}

impl<R: Into<Refusal>> From<R> for Stop {
    fn from(refusal: R) -> Self {
        Self {
            operation: None,
            refusal: refusal.into(),
        }
    }
}

/// Does the groups one after another. One that is refused leaves nothing and the others alone; an error is the database's and
/// undoes all of them.
pub(crate) fn run(
    write: &mut Write<'_>,
    user: i64,
    groups: Vec<Group>,
) -> Result<Vec<GroupResult>, Fault> {
    groups
        .into_iter()
        .map(|group| {
            let outcome = alone(write, |write| perform(write, user, &group))?;
            Ok(result(group.key, outcome))
        })
        .collect()
}

/// Runs `work` so that it leaves nothing when it fails.
fn alone<T, E>(
    write: &mut Write<'_>,
    work: impl FnOnce(&mut Write<'_>) -> Result<T, E>,
) -> Result<Result<T, E>, Fault> {
    let head = write.head();
    write.execute("SAVEPOINT batch_group", &[])?;
    let outcome = work(write);
    if outcome.is_err() {
        write.execute("ROLLBACK TO SAVEPOINT batch_group", &[])?;
        write.advance(head);
    }
    write.execute("RELEASE SAVEPOINT batch_group", &[])?;
    Ok(outcome)
}

fn result(key: String, outcome: Result<Vec<Map>, Stop>) -> GroupResult {
    match outcome {
        Ok(rows) => GroupResult {
            key,
            status: 200,
            rows,
            operation: None,
            error: Json::Null,
        },
        Err(stop) => {
            if let Some(reason) = stop.refusal.failure() {
                tracing::error!(key, reason, "a group of a batch failed");
            }
            let (status, error) = stop.refusal.told();
            GroupResult {
                key,
                status: status.as_u16(),
                rows: Vec::new(),
                operation: stop.operation,
                error,
            }
        }
    }
}

/// The rows after each operation, now or when the group was done before.
fn perform(write: &mut Write<'_>, user: i64, group: &Group) -> Result<Vec<Map>, Stop> {
    let length = group.key.chars().count();
    if length == 0 || length > BATCH_KEY {
        let words = format!("Expected a key of 1 to {BATCH_KEY} characters, got {length}.");
        return Err(Refusal::field("key", words).into());
    }
    let print = keys::print(&group.operations)?;
    if let Some(rows) = keys::known(write, user, &group.key, &print)? {
        return Ok(rows);
    }
    if let Some(fence) = group.fence {
        leases::check(write, fence)?;
    }
    let mut written = Written::default();
    let mut rows = Vec::with_capacity(group.operations.len());
    for (at, operation) in group.operations.iter().enumerate() {
        let row = written.perform(write, user, operation);
        rows.push(row.map_err(|refusal| Stop {
            operation: Some(at),
            refusal,
        })?);
    }
    keys::note(write, user, &group.key, &print, &rows)?;
    Ok(rows)
}
