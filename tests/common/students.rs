//! Students and lecturers who are nobody's yet, and the runs that they come into.

use std::collections::BTreeMap;
use std::sync::Arc;

use games_contract::{Map, Resource};
use modelservice::game::RunActor;
use modelservice::seating::{Person, Placed};
use serde_json::{Value, json};
use simpl::Rejected;
use tokio::sync::oneshot;
use wamp_transport::{CallError, Payload};

use super::{Class, ROOT, Seat};

impl Class {
    /// So many users who play nowhere.
    pub(crate) async fn students(&self, count: usize) -> Vec<u64> {
        let mut users = Vec::new();
        for number in 0..count {
            let email = format!("student{number}@x.edu");
            users.push(self.create(Resource::User, json!({ "email": email })).await);
        }
        users
    }

    /// Somebody who may make runs, at work.
    pub(crate) async fn lecturer(&self, name: &str) -> Seat {
        let email = format!("{name}@x.edu");
        let user = json!({"email": email, "password": name, "is_lecturer": true});
        self.create(Resource::User, user).await;
        self.log_in(&email, name).await.unwrap()
    }

    /// A student at work.
    pub(crate) async fn student(&self, user: u64) -> Seat {
        let ticket = self.ticket(user).await;
        self.log_in(&user.to_string(), &ticket).await.unwrap()
    }

    /// A run that a lecturer makes.
    pub(crate) async fn new_run(&self, lecturer: &Seat, terms: Value) -> Arc<RunActor> {
        let made = lecturer.ask("game.create_run", &[], terms).await.unwrap();
        self.hosted().run(made["run"].as_u64().unwrap()).unwrap()
    }

    /// The stored run users of a run who play, by user.
    pub(crate) async fn players(&self, run: u64) -> BTreeMap<u64, Map> {
        let rows = self
            .rows(Resource::RunUser, &[("run", run.to_string())])
            .await;
        let players = rows.into_iter().filter(|row| row["leader"] == json!(false));
        let mut by_user = BTreeMap::new();
        for row in players {
            let before = by_user.insert(row["user"].as_u64().unwrap(), row);
            assert!(before.is_none(), "one user has two run users");
        }
        by_user
    }

    /// Who sits in each stored world of a run: pk of the world, then role and user.
    pub(crate) async fn tables(&self, run: u64) -> BTreeMap<u64, Vec<(String, u64)>> {
        let mut tables: BTreeMap<u64, Vec<(String, u64)>> = BTreeMap::new();
        for (user, row) in self.players(run).await {
            if let Some(world) = row["world"]
                .as_u64()
                .filter(|_| row["active"] == json!(true))
            {
                let role = row["role_name"].as_str().unwrap().to_owned();
                tables.entry(world).or_default().push((role, user));
            }
        }
        tables.values_mut().for_each(|table| table.sort());
        tables
    }
}

impl Seat {
    /// Calls with positional and named arguments.
    pub(crate) async fn ask(
        &self,
        procedure: &str,
        args: &[Value],
        kwargs: Value,
    ) -> Result<Value, CallError> {
        let uri = format!("{ROOT}.model.{procedure}");
        let payload = Payload::json(&args, &kwargs).unwrap();
        let reply = self.session.call(&uri, payload).await?;
        Ok(reply.args().unwrap().into_iter().next().unwrap_or_default())
    }
}

/// Users come into a run by a job of its actor.
pub(crate) async fn come(run: &RunActor, users: &[u64]) -> Result<Vec<Placed>, Rejected> {
    let person = |user: &u64| Person {
        user: *user,
        ..Person::default()
    };
    come_as(run, users.iter().map(person).collect()).await
}

/// As [`come`], of people who have wishes or bring something along.
pub(crate) async fn come_as(run: &RunActor, people: Vec<Person>) -> Result<Vec<Placed>, Rejected> {
    let (done, placed) = oneshot::channel();
    run.mailbox
        .post(move |state| {
            Box::pin(async move {
                let _ = done.send(state.seat(people).await);
            })
        })
        .await;
    placed.await.unwrap()
}
