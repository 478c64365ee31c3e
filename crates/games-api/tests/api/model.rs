//! Random requests of one client and of several at once, compared with a model of the data that is slow and obvious.
//!
//! `PROPTEST_CASES=2000 cargo test -p games-api model` tries more, each time other ones.

mod replay;
mod request;
mod steps;
mod tables;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use games_contract::{Action, Change, Map, Resource};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed, TestRunner},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use self::{
    replay::Replay,
    request::{Done, Request, perform},
    steps::{Step, step},
    tables::{Tables, Told},
};
use crate::server::{Api, Class, STAFF};

/// Tries so many scripts, the same ones each time unless `PROPTEST_CASES` asks for a number of others.
fn try_out<S: Strategy>(cases: u32, script: &S, play: impl Fn(S::Value)) {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
        config.rng_seed = RngSeed::Fixed(1);
    }
    let played = TestRunner::new(config).run(script, |script| {
        play(script);
        Ok(())
    });
    if let Err(failed) = played {
        panic!("{failed}");
    }
}

/// Everything that is stored, without timestamps.
async fn stored(api: &Api) -> BTreeMap<Resource, BTreeMap<u64, Map>> {
    let mut stored = BTreeMap::new();
    for resource in Resource::ALL {
        if resource == Resource::Hook {
            continue;
        }
        let list = format!("/apis/{}/?page_size=100000", resource.collection());
        let rows: Vec<Map> = serde_json::from_value(api.get(&list).await.json()).unwrap();
        let by_pk = rows.into_iter().map(|mut row| {
            row.shift_remove("created");
            row.shift_remove("updated");
            (row["id"].as_u64().unwrap(), row)
        });
        stored.insert(resource, by_pk.collect());
    }
    stored
}

async fn changes_after(api: &Api, cursor: u64) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    loop {
        let after = all.last().map_or(cursor, |change| change.cursor);
        let batch = api.get(&format!("/apis/changes/?after={after}")).await;
        let changes = batch.json()["changes"].take();
        let changes: Vec<Change> = serde_json::from_value(changes).unwrap();
        if changes.is_empty() {
            return all;
        }
        all.extend(changes);
    }
}

/// Takes away what the script before has left, and then makes something to begin with.
async fn begin(api: &Api) -> Replay {
    for (collection, key) in [("games", "slug"), ("users", "id")] {
        let rows = api.get(&format!("/apis/{collection}/")).await.json();
        for row in rows.as_array().unwrap() {
            if row["email"] != STAFF.0 {
                let key = row[key].to_string();
                api.delete(&format!("/apis/{collection}/{}/", key.trim_matches('"')))
                    .await;
            }
        }
    }
    let left = stored(api).await;
    let rows: usize = left.values().map(BTreeMap::len).sum();
    assert_eq!(rows, 1, "everything goes with its game: {left:?}");
    let mut tables = Tables::default();
    tables.put(Resource::User, 1, &left[&Resource::User][&1]);
    let cursor = api.get("/apis/changes/").await.json()["cursor"].as_u64();
    let mut replay = Replay::from(tables, cursor.unwrap());
    let Class { run, period, .. } = api.class("a").await;
    api.create("decisions", json!({"period": period, "name": "a"}))
        .await;
    let other = json!({"email": "c@x.yz"});
    let user = api.create("users", other).await;
    api.create("runusers", json!({"user": user, "run": run}))
        .await;
    for change in changes_after(api, replay.cursor()).await {
        replay.apply(&change);
    }
    replay
}

fn sorted(mut told: Vec<Told>) -> Vec<Told> {
    told.sort_by_key(|(resource, pk, action)| (*resource, *pk, action.name()));
    told
}

/// Plays a script and compares, after every request, its outcome and the changes that it made, and in the end all rows.
async fn play_alone(api: &Api, script: Vec<Step>, number: usize) {
    let mut replay = begin(api).await;
    let mut tables = replay.tables.clone();
    for (pk, row) in &stored(api).await[&Resource::User] {
        tables.put(Resource::User, *pk, row);
    }
    let mut done = Done::new();
    let mut last = Vec::new();
    for step in script {
        let request = step.resolve(&tables, &number.to_string(), &last);
        let answer = request.send(api).await;
        let (statuses, rows) = request.outcome(&answer);
        // A row that was not created gets a key in the model that no row has.
        let pk = |group: usize, place: usize| {
            let row = rows.get(group).and_then(|rows: &Vec<Map>| rows.get(place));
            let pk = row.and_then(|row| row.get("id")?.as_u64());
            pk.unwrap_or(u64::from(u32::MAX) + place as u64)
        };
        let expected = perform(&mut tables, &mut done, &request, &pk);
        assert_eq!(statuses, expected, "{request:?}: {}", answer.text);
        let changes = changes_after(api, replay.cursor()).await;
        let told = changes.iter().map(|c| (c.resource, c.pk().unwrap(), c.action));
        assert_eq!(
            sorted(told.collect()),
            sorted(std::mem::take(&mut tables.told)),
            "{request:?}: {}",
            answer.text
        );
        for change in &changes {
            replay.apply(change);
        }
        tables.versions.clone_from(&replay.tables.versions);
        if let Request::Batch(groups) = request {
            last = groups;
        }
    }
    let stored = stored(api).await;
    replay.check(&stored);
    for (resource, rows) in stored {
        for (pk, row) in rows {
            assert_eq!(tables.shown(resource, pk), row, "{resource} {pk}");
        }
    }
}

