//! What the trace does not show: PATCH, HEAD, numbers, cascades, versions.

use games_contract::Resource;
use serde_json::{Value, json};

use crate::server::{Api, As, STAFF};

#[tokio::test]
async fn patch_changes_what_it_names_and_nothing_else() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let decision = json!({"period": class.period, "name": "decision", "role": class.role, "data": {"operand": 10.0}});
    let pk = api.create("decisions", decision).await;
    let path = format!("/apis/decisions/{pk}/");
    let changed = api.patch(&path, &json!({"data": {"operand": 11}})).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.json()["role"], class.role, "PUT would reset it");
    assert!(changed.text.contains(r#""data":{"operand":11}"#));
    let replaced = api
        .put(&path, &json!({"period": class.period, "name": "decision"}))
        .await;
    assert_eq!(replaced.json()["role"], Value::Null);
    assert!(replaced.text.contains(r#""data":{"operand":11}"#));
}

#[tokio::test]
async fn numbers_and_keys_stay_as_they_were_sent() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let data =
        r#"{"z":10.0,"a":10,"big":9007199254740993,"small":0.1,"nested":{"y":1,"b":[1.0,2]}}"#;
    let body = format!(r#"{{"period":{},"name":"n","data":{data}}}"#, class.period);
    let staff = As::User(STAFF.0, STAFF.1);
    let body = Some(("application/json", body));
    let created = api.ask(staff, "POST", "/apis/results/", body).await;
    assert!(created.text.contains(data), "{}", created.text);
    let read = api.get(&format!("/apis/results/{}/", created.id())).await;
    assert!(read.text.contains(data), "{}", read.text);
}

#[tokio::test]
async fn head_has_the_headers_of_get_and_no_body() {
    let api = Api::start().await;
    let staff = As::User(STAFF.0, STAFF.1);
    for path in ["/apis/games/", "/apis/users/1/", "/apis/"] {
        let answer = api.ask(staff, "HEAD", path, None).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{path}");
        let get = api.get(path).await;
        assert_eq!(answer.header("content-length"), get.text.len().to_string());
    }
}

#[tokio::test]
async fn a_failed_request_leaves_nothing() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let orphan = api
        .post("/apis/scenarios/", &json!({"name": "orphan"}))
        .await;
    assert_eq!(orphan.status, 400);
    let told = orphan.json()["non_field_errors"][0]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(told.contains("a world or a runuser"), "{told}");
    let before = api.get("/apis/changes/").await.json()["cursor"].clone();
    let twice = json!({"period": class.period, "name": "decision"});
    api.create("decisions", twice.clone()).await;
    let refused = api.post("/apis/decisions/", &twice).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json(),
        json!({"non_field_errors": ["The fields name, period, role must make a unique set."]})
    );
    assert_eq!(
        api.get("/apis/decisions/")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        api.get("/apis/scenarios/")
            .await
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let after = api.get("/apis/changes/").await.json()["cursor"].as_u64();
    assert_eq!(
        after,
        before.as_u64().map(|cursor| cursor + 1),
        "one change for one row"
    );
}

#[tokio::test]
async fn primary_keys_are_never_used_again() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let body = json!({"scenario": class.scenario, "order": 2});
    let first = api.create("periods", body.clone()).await;
    api.delete(&format!("/apis/periods/{first}/")).await;
    assert_eq!(api.create("periods", body).await, first + 1);
}

#[tokio::test]
async fn every_write_makes_a_later_version() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let path = format!("/apis/runs/{}/", class.run);
    let mut last = api.get(&path).await.json();
    assert!(last["created"].as_str() <= last["updated"].as_str());
    for n in 0..20 {
        let now = api.patch(&path, &json!({"data": {"n": n}})).await.json();
        assert!(now["updated"].as_str() > last["updated"].as_str());
        assert_eq!(now["created"], last["created"]);
        last = now;
    }
}

