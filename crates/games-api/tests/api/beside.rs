//! Another process writes to the same SQLite file while a games API runs.

use serde_json::json;

use crate::server::Api;

#[tokio::test]
async fn changes_that_another_process_made_meanwhile_are_not_numbered_again() {
    let api = Api::start().await;
    api.class("div").await;
    let cursor = api.get("/apis/changes/").await.json()["cursor"]
        .as_u64()
        .unwrap();
    api.place().sql(&format!(
        r#"INSERT INTO "outbox" SELECT {cursor} + 1, "at", "game", "resource", "action", "data" FROM "outbox" WHERE "cursor" = {cursor}"#
    ));
    api.create("games", json!({"name": "Other", "slug": "other"}))
        .await;
    let now = api.get("/apis/changes/").await.json()["cursor"].as_u64();
    assert_eq!(now, Some(cursor + 2));
}