#[test]
fn whatever_a_client_asks_comes_to_what_the_model_says() {
    let runtime = Runtime::new().unwrap();
    let api = runtime.block_on(Api::start());
    let scripts = Mutex::new(0..);
    try_out(60, &vec(step(), 1..24), |script| {
        let number = lock(&scripts).next().unwrap();
        runtime.block_on(play_alone(&api, script, number));
    });
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What several clients were told: the rows of which each was answered to have been written, and the row that each deleted.
#[derive(Debug, Default)]
struct Acknowledged {
    written: Vec<(Resource, Map)>,
    created: BTreeSet<(Resource, u64)>,
    deleted: Vec<(Resource, u64)>,
}

/// One of several clients: it knows the rows that all of them were told of.
async fn play_beside(
    api: Arc<Api>,
    script: Vec<Step>,
    keys: String,
    known: Arc<Mutex<Tables>>,
) -> Acknowledged {
    let mut told = Acknowledged::default();
    let mut last = Vec::new();
    for step in script {
        let request = step.resolve(&lock(&known), &keys, &last);
        let answer = request.send(&api).await;
        assert!(answer.status < 500, "{request:?}: {}", answer.text);
        let (statuses, rows) = request.outcome(&answer);
        let resource = match &request {
            Request::Create(resource, _)
            | Request::CreateAll(resource, _)
            | Request::Change(resource, ..) => Some(*resource),
            Request::Delete(resource, key) => {
                if answer.status == 204 && *resource != Resource::Game {
                    told.deleted.push((*resource, key.parse().unwrap()));
                }
                None
            }
            _ => None,
        };
        let is_new = answer.status == 201;
        for row in rows.into_iter().flatten() {
            if let (Some(resource), Some(pk)) = (resource, row.get("id").and_then(Value::as_u64))
                && statuses[0] < 300
            {
                lock(&known).put(resource, pk, &row);
                if is_new {
                    assert!(told.created.insert((resource, pk)), "{request:?}");
                }
                told.written.push((resource, row));
            }
        }
        if let Request::Batch(groups) = request {
            last = groups;
        }
    }
    told
}

async fn play_together(api: &Arc<Api>, scripts: Vec<Vec<Step>>, number: usize) {
    let mut replay = begin(api).await;
    let known = Arc::new(Mutex::new(replay.tables.clone()));
    let players: Vec<_> = scripts
        .into_iter()
        .enumerate()
        .map(|(client, script)| {
            let keys = format!("{number}.{client}");
            tokio::spawn(play_beside(Arc::clone(api), script, keys, Arc::clone(&known)))
        })
        .collect();
    let mut told = Vec::new();
    for player in players {
        told.push(player.await.unwrap());
    }
    let changes = changes_after(api, replay.cursor()).await;
    for change in &changes {
        replay.apply(change);
    }
    replay.check(&stored(api).await);
    let told_of = |resource, pk, action| {
        let same = |c: &&Change| (c.resource, c.pk(), c.action) == (resource, Some(pk), action);
        changes.iter().filter(same).count()
    };
    for told in told {
        for (resource, pk) in told.created {
            assert_eq!(told_of(resource, pk, Action::Created), 1, "{resource} {pk}");
        }
        for (resource, pk) in told.deleted {
            assert_eq!(told_of(resource, pk, Action::Deleted), 1, "{resource} {pk}");
        }
        // A version is written once, so what was answered is in the stream once. A user has none.
        for (resource, row) in told.written {
            let same = |c: &&Change| c.action != Action::Deleted && c.resource == resource && c.data == row;
            let found = changes.iter().filter(same).count();
            assert!(found == 1 || resource == Resource::User, "{row:?}");
        }
    }
}

#[test]
fn what_clients_do_at_once_is_one_history_that_leads_to_what_is_stored() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .unwrap();
    let api = Arc::new(runtime.block_on(Api::start()));
    let scripts = Mutex::new(0..);
    try_out(24, &vec(vec(step(), 1..16), 4), |script| {
        let number = lock(&scripts).next().unwrap();
        runtime.block_on(play_together(&api, script, number));
    });
}
