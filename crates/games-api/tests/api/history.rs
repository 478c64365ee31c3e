//! Rewinds that keep what they take out of play, and who reads it.

use serde_json::{Value, json};

use crate::server::{Answer, Api, As, Class};

/// A scenario with three periods, each with a decision that has a secret and a result.
async fn played(api: &Api) -> (Class, [u64; 3]) {
    let class = api.class("div").await;
    let mut periods = [class.period; 3];
    for (at, order) in [(1, 2), (2, 3)] {
        let row = json!({"scenario": class.scenario, "order": order});
        periods[at] = api.create("periods", row).await;
    }
    for period in periods {
        moves(api, &class, period, 7).await;
    }
    (class, periods)
}

async fn moves(api: &Api, class: &Class, period: u64, operand: u64) {
    let data = json!({"operand": operand, "_private": {"keys": ["k"]}});
    let decision = json!({"period": period, "name": "decision", "role": class.role, "data": data});
    api.create("decisions", decision).await;
    let result = json!({"period": period, "name": "result", "role": null, "data": {"quotient": operand}});
    api.create("results", result).await;
}

async fn batch(api: &Api, key: &str, operations: Value) -> Value {
    let batch = json!({"groups": [{"key": key, "operations": operations}]});
    let answer = api.post("/apis/batch/", &batch).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["groups"][0].clone()
}

async fn history(api: &Api, class: &Class) -> Vec<Value> {
    let path = format!("/apis/scenarios/{}/history/", class.scenario);
    api.get(&path).await.json().as_array().unwrap().clone()
}

/// Rewind, order and resource of each row of the history.
fn places(history: &[Value]) -> Vec<(u64, u64, &str)> {
    let place = |row: &'_ Value| (row["rewind"].as_u64().unwrap(), row["order"].as_u64().unwrap());
    let places = history.iter().map(|row| {
        let (rewind, order) = place(row);
        (rewind, order, row["resource"].as_str().unwrap())
    });
    places.collect()
}

#[tokio::test]
async fn a_rewind_of_a_batch_keeps_everything_that_it_takes() {
    let api = Api::start().await;
    let (class, periods) = played(&api).await;
    let before = api.get(&format!("/apis/periods/{}/", periods[2])).await.json();
    let cursor = api.get("/apis/changes/").await.json()["cursor"].clone();
    let back = json!({"op": "rewind", "scenario": class.scenario, "order": 2, "user": class.user});
    let renamed = json!({"op": "update", "resource": "scenario", "pk": class.scenario, "row": {"name": "again"}});
    let done = batch(&api, "1", json!([back, renamed])).await;
    assert_eq!(done["status"], 200, "{done}");
    let told = json!({"scenario": class.scenario, "rewind": 1, "periods": 1, "decisions": 2, "results": 2});
    assert_eq!(done["rows"][0], told);
    let kept = history(&api, &class).await;
    let expected = [(1, 3, "result"), (1, 3, "decision"), (1, 3, "period"), (1, 2, "result"), (1, 2, "decision")];
    assert_eq!(places(&kept), expected);
    assert_eq!(kept[2]["row"], before);
    assert_eq!((&kept[0]["user"], &kept[0]["scenario"]), (&json!(class.user), &json!(class.scenario)));
    assert_eq!(kept[1]["row"]["data"], json!({"operand": 7, "_private": {"keys": ["k"]}}));
    // The same rows are told to be deleted.
    let changes = api.get(&format!("/apis/changes/?after={cursor}")).await.json();
    let events: Vec<&str> = changes["changes"].as_array().unwrap().iter().map(|change| change["event"].as_str().unwrap()).collect();
    assert_eq!(events[..5], ["div.result.deleted", "div.decision.deleted", "div.period.deleted", "div.result.deleted", "div.decision.deleted"]);
    // Twice, and one that was never taken back is another's.
    moves(&api, &class, periods[1], 8).await;
    let back = json!({"op": "rewind", "scenario": class.scenario, "order": 1});
    assert_eq!(batch(&api, "2", json!([back])).await["rows"][0]["rewind"], 2);
    let kept = history(&api, &class).await;
    assert_eq!(kept.len(), 10);
    assert_eq!(places(&kept)[5..], [(2, 2, "result"), (2, 2, "decision"), (2, 2, "period"), (2, 1, "result"), (2, 1, "decision")]);
    assert_eq!((&kept[6]["row"]["data"]["operand"], &kept[6]["user"]), (&json!(8), &Value::Null));
    let nowhere = json!({"op": "rewind", "scenario": class.scenario, "order": 9});
    let refused = batch(&api, "3", json!([nowhere])).await;
    assert_eq!((&refused["status"], &refused["operation"]), (&json!(400), &json!(0)));
    let unknown = json!({"op": "rewind", "scenario": 999, "order": 1});
    assert_eq!(batch(&api, "4", json!([unknown])).await["status"], 404);
    assert_eq!(history(&api, &class).await.len(), 10);
}

