//! What was acknowledged and what was cut off, and what that says of the rows that there have to be.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use games_contract::{Action, Change, Map, Resource};
use serde_json::Value;
use tokio::sync::watch;

use super::{program::PATIENCE, server::Api};

/// What is known of a row of a decision or a result, by its name.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    /// It has to be there, with this JSON.
    There(Map),
    /// The request was cut off; rows of the same request have the same number, and are there together or not at all.
    Unknown(u64),
    /// It was there, and a request that deletes it was cut off.
    Unsure(u64, Map),
    /// It was looked for after its request was cut off, and was not there: it never will be.
    Never,
    /// It was deleted.
    Gone,
}

/// The value that a writer counts up in a row of its own.
#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    acknowledged: u64,
    sent: u64,
}

/// Figures for the report.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    pub(crate) acknowledged: u64,
    pub(crate) cut_off: u64,
    pub(crate) done_all_the_same: u64,
    pub(crate) sent_again: u64,
    pub(crate) known_already: u64,
}

#[derive(Debug, Default)]
struct Books {
    rows: BTreeMap<(Resource, String), Known>,
    counters: BTreeMap<u64, Counter>,
    requests: u64,
    told: Told,
}

impl Books {
    /// Notes that these rows are there together or not at all, and returns the number of their request.
    fn unknown(&mut self, rows: &[(Resource, String)]) -> u64 {
        self.requests += 1;
        for row in rows {
            self.rows.insert(row.clone(), Known::Unknown(self.requests));
        }
        self.requests
    }

    /// Holds what was found against what is known, and learns from it what became of requests that were cut off.
    fn compare(&mut self, found: &BTreeMap<(Resource, String), Map>) {
        for row in found.keys() {
            assert!(self.rows.contains_key(row), "nobody wrote {row:?}");
        }
        let mut done = BTreeMap::new();
        for (row, known) in &mut self.rows {
            let stored = found.get(row);
            match known {
                Known::There(expected) => assert_eq!(stored, Some(&*expected), "{row:?}"),
                Known::Never | Known::Gone => assert_eq!(stored, None, "{row:?}"),
                Known::Unknown(request) => {
                    let whole = *done.entry(*request).or_insert(stored.is_some());
                    assert_eq!(whole, stored.is_some(), "all of a request: {row:?}");
                    *known = stored.map_or(Known::Never, |row| Known::There(row.clone()));
                }
                Known::Unsure(request, before) => {
                    let whole = *done.entry(*request).or_insert(stored.is_none());
                    assert_eq!(whole, stored.is_none(), "all of a request: {row:?}");
                    assert!(stored.is_none_or(|row| row == before), "{row:?}");
                    *known = stored.map_or(Known::Gone, |row| Known::There(row.clone()));
                }
            }
        }
        self.told.done_all_the_same += done.values().filter(|done| **done).count() as u64;
    }
}

/// The books of all writers.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    books: Mutex<Books>,
    acknowledged: watch::Sender<u64>,
    /// Writers stop at this.
    pub(crate) stop: AtomicBool,
}

impl Ledger {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn stopping(&self) -> bool {
        self.stop.load(SeqCst)
    }

    pub(crate) fn told(&self) -> Told {
        self.books().told
    }

    pub(crate) fn acknowledged(&self) -> u64 {
        *self.acknowledged.borrow()
    }

    /// Waits until so many requests are acknowledged.
    pub(crate) async fn wait_for(&self, requests: u64) {
        let mut seen = self.acknowledged.subscribe();
        let enough = seen.wait_for(|now| *now >= requests);
        let enough = tokio::time::timeout(PATIENCE, enough).await;
        enough.expect("requests are acknowledged").unwrap();
    }

    fn count(&self) {
        self.books().told.acknowledged += 1;
        self.acknowledged.send_modify(|requests| *requests += 1);
    }

    /// A request was answered with these rows.
    pub(crate) fn stored(&self, rows: &[(Resource, &Value)]) {
        for (resource, row) in rows {
            let row: Map = serde_json::from_value((*row).clone()).unwrap();
            let name = row["name"].as_str().unwrap().to_owned();
            self.books()
                .rows
                .insert((*resource, name), Known::There(row));
        }
        self.count();
    }

