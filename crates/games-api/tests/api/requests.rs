//! The id of each request, and what the log says of it.

use std::{
    io::Write,
    sync::{Arc, Mutex, OnceLock},
};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::server::{Api, As, STAFF};

/// What the log of all tests in this process has so far: a log of one thread would miss lines that other threads came by first.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn start() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let start = || {
            let log = Self::default();
            let subscriber = tracing_subscriber::fmt()
                .json()
                .with_env_filter("games_api=debug")
                .with_writer(log.clone())
                .finish();
            tracing::subscriber::set_global_default(subscriber).unwrap();
            log
        };
        LOG.get_or_init(start).clone()
    }

    /// The lines about the request with that id.
    fn of(&self, id: &str) -> Vec<Value> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .filter(|line| line["fields"]["id"] == id)
            .collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn every_answer_has_an_id_and_the_log_one_line_without_secrets() {
    let log = Log::start();
    let api = Api::start().await;
    let class = api.class("div").await;
    let asked = api
        .ask(As::User(STAFF.0, STAFF.1), "GET", "/apis/users/?email=secret@x.yz", None)
        .await;
    let id = asked.header("X-Request-Id").to_owned();
    assert!(!id.is_empty());
    let lines = log.of(&id);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let fields = &lines[0]["fields"];
    assert_eq!(lines[0]["level"], "DEBUG");
    assert_eq!(
        (&fields["method"], &fields["path"], &fields["status"], &fields["user"]),
        (&json!("GET"), &json!("/apis/users/"), &json!(200), &json!(1))
    );
    assert!(fields["milliseconds"].as_f64().unwrap() >= 0.0);
    let login = json!({"username": "s1@div.edu", "password": "s1-secret"});
    let form = Some(("application/json", login.to_string()));
    let refused = api.ask(As::Nobody, "POST", "/rest-auth/login/", form).await;
    assert_eq!(refused.status, 400);
    let nobody = &log.of(refused.header("X-Request-Id"))[0]["fields"];
    assert!(nobody.get("user").is_none(), "{nobody}");
    let elsewhere = api.ask(As::Nobody, "GET", "/nothing/", None).await;
    assert_eq!(log.of(elsewhere.header("X-Request-Id"))[0]["fields"]["status"], 404);
    // A failure is told with its id, and the log has its reason.
    api.place().sql(r#"DROP TABLE "result""#);
    let path = format!("/apis/results/?period={}", class.period);
    let failed = api.get(&path).await;
    assert_eq!(failed.status, 500, "{}", failed.text);
    let id = failed.header("X-Request-Id");
    assert_eq!(failed.json()["request_id"], id);
    let lines = log.of(id);
    assert_eq!((lines.len(), &lines[0]["level"]), (1, &json!("ERROR")));
    assert!(lines[0]["fields"]["reason"].as_str().unwrap().contains("result"));
    let all = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for secret in ["s1-secret", "secret@x.yz", "Basic ", "c2ltcGxA"] {
        assert!(!all.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn an_id_that_came_is_kept() {
    let api = Api::start().await;
    let ask = async |id: &str| {
        let request = crate::server::client().get(format!("{}/healthz", api.base()));
        let answer = request.header("X-Request-Id", id).send().await.unwrap();
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(ask("front-7").await, "front-7");
    assert_ne!(ask("two words").await, "two words");
}
