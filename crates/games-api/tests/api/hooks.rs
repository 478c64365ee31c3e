//! Webhooks, delivered to a receiver of ours.

use serde_json::json;

use crate::{
    receiver::{Receiver, subscribe, until},
    server::Api,
};

#[tokio::test]
async fn events_arrive_in_order_and_the_subscription_says_connected() {
    let api = Api::start().await;
    let mut receiver = Receiver::start().await;
    let hook = subscribe(&api, "div.*", &receiver).await;
    let class = api.class("div").await;
    api.class("other").await;
    for event in [
        "game", "role", "run", "world", "world", "runuser", "scenario", "period",
    ] {
        let came = receiver.next().await;
        assert_eq!(came["event"], format!("div.{event}.created"));
        assert_eq!(came["ref"].as_str().unwrap().len(), 36);
        if event == "scenario" {
            let row = api
                .get(&format!("/apis/scenarios/{}/", class.scenario))
                .await;
            assert_eq!(came["data"], row.json());
        }
    }
    until(&api, hook, |row| {
        row["connected"] == true && row["erroring"] == false
    })
    .await;
}

#[tokio::test]
async fn private_data_is_not_sent() {
    let api = Api::start().await;
    let mut receiver = Receiver::start().await;
    subscribe(&api, "div.game.*", &receiver).await;
    let game = json!({"name": "Div", "slug": "div", "data": {"_private": {"seed": 1}, "a": 1}});
    api.create("games", game).await;
    assert_eq!(receiver.next().await["data"]["data"], json!({"a": 1}));
}

#[tokio::test]
async fn a_receiver_that_fails_gets_the_event_again_and_the_next_ones_after() {
    let api = Api::start().await;
    let mut receiver = Receiver::start().await;
    receiver.answers(500);
    let hook = subscribe(&api, "div.*", &receiver).await;
    let game = api
        .create("games", json!({"name": "Div", "slug": "div"}))
        .await;
    api.create("phases", json!({"game": game, "name": "Play"}))
        .await;
    let first = receiver.next().await;
    assert_eq!(first["event"], "div.game.created");
    let row = until(&api, hook, |row| row["erroring"] == true).await;
    assert_eq!(row["last_error_status"], 500);
    assert_eq!(row["last_error_content"], "what came of it");
    assert!(row["last_error"].as_str().unwrap().contains("2xx"));
    receiver.answers(200);
    assert_eq!(receiver.next().await, first, "again, under the same name");
    assert_eq!(receiver.next().await["event"], "div.phase.created");
    until(&api, hook, |row| {
        row["connected"] == true && row["erroring"] == false
    })
    .await;
}

#[tokio::test]
async fn a_subscription_goes_on_after_a_restart_where_it_was() {
    let mut api = Api::start().await;
    let mut receiver = Receiver::start().await;
    let hook = subscribe(&api, "user.*", &receiver).await;
    api.create("users", json!({"email": "a@b.cd"})).await;
    receiver.next().await;
    until(&api, hook, |row| row["connected"] == true).await;
    api.stop().await;
    api.resume().await;
    api.create("users", json!({"email": "e@b.cd"})).await;
    loop {
        let came = receiver.next().await;
        if came["data"]["email"] == "e@b.cd" {
            break;
        }
        assert_eq!(
            came["data"]["email"], "a@b.cd",
            "at most the last one twice"
        );
    }
}

#[tokio::test]
async fn another_address_counts_at_once_and_a_deleted_subscription_is_silent() {
    let api = Api::start().await;
    let (mut first, mut second) = (Receiver::start().await, Receiver::start().await);
    let hook = subscribe(&api, "user.*", &first).await;
    api.create("users", json!({"email": "a@b.cd"})).await;
    assert_eq!(first.next().await["event"], "user.created");
    until(&api, hook, |row| row["connected"] == true).await;
    api.patch(&format!("/apis/hooks/{hook}/"), &json!({"url": second.url}))
        .await;
    api.create("users", json!({"email": "e@b.cd"})).await;
    while second.next().await["data"]["email"] != "e@b.cd" {}
    api.delete(&format!("/apis/hooks/{hook}/")).await;
    api.create("users", json!({"email": "f@b.cd"})).await;
    // A third subscription hears of it; by then the deleted one would have, too.
    let third = subscribe(&api, "user.*", &first).await;
    api.create("users", json!({"email": "g@b.cd"})).await;
    while first.next().await["data"]["email"] != "g@b.cd" {}
    until(&api, third, |row| row["connected"] == true).await;
    assert!(second.is_silent());
}
