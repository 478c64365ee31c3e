//! A person's data: shown in full, and erased.

use std::sync::Arc;

use games_api::{People, SystemClock};
use serde_json::{Value, json};

use crate::server::{Api, As, STAFF};

const NAMES: [&str; 6] = [
    "s1@div.edu",
    "former@div.edu",
    "Student1",
    "matriculation-17",
    "matriculation-18",
    "Ada Lovelace",
];

/// Somebody who has left traces wherever there is room for one; the run user of somebody at the same table.
async fn class(api: &Api) -> (crate::server::Class, u64) {
    let class = api.class("div").await;
    let user = format!("/apis/users/{}/", class.user);
    api.patch(&user, &json!({"email": "former@div.edu"})).await;
    let known = json!({
        "email": "s1@div.edu",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "external_id": "matriculation-17",
        "data": {"_private": "note"},
    });
    api.patch(&user, &known).await;
    let seat = format!("/apis/runusers/{}/", class.runuser);
    let joined = json!({"student_number": "matriculation-18", "codes": ["print"]});
    api.patch(&seat, &json!({"data": {"nick": "ada lovelace", "team": "red", "_private": {"join": joined}}}))
        .await;
    let world = format!("/apis/worlds/{}/", class.world);
    api.patch(&world, &json!({"data": {"votes": {"S1@div.edu": 2}}}))
        .await;
    let other = json!({"email": "s2@div.edu", "password": "s2"});
    let other = api.create("users", other).await;
    let other = json!({"user": other, "run": class.run, "world": class.world, "role": class.role});
    let other = api.create("runusers", other).await;
    for (name, role, note) in [
        ("decision".to_owned(), Some(class.role), "Ada Lovelace was here"),
        (format!("decision.{}", class.runuser), None, "by number"),
        (format!("decision.{other}"), Some(class.role), "not theirs"),
    ] {
        let decision = json!({"period": class.period, "name": name, "role": role, "data": {"note": note}});
        api.create("decisions", decision).await;
    }
    let own = json!({"runuser": class.runuser, "name": "alone"});
    let own = api.create("scenarios", own).await;
    let own = api.create("periods", json!({"scenario": own, "order": 1})).await;
    let alone = json!({"period": own, "name": "decision", "data": {"note": "alone"}});
    api.create("decisions", alone).await;
    // An answer that is kept with the key of its group.
    let operation = json!({"op": "update", "resource": "runuser", "pk": class.runuser, "row": {"active": true}});
    let groups = json!({"groups": [{"key": "k", "operations": [operation]}]});
    let done = api.post("/apis/batch/", &groups).await;
    assert!(done.text.contains("s1@div.edu"), "{}", done.text);
    (class, other)
}

async fn people(api: &Api) -> People {
    let config = api.place().config();
    People::open(config, Arc::new(SystemClock)).await.unwrap()
}

