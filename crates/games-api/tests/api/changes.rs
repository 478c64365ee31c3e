//! The change stream.

use std::time::Duration;

use serde_json::{Value, json};

use crate::server::Api;

async fn read(api: &Api, query: &str) -> Value {
    let answer = api.get(&format!("/apis/changes/?{query}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

fn events(batch: &Value) -> Vec<&str> {
    let changes = batch["changes"].as_array().unwrap();
    changes
        .iter()
        .map(|change| change["event"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn changes_come_in_order_as_rest_shows_the_rows() {
    let api = Api::start().await;
    let start = read(&api, "").await;
    assert_eq!(start["changes"], json!([]));
    let class = api.class("div").await;
    api.class("other").await;
    let batch = read(&api, &format!("after={}&game_slug=div", start["cursor"])).await;
    assert_eq!(
        events(&batch),
        [
            "div.game.created",
            "div.role.created",
            "div.run.created",
            "div.world.created",
            "div.world.created",
            "user.created",
            "div.runuser.created",
            "div.scenario.created",
            "div.period.created",
            "user.created",
        ],
        "users belong to every game"
    );
    let runuser = api
        .get(&format!("/apis/runusers/{}/", class.runuser))
        .await
        .json();
    assert_eq!(batch["changes"][6]["data"], runuser);
    assert_eq!(
        batch["changes"][5]["data"],
        json!({"id": class.user, "email": "s1@div.edu", "first_name": "Student1", "last_name": "User"})
    );
    let all = read(&api, &format!("after={}", start["cursor"])).await;
    assert_eq!(events(&all).len(), 18);
    assert_eq!(
        all["cursor"], batch["cursor"],
        "what is of other games is passed over"
    );
    let none = read(&api, &format!("after={}&game_slug=div", batch["cursor"])).await;
    assert_eq!(none["changes"], json!([]));
}

#[tokio::test]
async fn a_poll_ends_when_something_happens() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let cursor = read(&api, "").await["cursor"].clone();
    let query = format!("after={cursor}&game_slug=div&wait=30");
    let poll = read(&api, &query);
    let write = async {
        // Of another game first: that is no reason to answer.
        api.create("games", json!({"name": "Third", "slug": "third"}))
            .await;
        let body = json!({"data": {"a": 1}});
        api.patch(&format!("/apis/worlds/{}/", class.other_world), &body)
            .await;
    };
    let both = async { tokio::join!(poll, write) };
    let (batch, ()) = tokio::time::timeout(Duration::from_secs(20), both)
        .await
        .unwrap();
    assert_eq!(events(&batch), ["div.world.changed"]);
}

#[tokio::test]
async fn a_cursor_that_means_nothing_here_is_gone() {
    let api = Api::start().await;
    api.class("div").await;
    let now = read(&api, "").await;
    let cursor = now["cursor"].as_u64().unwrap();
    for query in [
        format!("after={}", cursor + 1),
        format!("after={cursor}&epoch=0123"),
    ] {
        let gone = api.get(&format!("/apis/changes/?{query}")).await;
        assert_eq!(gone.status, 410, "{query}");
        let body = gone.json();
        assert_eq!(
            (&body["cursor"], &body["epoch"]),
            (&now["cursor"], &now["epoch"])
        );
        assert!(
            body["detail"]
                .as_str()
                .unwrap()
                .contains("load everything again")
        );
    }
    let epoch = now["epoch"].as_str().unwrap();
    read(&api, &format!("after={cursor}&epoch={epoch}")).await;
    let wrong = api.get("/apis/changes/?after=x").await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn changes_that_are_no_longer_kept_are_gone() {
    let mut api = Api::start().await;
    api.class("div").await;
    api.stop().await;
    // As if a week had passed over all but the newest.
    let old = "UPDATE outbox SET at = '2001-01-01T00:00:00.000000Z'";
    api.place().sql(old);
    api.resume().await;
    let newest = read(&api, "").await["cursor"].as_u64().unwrap();
    assert!(newest > 5, "the newest is never forgotten");
    // Old changes are forgotten at the start, beside the first requests.
    let gone = async {
        loop {
            let old = api.get("/apis/changes/?after=1").await.status;
            if old == 410 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone)
        .await
        .unwrap();
    read(&api, &format!("after={}", newest - 1)).await;
}
