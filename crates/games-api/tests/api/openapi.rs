//! The document at `/openapi.json` against what is answered.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::server::{Api, As, STAFF};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn document(api: &Api) -> Value {
    let answer = api.ask(As::Nobody, "GET", "/openapi.json", None).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Content-Type"), "application/json");
    answer.json()
}

#[tokio::test]
async fn every_path_does_what_the_document_says_and_nothing_else() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let document = document(&api).await;
    let mut asked = 0;
    let hook = json!({"event": "div.*", "url": "http://127.0.0.1:9/"});
    let keys = [
        ("phases", api.create("phases", json!({"game": 1, "name": "Play"})).await),
        ("roles", class.role),
        ("runs", class.run),
        ("worlds", class.world),
        ("runusers", class.runuser),
        ("scenarios", class.scenario),
        ("periods", class.period),
        ("decisions", api.create("decisions", json!({"period": class.period, "name": "a"})).await),
        ("results", api.create("results", json!({"period": class.period, "name": "a"})).await),
        ("users", class.user),
        ("hooks", api.create("hooks", hook).await),
    ];
    for (path, item) in document["paths"].as_object().unwrap() {
        if !path.starts_with("/apis/") && !path.starts_with("/rest-auth/") {
            continue;
        }
        let key = keys.iter().find(|(collection, _)| path.contains(collection));
        let key = key.map_or(0, |(_, key)| *key).to_string();
        let here = path.replace("{slug}", "div").replace("{id}", &key);
        let answer = api
            .ask(As::User(STAFF.0, STAFF.1), "OPTIONS", &here, None)
            .await;
        assert!(matches!(answer.status, 200 | 204), "{path}: {}", answer.text);
        let allowed: BTreeSet<String> = answer
            .header("Allow")
            .split(", ")
            .map(str::to_lowercase)
            .filter(|method| METHODS.contains(&method.as_str()))
            .collect();
        let told: BTreeSet<String> = item
            .as_object()
            .unwrap()
            .keys()
            .filter(|method| METHODS.contains(&method.as_str()))
            .cloned()
            .collect();
        assert_eq!(allowed, told, "{path}");
        asked += 1;
    }
    assert!(asked > 40, "{asked} paths");
    // And what is announced is described.
    for announced in api.get("/apis/").await.json().as_object().unwrap().values() {
        let path = announced.as_str().unwrap().strip_prefix(api.base()).unwrap();
        assert!(document["paths"][path].is_object(), "{path}");
    }
}

#[tokio::test]
async fn every_row_has_the_members_that_its_schema_names() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let schemas = &document(&api).await["components"]["schemas"];
    let rows = [
        ("Game", "games/div".to_owned()),
        ("Run", format!("runs/{}", class.run)),
        ("World", format!("worlds/{}", class.world)),
        ("RunUser", format!("runusers/{}", class.runuser)),
        ("Scenario", format!("scenarios/{}", class.scenario)),
        ("Period", format!("periods/{}", class.period)),
        ("User", format!("users/{}", class.user)),
    ];
    for (name, path) in rows {
        let row = api.get(&format!("/apis/{path}/")).await.json();
        let members: Vec<&String> = row.as_object().unwrap().keys().collect();
        let known: Vec<&String> = schemas[name]["properties"].as_object().unwrap().keys().collect();
        assert_eq!(members, known, "{name}");
    }
}

#[tokio::test]
async fn options_tell_the_fields_to_who_may_write_as_the_original_did() {
    let api = Api::start().await;
    api.class("div").await;
    let recorded: Vec<Value> = serde_json::from_str(include_str!("../traces/rest.json")).unwrap();
    let recorded = recorded
        .iter()
        .find(|step| step["note"] == "OPTIONS metadata games")
        .unwrap();
    let mut expected = recorded["response"]["body"].clone();
    expected["renders"] = json!(["application/json"]);
    let staff = api
        .ask(As::User(STAFF.0, STAFF.1), "OPTIONS", "/apis/games/", None)
        .await;
    assert_eq!(staff.text, expected.to_string());
    assert_eq!(staff.header("Allow"), "GET, POST, HEAD, OPTIONS");
    let player = As::User("s1@div.edu", "s1");
    let player = api.ask(player, "OPTIONS", "/apis/games/div/", None).await;
    assert_eq!(player.json()["name"], "Game Instance");
    assert!(player.json().get("actions").is_none(), "{}", player.text);
    let gone = As::User(STAFF.0, STAFF.1);
    let gone = api.ask(gone, "OPTIONS", "/apis/games/nothing/", None).await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn nobody_gets_past_a_path_that_asks_for_a_login() {
    let api = Api::start().await;
    let document = document(&api).await;
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        let here = path.replace("{slug}", "div").replace("{id}", "1");
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            // On this machine everybody reads the numbers.
            let free = operation["security"] == json!([]) || path == "/metrics";
            // Nobody is logged out as well, but a wrong token is told.
            let nobody = free || operation["operationId"] == "logout";
            let token = format!("Token {}", "0".repeat(40));
            for (who, free) in [(As::Nobody, nobody), (As::Header(&token), free)] {
                let answer = api.ask(who, &method.to_uppercase(), &here, None).await;
                assert_eq!(answer.status != 401, free, "{method} {path}");
                asked += 1;
            }
        }
    }
    assert!(asked > 200, "{asked} requests");
}
