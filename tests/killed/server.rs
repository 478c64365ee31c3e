//! The real binary, and somebody who asks it.

use std::{path::PathBuf, sync::Arc};

use crate::program::{PATIENCE, Program, STAFF, modelservice};
use games_contract::Change;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Where a games API keeps its data.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Folder(PathBuf),
    Database(String),
}

/// A running `modelservice games-api` at an address, or a free one.
pub(crate) async fn start(place: &Place, listen: &str) -> Program {
    let mut command = modelservice(&["games-api", "--listen", listen]);
    match place {
        Place::Folder(folder) => command.arg("--data").arg(folder),
        Place::Database(url) => command.args(["--database", url]),
    };
    Program::start(command).await
}

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was answered with success.
    Done(Value),
    /// Nobody knows whether it was done: there was no answer, or one that says so.
    Unknown,
}

/// A client of the games API, which stays at one address.
#[derive(Debug)]
pub(crate) struct Api {
    http: reqwest::Client,
    base: String,
}

impl Api {
    pub(crate) fn new(address: &str) -> Self {
        let provider = rustls::crypto::ring::default_provider();
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .timeout(PATIENCE)
            .build();
        Self {
            http: http.unwrap(),
            base: format!("http://{address}"),
        }
    }

    /// Sends a request once; a refusal is a mistake of the test.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Outcome {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        request = request.basic_auth(STAFF.0, Some(STAFF.1));
        if let Some(body) = body {
            request = request.json(body);
        }
        let Ok(answer) = request.send().await else {
            return Outcome::Unknown;
        };
        let status = answer.status();
        let Ok(text) = answer.text().await else {
            return Outcome::Unknown;
        };
        if status.is_server_error() {
            return Outcome::Unknown;
        }
        assert!(status.is_success(), "{path}: {status} {text}");
        Outcome::Done(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// Reads, which has to succeed.
    pub(crate) async fn get(&self, path: &str) -> Value {
        match self.ask(Method::GET, path, None).await {
            Outcome::Done(value) => value,
            Outcome::Unknown => panic!("{path} cannot be read"),
        }
    }

    /// Creates a row and returns its primary key.
    pub(crate) async fn create(&self, collection: &str, body: &Value) -> u64 {
        let path = format!("/apis/{collection}/");
        match self.ask(Method::POST, &path, Some(body)).await {
            Outcome::Done(row) => row["id"].as_u64().unwrap(),
            Outcome::Unknown => panic!("{body} cannot be created"),
        }
    }

    /// A game with a run, a world, a scenario and a period; returns the primary keys of run and period.
    pub(crate) async fn seed(&self) -> (u64, u64) {
        let game = self.create("games", &json!({"name": "div"})).await;
        let run = json!({"game": game, "name": "run"});
        let run = self.create("runs", &run).await;
        let world = json!({"run": run, "name": "world"});
        let world = self.create("worlds", &world).await;
        let scenario = json!({"world": world, "name": "scenario"});
        let scenario = self.create("scenarios", &scenario).await;
        let period = json!({"scenario": scenario, "order": 1});
        (run, self.create("periods", &period).await)
    }

    /// The newest change.
    pub(crate) async fn cursor(&self) -> u64 {
        self.get("/apis/changes/").await["cursor"].as_u64().unwrap()
    }

    pub(crate) async fn changes_after(&self, cursor: u64) -> Vec<Change> {
        let mut all: Vec<Change> = Vec::new();
        loop {
            let after = all.last().map_or(cursor, |change| change.cursor);
            let batch = self.get(&format!("/apis/changes/?after={after}")).await;
            let changes: Vec<Change> = serde_json::from_value(batch["changes"].clone()).unwrap();
            if changes.is_empty() {
                return all;
            }
            all.extend(changes);
        }
    }

    /// Waits until it says that it can reach its database, and can write to it.
    pub(crate) async fn until_ready(&self) {
        let ready = async {
            loop {
                let asked = self.http.get(format!("{}/readyz", self.base)).send().await;
                if asked.is_ok_and(|answer| answer.status() == StatusCode::OK) {
                    let nothing = json!({});
                    let touch = self.ask(Method::PATCH, "/apis/games/div/", Some(&nothing));
                    if matches!(touch.await, Outcome::Done(_)) {
                        return;
                    }
                }
                tokio::task::yield_now().await;
            }
        };
        let ready = tokio::time::timeout(PATIENCE, ready).await;
        ready.expect("the games API finds its database again");
    }
}
