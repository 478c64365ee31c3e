//! What a client of a random script does next, without saying which rows there will be: those are found when it is done.

use games_contract::{Field, FilterKind, Group, Kind, Map, Operation, Resource, Target};
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{request::Request, tables::Tables};

/// A primary key that no row has.
const NOBODY: u64 = 999_999_999;

/// What a field is sent as.
#[derive(Clone, Debug)]
pub(super) enum Sent {
    Json(Value),
    /// One of the rows that the field leads to.
    Row(u8),
    /// The row that an earlier operation of the group wrote.
    Earlier(u8),
}

/// The fields that are sent.
pub(super) type Draft = Vec<(&'static str, Option<Sent>)>;

/// Which version of a row a write expects.
#[derive(Clone, Copy, Debug)]
pub(super) enum Version {
    Any,
    Current,
    Old,
}

#[derive(Clone, Debug)]
pub(super) enum Write {
    Create(Resource, Draft),
    Update(Resource, u8, Draft, Version),
    /// Of a row that is there already, or of whatever the fields say.
    Upsert(Resource, Option<u8>, Draft, Version),
    Delete(Resource, u8, Version),
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Create(Resource, Draft),
    Replace(Resource, u8, Draft),
    Patch(Resource, u8, Draft),
    Delete(Resource, u8),
    CreateAll(Resource, Vec<Draft>),
    DeleteAll(Resource, &'static str, Sent),
    Rewind(u8, i64, bool, bool),
    /// Groups with the numbers of their keys: a number that comes again is either the same group or an error.
    Batch(Vec<(u8, Vec<Write>)>),
    /// The last batch once more.
    Again,
}

/// Resources as often as they are written.
fn resource(without: &'static [Resource]) -> impl Strategy<Value = Resource> {
    use Resource::{Decision, Game, Period, Phase, Result, Role, Run, RunUser, Scenario, User, World};
    let once = [Game, Phase, Run, User, Role, World, RunUser, Scenario, Period];
    let twice = [Role, World, RunUser, Scenario, Period];
    // What a class writes all day.
    let moves = [Decision, Result, Decision, Result, Decision, Result];
    let all = [&once[..], &twice, &moves].concat();
    let wanted = all.into_iter().filter(|found| !without.contains(found));
    select(wanted.collect::<Vec<_>>())
}

/// What comes in batches, and in bulk.
const NOT_IN_BATCHES: &[Resource] = &[Resource::User];
const NOT_IN_BULK: &[Resource] = &[Resource::User, Resource::Game];

fn sent(field: &'static Field) -> BoxedStrategy<Sent> {
    let name = select(vec!["a", "b", "c"]).prop_map(|name| json!(name));
    let number = (-1..4_i64).prop_map(|number| json!(number));
    let json = match field.kind {
        Kind::Text { .. } => prop_oneof![40 => name, 1 => Just(json!(""))].boxed(),
        Kind::Slug { .. } => name.boxed(),
        Kind::Email => select(vec!["a@x.yz", "b@x.yz", "c@x.yz"])
            .prop_map(|address| json!(address))
            .boxed(),
        Kind::Boolean => any::<bool>().prop_map(|flag| json!(flag)).boxed(),
        Kind::Json => number.prop_map(|n| json!({ "n": n })).boxed(),
        Kind::IntegerLists => number.prop_map(|n| json!([[n]])).boxed(),
        Kind::Reference(_) => {
            // Nobody's seat is a seat too, and one that is easily forgotten.
            let null = if field.nullable { 20 } else { 1 };
            return prop_oneof![
                40 => any::<u8>().prop_map(Sent::Row),
                4 => (0..3_u8).prop_map(Sent::Earlier),
                null => Just(Sent::Json(Value::Null)),
            ]
            .boxed();
        }
        _ => number.boxed(),
    };
    prop_oneof![40 => json, 1 => Just(Value::Null)]
        .prop_map(Sent::Json)
        .boxed()
}

/// A body in which required fields seldom miss, or one that names a few.
fn draft(resource: Resource, whole: bool) -> impl Strategy<Value = Draft> {
    let fields = resource.table().writable().filter(|f| !f.write_only);
    let member = move |field: &'static Field| {
        let named = match (whole, field.required || !resource.parents().is_empty()) {
            (true, true) => 0.95,
            (true, false) => 0.4,
            (false, _) => 0.3,
        };
        (Just(field.name), option::weighted(named, sent(field)))
    };
    fields.map(member).collect::<Vec<_>>()
}

fn version() -> impl Strategy<Value = Version> {
    use Version::{Any, Current, Old};
    select(vec![Any, Any, Any, Current, Current, Old])
}

fn write() -> impl Strategy<Value = Write> {
    let of = |resource| {
        let whole = move || draft(resource, true);
        prop_oneof![
            3 => whole().prop_map(move |draft| Write::Create(resource, draft)),
            2 => (any::<u8>(), draft(resource, false), version())
                .prop_map(move |(row, draft, version)| Write::Update(resource, row, draft, version)),
            3 => (option::of(any::<u8>()), whole(), version())
                .prop_map(move |(like, draft, version)| Write::Upsert(resource, like, draft, version)),
            1 => (any::<u8>(), version())
                .prop_map(move |(row, version)| Write::Delete(resource, row, version)),
        ]
    };
    resource(NOT_IN_BATCHES).prop_flat_map(of)
}

fn filter(resource: Resource) -> BoxedStrategy<(&'static str, Sent)> {
    use FilterKind::{Boolean, Number, Reference, Text};
    let table = resource.table();
    let plain = |kind| matches!(kind, Text | Boolean | Number | Reference(_));
    let known = table.filters.iter().filter(move |f| plain(f.kind));
    let known: Vec<_> = known.filter_map(|f| table.field(f.name)).collect();
    let known = select(known).prop_flat_map(|field| (Just(field.name), sent(field)));
    let misspelt = Just(("nmae", Sent::Json(json!("a"))));
    prop_oneof![12 => known, 1 => misspelt].boxed()
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let row = any::<u8>;
    let create = resource(&[]).prop_flat_map(|resource| {
        draft(resource, true).prop_map(move |draft| Step::Create(resource, draft))
    });
    let replace = resource(&[]).prop_flat_map(move |resource| {
        (row(), draft(resource, true))
            .prop_map(move |(row, draft)| Step::Replace(resource, row, draft))
    });
    let patch = resource(&[]).prop_flat_map(move |resource| {
        (row(), draft(resource, false))
            .prop_map(move |(row, draft)| Step::Patch(resource, row, draft))
    });
    let delete = (resource(&[]), row()).prop_map(|(resource, row)| Step::Delete(resource, row));
    let create_all = resource(NOT_IN_BULK).prop_flat_map(|resource| {
        vec(draft(resource, true), 0..4).prop_map(move |rows| Step::CreateAll(resource, rows))
    });
    let delete_all = resource(NOT_IN_BULK).prop_flat_map(|resource| {
        filter(resource).prop_map(move |(name, sent)| Step::DeleteAll(resource, name, sent))
    });
    let rewind = (row(), -1..3_i64, any::<bool>(), any::<bool>())
        .prop_map(|(row, last, decisions, results)| Step::Rewind(row, last, decisions, results));
    let batch = vec((0..40_u8, vec(write(), 0..4)), 1..4).prop_map(Step::Batch);
    prop_oneof![
        6 => create,
        2 => replace,
        2 => patch,
        2 => delete,
        2 => create_all,
        1 => delete_all,
        1 => rewind,
        6 => batch,
        1 => Just(Step::Again),
    ]
}

impl Step {
    /// The request, of the rows that are known now; `keys` begins the keys of its groups, `last` is the batch before.
    pub(super) fn resolve(&self, tables: &Tables, keys: &str, last: &[Group]) -> Request {
        let body = |resource, draft: &Draft| resolve_draft(tables, resource, draft, false);
        let key = |resource, row| key_of(tables, resource, pick(tables, resource, row));
        match self {
            Self::Create(resource, draft) => Request::Create(*resource, body(*resource, draft)),
            Self::Replace(resource, row, draft) => {
                let body = body(*resource, draft);
                Request::Change(*resource, key(*resource, *row), body, true)
            }
            Self::Patch(resource, row, draft) => {
                let body = body(*resource, draft);
                Request::Change(*resource, key(*resource, *row), body, false)
            }
            Self::Delete(resource, row) => Request::Delete(*resource, key(*resource, *row)),
            Self::CreateAll(resource, drafts) => {
                let bodies = drafts.iter().map(|draft| body(*resource, draft));
                Request::CreateAll(*resource, bodies.collect())
            }
            Self::DeleteAll(resource, name, sent) => {
                let field = resource.table().field(name);
                let value = resolve_sent(tables, field, sent, false);
                Request::DeleteAll(*resource, name, value)
            }
            Self::Rewind(row, last, decisions, results) => {
                let body = json!({
                    "last_period_order": last,
                    "delete_last_period_decisions": decisions,
                    "delete_last_period_results": results,
                });
                let scenario = pick(tables, Resource::Scenario, *row);
                Request::Rewind(scenario, serde_json::from_value(body).unwrap())
            }
            Self::Batch(groups) => {
                let group = |(key, writes): &(u8, Vec<Write>)| Group {
                    key: format!("{keys}.{key}"),
                    fence: None,
                    operations: writes.iter().map(|write| write.resolve(tables)).collect(),
                };
                Request::Batch(groups.iter().map(group).collect())
            }
            Self::Again => Request::Batch(last.to_vec()),
        }
    }
}

impl Write {
    fn resolve(&self, tables: &Tables) -> Operation {
        let body = |resource, draft: &Draft| resolve_draft(tables, resource, draft, true);
        let expected = |resource, pk, version| match version {
            Version::Any => None,
            Version::Current => tables.versions.get(&(resource, pk)).cloned(),
            Version::Old => Some("2001-01-01T00:00:00.000000Z".to_owned()),
        };
        match self {
            Self::Create(resource, draft) => Operation::Create {
                resource: *resource,
                row: body(*resource, draft),
            },
            Self::Update(resource, row, draft, version) => {
                let pk = pick(tables, *resource, *row);
                Operation::Update {
                    resource: *resource,
                    pk: target(*row, pk),
                    row: body(*resource, draft),
                    if_updated: expected(*resource, pk, *version),
                }
            }
            Self::Upsert(resource, like, draft, version) => {
                let mut row = body(*resource, draft);
                let pk = like.map_or(NOBODY, |n| pick(tables, *resource, n));
                let known = tables.get(*resource, pk);
                for name in resource.table().unique.iter().flat_map(|u| u.fields) {
                    if let Some(value) = known.and_then(|known| known.get(*name)) {
                        row.insert((*name).to_owned(), value.clone());
                    }
                }
                Operation::Upsert {
                    resource: *resource,
                    row,
                    if_updated: expected(*resource, pk, *version),
                }
            }
            Self::Delete(resource, row, version) => {
                let pk = pick(tables, *resource, *row);
                Operation::Delete {
                    resource: *resource,
                    pk: target(*row, pk),
                    if_updated: expected(*resource, pk, *version),
                }
            }
        }
    }
}

/// Mostly the row itself, sometimes what an earlier operation of the group wrote.
fn target(row: u8, pk: u64) -> Target {
    match row % 8 {
        7 => Target::Ref {
            operation: usize::from(row % 3),
        },
        _ => Target::Pk(pk),
    }
}

fn resolve_draft(tables: &Tables, resource: Resource, draft: &Draft, in_group: bool) -> Map {
    let named = draft.iter().filter_map(|(name, sent)| Some((*name, sent.as_ref()?)));
    let member = |(name, sent): (&'static str, &Sent)| {
        let value = resolve_sent(tables, resource.table().field(name), sent, in_group);
        (name.to_owned(), value)
    };
    named.map(member).collect()
}

fn resolve_sent(tables: &Tables, field: Option<&Field>, sent: &Sent, in_group: bool) -> Value {
    let row = |row| match field.map(|field| field.kind) {
        Some(Kind::Reference(to)) => json!(pick(tables, to, row)),
        _ => Value::Null,
    };
    match sent {
        Sent::Json(value) => value.clone(),
        Sent::Earlier(place) if in_group => json!({ "ref": place }),
        Sent::Row(n) | Sent::Earlier(n) => row(*n),
    }
}

/// A row that there is, or seldom one that there is not. The service account is left alone.
fn pick(tables: &Tables, resource: Resource, n: u8) -> u64 {
    let account = |pk: &u64| resource == Resource::User && *pk == 1;
    let pks: Vec<u64> = tables.of(resource).map(|(pk, _)| pk).collect();
    let pks: Vec<u64> = pks.into_iter().filter(|pk| !account(pk)).collect();
    if pks.is_empty() || n >= 248 {
        return NOBODY;
    }
    pks[usize::from(n) % pks.len()]
}

/// How a path names a row.
fn key_of(tables: &Tables, resource: Resource, pk: u64) -> String {
    match (resource, tables.get(resource, pk)) {
        (Resource::Game, Some(row)) => row["slug"].as_str().unwrap().to_owned(),
        _ => pk.to_string(),
    }
}
