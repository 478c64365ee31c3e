//! The server goes away and comes back while a games API runs.

use std::time::Duration;

use serde_json::json;

use crate::{cluster, server::Api};

/// How long something may take that has to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// Shuts everybody out of the database, as a server does that restarts.
fn shut(api: &Api) {
    let name = api.place().name().to_owned();
    cluster::sql(
        "postgres",
        &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
    );
    hang_up(api);
}

fn reopen(api: &Api) {
    let name = api.place().name().to_owned();
    cluster::sql(
        "postgres",
        &format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"),
    );
}

/// Ends all sessions of the games API.
fn hang_up(api: &Api) {
    let name = api.place().name();
    let end = format!(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    cluster::sql("postgres", &end);
}

#[tokio::test]
async fn while_the_server_is_away_nothing_is_acknowledged_and_afterwards_all_goes_on() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let cursor = api.get("/apis/changes/").await.json()["cursor"].clone();
    shut(&api);
    let decision = |n: u32| json!({"period": class.period, "name": format!("decision.{n}")});
    let refused = api.post("/apis/decisions/", &decision(1)).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(
        refused.text.contains("cannot be reached"),
        "{}",
        refused.text
    );
    assert!(!refused.header("retry-after").is_empty());
    let unread = api.get(&format!("/apis/periods/{}/", class.period)).await;
    assert_eq!(unread.status, 503, "{}", unread.text);
    assert_eq!(api.get("/readyz").await.status, 503);
    assert_eq!(api.get("/healthz").await.status, 200);
    reopen(&api);
    let back = async {
        while api.get("/readyz").await.status != 200 {
            tokio::task::yield_now().await;
        }
        // What says that it is ready takes the first write that comes.
        api.create("decisions", decision(2)).await
    };
    let pk = tokio::time::timeout(PATIENCE, back).await.unwrap();
    let rows = api.get("/apis/decisions/").await.json();
    assert_eq!(rows.as_array().unwrap().len(), 1, "{rows}");
    assert_eq!(rows[0]["id"], pk);
    let batch = api
        .get(&format!("/apis/changes/?after={cursor}"))
        .await
        .json();
    let changes = batch["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 1, "{batch}");
    assert_eq!(
        changes[0]["cursor"].as_u64(),
        cursor.as_u64().map(|n| n + 1)
    );
}

#[tokio::test]
async fn while_another_session_has_the_writers_lock_it_reads_and_is_not_ready() {
    let api = Api::start().await;
    let class = api.class("div").await;
    // It waits for the lock and has it as soon as the writer's session ends, as that of another games API would.
    let lock = "SELECT pg_advisory_lock(444016190835)";
    let url = api.place().url().to_owned();
    let other = std::thread::spawn(move || {
        let held = format!("{lock}; SELECT pg_sleep(600)");
        std::panic::catch_unwind(|| cluster::sql(&url, &held)).is_err()
    });
    let waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let waits = async {
        while api.place().sql(waiting) != "1" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waits).await.unwrap();
    let holder = waiting.replacen("count(*)", "pg_terminate_backend(pid, 10000)", 1);
    api.place().sql(&holder.replace("NOT granted", "granted"));
    let period = format!("/apis/periods/{}/", class.period);
    assert_eq!(api.get(&period).await.status, 200);
    let told = api.get("/readyz").await;
    assert_eq!(told.status, 503, "{}", told.text);
    let sleeper = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid() AND datname = current_database()";
    api.place().sql(sleeper);
    assert!(other.join().unwrap(), "the other one was cut off");
    let back = async {
        while api.get("/readyz").await.status != 200 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, back).await.unwrap();
    let decision = json!({"period": class.period, "name": "decision"});
    api.create("decisions", decision).await;
}

#[tokio::test]
async fn a_connection_that_was_cut_between_requests_is_not_noticed() {
    let api = Api::start().await;
    let class = api.class("div").await;
    for n in 0..3 {
        hang_up(&api);
        let decision = json!({"period": class.period, "name": format!("decision.{n}")});
        api.create("decisions", decision).await;
        for _ in 0..8 {
            let read = api.get("/apis/decisions/").await;
            assert_eq!(read.status, 200, "{}", read.text);
        }
    }
}

#[tokio::test]
async fn changes_that_another_process_made_meanwhile_are_not_numbered_again() {
    let api = Api::start().await;
    api.class("div").await;
    let cursor = api.get("/apis/changes/").await.json()["cursor"]
        .as_u64()
        .unwrap();
    // As a games API would that took over while this one was cut off.
    api.place().sql(&format!(
        r#"INSERT INTO "outbox" SELECT {cursor} + 1, "at", "game", "resource", "action", "data" FROM "outbox" WHERE "cursor" = {cursor}"#
    ));
    hang_up(&api);
    api.create("games", json!({"name": "Other", "slug": "other"}))
        .await;
    let now = api.get("/apis/changes/").await.json()["cursor"].as_u64();
    assert_eq!(now, Some(cursor + 2));
}

#[tokio::test]
async fn a_lock_of_somebody_else_is_not_waited_for_for_ever_and_hinders_only_who_needs_it() {
    let api = Api::start().await;
    let class = api.class("div").await;
    // An operator who looks at the table and forgets to end what they began.
    let url = api.place().url().to_owned();
    let operator = std::thread::spawn(move || {
        let forgotten = r#"BEGIN; LOCK TABLE "decision" IN EXCLUSIVE MODE; SELECT pg_sleep(600)"#;
        std::panic::catch_unwind(|| cluster::sql(&url, forgotten)).is_err()
    });
    let held = "SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND granted AND relation = 'decision'::regclass";
    while api.place().sql(held) != "1" {
        tokio::task::yield_now().await;
    }
    let decision = json!({"period": class.period, "name": "decision"});
    let refused = api.post("/apis/decisions/", &decision).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    api.create("games", json!({"name": "Other", "slug": "other"}))
        .await;
    assert_eq!(api.get("/apis/decisions/").await.text, "[]");
    api.place()
        .sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid() AND datname = current_database()");
    assert!(operator.join().unwrap(), "the operator was cut off");
    api.create("decisions", decision).await;
}
