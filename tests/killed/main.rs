//! `kill -9` of the games API under load, again and again: what was acknowledged is there, nothing is there twice, and every change
//! is delivered.
//!
//! The tests kill a few times; `cargo xtask soak` sets `KILLS` and has them kill for longer, with a release build.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "the figures of a series")]
#![allow(
    dead_code,
    reason = "a part of what is shared with other tests is enough here"
)]

#[path = "../../crates/games-api/tests/postgres/cluster.rs"]
mod cluster;
mod ledger;
mod listeners;
#[path = "../common/program.rs"]
mod program;
mod server;
mod writers;

use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Duration,
};

use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};

use ledger::Ledger;
use listeners::{Receiver, Stream};
use program::PATIENCE;
use server::{Api, Place};
use writers::{Writer, play};

/// How often the tests kill when nobody says otherwise.
const KILLS: u32 = 4;
/// Writers at once; each does everything that a writer can do.
const WRITERS: usize = 6;
/// Requests that are acknowledged between two kills: the least, and how many different numbers follow.
const LEAST: u64 = 5;
const SPREAD: u64 = 60;

fn kills() -> u32 {
    let asked = std::env::var_os("KILLS");
    asked.map_or(KILLS, |n| n.to_str().unwrap().parse().unwrap())
}

/// Who dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    GamesApi,
    /// The database's server stops at once, as after a power cut of its machine, and the games API lives on.
    Database,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_sqlite_nothing_acknowledged_is_lost_when_the_games_api_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Folder(folder.path().to_owned());
    series("SQLite", place, |_| Victim::GamesApi).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_nothing_acknowledged_is_lost_when_either_is_killed() {
    let Some(url) = cluster::database() else {
        return;
    };
    let victim = |kill| match kill % 4 {
        3 => Victim::Database,
        _ => Victim::GamesApi,
    };
    series("PostgreSQL", Place::Database(url), victim).await;
}

/// Kills under load, looks at what there is, lets it go on, and in the end counts everything.
async fn series(name: &str, place: Place, victim: impl Fn(u32) -> Victim) {
    let began = Instant::now();
    let mut program = server::start(&place, "127.0.0.1:0").await;
    let api = Arc::new(Api::new(&program.address));
    let (run, period) = api.seed().await;
    let receiver = Receiver::start().await;
    let hook = json!({"event": "div.*", "url": receiver.url});
    api.create("hooks", &hook).await;
    let start = api.cursor().await;

    let (life, seen) = watch::channel(Life {
        up: true,
        number: 0,
    });
    let (down, mut downs) = mpsc::channel(WRITERS);
    let ledger = Arc::new(Ledger::default());
    let mut stream = Stream::start(Arc::clone(&api), start, seen.clone());
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let row = json!({"run": run, "name": format!("of {number}")});
        let writer = Writer {
            number,
            run,
            period,
            world: api.create("worlds", &row).await,
            api: Arc::clone(&api),
            ledger: Arc::clone(&ledger),
            life: seen.clone(),
            down: down.clone(),
        };
        writers.spawn(play(writer));
    }

    let mut longest = Duration::ZERO;
    for kill in 0..kills() {
        let more = LEAST + u64::from(kill) * 37 % SPREAD;
        ledger.wait_for(ledger.acknowledged() + more).await;
        match victim(kill) {
            Victim::GamesApi => program.kill().await,
            Victim::Database => cluster::restart_at_once(),
        }
        life.send_modify(|life| life.up = false);
        for _ in 0..WRITERS {
            let told = tokio::time::timeout(PATIENCE, downs.recv()).await;
            told.expect("every writer notices").unwrap();
        }
        let restart = Instant::now();
        match victim(kill) {
            Victim::GamesApi => program = server::start(&place, &program.address).await,
            Victim::Database => api.until_ready().await,
        }
        longest = longest.max(restart.elapsed());
        ledger.check(&api, period).await;
        life.send_modify(|life| {
            *life = Life {
                up: true,
                number: life.number + 1,
            };
        });
    }
    // Whatever was under way is brought to an end, and then nobody writes any more.
    ledger.wait_for(ledger.acknowledged() + LEAST).await;
    ledger.stop.store(true, SeqCst);
    while let Some(ended) = writers.join_next().await {
        ended.unwrap();
    }
    ledger.check(&api, period).await;
    let changes = api.changes_after(start).await;
    ledger.check_changes(&changes);
    stream.ends_with(&changes).await;
    let delivered = receiver.has_all(&changes).await;
    let told = ledger.told();
    println!(
        "{name}: {} kills in {:.0} s; {} requests acknowledged, {} cut off, of which {} were done; {} groups sent again, of which {} had been done; \
         {} changes, read by cursor in {} parts; {} webhooks for them; longest restart {:.0} ms",
        kills(),
        began.elapsed().as_secs_f64(),
        told.acknowledged,
        told.cut_off,
        told.done_all_the_same,
        told.sent_again,
        told.known_already,
        changes.len(),
        stream.parts(),
        delivered,
        longest.as_secs_f64() * 1000.0,
    );
    program.kill().await;
}

/// Whether the games API can be asked, and how often it has come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    up: bool,
    number: u32,
}
