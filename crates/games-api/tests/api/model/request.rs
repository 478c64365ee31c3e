//! One request: how it is sent, and what the model says it should come to.

use std::collections::BTreeMap;

use games_contract::{Group, Map, Operation, Resource, Target};
use serde_json::{Value, json};

use super::tables::{INVALID, NOT_FOUND, Refused, Tables};
use crate::server::{Answer, Api, As, STAFF};

const STALE: Refused = 412;
const KEY_OF_ANOTHER: Refused = 422;

#[derive(Clone, Debug)]
pub(super) enum Request {
    Create(Resource, Map),
    /// The row by its key in the path; PUT or PATCH.
    Change(Resource, String, Map, bool),
    Delete(Resource, String),
    CreateAll(Resource, Vec<Map>),
    /// By one filter.
    DeleteAll(Resource, &'static str, Value),
    Rewind(u64, Map),
    Batch(Vec<Group>),
}

/// What a request came to: the status of each of its groups, or of itself.
pub(super) type Statuses = Vec<u16>;

impl Request {
    pub(super) async fn send(&self, api: &Api) -> Answer {
        let row = |resource: &Resource, key: &str| format!("{}/{key}/", resource.collection());
        let (method, path, body) = match self {
            Self::Create(resource, body) => {
                ("POST", format!("{}/", resource.collection()), json!(body))
            }
            Self::Change(resource, key, body, replaces) => {
                let method = if *replaces { "PUT" } else { "PATCH" };
                (method, row(resource, key), json!(body))
            }
            Self::Delete(resource, key) => ("DELETE", row(resource, key), Value::Null),
            Self::CreateAll(resource, bodies) => {
                let path = format!("bulk/{}/", resource.collection());
                ("POST", path, json!(bodies))
            }
            Self::DeleteAll(resource, filter, value) => {
                let value = match value {
                    Value::Null => String::new(),
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                };
                let path = format!("bulk/{}/?{filter}={value}", resource.collection());
                ("DELETE", path, Value::Null)
            }
            Self::Rewind(pk, body) => ("POST", format!("scenarios/{pk}/rewind/"), json!(body)),
            Self::Batch(groups) => ("POST", "batch/".to_owned(), json!({ "groups": groups })),
        };
        let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
        let staff = As::User(STAFF.0, STAFF.1);
        api.ask(staff, method, &format!("/apis/{path}"), body).await
    }

