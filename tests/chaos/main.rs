//! A class at play while everything around it dies: model service, games API and the players' connections are killed again and again,
//! and in the end an independent look into the database finds every acknowledged decision once, one right result for every complete
//! period, and no world that is stuck.
//!
//! The test kills a few times; `cargo xtask soak` sets `KILLS` and `WORLDS` and has it go on for longer, with a release build.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "the figures of a series")]

mod checker;
mod ledger;
mod player;
mod processes;
#[path = "../common/program.rs"]
mod program;
mod school;
#[path = "../common/ticket.rs"]
mod ticket;

use std::sync::Arc;

use tokio::{sync::watch, task::JoinSet, time::Instant};

use ledger::Ledger;
use player::{Player, play};
use processes::{GamesApi, ModelService};
use school::School;

/// Rounds that every world has to play after the last kill.
const ROUNDS_AFTERWARDS: u64 = 3;
/// Decisions that are acknowledged between two kills: the least, and how many different numbers follow.
const LEAST: u64 = 10;
const SPREAD: u64 = 90;

/// Who dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    ModelService,
    GamesApi,
    Both,
    /// A third of the players' connections, without a goodbye.
    Players,
}

/// What players know of the world outside.
#[derive(Clone, Copy, Debug, Default)]
struct Outside {
    /// How often connections were cut.
    cuts: usize,
    /// Play comes to an end.
    closing: bool,
}

fn number(variable: &str, otherwise: u32) -> u32 {
    let asked = std::env::var_os(variable);
    asked.map_or(otherwise, |n| n.to_str().unwrap().parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_class_plays_on_whatever_is_killed_and_nothing_is_lost_or_twice() {
    let (kills, worlds) = (number("KILLS", 8), number("WORLDS", 10));
    let began = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let mut api = GamesApi::start(folder.path(), "127.0.0.1:0").await;
    let mut service = ModelService::start(&api.url, "127.0.0.1:0", folder.path()).await;
    let school = School::found(&api, worlds).await;
    service.restart().await;

    let ledger = Arc::new(Ledger::new(worlds));
    let (outside, seen) = watch::channel(Outside::default());
    let mut players = JoinSet::new();
    for seat in school.seats() {
        let player = Player {
            seat,
            url: service.url.clone(),
            ledger: Arc::clone(&ledger),
            outside: seen.clone(),
        };
        players.spawn(play(player));
    }

    let mut told = [0_u32; 4];
    for kill in 0..kills {
        let more = LEAST + u64::from(kill) * 37 % SPREAD;
        ledger.wait_for(ledger.acknowledged() + more).await;
        let victim = victim(kill);
        told[victim as usize] += 1;
        match victim {
            Victim::ModelService => service.restart().await,
            Victim::GamesApi => api.restart().await,
            Victim::Both => {
                service.kill().await;
                api.restart().await;
                service.restart().await;
            }
            Victim::Players => outside.send_modify(|outside| outside.cuts += 1),
        }
    }
    // Nobody is stuck: every world plays on.
    ledger.wait_for_rounds(ROUNDS_AFTERWARDS).await;
    outside.send_modify(|outside| outside.closing = true);
    while let Some(ended) = players.join_next().await {
        ended.unwrap();
    }
    service.kill().await;
    api.kill().await;
    let found = checker::check(&folder.path().join("games.db"), &school, &ledger);
    println!(
        "{} kills of the model service, {} of the games API, {} of both, {} of a third of {} players in {:.0} s: {} decisions acknowledged, \
         {} refused or without an answer and sent again; {} decisions, {} results and {} periods of {worlds} worlds found, as they have to be",
        told[0],
        told[1],
        told[2],
        told[3],
        2 * worlds,
        began.elapsed().as_secs_f64(),
        ledger.acknowledged(),
        ledger.sent_again(),
        found.decisions,
        found.results,
        found.periods,
    );
}

/// A mixture that has everything in it early.
fn victim(kill: u32) -> Victim {
    match kill % 8 {
        0 | 4 => Victim::ModelService,
        1 | 5 | 6 => Victim::GamesApi,
        3 => Victim::Both,
        _ => Victim::Players,
    }
}
