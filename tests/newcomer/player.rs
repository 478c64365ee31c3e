//! A player of the default environment, over a WebSocket.

use std::time::Duration;

use serde_json::{Value, json};
use wamp_transport::{ConnectOptions, Inbound, Inbox, MatchPolicy, Payload, Session, connect};

/// How long something that has to happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Player {
    session: Session,
    inbox: Inbox,
    root: String,
    world: u64,
}

impl Player {
    /// Signs in with the login that `dev` prints.
    pub(crate) async fn signs_in(address: &str, game: &str, name: &str) -> Self {
        let options = ConnectOptions {
            connect_timeout: PATIENCE,
            ..ConnectOptions::ticket(format!("{name}@{game}.edu"), name)
        };
        let (session, inbox) = connect(&format!("ws://{address}/ws"), options)
            .await
            .unwrap();
        let root = format!("world.simpl.sims.{game}.model");
        let uri = format!("{root}.game.get_seats");
        let seats = session.call(&uri, Payload::empty()).await.unwrap();
        let world = seats.args().unwrap()[0][0]["data"]["world"]
            .as_u64()
            .unwrap();
        let topic = format!("{root}.world.{world}.add_child");
        session.subscribe(&topic, MatchPolicy::Exact).await.unwrap();
        Self {
            session,
            inbox,
            root,
            world,
        }
    }

    /// The pk of the period that is played, and its order.
    pub(crate) async fn open_period(&self) -> (u64, u64) {
        let number = |period: &Value, name: &str| period["data"][name].as_u64().unwrap();
        let periods = self.periods().await;
        let orders = periods
            .iter()
            .map(|period| (number(period, "order"), number(period, "id")));
        let (order, pk) = orders.max().unwrap();
        (pk, order)
    }

    /// The data of every result, in the order of periods.
    pub(crate) async fn results(&self) -> Vec<Value> {
        let periods = self.periods().await;
        let rows = periods
            .iter()
            .flat_map(|period| period["children"].as_array().unwrap());
        let results = rows.filter(|row| row["resource_name"] == json!("result"));
        results.map(|row| row["data"]["data"].clone()).collect()
    }

    /// Submits a number, and has it stored.
    pub(crate) async fn plays(&self, period: u64, number: f64) {
        let uri = format!("{}.period.{period}.submit_decision", self.root);
        let reply = self
            .session
            .call(&uri, Payload::from_args(&[number.into()]))
            .await;
        assert_eq!(reply.unwrap().args().unwrap(), ["ok"]);
    }

    /// The data of the next result.
    pub(crate) async fn hears_the_result(&mut self) -> Value {
        let result = async {
            loop {
                let Some(Inbound::Event { payload, .. }) = self.inbox.recv().await else {
                    panic!("the line is gone");
                };
                let event = payload.args().unwrap();
                if event[1] == json!("result") {
                    return event[2]["data"].clone();
                }
            }
        };
        tokio::time::timeout(PATIENCE, result)
            .await
            .expect("a result comes")
    }

    async fn periods(&self) -> Vec<Value> {
        let uri = format!("{}.world.{}.get_scope_tree", self.root, self.world);
        let tree = self.session.call(&uri, Payload::empty()).await.unwrap();
        let tree = tree.args().unwrap();
        tree[0]["children"][0]["children"]
            .as_array()
            .unwrap()
            .clone()
    }
}
