//! Leases: a game has one holder, and a late write of the former one is refused.

use std::sync::Arc;

use serde_json::{Value, json};
use time::Duration;

use crate::{
    clock::Hands,
    server::{Answer, Api},
};

/// At 2026-11-21 09:00 UTC.
fn clock() -> Arc<Hands> {
    Hands::at(1_795_251_600)
}

async fn ask(api: &Api, body: Value) -> Answer {
    api.post("/apis/leases/", &body).await
}

async fn take(api: &Api, game: &str, holder: &str) -> Answer {
    let body = json!({"action": "take", "game": game, "holder": holder, "seconds": 30});
    ask(api, body).await
}

fn fence(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["fence"].as_u64().unwrap()
}

/// The status of a group that writes under a fence.
async fn write(api: &Api, key: &str, fence: u64) -> Value {
    let groups = json!({"groups": [{"key": key, "fence": fence, "operations": []}]});
    let answer = api.post("/apis/batch/", &groups).await.json();
    answer["groups"][0]["status"].clone()
}

#[tokio::test]
async fn a_game_has_one_holder_at_a_time() {
    let clock = clock();
    let api = Api::start_at(clock.clone()).await;
    api.class("div").await;
    api.class("blackjack").await;
    let first = take(&api, "div", "one").await;
    assert_eq!(first.json()["expires"], "2026-11-21T09:00:30.000000Z");
    let refused = take(&api, "div", "two").await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.text.contains("one serves it until"),
        "{}",
        refused.text
    );
    let elsewhere = fence(&take(&api, "blackjack", "two").await);
    assert!(elsewhere > fence(&first), "fences are of all games");
    clock.turn(Duration::seconds(20));
    let renewed = ask(
        &api,
        json!({"action": "renew", "fence": fence(&first), "seconds": 30}),
    )
    .await;
    assert_eq!(renewed.json()["expires"], "2026-11-21T09:00:50.000000Z");
    clock.turn(Duration::seconds(20));
    assert_eq!(take(&api, "div", "two").await.status, 409);
    clock.turn(Duration::seconds(10));
    let second = fence(&take(&api, "div", "two").await);
    assert!(second > elsewhere);
    let late = ask(
        &api,
        json!({"action": "renew", "fence": fence(&first), "seconds": 30}),
    )
    .await;
    assert_eq!(late.status, 409);
    let restarted = fence(&take(&api, "div", "two").await);
    assert!(restarted > second, "who holds it gets a new one");
}

#[tokio::test]
async fn what_is_written_under_an_older_fence_is_refused() {
    let clock = clock();
    let api = Api::start_at(clock.clone()).await;
    api.class("div").await;
    let first = fence(&take(&api, "div", "one").await);
    assert_eq!(write(&api, "a", first).await, 200);
    clock.turn(Duration::seconds(60));
    assert_eq!(write(&api, "b", first).await, 200, "nobody has taken it");
    let second = fence(&take(&api, "div", "two").await);
    assert_eq!(write(&api, "c", first).await, 409);
    assert_eq!(write(&api, "c", second).await, 200);
    assert_eq!(write(&api, "a", first).await, 200, "that was done before");
    for _ in 0..2 {
        let release = json!({"action": "release", "fence": second});
        assert_eq!(ask(&api, release).await.status, 204);
    }
    assert_eq!(write(&api, "d", second).await, 409);
    assert_eq!(write(&api, "d", u64::MAX).await, 409);
    let third = fence(&take(&api, "div", "one").await);
    assert!(third > second, "a fence is never used again");
}

#[tokio::test]
async fn a_lease_that_cannot_be_had_says_why() {
    let api = Api::start().await;
    api.class("div").await;
    for (body, words) in [
        (
            json!({"action": "take", "game": "no", "holder": "a", "seconds": 30}),
            "slug of a game",
        ),
        (
            json!({"action": "take", "game": "div", "holder": "", "seconds": 30}),
            "1 to 200 characters",
        ),
        (
            json!({"action": "take", "game": "div", "holder": "a", "seconds": 0}),
            "Expected 1 to 600",
        ),
        (json!({"action": "keep", "fence": 1}), "unknown variant"),
    ] {
        let refused = ask(&api, body).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text.contains(words), "{}", refused.text);
    }
}
