//! Groups of operations: each as a whole or not at all, each once.

use serde_json::{Value, json};

use crate::server::{Answer, Api, As, Class};

async fn batch(api: &Api, groups: Value) -> Answer {
    api.post("/apis/batch/", &json!({ "groups": groups })).await
}

/// One group's result.
async fn group(api: &Api, key: &str, operations: Value) -> Value {
    let answer = batch(api, json!([{"key": key, "operations": operations}])).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let result = answer.json()["groups"][0].clone();
    assert_eq!(result["key"], key);
    result
}

async fn all(api: &Api, collection: &str) -> Vec<Value> {
    let rows = api.get(&format!("/apis/{collection}/")).await.json();
    rows.as_array().unwrap().clone()
}

/// The events since a cursor.
async fn events(api: &Api, after: &Value) -> Vec<Value> {
    let answer = api
        .get(&format!("/apis/changes/?after={after}"))
        .await
        .json();
    let changes = answer["changes"].as_array().unwrap();
    changes
        .iter()
        .map(|change| change["event"].clone())
        .collect()
}

async fn head(api: &Api) -> Value {
    api.get("/apis/changes/").await.json()["cursor"].clone()
}

/// What a step writes: the result, the next period, and something below that.
fn step(class: &Class, quotient: f64) -> Value {
    json!([
        {"op": "upsert", "resource": "result", "row": {"period": class.period, "name": "result", "data": {"quotient": quotient}}},
        {"op": "create", "resource": "period", "row": {"scenario": class.scenario, "order": 2}},
        {"op": "create", "resource": "decision", "row": {"period": {"ref": 1}, "name": "decision", "role": class.role}},
        {"op": "update", "resource": "scenario", "pk": class.scenario, "row": {"data": {"done": 1}}},
    ])
}

#[tokio::test]
async fn a_group_is_done_in_order_and_may_name_its_own_rows() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let before = head(&api).await;
    let done = group(&api, "step 1", step(&class, 2.0)).await;
    assert_eq!(done["status"], 200, "{done}");
    let rows = done["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    assert_eq!(rows[2]["period"], rows[1]["id"]);
    assert_eq!(rows[3]["name"], "World Scenario 1", "the rest is kept");
    assert!(rows[0].to_string().contains(r#""quotient":2.0"#));
    let pk = rows[1]["id"].as_u64().unwrap();
    let read = api.get(&format!("/apis/periods/{pk}/")).await.json();
    assert_eq!(read, rows[1], "a row is answered as REST shows it");
    assert_eq!(
        events(&api, &before).await,
        [
            "div.result.created",
            "div.period.created",
            "div.decision.created",
            "div.scenario.changed"
        ]
    );
    // The same unique fields are the same row.
    let again = json!([
        {"op": "upsert", "resource": "result", "row": {"period": class.period, "name": "result", "role": null, "data": {"quotient": 3}}},
        {"op": "delete", "resource": "period", "pk": pk},
    ]);
    let done = group(&api, "step 2", again).await;
    assert_eq!(done["rows"][0]["id"], rows[0]["id"]);
    assert_eq!(done["rows"][0]["data"], json!({"quotient": 3}));
    assert_eq!(done["rows"][1]["id"], pk, "a deleted row's last state");
    assert_eq!(all(&api, "results").await.len(), 1);
    assert_eq!(
        all(&api, "decisions").await.len(),
        0,
        "gone with its period"
    );
}

#[tokio::test]
async fn a_refused_group_leaves_nothing_and_the_others_alone() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let before = head(&api).await;
    let world = |name: &str| json!({"op": "create", "resource": "world", "row": {"run": class.run, "name": name}});
    let missing = json!({"op": "update", "resource": "world", "pk": 999, "row": {}});
    let answer = batch(
        &api,
        json!([
            {"key": "a", "operations": [world("A")]},
            {"key": "b", "operations": [world("B"), world("A")]},
            {"key": "c", "operations": [world("C"), world("D"), missing]},
            {"key": "d", "operations": [world("B")]},
            {"key": "", "operations": []},
            {"key": "e", "operations": []},
        ]),
    )
    .await;
    assert_eq!(answer.status, 200);
    let groups = answer.json()["groups"].clone();
    let of = |at: usize, name: &str| groups[at][name].clone();
    let statuses: Vec<Value> = (0..6).map(|at| of(at, "status")).collect();
    assert_eq!(statuses, [200, 400, 404, 200, 400, 200]);
    assert_eq!(
        groups[1],
        json!({"key": "b", "status": 400, "operation": 1, "error": {"non_field_errors": ["The fields name, run must make a unique set."]}})
    );
    assert_eq!(of(2, "operation"), 2);
    assert_eq!(of(2, "error"), json!({"detail": "Not found."}));
    assert_eq!(of(4, "operation"), Value::Null, "the group as a whole");
    let names: Vec<Value> = all(&api, "worlds")
        .await
        .iter()
        .map(|world| world["name"].clone())
        .collect();
    assert_eq!(names, ["World 1", "World 2", "A", "B"]);
    assert_eq!(
        events(&api, &before).await,
        ["div.world.created", "div.world.created"]
    );
}

#[tokio::test]
async fn a_key_is_done_once_and_answered_as_often_as_it_comes() {
    let mut api = Api::start().await;
    let class = api.class("div").await;
    let first = group(&api, "step", step(&class, 2.5)).await;
    let before = head(&api).await;
    assert_eq!(group(&api, "step", step(&class, 2.5)).await, first);
    api.stop().await;
    api.resume().await;
    assert_eq!(
        group(&api, "step", step(&class, 2.5)).await,
        first,
        "also after a restart"
    );
    assert_eq!(events(&api, &before).await.len(), 0);
    assert_eq!(all(&api, "periods").await.len(), 2);
    let other = group(&api, "step", step(&class, 3.5)).await;
    assert_eq!(other["status"], 422, "{other}");
    // Twice in one batch is no different.
    let world =
        json!({"op": "create", "resource": "world", "row": {"run": class.run, "name": "W"}});
    let twice = json!({"key": "world", "operations": [world]});
    let answer = batch(&api, json!([twice, twice])).await.json();
    assert_eq!(answer["groups"][0]["status"], 200);
    assert_eq!(answer["groups"][0], answer["groups"][1]);
    // What was refused is tried anew: nothing of it was done.
    let late = json!([{"op": "update", "resource": "world", "pk": 99, "row": {}}]);
    assert_eq!(group(&api, "late", late.clone()).await["status"], 404);
    assert_eq!(group(&api, "late", late).await["status"], 404);
}

#[tokio::test]
async fn a_conditional_write_happens_only_to_the_version_it_names() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let path = format!("/apis/periods/{}/", class.period);
    let seen = api.get(&path).await.json()["updated"].clone();
    let deadline = |updated: &Value, passed: u64| json!([{"op": "update", "resource": "period", "pk": class.period, "row": {"data": {"passed": passed}}, "if_updated": updated}]);
    let done = group(&api, "first", deadline(&seen, 1)).await;
    assert_eq!(done["status"], 200, "{done}");
    let late = group(&api, "second", deadline(&seen, 2)).await;
    assert_eq!(
        (&late["status"], &late["operation"]),
        (&json!(412), &json!(0))
    );
    assert_eq!(late["error"]["row"], done["rows"][0], "shown as it is now");
    let gone =
        json!([{"op": "delete", "resource": "period", "pk": class.period, "if_updated": seen}]);
    assert_eq!(group(&api, "third", gone).await["status"], 412);
    let none = json!([{"op": "upsert", "resource": "period", "row": {"scenario": class.scenario, "order": 9}, "if_updated": seen}]);
    let none = group(&api, "fourth", none).await;
    assert_eq!(
        (&none["status"], &none["error"]["row"]),
        (&json!(412), &Value::Null)
    );
    let now = done["rows"][0]["updated"].clone();
    assert_eq!(group(&api, "fifth", deadline(&now, 3)).await["status"], 200);
}

