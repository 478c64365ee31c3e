//! Sessions that vanish without goodbye leave nothing: no session, registration, subscription, call or task, and no memory.
//!
//! Four rounds of 500; `cargo xtask soak router` sets `ROUNDS` and has it go on for longer, with a release build.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;
use wamp_transport::{ConnectOptions, Inbound, MatchPolicy, Payload, Session};

use crate::process::{PATIENCE, Router};
use crate::raw::Raw;

/// Sessions of one round.
const SESSIONS: usize = 500;

/// The number of a line of `/metrics`.
async fn metric(router: &Router, name: &str) -> u64 {
    let (_, metrics) = router.http("GET /metrics HTTP/1.1", "").await;
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap().trim().parse().unwrap()
}

/// A session with everything that a session can have.
async fn busy(router: &Router, number: usize) -> Raw {
    let mut raw = Raw::join(router).await;
    for (message, answer) in [
        (json!([32, 1, {}, "com.all"]), 33),
        (
            json!([32, 2, {"match": "prefix"}, format!("com.of.{number}.")]),
            33,
        ),
        (json!([64, 3, {}, format!("com.of.{number}")]), 65),
        (json!([64, 4, {"invoke": "roundrobin"}, "com.shared"]), 65),
        // Whom it calls is itself, and it does not answer.
        (json!([48, 5, {}, format!("com.of.{number}")]), 68),
        (json!([49, 5, {"mode": "killnowait"}]), 8),
        (json!([48, 6, {}, format!("com.of.{number}")]), 68),
        (
            json!([16, 7, {"acknowledge": true}, format!("com.of.{number}.news"), ["new"]]),
            17,
        ),
        (
            json!([
                48,
                8,
                {},
                "wamp.session.add_testament",
                ["com.gone", [number]]
            ]),
            50,
        ),
    ] {
        assert_eq!(raw.ask(&message).await, answer, "{message}");
    }
    raw
}

async fn ask(session: &Session, procedure: &str) -> Value {
    let answer = session.call(procedure, Payload::empty()).await.unwrap();
    answer.args().unwrap().remove(0)
}

#[tokio::test]
async fn sessions_that_vanish_without_goodbye_leave_nothing() {
    let rounds = std::env::var_os("ROUNDS");
    let rounds = rounds.map_or(4, |rounds| rounds.to_str().unwrap().parse().unwrap());
    let router = Router::start("", &["--open"]).await;
    let (watch, mut inbox) = router.join(ConnectOptions::default()).await.unwrap();
    let left = watch.subscribe("wamp.session.on_leave", MatchPolicy::Exact);
    left.await.unwrap();
    let before = (
        ask(&watch, "wamp.registration.list").await,
        ask(&watch, "wamp.subscription.list").await,
    );
    let tasks = metric(&router, "wamp_tasks ").await;
    let mut memory = Vec::new();
    let started = Instant::now();
    for round in 0..rounds {
        let first = round * SESSIONS;
        let joining = (first..first + SESSIONS).map(|number| busy(&router, number));
        let sessions = join_all(joining).await;
        assert_eq!(ask(&watch, "wamp.session.count").await, SESSIONS + 1);
        drop(sessions);
        for _ in 0..SESSIONS {
            let left = tokio::time::timeout(PATIENCE, inbox.recv()).await;
            let left = left.expect("all leave within the time");
            assert!(matches!(left, Some(Inbound::Event { .. })), "{left:?}");
        }
        memory.push(router.memory());
    }
    assert_eq!(ask(&watch, "wamp.session.count").await, 1);
    let after = (
        ask(&watch, "wamp.registration.list").await,
        ask(&watch, "wamp.subscription.list").await,
    );
    assert_eq!(after, before);
    let ended = async { while metric(&router, "wamp_tasks ").await != tasks {} };
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    assert!(ended.is_ok(), "every connection's task ends");
    println!(
        "{} sessions vanished in {:.0?}; kB after each round: {memory:?}",
        rounds * SESSIONS,
        started.elapsed()
    );
    // Until the allocator has what it needs, it grows; after that, all that a session took serves later ones.
    let peak = |rounds: &[u64]| rounds.iter().copied().max().unwrap();
    let (early, late) = memory.split_at(memory.len() / 2);
    assert!(peak(late) < peak(early) + peak(early) / 10, "{memory:?}");
}