#[tokio::test]
async fn everything_that_is_stored_about_a_user_is_shown_without_secrets() {
    let api = Api::start().await;
    let (class, _) = class(&api).await;
    let login = json!({"username": "s1@div.edu", "password": "s1"}).to_string();
    let login = Some(("application/json", login));
    let token = api.ask(As::Nobody, "POST", "/rest-auth/login/", login).await;
    let token = token.json()["key"].as_str().unwrap().to_owned();
    let people = people(&api).await;
    let shown = people.export("S1@div.edu").await.unwrap();
    assert_eq!(shown["user"]["external_id"], "matriculation-17");
    assert_eq!(shown["account"]["has_password"], true);
    assert_eq!(shown["run_users"][0]["id"], class.runuser);
    assert_eq!(shown["run_users"][0]["student_number"], "matriculation-18");
    assert_eq!(shown["runs"][0]["id"], class.run);
    assert_eq!(shown["worlds"][0]["id"], class.world);
    assert_eq!(shown["scenarios"][0]["name"], "alone");
    assert_eq!(shown["tokens"].as_array().unwrap().len(), 1);
    let notes: Vec<&Value> = shown["decisions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|decision| &decision["data"]["note"])
        .collect();
    assert_eq!(notes, ["Ada Lovelace was here", "by number", "alone"]);
    let text = shown.to_string();
    for secret in [token.as_str(), "argon2", "_private", "s2@div.edu"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let path = format!("/apis/users/{}/export/", class.user);
    assert_eq!(api.get(&path).await.json(), shown);
    let player = As::User("s1@div.edu", "s1");
    assert_eq!(api.ask(player, "GET", &path, None).await.status, 403);
    assert!(people.export("no@x.edu").await.is_err());
    people.close().await;
}

#[tokio::test]
async fn an_erased_user_is_named_nowhere_and_the_class_keeps_its_history() {
    let mut api = Api::start().await;
    let (class, other) = class(&api).await;
    let head = api.get("/apis/changes/").await.json()["cursor"].clone();
    let before = api.get("/apis/decisions/").await.json();
    let people = people(&api).await;
    let erased = people.erase("s1@div.edu").await.unwrap().unwrap();
    assert_eq!((erased.user, erased.rows), (class.user, 3));
    assert_eq!(people.erase("s1@div.edu").await.unwrap(), None);
    let again = format!("erased-{}@erased.invalid", class.user);
    let again = people.erase(&again).await.unwrap().unwrap();
    assert_eq!((again.rows, again.records), (0, 0));
    people.close().await;
    let mut after = api.get("/apis/decisions/").await.json();
    assert_eq!(after[0]["data"]["note"], "[erased] was here");
    after[0] = before[0].clone();
    assert_eq!(after, before);
    let seat = api.get(&format!("/apis/runusers/{}/", class.runuser)).await;
    assert_eq!(seat.json()["data"], json!({"nick": "[erased]", "team": "red", "_private": {}}));
    let user = api.get(&format!("/apis/users/{}/", class.user)).await.json();
    assert_eq!((&user["is_active"], &user["data"]), (&json!(false), &Value::Null));
    // Whoever follows the changes misses none, and hears of the last.
    let all = api.get("/apis/changes/?after=0").await.json();
    let all = all["changes"].as_array().unwrap();
    let cursors: Vec<u64> = all.iter().map(|c| c["cursor"].as_u64().unwrap()).collect();
    assert!(cursors.iter().copied().eq(1..=cursors.len() as u64));
    let since = |change: &&Value| change["cursor"].as_u64() > head.as_u64();
    let told = all.iter().filter(since).find(|c| c["event"] == "user.changed");
    assert_eq!(told.unwrap()["data"]["first_name"], "");
    let neighbour = api.get(&format!("/apis/runusers/{other}/")).await.json();
    assert_eq!(neighbour["email"], "s2@div.edu");
    api.stop().await;
    let content = api.place().content();
    let content = String::from_utf8_lossy(&content).to_lowercase();
    for name in NAMES {
        assert!(!content.contains(&name.to_lowercase()), "{name}");
    }
    assert!(content.contains("s2@div.edu"), "this is where names are");
}

#[tokio::test]
async fn staff_erases_over_rest_and_the_login_ends_at_once() {
    let api = Api::start().await;
    let (class, _) = class(&api).await;
    let player = As::User("s1@div.edu", "s1");
    let path = format!("/apis/users/{}/erase/", class.user);
    assert_eq!(api.ask(player, "POST", &path, None).await.status, 403);
    let staff = As::User(STAFF.0, STAFF.1);
    let done = api.ask(staff, "POST", &path, None).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(api.ask(player, "GET", "/apis/games/", None).await.status, 401);
    assert_eq!(api.ask(staff, "POST", "/apis/users/999999/erase/", None).await.status, 404);
    assert_eq!(api.get(&path).await.status, 405);
}