#[tokio::test]
async fn the_path_keeps_only_when_it_is_told_to() {
    let api = Api::start().await;
    let (class, _) = played(&api).await;
    let path = format!("/apis/scenarios/{}/rewind/", class.scenario);
    let back = json!({"last_period_order": 3});
    assert_eq!(api.post(&path, &back).await.status, 204);
    assert!(history(&api, &class).await.is_empty());
    let back = json!({"last_period_order": 2, "delete_last_period_decisions": false, "keep": true});
    assert_eq!(api.post(&path, &back).await.status, 204);
    let kept = history(&api, &class).await;
    assert_eq!(places(&kept), [(1, 3, "period"), (1, 2, "result")]);
    assert_eq!(kept[0]["user"], 1, "whoever asks");
}

#[tokio::test]
async fn those_who_oversee_a_run_read_its_history_in_pages_and_without_secrets() {
    let api = Api::start().await;
    let (class, _) = played(&api).await;
    let back = json!({"op": "rewind", "scenario": class.scenario, "order": 1});
    batch(&api, "1", json!([back])).await;
    let leader = json!({"email": "leader@div.edu", "password": "leader"});
    let leader = api.create("users", leader).await;
    let leads = json!({"user": leader, "run": class.run, "leader": true, "data": {"assistant": true}});
    api.create("runusers", leads).await;
    let path = format!("/apis/scenarios/{}/history/?page_size=5", class.scenario);
    let read = async |who: As<'static>, path: String| -> Answer { api.ask(who, "GET", &path, None).await };
    let assistant = As::User("leader@div.edu", "leader");
    let page = read(assistant, path.clone()).await;
    assert!(page.header("Link").contains("page=2"), "{:?}", page.headers);
    assert_eq!(page.json()[1]["row"]["data"], json!({"operand": 7}));
    let rest = read(assistant, format!("{path}&page=2")).await;
    assert_eq!(rest.json().as_array().unwrap().len(), 3);
    assert_eq!(read(As::User("s1@div.edu", "s1"), path).await.status, 403);
}

#[tokio::test]
async fn history_is_exported_erased_and_gone_with_its_scenario() {
    let api = Api::start().await;
    let (class, periods) = played(&api).await;
    let named = json!({"period": periods[2], "name": "why", "role": null, "data": {"note": "ask s1@div.edu"}});
    api.create("decisions", named).await;
    let back = json!({"op": "rewind", "scenario": class.scenario, "order": 3, "user": class.user});
    batch(&api, "1", json!([back])).await;
    let export = format!("/apis/runs/{}/export/?table=superseded&format=json", class.run);
    let rows = api.get(&export).await;
    assert!(!rows.text.contains("_private"), "{}", rows.text);
    let rows = rows.json();
    let decision = &rows[1];
    let members = ["rewind", "email", "world", "period", "resource", "role", "name"].map(|name| decision[name].clone());
    let expected = [json!(1), json!("s1@div.edu"), json!("World 1"), json!(3), json!("decision"), json!("Dividend"), json!("decision")];
    assert_eq!(members, expected);
    assert_eq!(decision["data"], json!({"operand": 7}));
    let erase = format!("/apis/users/{}/erase/", class.user);
    assert_eq!(api.post(&erase, &json!({})).await.status, 200);
    let kept = history(&api, &class).await;
    assert_eq!(kept[2]["row"]["data"], json!({"note": "ask [erased]"}));
    api.delete(&format!("/apis/scenarios/{}/", class.scenario)).await;
    assert_eq!(api.place().sql(r#"SELECT count(*) FROM "superseded""#), "0");
}
