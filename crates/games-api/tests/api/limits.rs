//! Limits on what a stranger, or a mistake, can ask for.

use serde_json::json;

use crate::server::{Api, As, STAFF};

#[tokio::test]
async fn an_address_that_keeps_asking_without_a_login_has_to_wait_and_who_has_one_does_not() {
    let api = Api::start().await;
    let known = json!({"username": STAFF.0, "password": STAFF.1});
    let token = api.post("/rest-auth/login/", &known).await.json();
    let token = format!("Token {}", token["key"].as_str().unwrap());
    let mut waits = None;
    for request in 1..=601 {
        // Half of them show nothing, half of them a token that nobody has.
        let who = match request % 2 {
            0 => As::Nobody,
            _ => As::Header("Token 0000"),
        };
        let answer = api.ask(who, "GET", "/apis/games/", None).await;
        if answer.status == 429 {
            waits = Some((request, answer));
            break;
        }
        assert_eq!(answer.status, 401);
    }
    let (request, told) = waits.unwrap();
    assert_eq!(request, 601);
    assert!(told.text.contains("from this address: try again in"), "{}", told.text);
    assert!((1..=61).contains(&told.header("Retry-After").parse::<u64>().unwrap()));
    // A login that is remembered, and a token.
    assert_eq!(api.get("/apis/games/").await.status, 200);
    let holder = api.ask(As::Header(&token), "GET", "/apis/games/", None).await;
    assert_eq!(holder.status, 200);
    let alive = api.ask(As::Nobody, "GET", "/healthz", None).await;
    assert_eq!(alive.status, 200);
}

#[tokio::test]
async fn a_user_has_so_many_subscriptions_and_no_more() {
    let api = Api::start().await;
    let hook = |n: usize| json!({"event": "div.*", "url": format!("http://127.0.0.1:9/{n}")});
    for n in 0..100 {
        assert_eq!(api.post("/apis/hooks/", &hook(n)).await.status, 201);
    }
    let told = api.post("/apis/hooks/", &hook(100)).await;
    assert_eq!(told.status, 400);
    assert!(told.text.contains("at most 100 subscriptions"), "{}", told.text);
    let again = api.post("/apis/hooks/", &hook(7)).await;
    assert_eq!(again.status, 201, "one that is there is no new one");
}

#[tokio::test]
async fn a_long_query_and_a_large_page_are_taken() {
    let api = Api::start().await;
    let long = format!("/apis/games/?name={}", "x".repeat(20_000));
    assert_eq!(api.get(&long).await.text, "[]");
    assert_eq!(api.get("/apis/games/?page_size=999999999").await.status, 200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_told_how_large_it_may_be() {
    let api = Api::start().await;
    let large = json!({"name": "n", "data": "x".repeat(1024 * 1024)});
    let told = api.post("/apis/games/", &large).await;
    assert_eq!(told.status, 413);
    assert_eq!(
        told.json()["detail"],
        "Expected a body of at most 1 MiB, got more: send less at once."
    );
    let many = json!([{"name": "x".repeat(8 * 1024 * 1024)}]);
    let told = api.post("/apis/bulk/runs/", &many).await;
    assert_eq!(told.status, 413);
    assert!(told.text.contains("at most 8 MiB"), "{}", told.text);
}
