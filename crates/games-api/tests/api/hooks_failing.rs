//! Receivers that are away, hostile, or too slow.

use std::time::Duration;

use serde_json::json;

use crate::{
    clock::Hands,
    receiver::{Receiver, subscribe, until},
    server::Api,
};

async fn user(api: &Api, email: &str) {
    api.create("users", json!({"email": email})).await;
}

/// Takes changes away, as the service does when they are a week old.
fn forget_all_but_the_newest(api: &Api) {
    let sql = r#"DELETE FROM "outbox" WHERE "cursor" < (SELECT MAX("cursor") FROM "outbox")"#;
    api.place().sql(sql);
}

#[tokio::test]
async fn a_subscription_that_failed_for_a_day_is_disabled_until_its_owner_writes_it() {
    let hands = Hands::at(1_800_000_000);
    let api = Api::start_at(hands.clone()).await;
    let mut receiver = Receiver::start().await;
    receiver.answers(500);
    let hook = subscribe(&api, "user.*", &receiver).await;
    let path = format!("/apis/hooks/{hook}/");
    let subscription = json!({"event": "user.*", "url": receiver.url});
    user(&api, "a@b.cd").await;
    for again in [false, true] {
        let row = until(&api, hook, |row| row["erroring"] == true).await;
        assert!(
            !row["last_error"].as_str().unwrap().contains("24 h"),
            "{row}"
        );
        hands.turn(time::Duration::hours(25));
        let disabled = until(&api, hook, |row| {
            row["last_error"].as_str().unwrap().contains("24 h")
        });
        let row = disabled.await;
        assert!(
            row["last_error"].as_str().unwrap().contains("PATCH"),
            "{row}"
        );
        assert_eq!(row["last_error_status"], 500);
        assert_eq!(
            (&row["connected"], &row["erroring"]),
            (&json!(false), &json!(true))
        );
        let told = api.get("/metrics").await.text;
        assert!(
            told.contains(r#"games_api_webhooks{state="disabled"} 1"#),
            "{told}"
        );
        receiver.forget();
        if again {
            // As the model service of the original does at its start.
            receiver.answers(200);
            let known = api.post("/apis/hooks/", &subscription).await;
            assert_eq!(known.json(), subscription);
        } else {
            let row = api.patch(&path, &json!({"event": "user.*"})).await.json();
            assert_eq!(row["last_error"], json!(null), "{row}");
            assert_eq!(row["erroring"], false);
        }
    }
    assert_eq!(
        receiver.next().await["data"]["email"],
        "a@b.cd",
        "what waited"
    );
    let row = until(&api, hook, |row| row["connected"] == true).await;
    assert_eq!(
        (&row["erroring"], &row["last_error"]),
        (&json!(false), &json!(null))
    );
    user(&api, "e@b.cd").await;
    assert_eq!(receiver.next().await["data"]["email"], "e@b.cd");
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_not_followed() {
    let api = Api::start().await;
    let (mut first, mut second) = (Receiver::start().await, Receiver::start().await);
    first.answers(307);
    first.points_to(&second.url);
    let hook = subscribe(&api, "user.*", &first).await;
    user(&api, "a@b.cd").await;
    first.next().await;
    let row = until(&api, hook, |row| row["erroring"] == true).await;
    assert_eq!(row["last_error_status"], 307);
    assert!(second.is_silent());
}

#[tokio::test]
async fn of_a_long_answer_only_the_beginning_is_kept() {
    let api = Api::start().await;
    let mut receiver = Receiver::start().await;
    receiver.answers(503);
    receiver.says("é".repeat(1_000_000));
    let hook = subscribe(&api, "user.*", &receiver).await;
    user(&api, "a@b.cd").await;
    receiver.next().await;
    let row = until(&api, hook, |row| row["erroring"] == true).await;
    let content = row["last_error_content"].as_str().unwrap();
    assert_eq!(content.chars().count(), 1_000);
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_keeps_nobody_waiting() {
    let api = Api::start().await;
    // It takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let hook = api
        .create("hooks", json!({"event": "user.*", "url": url}))
        .await;
    let mut receiver = Receiver::start().await;
    subscribe(&api, "user.*", &receiver).await;
    user(&api, "a@b.cd").await;
    let _held = silent.accept().await.unwrap();
    // While that delivery is under way, requests are answered and other subscriptions served.
    assert_eq!(receiver.next().await["data"]["email"], "a@b.cd");
    user(&api, "e@b.cd").await;
    assert_eq!(receiver.next().await["data"]["email"], "e@b.cd");
    let row = api.get(&format!("/apis/hooks/{hook}/")).await.json();
    assert_eq!(row["erroring"], false, "still waiting");
    let row = until(&api, hook, |row| row["erroring"] == true).await;
    assert!(
        row["last_error"].as_str().unwrap().contains("within 5 s"),
        "{row}"
    );
}

#[tokio::test]
async fn a_subscription_that_fell_too_far_behind_says_so_and_goes_on() {
    let mut api = Api::start().await;
    let mut receiver = Receiver::start().await;
    let hook = subscribe(&api, "user.*", &receiver).await;
    receiver.answers(500);
    for email in ["a@b.cd", "e@b.cd", "f@b.cd"] {
        user(&api, email).await;
    }
    receiver.next().await;
    until(&api, hook, |row| row["erroring"] == true).await;
    api.stop().await;
    forget_all_but_the_newest(&api);
    receiver.answers(200);
    api.resume().await;
    let delivered = async { while receiver.next().await["data"]["email"] != "f@b.cd" {} };
    tokio::time::timeout(Duration::from_secs(20), delivered)
        .await
        .unwrap();
    let row = until(&api, hook, |row| row["erroring"] == false).await;
    assert!(
        row["last_error"].as_str().unwrap().contains("was not sent"),
        "{row}"
    );
}

#[tokio::test]
async fn what_nobody_wanted_is_not_said_to_be_missed() {
    let mut api = Api::start().await;
    let mut receiver = Receiver::start().await;
    let hook = subscribe(&api, "div.*", &receiver).await;
    let game = api
        .create("games", json!({"name": "Div", "slug": "div"}))
        .await;
    receiver.next().await;
    until(&api, hook, |row| row["connected"] == true).await;
    for email in ["a@b.cd", "e@b.cd", "f@b.cd"] {
        user(&api, email).await;
    }
    // How far it has come is kept when the service stops.
    let place = format!(r#"SELECT "cursor" FROM "hook" WHERE "id" = {hook}"#);
    let newest = r#"SELECT MAX("cursor") FROM "outbox""#;
    api.stop().await;
    while api.place().sql(&place) != api.place().sql(newest) {
        api.resume().await;
        api.stop().await;
    }
    forget_all_but_the_newest(&api);
    api.resume().await;
    api.create("phases", json!({"game": game, "name": "Play"}))
        .await;
    while receiver.next().await["event"] != "div.phase.created" {}
    let row = api.get(&format!("/apis/hooks/{hook}/")).await.json();
    assert_eq!(row["last_error"], json!(null), "{row}");
}
