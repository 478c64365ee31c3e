//! One wait for the disk for each commit that is acknowledged, whatever it holds; none for what only reads.
//!
//! One test only: what is counted belongs to the process.

#![allow(
    clippy::unwrap_used,
    reason = "an expectation that is not met is how a test fails"
)]

use std::sync::Arc;

use games_api::{Account, Config, SystemClock, start};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use sqlite_syncs::{log_syncs, watch};

struct Api {
    base: String,
    http: Client,
}

impl Api {
    /// Asks; the answer, and how often the disk was waited for.
    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> (Value, u64) {
        let before = log_syncs();
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .basic_auth("staff@div.edu", Some("staff"));
        if let Some(body) = body {
            request = request
                .header("Content-Type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "{status} {text}");
        let json = serde_json::from_str(&text).unwrap();
        (json, log_syncs() - before)
    }

    async fn post(&self, path: &str, body: Value) -> (Value, u64) {
        self.ask(Method::POST, path, Some(&body)).await
    }
}

#[tokio::test]
async fn every_commit_waits_for_the_disk_once() {
    watch();
    // For the client, which wants one before it knows that it will not need it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let config = Config::new(folder.path().join("a.sqlite"), ([127, 0, 0, 1], 0).into());
    let server = start(config, Arc::new(SystemClock)).await.unwrap();
    let staff = Account {
        email: "staff@div.edu",
        password: "staff",
        first_name: "",
        last_name: "",
        staff: true,
        reset_password: false,
    };
    server.ensure_user(staff).await.unwrap();
    let api = Api {
        base: format!("http://{}", server.addr),
        http: Client::new(),
    };

    let (game, syncs) = api
        .post("/apis/games/", json!({"name": "Div", "slug": "div"}))
        .await;
    assert_eq!(syncs, 1, "a row");
    let run = json!({"name": "Monday", "game": game["id"]});
    let (run, syncs) = api.post("/apis/runs/", run).await;
    assert_eq!(syncs, 1, "another row");

    let (_, syncs) = api.ask(Method::GET, "/apis/runs/", None).await;
    assert_eq!(syncs, 0, "a read");

    let world = |name: String| json!({"run": run["id"], "name": name});
    let rows: Vec<Value> = (0..50).map(|n| world(format!("bulk {n}"))).collect();
    let (created, syncs) = api.post("/apis/bulk/worlds/", json!(rows)).await;
    assert_eq!(
        (created.as_array().unwrap().len(), syncs),
        (50, 1),
        "rows in bulk"
    );

    let group = |n: u64| {
        let create =
            |name: String| json!({"op": "create", "resource": "world", "row": world(name)});
        let second = match n % 10 {
            // Refused, after the group has written something.
            9 => "batch 0 a".to_owned(),
            _ => format!("batch {n} b"),
        };
        let operations = [create(format!("batch {n} a")), create(second)];
        json!({"key": n.to_string(), "operations": operations})
    };
    let groups: Vec<Value> = (0..50).map(group).collect();
    let (answer, syncs) = api.post("/apis/batch/", json!({"groups": groups})).await;
    let statuses = answer["groups"].as_array().unwrap().iter();
    let refused = statuses.filter(|group| group["status"] == 400).count();
    assert_eq!(
        (refused, syncs),
        (5, 1),
        "a batch with groups that are refused"
    );

    let before = log_syncs();
    let at_once = (0..40).map(|n| {
        let (http, url) = (api.http.clone(), format!("{}/apis/worlds/", api.base));
        let row = world(format!("at once {n}")).to_string();
        tokio::spawn(async move {
            let request = http.post(url).basic_auth("staff@div.edu", Some("staff"));
            let sent = request.header("Content-Type", "application/json").body(row);
            sent.send().await.unwrap().status().as_u16()
        })
    });
    for one in at_once.collect::<Vec<_>>() {
        assert_eq!(one.await.unwrap(), 201);
    }
    let syncs = log_syncs() - before;
    assert!((1..=40).contains(&syncs), "{syncs} for 40 rows at once");
    server.shutdown().await;
}
