//! The audit log of a run: lines that batches add, and who reads them.

use serde_json::{Value, json};

use crate::server::{Api, As, Class};

async fn group(api: &Api, key: &str, operations: Value) -> Value {
    let batch = json!({"groups": [{"key": key, "operations": operations}]});
    let answer = api.post("/apis/batch/", &batch).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["groups"][0].clone()
}

fn line(class: &Class, what: &str) -> Value {
    json!({"op": "record", "run": class.run, "user": class.user, "what": what})
}

async fn whats(api: &Api, class: &Class, query: &str) -> Vec<String> {
    let path = format!("/apis/runs/{}/audit/?{query}", class.run);
    let lines = api.get(&path).await.json();
    let lines = lines.as_array().unwrap().iter();
    lines
        .map(|line| line["what"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn lines_are_added_with_the_deed_or_not_at_all() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let mut recorded = line(&class, "pause");
    recorded["world"] = class.world.into();
    recorded["detail"] = json!({"args": [60]});
    let name = json!({"op": "update", "resource": "world", "pk": class.world, "row": {"name": "W"}});
    let done = group(&api, "1", json!([name, recorded])).await;
    assert_eq!(done["status"], 200, "{done}");
    let shown = &done["rows"][1];
    let lines = api.get(&format!("/apis/runs/{}/audit/", class.run)).await;
    assert_eq!(lines.json(), json!([shown]));
    let expected = json!({"id": shown["id"], "created": shown["created"], "run": class.run, "world": class.world, "user": class.user,
        "email": "s1@div.edu", "what": "pause", "detail": {"args": [60]}});
    assert_eq!(*shown, expected);
    let nothing = json!({"op": "delete", "resource": "world", "pk": 999});
    let refused = group(&api, "2", json!([line(&class, "resume"), nothing])).await;
    assert_eq!(refused["status"], 404);
    assert_eq!(whats(&api, &class, "").await, ["pause"]);
}

#[tokio::test]
async fn a_line_has_a_run_and_a_length_and_counts_once_under_its_key() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let mut nowhere = line(&class, "force");
    nowhere["run"] = 999.into();
    assert_eq!(group(&api, "1", json!([nowhere])).await["status"], 404);
    let mut long = line(&class, &"x".repeat(101));
    long["key"] = "".into();
    long["detail"] = json!({"text": "x".repeat(20_000)});
    let refused = group(&api, "2", json!([long])).await;
    assert_eq!(refused["status"], 400);
    let members = refused["error"].as_object().unwrap();
    assert_eq!(members.keys().collect::<Vec<_>>(), ["what", "key", "detail"]);
    let mut keyed = line(&class, "force");
    keyed["key"] = "6/force/k".into();
    let first = group(&api, "3", json!([keyed])).await;
    let again = group(&api, "4", json!([keyed])).await;
    assert_eq!(first["rows"], again["rows"]);
    group(&api, "5", json!([line(&class, "force"), line(&class, "force")])).await;
    assert_eq!(whats(&api, &class, "").await, ["force"; 3]);
}

#[tokio::test]
async fn lines_come_in_pages_of_a_world_and_the_newest_first() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let other = api.class("other").await;
    let mut lines: Vec<Value> = ["a", "b", "c", "d"]
        .map(|what| line(&class, what))
        .into();
    lines[1]["world"] = class.world.into();
    lines[2]["world"] = class.other_world.into();
    lines.push(line(&other, "elsewhere"));
    group(&api, "1", json!(lines)).await;
    assert_eq!(whats(&api, &class, "ordering=-id").await, ["d", "c", "b", "a"]);
    let of_world = format!("world={}", class.world);
    assert_eq!(whats(&api, &class, &of_world).await, ["a", "b", "d"]);
    let path = format!("/apis/runs/{}/audit/?page_size=3", class.run);
    let page = api.get(&path).await;
    assert!(page.header("Link").contains(r#"page=2&page_size=3>; rel="next""#));
    assert_eq!(whats(&api, &class, "page_size=3&page=2").await, ["d"]);
    assert_eq!(api.get(&format!("{path}&page=3")).await.status, 404);
    // With the run its lines go.
    api.delete(&format!("/apis/runs/{}/", class.run)).await;
    let left = r#"SELECT count(*) FROM "audit""#;
    assert_eq!(api.place().sql(left), "1");
}

#[tokio::test]
async fn a_person_is_shown_their_lines_and_taken_out_of_those_of_others() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let mut message = line(&class, "message");
    message["detail"] = json!({"args": ["Ask s1@div.edu"]});
    group(&api, "1", json!([message])).await;
    let shown = api.get(&format!("/apis/users/{}/export/", class.user)).await;
    assert_eq!(shown.json()["audit"][0]["what"], "message");
    let erase = format!("/apis/users/{}/erase/", class.user);
    assert_eq!(api.post(&erase, &json!({})).await.status, 200);
    let lines = api.get(&format!("/apis/runs/{}/audit/", class.run)).await;
    assert_eq!(lines.json()[0]["detail"], json!({"args": ["Ask [erased]"]}));
    assert!(!lines.text.contains("s1@div.edu"), "{}", lines.text);
}

#[tokio::test]
async fn what_is_announced_is_there_for_those_who_may_look() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let announced = api.get("/apis/").await.json();
    assert!(announced["audit"].as_str().unwrap().ends_with("/apis/runs/"));
    let path = format!("/apis/runs/{}/audit/", class.run);
    let player = As::User("s1@div.edu", "s1");
    assert_eq!(api.ask(player, "GET", &path, None).await.status, 403);
    assert_eq!(api.ask(As::Nobody, "GET", &path, None).await.status, 401);
    assert_eq!(api.post(&path, &json!({})).await.status, 405);
    let options = api.ask(player, "OPTIONS", &path, None).await;
    assert_eq!((options.status, options.header("Allow")), (204, "GET, HEAD, OPTIONS"));
}
