//! The numbers at `/metrics`.

use serde_json::json;

use crate::server::{Api, As, STAFF};

/// The value of the line with this name and these labels.
fn value(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = line.unwrap_or_else(|| panic!("{name} is not in\n{text}"));
    value.parse().unwrap()
}

#[tokio::test]
async fn the_numbers_tell_what_was_done() {
    let api = Api::start().await;
    let before = api.ask(As::Nobody, "GET", "/metrics", None).await;
    assert_eq!(before.status, 200);
    assert_eq!(before.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    let class = api.class("div").await;
    api.post("/apis/runs/", &json!({"name": "no game"})).await;
    api.get(&format!("/apis/runs/{}/", class.run)).await;
    api.get("/apis/nothing/").await;
    let after = api.ask(As::Nobody, "GET", "/metrics", None).await.text;
    for (line, expected) in [
        (r#"games_api_requests_total{route="/apis/runs/",method="POST",status="2xx"}"#, 1.0),
        (r#"games_api_requests_total{route="/apis/runs/",method="POST",status="4xx"}"#, 1.0),
        (r#"games_api_requests_total{route="/apis/runs/{key}/",method="GET",status="2xx"}"#, 1.0),
        (r#"games_api_requests_total{route="other",method="GET",status="4xx"}"#, 1.0),
        (r#"games_api_request_seconds_count{route="/apis/runs/",method="POST"}"#, 2.0),
        ("games_api_writer_queue", 0.0),
        ("games_api_readers_in_use", 0.0),
        ("games_api_password_hashes", 0.0),
        ("games_api_change_streams", 0.0),
        ("games_api_database_up", 1.0),
        (r#"games_api_webhooks{state="well"}"#, 0.0),
        (r#"games_api_webhook_deliveries_total{outcome="failed"}"#, 0.0),
    ] {
        assert!((value(&after, line) - expected).abs() < 0.5, "{line} {}", value(&after, line));
    }
    let grown = |name: &str| value(&after, name) - value(&before.text, name);
    // A class is nine rows.
    assert!((grown("games_api_commit_changes_total") - 9.0).abs() < 0.5);
    assert!((grown("games_api_change_head") - 9.0).abs() < 0.5);
    assert!(grown("games_api_commit_requests_total") >= grown("games_api_commits_total"));
    assert!(value(&after, "games_api_commit_seconds_sum") > 0.0);
    assert!(value(&after, "games_api_database_bytes") > 10_000.0);
    if cfg!(target_os = "linux") {
        assert!(value(&after, "process_resident_memory_bytes") > 1e6);
    }
}

#[tokio::test]
async fn a_number_is_open_while_somebody_follows_the_changes() {
    let api = Api::start().await;
    let changes = api.get("/apis/changes/").await.json();
    let poll = format!("/apis/changes/?after={}&wait=60", changes["cursor"]);
    let (polled, ()) = tokio::join!(api.get(&poll), async {
        let open = async || {
            let text = api.ask(As::Nobody, "GET", "/metrics", None).await.text;
            value(&text, "games_api_change_streams")
        };
        while open().await < 0.5 {
            tokio::task::yield_now().await;
        }
        api.create("games", json!({"name": "Div"})).await;
    });
    assert_eq!(polled.json()["changes"][0]["event"], "div.game.created");
}

#[tokio::test]
async fn through_a_proxy_only_staff_see_the_numbers() {
    let api = Api::start().await;
    api.class("div").await;
    let ask = async |login: Option<(&str, &str)>| {
        let mut request = crate::server::client()
            .get(format!("{}/metrics", api.base()))
            .header("X-Forwarded-For", "203.0.113.7");
        if let Some((email, password)) = login {
            request = request.basic_auth(email, Some(password));
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(ask(None).await, 401);
    assert_eq!(ask(Some(("s1@div.edu", "s1"))).await, 403);
    assert_eq!(ask(Some(STAFF)).await, 200);
}
