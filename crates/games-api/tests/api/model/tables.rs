//! The rows of a games API in memory, slow and obvious: what every request should come to, by the contract's tables.

use std::collections::BTreeMap;

use games_contract::{Action, Default, Field, Kind, Map, Resource, Unique};
use serde_json::{Value, json};

/// Why a request is refused: the status of its answer.
pub(super) type Refused = u16;

pub(super) const INVALID: Refused = 400;
pub(super) const NOT_FOUND: Refused = 404;

/// One change: what, which row, and what happened to it.
pub(super) type Told = (Resource, u64, Action);

/// Everything that is stored, and what the last request has changed.
#[derive(Clone, Debug, std::default::Default)]
pub(super) struct Tables {
    /// The fields that a client may set, by resource and primary key.
    rows: BTreeMap<Resource, BTreeMap<u64, Map>>,
    /// `updated` of the rows of which it is known.
    pub(super) versions: BTreeMap<(Resource, u64), String>,
    pub(super) told: Vec<Told>,
}

impl Tables {
    pub(super) fn of(&self, resource: Resource) -> impl Iterator<Item = (u64, &Map)> {
        let rows = self.rows.get(&resource).into_iter().flatten();
        rows.map(|(pk, row)| (*pk, row))
    }

    pub(super) fn get(&self, resource: Resource, pk: u64) -> Option<&Map> {
        self.rows.get(&resource)?.get(&pk)
    }

    /// Puts a row in its place without asking, as REST shows it.
    pub(super) fn put(&mut self, resource: Resource, pk: u64, shown: &Map) {
        let row = self.rows.entry(resource).or_default();
        let row = row.entry(pk).or_default();
        for field in resource.table().writable() {
            if let Some(value) = shown.get(field.name) {
                row.insert(field.name.to_owned(), value.clone());
            }
        }
        if let Some(updated) = shown.get("updated").and_then(Value::as_str) {
            self.versions.insert((resource, pk), updated.to_owned());
        }
    }

    pub(super) fn take(&mut self, resource: Resource, pk: u64) -> Option<Map> {
        self.versions.remove(&(resource, pk));
        self.rows.get_mut(&resource)?.remove(&pk)
    }