#[tokio::test]
async fn what_a_batch_cannot_do_is_said() {
    let api = Api::start().await;
    let class = api.class("div").await;
    for (operation, words) in [
        (
            json!({"op": "create", "resource": "decision", "row": {"period": {"ref": 0}, "name": "n"}}),
            "an earlier operation of this group that wrote a period, got 0",
        ),
        (
            json!({"op": "update", "resource": "world", "pk": {"ref": 7}, "row": {}}),
            "that wrote a world, got 7",
        ),
        (
            json!({"op": "create", "resource": "user", "row": {"email": "a@b.cd"}}),
            "use /apis/users/",
        ),
        (
            json!({"op": "upsert", "resource": "run", "row": {"name": "x"}}),
            "Expected a resource with unique fields, got run",
        ),
        (
            json!({"op": "upsert", "resource": "world", "row": {"name": "x"}}),
            "name and run",
        ),
        (
            json!({"op": "upsert", "resource": "decision", "row": {"period": 99, "name": "n"}}),
            "object does not exist",
        ),
    ] {
        let refused = group(&api, "g", json!([operation])).await;
        assert_eq!(
            (&refused["status"], &refused["operation"]),
            (&json!(400), &json!(0))
        );
        assert!(refused["error"].to_string().contains(words), "{refused}");
    }
    // A deleted row is no longer there to be named.
    let deleted = json!([
        {"op": "delete", "resource": "world", "pk": class.other_world},
        {"op": "create", "resource": "scenario", "row": {"world": {"ref": 0}, "name": "n"}},
    ]);
    assert_eq!(group(&api, "d", deleted).await["operation"], 1);
    let misspelt = batch(&api, json!([{"key": "a", "operation": []}])).await;
    assert_eq!(misspelt.status, 400);
    assert!(misspelt.text.contains("operation"), "{}", misspelt.text);
    let many = vec![json!({"key": "a", "operations": []}); 1_001];
    let many = batch(&api, json!(many)).await;
    assert_eq!(many.status, 400);
    assert!(many.text.contains("at most 1000 groups"), "{}", many.text);
    let player = As::User("s1@div.edu", "s1");
    let body = Some(("application/json", json!({"groups": []}).to_string()));
    for path in ["/apis/batch/", "/apis/leases/"] {
        let refused = api.ask(player, "POST", path, body.clone()).await;
        assert_eq!(refused.status, 403, "{path}");
    }
    let get = api.get("/apis/batch/").await;
    assert_eq!((get.status, get.header("allow")), (405, "POST, OPTIONS"));
}
