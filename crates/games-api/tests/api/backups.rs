//! Copies of the SQLite file, made while people play, and put back.

use std::sync::Arc;

use games_api::{SystemClock, backup, restore};
use serde_json::json;

use crate::server::Api;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_made_while_people_play_holds_rows_and_their_changes_alike() {
    let api = Arc::new(Api::start().await);
    let class = api.class("div").await;
    let copy = api.place().file().with_file_name("copy.sqlite");
    let play = tokio::spawn({
        let api = Arc::clone(&api);
        async move {
            for n in 0..60 {
                let decision = json!({"period": class.period, "name": format!("decision.{n}")});
                api.create("decisions", decision).await;
            }
        }
    });
    let taken = tokio::task::spawn_blocking({
        let (file, copy) = (api.place().file(), copy.clone());
        move || backup(&file, &copy)
    });
    taken.await.unwrap().unwrap();
    play.await.unwrap();
    let held = rusqlite::Connection::open(&copy).unwrap();
    let count = |sql: &str| held.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
    let rows = count("SELECT COUNT(*) FROM decision");
    let changes = count("SELECT COUNT(*) FROM outbox WHERE resource = 'decision'");
    assert_eq!(rows, changes);
    assert_eq!(count("SELECT COUNT(*) FROM period"), 1);
    let again = backup(&api.place().file(), &copy).unwrap_err().to_string();
    assert!(again.contains("there already"), "{again}");
}

#[tokio::test]
async fn a_copy_that_is_put_back_is_another_database_to_whoever_follows_it() {
    let mut api = Api::start().await;
    api.class("div").await;
    let file = api.place().file();
    let copy = file.with_file_name("copy.sqlite");
    backup(&file, &copy).unwrap();
    let before = api.get("/apis/changes/").await.json();
    api.class("other").await;
    let refused = restore(&copy, &file, &SystemClock).unwrap_err().to_string();
    assert!(refused.contains("stop the games API first"), "{refused}");
    assert_eq!(
        api.get("/apis/games/")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
    api.stop().await;
    let kept = restore(&copy, &file, &SystemClock).unwrap().unwrap();
    api.resume().await;
    let games = api.get("/apis/games/").await.json();
    assert_eq!(games.as_array().unwrap().len(), 1, "{games}");
    let after = api.get("/apis/changes/").await.json();
    assert_eq!(after["cursor"], before["cursor"]);
    assert_ne!(after["epoch"], before["epoch"]);
    api.stop().await;
    restore(&kept, &file, &SystemClock).unwrap();
    api.resume().await;
    assert_eq!(
        api.get("/apis/games/")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn what_is_no_database_of_ours_is_not_put_in_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("games.sqlite");
    let theirs = folder.path().join("theirs.sqlite");
    let connection = rusqlite::Connection::open(&theirs).unwrap();
    connection.execute_batch("CREATE TABLE a (b);").unwrap();
    let missing = folder.path().join("missing.sqlite");
    for copy in [&theirs, &missing] {
        let told = restore(copy, &file, &SystemClock).unwrap_err().to_string();
        assert!(told.contains(copy.to_str().unwrap()), "{told}");
        assert!(backup(copy, &file).is_err());
    }
    assert!(!file.exists());
}
