//! A games API of its own for each test, and somebody who asks it.

use std::sync::Arc;

use games_api::{Account, Clock, Config, PublicUrl, Server, SystemClock, start};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;

use crate::place::Place;

pub(crate) const STAFF: (&str, &str) = ("simpl@simpl.world", "simpl");

pub(crate) struct Api {
    place: Place,
    clock: Arc<dyn Clock>,
    server: Option<Server>,
    http: reqwest::Client,
    base: String,
}

/// An answer with everything that a test may want to look at.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn id(&self) -> u64 {
        assert_eq!(self.status, 201, "{}", self.text);
        self.json()["id"].as_u64().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum As<'a> {
    Nobody,
    User(&'a str, &'a str),
    Header(&'a str),
}

pub(crate) fn client() -> reqwest::Client {
    let provider = rustls::crypto::ring::default_provider();
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

impl Api {
    /// A games API with the service account as user 1.
    pub(crate) async fn start() -> Self {
        Self::start_at(Arc::new(SystemClock)).await
    }

    /// As [`start`](Self::start), at another time.
    pub(crate) async fn start_at(clock: Arc<dyn Clock>) -> Self {
        let mut api = Self {
            place: Place::new(),
            clock,
            server: None,
            http: client(),
            base: String::new(),
        };
        api.resume().await;
        api
    }

    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    /// Starts it again on the same database.
    pub(crate) async fn resume(&mut self) {
        self.serve(self.place.config()).await;
    }

    /// Starts it again on the same database, as open as the original.
    pub(crate) async fn open(&mut self) {
        let mut config = self.place.config();
        config.open = true;
        self.serve(config).await;
    }

    /// Starts it again on the same database, behind a proxy with this address.
    pub(crate) async fn behind(&mut self, proxy: &str) {
        let mut config = self.place.config();
        config.public_url = PublicUrl::parse(proxy);
        assert!(config.public_url.is_some(), "{proxy}");
        self.serve(config).await;
    }

    async fn serve(&mut self, config: Config) {
        let server = start(config, Arc::clone(&self.clock)).await.unwrap();
        let account = Account {
            email: STAFF.0,
            password: STAFF.1,
            first_name: "",
            last_name: "",
            staff: true,
            reset_password: false,
        };
        assert_eq!(server.ensure_user(account).await.unwrap(), 1);
        self.base = format!("http://{}", server.addr);
        self.server = Some(server);
    }

    pub(crate) async fn stop(&mut self) {
        self.server.take().unwrap().shutdown().await;
    }

    pub(crate) fn server(&mut self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) async fn ask(
        &self,
        who: As<'_>,
        method: &str,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        request = match who {
            As::Nobody => request,
            As::User(email, password) => request.basic_auth(email, Some(password)),
            As::Header(text) => request.header("Authorization", text),
        };
        if let Some((kind, body)) = body {
            request = request.header("Content-Type", kind).body(body);
        }
        let answer = request.send().await.unwrap();
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }

    async fn staff(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let body = body.map(|body| ("application/json", body.to_string()));
        self.ask(As::User(STAFF.0, STAFF.1), method, path, body)
            .await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.staff("GET", path, None).await
    }

    /// The body of an answer that is no text.
    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let request = self.http.get(format!("{}{path}", self.base));
        let answer = request.basic_auth(STAFF.0, Some(STAFF.1)).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.bytes().await.unwrap().into()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.staff("POST", path, Some(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.staff("PUT", path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.staff("PATCH", path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) {
        let answer = self.staff("DELETE", path, None).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{}", answer.text);
    }

    /// Creates a row and returns its primary key.
    pub(crate) async fn create(&self, collection: &str, body: Value) -> u64 {
        self.post(&format!("/apis/{collection}/"), &body).await.id()
    }
}

/// A game with a role, a run, two worlds, a player in the first, a scenario with a period.
pub(crate) struct Class {
    pub(crate) role: u64,
    pub(crate) run: u64,
    pub(crate) world: u64,
    pub(crate) other_world: u64,
    pub(crate) user: u64,
    pub(crate) runuser: u64,
    pub(crate) scenario: u64,
    pub(crate) period: u64,
}

impl Api {
    pub(crate) async fn class(&self, slug: &str) -> Class {
        use serde_json::json;
        let name = format!("Game {slug}");
        let game = self
            .create("games", json!({"name": name, "slug": slug}))
            .await;
        let role = self
            .create("roles", json!({"game": game, "name": "Dividend"}))
            .await;
        let run = self
            .create("runs", json!({"game": game, "name": "default"}))
            .await;
        let world = self
            .create("worlds", json!({"run": run, "name": "World 1"}))
            .await;
        let other_world = self
            .create("worlds", json!({"run": run, "name": "World 2"}))
            .await;
        let email = format!("s1@{slug}.edu");
        let user = json!({"email": email, "password": "s1", "first_name": "Student1", "last_name": "User"});
        let user = self.create("users", user).await;
        let runuser = json!({"user": user, "run": run, "world": world, "role": role});
        let runuser = self.create("runusers", runuser).await;
        let scenario = self
            .create(
                "scenarios",
                json!({"world": world, "name": "World Scenario 1"}),
            )
            .await;
        let period = self
            .create("periods", json!({"scenario": scenario, "order": 1}))
            .await;
        Class {
            role,
            run,
            world,
            other_world,
            user,
            runuser,
            scenario,
            period,
        }
    }
}