#[tokio::test]
async fn deleting_a_run_tells_of_every_row_children_first() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let move_of = json!({"period": class.period, "name": "decision", "role": class.role});
    api.create("decisions", move_of).await;
    api.create("results", json!({"period": class.period, "name": "result"}))
        .await;
    api.create(
        "scenarios",
        json!({"runuser": class.runuser, "name": "own"}),
    )
    .await;
    let from = api.get("/apis/changes/").await.json()["cursor"].clone();
    api.delete(&format!("/apis/runs/{}/", class.run)).await;
    let batch = api
        .get(&format!("/apis/changes/?after={from}&game_slug=div"))
        .await
        .json();
    let events: Vec<_> = batch["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| change["event"].as_str().unwrap().to_owned())
        .collect();
    let place = |event: &str| events.iter().position(|found| found == event).unwrap();
    assert_eq!(events.len(), 9, "{events:?}");
    assert!(place("div.decision.deleted") < place("div.period.deleted"));
    assert!(place("div.result.deleted") < place("div.period.deleted"));
    assert!(place("div.runuser.deleted") < place("div.run.deleted"));
    assert!(place("div.world.deleted") < place("div.run.deleted"));
    assert_eq!(events.last().unwrap(), "div.run.deleted");
    let period = &batch["changes"][place("div.period.deleted")]["data"];
    assert_eq!(
        (&period["run_active"], &period["id"]),
        (&json!(true), &json!(class.period))
    );
    for collection in [
        "worlds",
        "runusers",
        "scenarios",
        "periods",
        "decisions",
        "results",
    ] {
        let left = api.get(&format!("/apis/{collection}/")).await.json();
        assert_eq!(left, json!([]), "{collection}");
    }
    assert_eq!(
        api.get(&format!("/apis/users/{}/", class.user))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_run_outlives_its_phase_and_a_runuser_their_role() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let game = api.get("/apis/games/div/").await.json()["id"].clone();
    let phase = api
        .create("phases", json!({"game": game, "name": "Play"}))
        .await;
    let run = format!("/apis/runs/{}/", class.run);
    let before = api.patch(&run, &json!({"phase": phase})).await.json();
    api.delete(&format!("/apis/phases/{phase}/")).await;
    let after = api.get(&run).await.json();
    assert_eq!(after["phase"], Value::Null);
    assert!(after["updated"].as_str() > before["updated"].as_str());
    api.delete(&format!("/apis/roles/{}/", class.role)).await;
    let runuser = api
        .get(&format!("/apis/runusers/{}/", class.runuser))
        .await
        .json();
    assert_eq!(runuser["role"], Value::Null);
    assert!(runuser.get("role_name").is_none(), "absent without a role");
}

#[tokio::test]
async fn rows_that_move_to_another_run_are_found_there() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let game = api.get("/apis/games/div/").await.json()["id"].clone();
    let run = json!({"game": game, "name": "other", "active": false});
    let run = api.create("runs", run).await;
    let decision = json!({"period": class.period, "name": "decision"});
    let decision = api.create("decisions", decision).await;
    let world = format!("/apis/worlds/{}/", class.world);
    api.patch(&world, &json!({"run": run})).await;
    let found = api.get(&format!("/apis/decisions/?run={run}")).await.json();
    assert_eq!(found[0]["id"], decision);
    assert_eq!(found[0]["run_active"], false);
    let left = api
        .get(&format!("/apis/decisions/?run={}", class.run))
        .await;
    assert_eq!(left.json(), json!([]));
}

#[tokio::test]
async fn paths_and_bodies_that_are_wrong_are_told_what_is_right() {
    let api = Api::start().await;
    let staff = As::User(STAFF.0, STAFF.1);
    let moved = api.get("/apis/games?slug=x").await;
    assert_eq!(
        (moved.status, moved.header("location")),
        (301, "/apis/games/?slug=x")
    );
    let lost = api.post("/apis/games", &json!({"name": "zz"})).await;
    assert_eq!(lost.status, 404);
    assert!(lost.text.contains("use /apis/games/."), "{}", lost.text);
    assert_eq!(api.get("/apis/nothing/").await.status, 404);
    assert_eq!(api.get("/nothing").await.status, 404);
    let broken = Some(("application/json", "{bad".to_owned()));
    let told = api.ask(staff, "POST", "/apis/games/", broken).await;
    assert_eq!(told.status, 400);
    assert!(
        told.json()["detail"]
            .as_str()
            .unwrap()
            .starts_with("JSON parse error - ")
    );
    let other = Some(("text/csv", "a,b".to_owned()));
    let told = api.ask(staff, "POST", "/apis/games/", other).await;
    assert_eq!(told.status, 415);
    let large = json!({"name": "n", "data": "x".repeat(2 * 1024 * 1024)});
    assert_eq!(api.post("/apis/games/", &large).await.status, 413);
    let options = api.ask(staff, "OPTIONS", "/apis/games/", None).await;
    assert_eq!(options.header("allow"), "GET, POST, HEAD, OPTIONS");
}

