//! A class at its tables: model service and games API on real sockets, players over WebSocket.
#![allow(dead_code, reason = "each test file uses its own part of this")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

pub(crate) mod auction;
pub(crate) mod bots;
pub(crate) mod browser;
pub(crate) mod fault;
pub(crate) mod history;
pub(crate) mod secrets;
pub(crate) mod students;
pub(crate) mod sum;
pub(crate) mod ticket;
pub(crate) mod timed;
pub(crate) mod walk;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use games_client::GamesClient;
use games_contract::{Map, Resource};
use modelservice::environment;
use modelservice::game::{Hosted, RunActor};
use modelservice::scopes::Owner;
use modelservice::service::{self, Service};
use modelservice::settings::{Secret, Settings};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use wamp_transport::{
    CallError, ConnectError, ConnectOptions, Inbound, Inbox, MatchPolicy, Payload, Session, connect,
};

use fault::Line;

pub(crate) const ROOT: &str = "world.simpl.sims.div";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Class {
    pub(crate) service: Option<Service>,
    pub(crate) api: Option<games_api::Server>,
    pub(crate) settings: Settings,
    /// Between the service and the games API, where things go wrong on purpose.
    pub(crate) line: Line,
    /// Straight to the games API, as somebody else's program.
    pub(crate) client: GamesClient,
    pub(crate) folder: tempfile::TempDir,
    /// What deadlines go by.
    pub(crate) clock: Arc<dyn games_api::Clock>,
}

/// Has a game of another slug played under the name of div, as every class of these tests.
pub(crate) fn named_div(slug: &'static str) -> impl FnOnce(&mut Settings) {
    move |settings| {
        let names = settings.game.entry(slug.to_owned()).or_default();
        names.slug = Some("div".to_owned());
        names.root_topic = Some(ROOT.to_owned());
    }
}

pub(crate) async fn start_api(folder: &Path, listen: std::net::SocketAddr) -> games_api::Server {
    let config = games_api::Config::new(folder.join("games.db"), listen);
    games_api::start(config, Arc::new(games_api::SystemClock))
        .await
        .unwrap()
}

impl Class {
    pub(crate) async fn start() -> Self {
        Self::of(div::game(), |_| {}).await
    }

    /// A class that plays another game under the name of div, with other settings.
    pub(crate) async fn of(game: simpl::Game, set: impl FnOnce(&mut Settings)) -> Self {
        let mut class = Self::seeded(&game, set).await;
        class.open(game).await;
        class
    }

    /// Everything but the model service.
    pub(crate) async fn seeded(game: &simpl::Game, set: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let api = start_api(folder.path(), "127.0.0.1:0".parse().unwrap()).await;
        let account = games_api::Account {
            email: "simpl@simpl.world",
            password: "simpl",
            first_name: "",
            last_name: "",
            staff: true,
            reset_password: false,
        };
        api.ensure_user(account).await.unwrap();
        let mut settings = Settings::default();
        settings.service.listen = "127.0.0.1:0".parse().unwrap();
        settings.api.url = format!("http://{}/apis/", api.addr).parse().unwrap();
        settings.api.password = Secret("simpl".to_owned());
        set(&mut settings);
        let client = service::client(&settings).unwrap();
        environment::create(&client, game, "div", "default", |_| {})
            .await
            .unwrap();
        let line = Line::start(api.addr).await;
        settings.api.url = format!("http://{}/apis/", line.addr).parse().unwrap();
        Self {
            service: None,
            api: Some(api),
            settings,
            line,
            client,
            folder,
            clock: Arc::new(games_api::SystemClock),
        }
    }

    pub(crate) async fn open(&mut self, game: simpl::Game) {
        let clock = self.clock.clone();
        let service = Service::start_by(&self.settings, vec![game], Vec::new(), clock).await;
        self.service = Some(service.unwrap());
    }

    pub(crate) async fn close(&mut self) {
        if let Some(service) = self.service.take() {
            service.stop().await;
        }
    }

    pub(crate) fn hosted(&self) -> Arc<Hosted> {
        self.service.as_ref().unwrap().games[0].clone()
    }

    pub(crate) fn run(&self) -> Arc<RunActor> {
        self.hosted().runs().remove(0)
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/ws", self.service.as_ref().unwrap().addr)
    }

    pub(crate) async fn join(&self, name: &str) -> Seat {
        self.log_in(&format!("{name}@div.edu"), name).await.unwrap()
    }

    /// Somebody with a password or a ticket of the games API.
    pub(crate) async fn log_in(&self, authid: &str, ticket: &str) -> Result<Seat, ConnectError> {
        let options = ConnectOptions::ticket(authid, ticket);
        let (session, inbox) = connect(&self.url(), options).await?;
        let seats = session
            .call(&format!("{ROOT}.model.game.get_seats"), Payload::empty())
            .await
            .unwrap();
        let seat = seats.args().unwrap()[0][0].clone();
        Ok(Seat {
            session,
            inbox,
            seat,
        })
    }

    /// Somebody at a browser.
    pub(crate) fn browser(&self) -> browser::Browser {
        browser::Browser::at(self.service.as_ref().unwrap().addr)
    }

    /// A ticket for somebody, got by staff.
    pub(crate) async fn ticket(&self, user: u64) -> String {
        ticket::ticket(self.api.as_ref().unwrap().addr, user).await
    }

    pub(crate) async fn rows(&self, resource: Resource, filters: &[(&str, String)]) -> Vec<Map> {
        self.client.list(resource, filters).await.unwrap()
    }