    /// The statuses in its answer, and the rows: of each group, or its own.
    pub(super) fn outcome(&self, answer: &Answer) -> (Statuses, Vec<Vec<Map>>) {
        let rows = |value: Value| serde_json::from_value(value).unwrap_or_default();
        let body = answer.json();
        match self {
            Self::Batch(_) if answer.status == 200 => {
                let groups = body["groups"].as_array().unwrap().iter();
                let group = |group: &Value| {
                    let status = group["status"].as_u64().unwrap();
                    (u16::try_from(status).unwrap(), rows(group["rows"].clone()))
                };
                groups.map(group).unzip()
            }
            Self::CreateAll(..) => (vec![answer.status], vec![rows(body)]),
            _ => (vec![answer.status], vec![rows(json!([body]))]),
        }
    }
}

/// The groups of batches that were done, by their keys.
pub(super) type Done = BTreeMap<String, Vec<Operation>>;

/// What the request should come to; `pk` says which keys new rows have got, by group and place.
pub(super) fn perform(
    tables: &mut Tables,
    done: &mut Done,
    request: &Request,
    pk: &dyn Fn(usize, usize) -> u64,
) -> Statuses {
    tables.told.clear();
    let outcome = match request {
        Request::Batch(groups) => {
            return groups
                .iter()
                .enumerate()
                .map(|(at, sent)| group(tables, done, sent, &|place| pk(at, place)))
                .collect();
        }
        Request::Create(resource, body) => tables
            .create(*resource, pk(0, 0), body, |field| field.required)
            .map(|()| 201),
        Request::Change(resource, key, body, replaces) => {
            find(tables, *resource, key).and_then(|pk| {
                tables.change(*resource, pk, body, *replaces)?;
                Ok(200)
            })
        }
        Request::Delete(resource, key) => find(tables, *resource, key).map(|pk| {
            tables.delete(*resource, pk);
            204
        }),
        Request::CreateAll(resource, bodies) => tables.whole(|tables| {
            for (at, body) in bodies.iter().enumerate() {
                let must_name =
                    |field: &games_contract::Field| field.required || field.reset_by_put;
                tables.create(*resource, pk(0, at), body, must_name)?;
            }
            Ok(201)
        }),
        Request::DeleteAll(resource, filter, value) => delete_all(tables, *resource, filter, value),
        Request::Rewind(scenario, body) => tables.whole(|tables| rewind(tables, *scenario, body)),
    };
    vec![outcome.unwrap_or_else(|refused| refused)]
}

fn find(tables: &Tables, resource: Resource, key: &str) -> Result<u64, Refused> {
    let found = match resource {
        Resource::Game => tables
            .pks_by(resource, "slug", &json!(key))
            .first()
            .copied(),
        _ => key.parse().ok(),
    };
    found
        .filter(|pk| tables.get(resource, *pk).is_some())
        .ok_or(NOT_FOUND)
}

fn delete_all(
    tables: &mut Tables,
    resource: Resource,
    filter: &str,
    value: &Value,
) -> Result<u16, Refused> {
    let field = resource.table().field(filter).ok_or(INVALID)?;
    if *value == json!("") || value.is_null() {
        return Err(INVALID);
    }
    if matches!(field.kind, games_contract::Kind::Reference(_)) {
        tables.value(field, value)?;
    }
    for pk in tables.pks_by(resource, filter, value) {
        tables.delete(resource, pk);
    }
    Ok(204)
}

fn rewind(tables: &mut Tables, scenario: u64, body: &Map) -> Result<u16, Refused> {
    tables.get(Resource::Scenario, scenario).ok_or(NOT_FOUND)?;
    let last = body
        .get("last_period_order")
        .and_then(Value::as_i64)
        .unwrap_or(0);
    let goes = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(true);
    let of_scenario = tables.pks_by(Resource::Period, "scenario", &json!(scenario));
    let order =
        |tables: &Tables, pk| tables.get(Resource::Period, pk).unwrap()["order"].as_i64();
    let kept = of_scenario
        .iter()
        .find(|pk| order(tables, **pk) == Some(last));
    let kept = *kept.ok_or(INVALID)?;
    for pk in &of_scenario {
        if order(tables, *pk) > Some(last) {
            tables.delete(Resource::Period, *pk);
        }
    }
    for (resource, name) in [
        (Resource::Decision, "delete_last_period_decisions"),
        (Resource::Result, "delete_last_period_results"),
    ] {
        if goes(name) {
            for pk in tables.pks_by(resource, "period", &json!(kept)) {
                tables.delete(resource, pk);
            }
        }
    }
    Ok(204)
}

fn group(tables: &mut Tables, done: &mut Done, group: &Group, pk: &dyn Fn(usize) -> u64) -> u16 {
    match done.get(&group.key) {
        Some(before) if *before == group.operations => return 200,
        Some(_) => return KEY_OF_ANOTHER,
        None => {}
    }
    let outcome = tables.whole(|tables| {
        let mut written = Vec::new();
        for (place, operation) in group.operations.iter().enumerate() {
            let row = operate(tables, &written, operation, pk(place))?;
            written.push(row);
        }
        Ok(200)
    });
    if outcome.is_ok() {
        done.insert(group.key.clone(), group.operations.clone());
    }
    outcome.unwrap_or_else(|refused| refused)
}

/// The row that an operation has written; none when it is gone.
type Written = Option<(Resource, u64)>;

fn operate(
    tables: &mut Tables,
    written: &[Written],
    operation: &Operation,
    new: u64,
) -> Result<Written, Refused> {
    let earlier = |of: Resource, place: usize| {
        let row = written.get(place).copied().flatten();
        row.filter(|(resource, _)| *resource == of)
            .map(|(_, pk)| pk)
            .ok_or(INVALID)
    };
    let target = |of: Resource, target: &Target| match target {
        Target::Pk(pk) => Ok(*pk),
        Target::Ref { operation } => earlier(of, *operation),
    };
    let body = |resource: Resource, row: &Map| {
        let mut body = row.clone();
        for field in resource.table().writable() {
            if let games_contract::Kind::Reference(to) = field.kind
                && let Some(place) = row.get(field.name).and_then(|sent| sent.get("ref"))
            {
                let place = usize::try_from(place.as_u64().unwrap()).unwrap();
                body.insert(field.name.to_owned(), json!(earlier(to, place)?));
            }
        }
        Ok::<_, Refused>(body)
    };
    let unchanged = |tables: &Tables, row: Written, expected: &Option<String>| match expected {
        Some(expected) if row.and_then(|row| tables.versions.get(&row)) != Some(expected) => {
            Err(STALE)
        }
        _ => Ok(()),
    };
    let required = |field: &games_contract::Field| field.required;
    match operation {
        Operation::Create { resource, row } => {
            let body = body(*resource, row)?;
            tables.create(*resource, new, &body, required)?;
            Ok(Some((*resource, new)))
        }
        Operation::Update {
            resource,
            pk,
            row,
            if_updated,
        } => {
            let body = body(*resource, row)?;
            let row = (*resource, target(*resource, pk)?);
            unchanged(tables, Some(row), if_updated)?;
            tables.change(row.0, row.1, &body, false)?;
            Ok(Some(row))
        }
        Operation::Upsert {
            resource,
            row,
            if_updated,
        } => {
            let body = body(*resource, row)?;
            let found = same(tables, *resource, &body)?.map(|pk| (*resource, pk));
            unchanged(tables, found, if_updated)?;
            match found {
                Some(row) => tables.change(row.0, row.1, &body, false)?,
                None => tables.create(*resource, new, &body, required)?,
            }
            Ok(found.or(Some((*resource, new))))
        }
        Operation::Delete {
            resource,
            pk,
            if_updated,
        } => {
            let pk = target(*resource, pk)?;
            unchanged(tables, Some((*resource, pk)), if_updated)?;
            tables.get(*resource, pk).ok_or(NOT_FOUND)?;
            tables.delete(*resource, pk);
            Ok(None)
        }
        Operation::Rewind { scenario, order, .. } => {
            let scenario = target(Resource::Scenario, scenario)?;
            let body = Map::from_iter([("last_period_order".to_owned(), json!(order))]);
            rewind(tables, scenario, &body)?;
            Ok(None)
        }
        Operation::Record { run, .. } => {
            let run = target(Resource::Run, run)?;
            tables.get(Resource::Run, run).ok_or(NOT_FOUND)?;
            Ok(None)
        }
    }
}

/// The row with the unique fields that a body names, a null one even without a name; the last constraint that it names counts.
fn same(tables: &Tables, resource: Resource, body: &Map) -> Result<Option<u64>, Refused> {
    let table = resource.table();
    let field = |name: &str| table.field(name).unwrap();
    let named = |name: &&str| body.contains_key(*name) || field(name).nullable;
    let mut constraints = table.unique.iter().rev();
    let unique = constraints.find(|unique| unique.fields.iter().all(named));
    let unique = unique.ok_or(INVALID)?;
    for name in unique.fields {
        tables.value(field(name), body.get(*name).unwrap_or(&Value::Null))?;
    }
    let same = |(_, row): &(u64, &Map)| {
        let mut fields = unique.fields.iter();
        fields.all(|name| row[*name] == *body.get(*name).unwrap_or(&Value::Null))
    };
    Ok(tables.of(resource).find(same).map(|(pk, _)| pk))
}