#[tokio::test]
async fn the_root_announces_collections_and_changes() {
    let api = Api::start().await;
    let root = api.get("/apis/").await.json();
    let base = api.base();
    assert_eq!(root["runusers"], format!("{base}/apis/runusers/"));
    assert_eq!(root["changes"], format!("{base}/apis/changes/"));
    assert_eq!(api.ask(As::Nobody, "GET", "/apis/", None).await.status, 401);
    for path in ["/healthz", "/readyz"] {
        let answer = api.ask(As::Nobody, "GET", path, None).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "ok\n"));
    }
}

#[tokio::test]
async fn a_long_list_comes_in_pages() {
    let api = Api::start().await;
    let class = api.class("div").await;
    for order in 2..=5 {
        api.create(
            "periods",
            json!({"scenario": class.scenario, "order": order}),
        )
        .await;
    }
    let mut path = "/apis/periods/?page_size=2".to_owned();
    let mut orders = Vec::new();
    loop {
        let page = api.get(&path).await;
        orders.extend(
            page.json()
                .as_array()
                .unwrap()
                .iter()
                .map(|row| row["order"].clone()),
        );
        let link = page.header("link").to_owned();
        let Some(next) = link
            .split(", ")
            .find(|link| link.ends_with(r#"rel="next""#))
        else {
            break;
        };
        let url = next.trim_start_matches('<').split('>').next().unwrap();
        path = url.strip_prefix(api.base()).unwrap().to_owned();
    }
    assert_eq!(orders, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn every_filter_of_every_collection_finds_what_it_names() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let game = api.get("/apis/games/div/").await.json()["id"].clone();
    api.create(
        "phases",
        json!({"game": game, "name": "Play", "slug": "play"}),
    )
    .await;
    let own = json!({"runuser": class.runuser, "name": "own"});
    let own = api.create("scenarios", own).await;
    let period = api
        .create("periods", json!({"scenario": own, "order": 1}))
        .await;
    for collection in ["decisions", "results"] {
        for period in [class.period, period] {
            let row = json!({"period": period, "name": "n", "role": class.role});
            api.create(collection, row).await;
        }
    }
    for resource in Resource::ALL {
        let path = format!("/apis/{}/", resource.collection());
        let rows = api.get(&path).await.json();
        for filter in resource.table().filters {
            let value = match filter.name {
                "game_slug" => "div".to_owned(),
                name if name.ends_with("run") => class.run.to_string(),
                name => match &rows[0][name] {
                    Value::Null => continue,
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                },
            };
            let found = api.get(&format!("{path}?{}={value}", filter.name)).await;
            assert_eq!(found.status, 200, "{path}?{}: {}", filter.name, found.text);
            let found = found.json();
            let found = found.as_array().unwrap();
            assert!(!found.is_empty(), "{path}?{}={value}", filter.name);
            assert!(
                found
                    .iter()
                    .all(|row| rows.as_array().unwrap().contains(row))
            );
        }
    }
    let of = async |query: &str| api.get(&format!("/apis/decisions/?{query}")).await.json();
    let run = class.run;
    assert_eq!(of(&format!("run={run}")).await.as_array().unwrap().len(), 2);
    for (parent, at) in [("world", 0), ("runuser", 1)] {
        let rows = of(&format!("period__scenario__{parent}__run={run}")).await;
        assert_eq!(rows.as_array().unwrap().len(), 1);
        assert_eq!(rows[0]["period"], [class.period, period][at]);
    }
}

#[tokio::test]
async fn a_form_in_parts_is_read_like_a_form() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let field = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let run = class.run.to_string();
    let body = format!(
        "{}{}{}--b--\r\n",
        field("run", &run),
        field("name", "In parts"),
        field("data", r#"{"operand":10.0}"#)
    );
    let kind = "multipart/form-data; boundary=b";
    let staff = As::User(STAFF.0, STAFF.1);
    let created = api
        .ask(staff, "POST", "/apis/worlds/", Some((kind, body)))
        .await;
    assert_eq!(created.status, 201, "{}", created.text);
    assert!(created.text.contains(r#""data":{"operand":10.0}"#));
    assert_eq!(created.json()["name"], "In parts");
}