    /// Does `work`, or nothing at all when it is refused.
    pub(super) fn whole<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Refused>,
    ) -> Result<T, Refused> {
        let before = self.clone();
        let outcome = work(self);
        if outcome.is_err() {
            *self = before;
        }
        outcome
    }

    pub(super) fn create(
        &mut self,
        resource: Resource,
        pk: u64,
        body: &Map,
        must_name: impl Fn(&Field) -> bool,
    ) -> Result<(), Refused> {
        let mut row = Map::new();
        for field in resource.table().writable() {
            row.insert(field.name.to_owned(), default(field));
        }
        self.fill(resource, body, &mut row, must_name)?;
        self.settle(resource, pk, row, Action::Created)
    }

    pub(super) fn change(
        &mut self,
        resource: Resource,
        pk: u64,
        body: &Map,
        replaces: bool,
    ) -> Result<(), Refused> {
        let mut row = self.get(resource, pk).ok_or(NOT_FOUND)?.clone();
        for field in resource.table().writable() {
            if replaces && field.reset_by_put {
                row.insert(field.name.to_owned(), Value::Null);
            }
        }
        self.fill(resource, body, &mut row, |field| replaces && field.required)?;
        self.settle(resource, pk, row, Action::Changed)
    }

    fn fill(
        &self,
        resource: Resource,
        body: &Map,
        row: &mut Map,
        must_name: impl Fn(&Field) -> bool,
    ) -> Result<(), Refused> {
        for field in resource.table().writable() {
            match body.get(field.name) {
                Some(sent) => {
                    let value = self.value(field, sent)?;
                    row.insert(field.name.to_owned(), value);
                }
                None if must_name(field) => return Err(INVALID),
                None => {}
            }
            if let Default::SlugOf(source) = field.default
                && row[field.name].as_str().is_none_or(str::is_empty)
            {
                row.insert(field.name.to_owned(), row[source].clone());
            }
        }
        Ok(())
    }

    /// What becomes of a value that was sent.
    pub(super) fn value(&self, field: &Field, sent: &Value) -> Result<Value, Refused> {
        let good = match (field.kind, sent) {
            (_, Value::Null) => field.nullable,
            (Kind::Text { blank, .. }, Value::String(text)) => blank || !text.is_empty(),
            (Kind::Integer { min, max }, sent) => {
                sent.as_i64().is_some_and(|n| (min..=max).contains(&n))
            }
            (Kind::Reference(to), sent) => {
                sent.as_u64().is_some_and(|pk| self.get(to, pk).is_some())
            }
            _ => true,
        };
        if good { Ok(sent.clone()) } else { Err(INVALID) }
    }

    /// Stores a row that has a parent and repeats no other one.
    fn settle(
        &mut self,
        resource: Resource,
        pk: u64,
        row: Map,
        action: Action,
    ) -> Result<(), Refused> {
        let parents = resource.parents();
        let orphan = !parents.is_empty() && parents.iter().all(|(field, _)| row[*field].is_null());
        if orphan || self.repeated(resource, pk, &row).is_some() {
            return Err(INVALID);
        }
        self.rows.entry(resource).or_default().insert(pk, row);
        self.versions.remove(&(resource, pk));
        self.told.push((resource, pk, action));
        Ok(())
    }

    /// The constraint that another row with the same values breaks; null is a value like any other.
    pub(super) fn repeated(
        &self,
        resource: Resource,
        pk: u64,
        row: &Map,
    ) -> Option<&'static Unique> {
        resource.table().unique.iter().find(|unique| {
            self.of(resource).any(|(other, found)| {
                let same = |field: &&str| found.get(*field) == row.get(*field);
                other != pk && unique.fields.iter().all(same)
            })
        })
    }

    /// Deletes a row and what hangs on it, children first.
    pub(super) fn delete(&mut self, resource: Resource, pk: u64) {
        if self.get(resource, pk).is_none() {
            return;
        }
        for child in Resource::ALL.into_iter().rev() {
            for field in leading(child, resource) {
                for below in self.pks_by(child, field.name, &json!(pk)) {
                    if !field.cleared_by_delete {
                        self.delete(child, below);
                    } else if let Some(row) = self.rows.entry(child).or_default().get_mut(&below) {
                        row.insert(field.name.to_owned(), Value::Null);
                        self.versions.remove(&(child, below));
                        self.told.push((child, below, Action::Changed));
                    }
                }
            }
        }
        self.take(resource, pk);
        self.told.push((resource, pk, Action::Deleted));
    }

    /// The rows in which a field has a value.
    pub(super) fn pks_by(&self, resource: Resource, field: &str, value: &Value) -> Vec<u64> {
        let has = |(_, row): &(u64, &Map)| row.get(field) == Some(value);
        self.of(resource).filter(has).map(|(pk, _)| pk).collect()
    }

    /// A row as REST shows it, but for its timestamps.
    pub(super) fn shown(&self, resource: Resource, pk: u64) -> Map {
        let row = self.get(resource, pk).unwrap();
        let mut shown = Map::new();
        for field in resource.table().fields {
            let value = match field.kind {
                Kind::Timestamp => continue,
                Kind::Id => json!(pk),
                Kind::RunActive => {
                    let run = self.run_of(resource, pk);
                    self.get(Resource::Run, run).unwrap()["active"].clone()
                }
                Kind::From(via, to, from) => match row[via].as_u64() {
                    Some(pk) => self.get(to, pk).unwrap()[from].clone(),
                    None => continue,
                },
                _ if field.write_only => continue,
                _ => row[field.name].clone(),
            };
            shown.insert(field.name.to_owned(), value);
        }
        shown
    }

    /// The run above a row; of a scenario with both parents, its world's.
    fn run_of(&self, resource: Resource, pk: u64) -> u64 {
        if resource == Resource::Run {
            return pk;
        }
        let row = self.get(resource, pk).unwrap();
        let mut parents = resource.parents().iter();
        let above = parents.find_map(|(field, to)| Some((*to, row[*field].as_u64()?)));
        let (to, above) = above.unwrap();
        self.run_of(to, above)
    }
}

/// The fields of a resource that lead to another one.
pub(super) fn leading(from: Resource, to: Resource) -> impl Iterator<Item = &'static Field> {
    let fields = from.table().fields.iter();
    fields.filter(move |field| field.kind == Kind::Reference(to))
}

fn default(field: &Field) -> Value {
    match field.default {
        Default::Null | Default::SlugOf(_) => Value::Null,
        Default::Boolean(flag) => json!(flag),
        Default::Integer(number) => json!(number),
        Default::Empty => json!(""),
        Default::Object => json!({}),
    }
}