    /// A request that should have made these rows was not answered.
    pub(crate) fn cut_off(&self, rows: &[(Resource, String)]) {
        let mut books = self.books();
        books.told.cut_off += 1;
        books.unknown(rows);
    }

    /// A group was not answered, and is to be sent again: whether it was done is looked up meanwhile.
    pub(crate) fn sent_again(&self, makes: &[(Resource, String)], deletes: Option<&str>) {
        let mut books = self.books();
        books.told.sent_again += 1;
        let request = books.unknown(makes);
        if let Some(name) = deletes {
            let row = (Resource::Decision, name.to_owned());
            if let Some(Known::There(before)) = books.rows.get(&row).cloned() {
                books.rows.insert(row, Known::Unsure(request, before));
            }
        }
    }

    /// A decision was deleted.
    pub(crate) fn deleted(&self, name: &str) {
        let row = (Resource::Decision, name.to_owned());
        self.books().rows.insert(row, Known::Gone);
    }

    /// A writer is about to write this into its row.
    pub(crate) fn counts(&self, world: u64, n: u64) {
        self.books().counters.entry(world).or_default().sent = n;
    }

    pub(crate) fn counted(&self, world: u64, n: u64) {
        self.books().counters.entry(world).or_default().acknowledged = n;
        self.count();
    }

    /// Compares with what is stored, while nobody writes.
    pub(crate) async fn check(&self, api: &Api, period: u64) {
        let mut found = BTreeMap::new();
        for resource in [Resource::Decision, Resource::Result] {
            let collection = resource.collection();
            let path = format!("/apis/{collection}/?period={period}&page_size=10000000");
            let rows: Vec<Map> = serde_json::from_value(api.get(&path).await).unwrap();
            for row in rows {
                let name = row["name"].as_str().unwrap().to_owned();
                let twice = found.insert((resource, name), row);
                assert!(twice.is_none(), "twice: {twice:?}");
            }
        }
        let worlds = api.get("/apis/worlds/?page_size=10000000").await;
        let mut books = self.books();
        books.compare(&found);
        for row in worlds.as_array().unwrap() {
            if let Some(counter) = books.counters.get_mut(&row["id"].as_u64().unwrap()) {
                let n = row["data"]["n"].as_u64().unwrap_or(0);
                let possible = counter.acknowledged..=counter.sent;
                assert!(possible.contains(&n), "{n} is none of {possible:?}");
                counter.acknowledged = n;
            }
        }
    }

    /// The row of a group that is to be sent again, when it was found: the group was done.
    pub(crate) fn was_done(&self, resource: Resource, name: &str) -> Option<Map> {
        let row = self.row(resource, name);
        if row.is_some() {
            let told = &mut self.books().told;
            told.known_already += 1;
            told.done_all_the_same -= 1;
        }
        row
    }

    /// The JSON of a row that has to be there.
    pub(crate) fn row(&self, resource: Resource, name: &str) -> Option<Map> {
        match self.books().rows.get(&(resource, name.to_owned())) {
            Some(Known::There(row)) => Some(row.clone()),
            _ => None,
        }
    }

    /// Every row that has to be there, or was, was told to be created once, and never one that was not.
    pub(crate) fn check_changes(&self, changes: &[Change]) {
        let mut created = BTreeMap::new();
        for change in changes.iter().filter(|c| c.action == Action::Created) {
            if matches!(change.resource, Resource::Decision | Resource::Result) {
                let name = change.data["name"].as_str().unwrap().to_owned();
                let twice = created.insert((change.resource, name), &change.data);
                assert!(twice.is_none(), "told twice: {change:?}");
            }
        }
        for (row, known) in &self.books().rows {
            match known {
                Known::There(stored) => assert_eq!(created.get(row), Some(&stored), "{row:?}"),
                Known::Gone => assert!(created.contains_key(row), "{row:?}"),
                Known::Never => assert!(!created.contains_key(row), "{row:?}"),
                Known::Unknown(_) | Known::Unsure(..) => panic!("{row:?} was not looked for"),
            }
        }
    }
}
