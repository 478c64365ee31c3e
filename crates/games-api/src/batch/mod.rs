//! Groups of operations: each done as a whole or not at all, all of them in one transaction.

mod keys;
mod operation;

pub(crate) use keys::trim;
pub(crate) use operation::writes;

use std::collections::HashSet;

use games_contract::{BATCH_KEY, Group};
use serde::Serialize;
use serde_json::{Value as Json, value::RawValue};

use self::{keys::Done, operation::Written};
use crate::{
    leases,
    refusal::Refusal,
    storage::{Fault, Write},
};

/// What became of a group: a `GroupResult`, with the rows as the texts that they were stored as.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    key: String,
    status: u16,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rows: Vec<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<usize>,
    #[serde(skip_serializing_if = "Json::is_null")]
    error: Json,
}

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
    groups: &[Group],
) -> Result<Vec<Outcome>, Fault> {
    let mut results = Vec::with_capacity(groups.len());
    for groups in without_repeats(groups) {
        let prints = groups.iter().map(|group| keys::print(&group.operations));
        let prints: Vec<String> = prints.collect::<Result<_, _>>()?;
        let known = keys::known(write, user, groups)?;
        let parts: Vec<_> = groups.iter().zip(&prints).collect();
        let outcomes = write.each_alone(&parts, |write, (group, print)| {
            match known.get(group.key.as_str()) {
                Some(done) => done.again(&group.key, print),
                None => perform(write, user, group),
            }
        })?;
        let fresh = parts.iter().zip(&outcomes).filter_map(|(part, outcome)| {
            let (group, print) = *part;
            let rows = outcome.as_ref().ok()?;
            (!known.contains_key(group.key.as_str())).then(|| Done::now(&group.key, print, rows))
        });
        let fresh: Vec<Done> = fresh.collect::<Result<_, _>>()?;
        keys::note(write, user, fresh)?;
        results.extend(
            parts
                .iter()
                .zip(outcomes)
                .map(|((group, _), outcome)| result(group, outcome)),
        );
    }
    Ok(results)
}

/// The groups in order, cut before each key that has come already: it is then known.
fn without_repeats(groups: &[Group]) -> impl Iterator<Item = &[Group]> {
    let mut rest = groups;
    std::iter::from_fn(move || {
        let mut keys = HashSet::with_capacity(rest.len());
        let mut repeats = rest.iter().map(|group| !keys.insert(group.key.as_str()));
        let end = repeats.position(|repeats| repeats).unwrap_or(rest.len());
        let (part, left) = rest.split_at(end);
        rest = left;
        (!part.is_empty()).then_some(part)
    })
}

fn result(group: &Group, outcome: Result<Vec<Box<RawValue>>, Stop>) -> Outcome {
    let key = group.key.clone();
    match outcome {
        Ok(rows) => Outcome {
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
            Outcome {
                key,
                status: status.as_u16(),
                rows: Vec::new(),
                operation: stop.operation,
                error,
            }
        }
    }
}

/// The rows after each operation.
fn perform(write: &mut Write<'_>, user: i64, group: &Group) -> Result<Vec<Box<RawValue>>, Stop> {
    let length = group.key.chars().count();
    if length == 0 || length > BATCH_KEY {
        let words = format!("Expected a key of 1 to {BATCH_KEY} characters, got {length}.");
        return Err(Refusal::field("key", words).into());
    }
    if let Some(fence) = group.fence {
        leases::check(write, fence)?;
    }
    let mut written = Written::default();
    let mut rows = Vec::with_capacity(group.operations.len());
    for (at, operation) in group.operations.iter().enumerate() {
        let row = written.perform(write, user, operation);
        let row = row.map_err(|refusal| Stop {
            operation: Some(at),
            refusal,
        })?;
        rows.push(RawValue::from_string(row).map_err(keys::unreadable)?);
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_cut_where_a_key_comes_again() {
        let group = |key: &str| Group {
            key: key.to_owned(),
            fence: None,
            operations: Vec::new(),
        };
        let groups = ["a", "b", "a", "b", "b", "c"].map(group);
        let cut: Vec<Vec<&str>> = without_repeats(&groups)
            .map(|part| part.iter().map(|group| group.key.as_str()).collect())
            .collect();
        assert_eq!(cut, [vec!["a", "b"], vec!["a", "b"], vec!["b", "c"]]);
    }
}
