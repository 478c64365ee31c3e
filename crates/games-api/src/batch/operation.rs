//! One operation of a group, and the rows that those before it have written.

use games_contract::{Kind, Map, Operation, Resource, Target};
use serde_json::{Value as Json, json};

use crate::{
    audit::{self, Line},
    refusal::{Errors, Refusal},
    rows::{self, Body, Mode, Wish},
    storage::Write,
};

/// The rows that the operations of a group have written, by their place; nothing where one was deleted.
#[derive(Debug, Default)]
pub(super) struct Written(Vec<Option<(Resource, i64)>>);

impl Written {
    /// Does one operation and returns the row as it then is, or last was, as JSON.
    pub(super) fn perform(
        &mut self,
        write: &mut Write<'_>,
        user: i64,
        operation: &Operation,
    ) -> Result<String, Refusal> {
        let (resource, row) = match operation {
            Operation::Create { resource, row } => {
                let body = self.body(*resource, row)?;
                (
                    *resource,
                    rows::create_shown(write, *resource, user, &body)?,
                )
            }
            Operation::Update {
                resource,
                pk,
                row,
                if_updated,
            } => {
                let body = self.body(*resource, row)?;
                let pk = self.pk(*resource, *pk)?;
                unchanged(write, *resource, Some(pk), if_updated.as_deref())?;
                let row = rows::update_shown(write, *resource, pk, Mode::Patch, &body)?;
                (*resource, row)
            }
            Operation::Upsert {
                resource,
                row,
                if_updated,
            } => {
                let body = self.body(*resource, row)?;
                if if_updated.is_some() {
                    let found = rows::find_unique(write, *resource, &body)?;
                    unchanged(write, *resource, found, if_updated.as_deref())?;
                }
                (*resource, rows::upsert(write, *resource, user, &body)?)
            }
            Operation::Delete {
                resource,
                pk,
                if_updated,
            } => {
                writable(*resource)?;
                let pk = self.pk(*resource, *pk)?;
                unchanged(write, *resource, Some(pk), if_updated.as_deref())?;
                let row = rows::read_shown(write.connection(), *resource, pk)?;
                let row = row.ok_or_else(Refusal::no_row)?;
                rows::delete(write, *resource, pk)?;
                self.0.push(None);
                return Ok(row.json);
            }
            Operation::Rewind {
                scenario,
                order,
                user,
            } => {
                let scenario = self.pk(Resource::Scenario, *scenario)?;
                rows::find(
                    write.connection(),
                    Resource::Scenario,
                    &scenario.to_string(),
                )?;
                let wish = Wish {
                    last: *order,
                    decisions: true,
                    results: true,
                    keep: true,
                };
                let user = user.and_then(|user| i64::try_from(user).ok());
                let rewound = rows::rewind(write, scenario, wish, user)?;
                self.0.push(None);
                return Ok(json!(rewound).to_string());
            }
            Operation::Record {
                run,
                world,
                user,
                what,
                detail,
                key,
            } => {
                let run = self.pk(Resource::Run, *run)?;
                rows::read_shown(write.connection(), Resource::Run, run)?
                    .ok_or_else(Refusal::no_row)?;
                let line = Line {
                    run,
                    world: *world,
                    user: *user,
                    what,
                    detail,
                    key: key.as_deref(),
                };
                let json = audit::record(write, line)?.to_string();
                self.0.push(None);
                return Ok(json);
            }
        };
        self.0.push(Some((resource, row.pk)));
        Ok(row.json)
    }

    /// A row's fields, with the keys of earlier rows in place of `{"ref": n}`.
    fn body(&self, resource: Resource, row: &Map) -> Result<Body, Refusal> {
        writable(resource)?;
        let mut members = row.clone();
        let mut errors = Errors::default();
        for field in resource.table().writable() {
            let Kind::Reference(to) = field.kind else {
                continue;
            };
            let Some(value) = members.get_mut(field.name) else {
                continue;
            };
            let Some(sent) = value.get("ref") else {
                continue;
            };
            let operation = sent.as_u64().and_then(|n| usize::try_from(n).ok());
            match operation.and_then(|operation| self.find(to, operation)) {
                Some(pk) => *value = pk.into(),
                None => errors.add(field.name, no_reference(to, sent)),
            }
        }
        errors.check()?;
        Ok(Body::of(members))
    }

    fn pk(&self, resource: Resource, target: Target) -> Result<i64, Refusal> {
        match target {
            Target::Pk(pk) => i64::try_from(pk).map_err(|_| Refusal::no_row()),
            Target::Ref { operation } => self
                .find(resource, operation)
                .ok_or_else(|| Refusal::field("pk", no_reference(resource, &operation.into()))),
        }
    }

    fn find(&self, resource: Resource, operation: usize) -> Option<i64> {
        let (of, pk) = self.0.get(operation).copied().flatten()?;
        (of == resource).then_some(pk)
    }
}

fn no_reference(to: Resource, sent: &Json) -> String {
    format!(
        "Expected the number of an earlier operation of this group that wrote a {to}, got {sent}."
    )
}

/// True for what batches write. Users bring passwords, which are hashed before anything is written, and subscriptions are their
/// owner's.
pub(crate) const fn writes(resource: Resource) -> bool {
    !matches!(resource, Resource::User | Resource::Hook)
}

fn writable(resource: Resource) -> Result<(), Refusal> {
    if !writes(resource) {
        let words = format!(
            "Expected a resource that batches write, got {resource}: use /apis/{}/.",
            resource.collection()
        );
        return Err(Refusal::field("resource", words));
    }
    Ok(())
}

/// Refuses when a version is given and the row has another, or is not there.
fn unchanged(
    write: &mut Write<'_>,
    resource: Resource,
    pk: Option<i64>,
    if_updated: Option<&str>,
) -> Result<(), Refusal> {
    let Some(expected) = if_updated else {
        return Ok(());
    };
    let row = match pk {
        Some(pk) => rows::read(write.connection(), resource, pk)?,
        None => None,
    };
    let found = row.as_ref().and_then(|row| row.get("updated")?.as_str());
    if found == Some(expected) {
        return Ok(());
    }
    Err(Refusal::Stale {
        expected: expected.to_owned(),
        row,
    })
}
