//! Many rows at once, and taking a scenario back.

use serde_json::{Value, json};

use crate::server::{Api, As, Class, STAFF};

async fn delete(api: &Api, path: &str) -> (u16, String) {
    let staff = As::User(STAFF.0, STAFF.1);
    let answer = api.ask(staff, "DELETE", path, None).await;
    (answer.status, answer.text)
}

async fn names(api: &Api, path: &str) -> Vec<Value> {
    let rows = api.get(path).await.json();
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].clone())
        .collect()
}

async fn decisions(api: &Api, class: &Class, period: u64, names: &[&str]) {
    let rows: Vec<Value> = names
        .iter()
        .map(|name| json!({"period": period, "name": name, "role": class.role}))
        .collect();
    let created = api.post("/apis/bulk/decisions/", &json!(rows)).await;
    assert_eq!(created.status, 201, "{}", created.text);
}

#[tokio::test]
async fn many_rows_are_created_or_none_with_the_errors_at_their_places() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let period = class.period;
    let row = |name: &str| json!({"period": period, "name": name, "role": null});
    let mixed = json!([
        row("a"),
        {"period": period},
        "no row",
        row("a"),
        {"period": 99, "name": "b", "role": class.role},
        row("c"),
    ]);
    let refused = api.post("/apis/bulk/decisions/", &mixed).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.text,
        json!([
            {},
            {"name": ["This field is required."], "role": ["This field is required."]},
            {"non_field_errors": ["Invalid data. Expected a dictionary, but got str."]},
            {"non_field_errors": ["The fields name, period, role must make a unique set."]},
            {"period": ["Invalid pk \"99\" - object does not exist."]},
            {},
        ])
        .to_string()
    );
    assert_eq!(api.get("/apis/decisions/").await.text, "[]", "not one");
    let head = api.get("/apis/changes/").await.json()["cursor"].clone();
    let created = api
        .post("/apis/bulk/decisions/", &json!([row("a"), row("b")]))
        .await;
    assert_eq!(created.status, 201);
    assert!(
        created.text.ends_with(r#""role":null}]"#),
        "{}",
        created.text
    );
    assert_eq!(names(&api, "/apis/decisions/").await, ["a", "b"]);
    let changes = api.get(&format!("/apis/changes/?after={head}")).await;
    let events = changes.json()["changes"].as_array().unwrap().len();
    assert_eq!(events, 2, "one for each row, none for what was undone");
    let none = api.post("/apis/bulk/decisions/", &json!([])).await;
    assert_eq!((none.status, none.text.as_str()), (201, "[]"));
}

#[tokio::test]
async fn one_object_is_created_as_one() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let row = json!({"run": class.run, "name": "World 3"});
    let created = api.post("/apis/bulk/worlds/", &row).await;
    assert_eq!(created.json()["name"], "World 3");
    let again = api.post("/apis/bulk/worlds/", &row).await;
    assert_eq!(again.status, 400);
    assert_eq!(
        again.json(),
        json!({"non_field_errors": ["The fields name, run must make a unique set."]})
    );
}

#[tokio::test]
async fn a_bulk_delete_takes_what_its_filters_name_and_nothing_without_one() {
    let api = Api::start().await;
    let class = api.class("div").await;
    decisions(&api, &class, class.period, &["a", "b"]).await;
    for misspelt in ["", "nosuch=1", "period=", "run_active=perhaps"] {
        let (status, text) = delete(&api, &format!("/apis/bulk/decisions/?{misspelt}")).await;
        assert_eq!(status, 400, "{misspelt}");
        assert!(text.contains("nothing is deleted"), "{text}");
        assert!(text.contains("name, period, role"), "{text}");
    }
    assert_eq!(names(&api, "/apis/decisions/").await, ["a", "b"]);
    let gone = delete(&api, "/apis/bulk/decisions/?name=a").await;
    assert_eq!(gone, (204, String::new()));
    assert_eq!(names(&api, "/apis/decisions/").await, ["b"]);
    // With everything below.
    let path = format!("/apis/bulk/worlds/?run={}", class.run);
    assert_eq!(delete(&api, &path).await.0, 204);
    for emptied in ["worlds", "scenarios", "periods", "decisions", "runusers"] {
        let left = api.get(&format!("/apis/{emptied}/")).await;
        assert_eq!(left.text, "[]", "{emptied}");
    }
}

#[tokio::test]
async fn only_staff_write_in_bulk() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let player = As::User("s1@div.edu", "s1");
    let body = json!([{"run": class.run, "name": "mine"}]).to_string();
    for (method, path, body) in [
        ("POST", "/apis/bulk/worlds/", Some(body)),
        ("DELETE", "/apis/bulk/worlds/?name=World%201", None),
        ("GET", "/apis/bulk/decisions/", None),
    ] {
        let body = body.map(|body| ("application/json", body));
        let refused = api.ask(player, method, path, body).await;
        assert_eq!(refused.status, 403, "{method} {path}");
    }
    let path = format!("/apis/scenarios/{}/rewind/", class.scenario);
    let refused = api.ask(player, "POST", &path, None).await;
    assert_eq!(refused.status, 403);
    let own = api.ask(player, "GET", "/apis/bulk/runusers/", None).await;
    assert_eq!(own.json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_rewind_keeps_what_it_is_told_to_keep() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let mut periods = vec![class.period];
    for order in [2, 3] {
        let row = json!({"scenario": class.scenario, "order": order});
        periods.push(api.create("periods", row).await);
    }
    for (at, period) in periods.iter().enumerate() {
        decisions(&api, &class, *period, &[&format!("d{at}")]).await;
        let result = json!({"period": period, "name": format!("r{at}")});
        api.create("results", result).await;
    }
    let path = format!("/apis/scenarios/{}/rewind/", class.scenario);
    for nowhere in [json!({}), json!({"last_period_order": 7})] {
        let refused = api.post(&path, &nowhere).await;
        assert_eq!(refused.status, 400);
        assert!(
            refused.text.contains("nothing is deleted"),
            "{}",
            refused.text
        );
    }
    assert_eq!(
        names(&api, "/apis/decisions/").await,
        ["d0", "d1", "d2"],
        "a refused rewind deletes nothing"
    );
    let back = json!({"last_period_order": 2, "delete_last_period_decisions": false});
    assert_eq!(api.post(&path, &back).await.status, 204);
    assert_eq!(names(&api, "/apis/decisions/").await, ["d0", "d1"]);
    assert_eq!(names(&api, "/apis/results/").await, ["r0"]);
    let back = json!({"last_period_order": 1});
    assert_eq!(api.post(&path, &back).await.status, 204);
    assert_eq!(api.get("/apis/decisions/").await.text, "[]");
    assert_eq!(api.get("/apis/results/").await.text, "[]");
    let left = api.get("/apis/periods/").await.json();
    assert_eq!(left.as_array().unwrap().len(), 1);
    assert_eq!(left[0]["id"], class.period);
}