    /// What is stored of every result, in the order of periods.
    pub(crate) async fn results(&self) -> Vec<Value> {
        let mut rows = self.rows(Resource::Result, &[]).await;
        rows.sort_by_key(|row| row["period"].as_u64());
        rows.iter().map(|row| row["data"].clone()).collect()
    }

    /// Holds a world's actor until what is returned is dropped.
    pub(crate) fn occupy(&self, world: u64) -> oneshot::Sender<()> {
        let (release, released) = oneshot::channel::<()>();
        let branch = self.run().branch(Owner::World(world)).unwrap();
        branch
            .mailbox
            .try_post(|_| {
                Box::pin(async move {
                    let _ = released.await;
                })
            })
            .unwrap();
        release
    }

    /// Changes members of a row behind the service's back.
    pub(crate) async fn change(&self, resource: Resource, pk: u64, members: Value) -> Map {
        let mut row = self.client.get(resource, &pk.to_string()).await.unwrap();
        row.extend(object(members));
        self.client
            .update(resource, &pk.to_string(), &row)
            .await
            .unwrap()
    }

    /// Creates a row behind the service's back, and returns its pk.
    pub(crate) async fn create(&self, resource: Resource, row: Value) -> u64 {
        let row = self.client.create(resource, &object(row)).await.unwrap();
        row["id"].as_u64().unwrap()
    }

    /// Waits until the service has taken in every change made so far: it hears of them in order.
    pub(crate) async fn caught_up(&self) {
        let name = format!("marked {}", self.line.marks());
        self.change(Resource::Run, self.run().pk, json!({"name": name}))
            .await;
        until("the service follows", || async {
            self.run().view.load().run.text("name") == name
        })
        .await;
    }

    pub(crate) async fn stop(mut self) {
        self.close().await;
        if let Some(api) = self.api.take() {
            api.shutdown().await;
        }
    }
}

fn object(json: Value) -> Map {
    match json {
        Value::Object(members) => members,
        other => panic!("an object was expected, got {other}"),
    }
}

/// Looks again and again until it is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, so: impl Fn() -> F) {
    let wait = async {
        while !so().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("it never came to this: {what}"));
}

/// One player or leader at the table.
pub(crate) struct Seat {
    pub(crate) session: Session,
    pub(crate) inbox: Inbox,
    pub(crate) seat: Value,
}

impl Seat {
    pub(crate) fn world(&self) -> u64 {
        self.seat["data"]["world"].as_u64().unwrap()
    }

    pub(crate) fn runuser(&self) -> u64 {
        self.seat["pk"].as_u64().unwrap()
    }

    pub(crate) async fn call(&self, procedure: &str, args: &[Value]) -> Result<Value, CallError> {
        let reply = self
            .session
            .call(
                &format!("{ROOT}.model.{procedure}"),
                Payload::from_args(args),
            )
            .await?;
        Ok(reply.args().unwrap().into_iter().next().unwrap_or_default())
    }

    /// As [`call`](Self::call), with arguments by name.
    pub(crate) async fn call_by_name(
        &self,
        procedure: &str,
        kwargs: Value,
    ) -> Result<Value, CallError> {
        let payload = Payload::json(&json!([]), &kwargs).unwrap();
        let uri = format!("{ROOT}.model.{procedure}");
        let reply = self.session.call(&uri, payload).await?;
        Ok(reply.args().unwrap().into_iter().next().unwrap_or_default())
    }

    pub(crate) async fn submit(&self, period: u64, operand: Value) -> Result<Value, CallError> {
        self.call(&format!("period.{period}.submit_decision"), &[operand])
            .await
    }

    pub(crate) async fn watch(&self, world: u64) {
        self.watch_scope(&format!("world.{world}")).await;
    }

    pub(crate) async fn watch_scope(&self, scope: &str) {
        for event in ["add_child", "update_child", "remove_child"] {
            let topic = format!("{ROOT}.model.{scope}.{event}");
            self.session
                .subscribe(&topic, MatchPolicy::Exact)
                .await
                .unwrap();
        }
    }

    /// The pks of the world's periods, the current one last.
    pub(crate) async fn periods(&self, world: u64) -> Vec<u64> {
        let tree = self
            .call(&format!("world.{world}.get_scope_tree"), &[])
            .await
            .unwrap();
        let periods = tree["children"][0]["children"].as_array().unwrap();
        periods.iter().map(|p| p["pk"].as_u64().unwrap()).collect()
    }

    /// The next event's arguments: pk, resource, JSON.
    pub(crate) async fn hears(&mut self) -> Vec<Value> {
        let next = tokio::time::timeout(PATIENCE, self.inbox.recv()).await;
        match next.expect("an event comes") {
            Some(Inbound::Event { payload, .. }) => payload.args().unwrap(),
            other => panic!("an event was expected, got {other:?}"),
        }
    }

    /// Waits for an event about a row of that resource, and returns its JSON.
    pub(crate) async fn hears_of(&mut self, resource: &str) -> Value {
        let wait = async {
            loop {
                let mut args = self.hears().await;
                if args.get(1) == Some(&json!(resource)) {
                    return args.remove(2);
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait)
            .await
            .unwrap_or_else(|_| panic!("no event about a {resource} came"))
    }
}

pub(crate) fn refusal(refused: Result<Value, CallError>) -> (String, String) {
    match refused {
        Err(CallError::Refused(error)) => {
            let sentence = error.payload.args().unwrap()[0]
                .as_str()
                .unwrap()
                .to_owned();
            (error.uri, sentence)
        }
        other => panic!("a refusal was expected, got {other:?}"),
    }
}
