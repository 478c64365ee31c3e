//! Who may what.

use serde_json::json;

use crate::server::{Api, As, STAFF};

const PLAYER: As<'_> = As::User("s1@div.edu", "s1");

#[tokio::test]
async fn a_player_reads_what_is_theirs_and_writes_nothing() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let other = api.class("other").await;
    let ids = async |path: &str| {
        let answer = api.ask(PLAYER, "GET", path, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let rows = answer.json();
        let ids = rows
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["id"].as_u64().unwrap());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids("/apis/users/").await, [class.user]);
    assert!(ids("/apis/users/?email=s1@other.edu").await.is_empty());
    assert_eq!(ids("/apis/runusers/").await, [class.runuser]);
    assert_eq!(ids("/apis/runs/").await, [class.run]);
    assert_eq!(ids("/apis/games/").await.len(), 2);
    let read = async |path: &str| api.ask(PLAYER, "GET", path, None).await.status;
    assert_eq!(read(&format!("/apis/users/{}/", class.user)).await, 200);
    assert_eq!(
        read(&format!("/apis/users/{}/", other.user)).await,
        404,
        "like nobody"
    );
    assert_eq!(read(&format!("/apis/runs/{}/", other.run)).await, 404);
    for collection in [
        "worlds",
        "scenarios",
        "periods",
        "decisions",
        "results",
        "hooks",
    ] {
        let answer = api
            .ask(PLAYER, "GET", &format!("/apis/{collection}/"), None)
            .await;
        assert_eq!(answer.status, 403, "{collection}");
        assert_eq!(
            answer.json(),
            json!({"detail": "You do not have permission to perform this action."})
        );
    }
    assert_eq!(read("/apis/changes/").await, 403);
    let own = format!("/apis/users/{}/", class.user);
    let body = json!({"email": "s1@div.edu", "is_staff": true, "is_superuser": true}).to_string();
    for (method, path) in [
        ("PUT", own.as_str()),
        ("PATCH", &own),
        ("DELETE", &own),
        ("POST", "/apis/games/"),
    ] {
        let answer = api
            .ask(
                PLAYER,
                method,
                path,
                Some(("application/json", body.clone())),
            )
            .await;
        assert_eq!(answer.status, 403, "{method} {path}");
    }
    let user = api.get(&own).await.json();
    assert_eq!(
        (&user["is_staff"], &user["is_superuser"]),
        (&json!(false), &json!(false))
    );
}

#[tokio::test]
async fn private_data_leaves_to_staff_only() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let data = json!({"data": {"_private": {"seed": 7}, "shown": [{"_private": 1, "a": 2}]}});
    let run = format!("/apis/runs/{}/", class.run);
    assert_eq!(api.patch(&run, &data).await.status, 200);
    assert_eq!(api.get(&run).await.json()["data"], data["data"]);
    for path in [run.as_str(), "/apis/runs/"] {
        let seen = api.ask(PLAYER, "GET", path, None).await;
        assert_eq!(seen.status, 200);
        assert!(
            seen.text.contains(r#""data":{"shown":[{"a":2}]}"#),
            "{}",
            seen.text
        );
    }
}

#[tokio::test]
async fn subscriptions_are_their_owners_alone() {
    let api = Api::start().await;
    let second = json!({"email": "two@simpl.world", "password": "two", "is_staff": true});
    api.create("users", second).await;
    let hook = json!({"event": "div.*", "url": "http://127.0.0.1:9/callback"});
    let hook = api.create("hooks", hook).await;
    let two = As::User("two@simpl.world", "two");
    assert_eq!(
        api.ask(two, "GET", "/apis/hooks/", None).await.json(),
        json!([])
    );
    let path = format!("/apis/hooks/{hook}/");
    assert_eq!(api.ask(two, "DELETE", &path, None).await.status, 404);
    assert_eq!(
        api.ask(As::User(STAFF.0, STAFF.1), "GET", &path, None)
            .await
            .status,
        200
    );
}
