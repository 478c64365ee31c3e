//! A school in which many are absent: bots for them in one call.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::bots::played_by_bots;
use common::{Class, ROOT, until};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use games_contract::{Map, Resource};
use modelservice::scopes::Owner;
use serde_json::{Value, json};
use wamp_transport::{ConnectOptions, Payload, Session, connect};

const WORLDS: usize = 200;
const PERIODS: i64 = 3;
/// How many are seeded, and sign in, at a time.
const AT_A_TIME: usize = 8;

/// A student: in which world, in which role, and which user of it.
struct Student {
    world: usize,
    role: usize,
    user: u64,
    runuser: u64,
}

impl Student {
    /// A quarter is absent; in every eighth world both are.
    fn is_absent(&self) -> bool {
        matches!((self.world % 8, self.role), (1, 0) | (3, 1) | (5, _))
    }
}

struct School {
    class: Class,
    /// The pks of the worlds.
    tables: Vec<u64>,
    students: Vec<Student>,
}

fn pk(row: &Map) -> u64 {
    row["id"].as_u64().unwrap()
}

/// A world with two students and its first period.
async fn table(class: &Class, run: u64, roles: &[u64], number: usize) -> (u64, Vec<Student>) {
    let name = format!("many {number}");
    let world = json!({"run": run, "name": name});
    let world = class.create(Resource::World, world).await;
    let mut students = Vec::new();
    for (role, role_pk) in roles.iter().enumerate() {
        let email = format!("{number}.{role}@many.edu");
        let user = class.create(Resource::User, json!({"email": email})).await;
        let seat = json!({"run": run, "user": user, "world": world, "role": role_pk});
        let runuser = class.create(Resource::RunUser, seat).await;
        students.push(Student {
            world: number,
            role,
            user,
            runuser,
        });
    }
    let scenario = json!({"world": world, "name": name});
    let scenario = class.create(Resource::Scenario, scenario).await;
    let period = json!({"scenario": scenario, "order": 1});
    class.create(Resource::Period, period).await;
    (world, students)
}

async fn school() -> School {
    let game = played_by_bots(None, &Arc::default());
    let mut class = Class::seeded(&game, |_| {}).await;
    let run = pk(&class.rows(Resource::Run, &[]).await[0]);
    let roles = class.rows(Resource::Role, &[]).await;
    let roles: Vec<u64> = roles.iter().map(pk).collect();
    let tables = stream::iter(0..WORLDS).map(|number| table(&class, run, &roles, number));
    let tables: Vec<_> = tables.buffered(AT_A_TIME).collect().await;
    let (tables, students): (Vec<u64>, Vec<_>) = tables.into_iter().unzip();
    class.open(game).await;
    School {
        class,
        tables,
        students: students.into_iter().flatten().collect(),
    }
}

impl School {
    async fn sign_in(&self, student: &Student) -> Session {
        let ticket = self.class.ticket(student.user).await;
        let authid = student.user.to_string();
        let options = ConnectOptions::ticket(&authid, ticket.as_str());
        connect(&self.class.url(), options).await.unwrap().0
    }

    /// Of the worlds that have come so far, the pk of the period of that order, by number of world.
    fn periods(&self, order: i64) -> BTreeMap<usize, u64> {
        let run = self.class.run();
        let known = self
            .tables
            .iter()
            .enumerate()
            .filter_map(|(number, world)| {
                let branch = run.branch(Owner::World(*world))?.view.load_full();
                let scenario = branch.root.children.first()?;
                let mut periods = scenario.rows(Resource::Period);
                let period = periods.find(|period| period.order() == order)?;
                Some((number, period.pk))
            });
        known.collect()
    }

    async fn comes_to(&self, worlds: usize, order: i64) -> BTreeMap<usize, u64> {
        until(
            &format!("{worlds} worlds come to period {order}"),
            || async { self.periods(order).len() >= worlds },
        )
        .await;
        self.periods(order)
    }

    /// How many decisions of a period persons and bots have made, for one table.
    async fn made_by(&self, period: u64) -> (usize, usize) {
        let of = [("period", period.to_string())];
        let rows = self.class.rows(Resource::Decision, &of).await;
        let bots = rows
            .iter()
            .filter(|row| row["data"].pointer("/_turn/by") == Some(&json!("bot")));
        let bots = bots.count();
        (rows.len() - bots, bots)
    }
}

async fn submit(session: &Session, period: u64) {
    let uri = format!("{ROOT}.model.period.{period}.submit_decision");
    let reply = session.call(&uri, Payload::from_args(&[json!(2)])).await;
    assert_eq!(reply.unwrap().args().unwrap(), [json!("ok")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_lets_200_worlds_finish_without_a_quarter_of_their_students_and_two_come_back() {
    let school = school().await;
    let leader = school.class.join("leader").await;
    let (absent, there): (Vec<&Student>, Vec<&Student>) = school
        .students
        .iter()
        .partition(|student| student.is_absent());
    assert_eq!((absent.len(), there.len()), (WORLDS / 2, 3 * WORLDS / 2));
    let signing_in =
        stream::iter(there).map(async |student| (student.world, school.sign_in(student).await));
    let sessions: Vec<(usize, Session)> = signing_in.buffered(AT_A_TIME).collect().await;
    let add = format!("{ROOT}.model.run.{}.add_bots", school.class.run().pk);
    let call = Payload::json(&Vec::<Value>::new(), &json!({"worlds": school.tables})).unwrap();
    let added = leader
        .session
        .call(&add, call)
        .await
        .unwrap()
        .args()
        .unwrap()
        .remove(0);
    assert_eq!(added.as_array().unwrap().len(), absent.len());

    for order in 1..=PERIODS {
        let periods = school.comes_to(WORLDS, order).await;
        let all = sessions
            .iter()
            .map(|(world, session)| submit(session, periods[world]));
        join_all(all).await;
    }
    let fourth = school.comes_to(WORLDS, PERIODS + 1).await;
    // Where only bots sat they have kept step, and wait one period later. One student of such a table comes back, and one who left
    // the other alone with a bot.
    let alone = WORLDS / 8;
    let fifth = school.comes_to(alone, PERIODS + 2).await;
    assert!(fifth.len() == alone && fifth.keys().all(|number| number % 8 == 5));
    for (number, role, period) in [(1, 0, fourth[&1]), (5, 1, fifth[&5])] {
        let mut absent = absent.iter();
        let student = absent.find(|student| (student.world, student.role) == (number, role));
        let session = school.sign_in(student.unwrap()).await;
        let back = format!(
            "{ROOT}.model.runuser.{}.remove_bots",
            student.unwrap().runuser
        );
        session.call(&back, Payload::empty()).await.unwrap();
        submit(&session, period).await;
    }
    let (_, mate) = sessions.iter().find(|(world, _)| *world == 1).unwrap();
    submit(mate, fourth[&1]).await;
    school.comes_to(alone + 1, PERIODS + 2).await;
    school.comes_to(1, PERIODS + 3).await;
    assert_eq!(school.made_by(fourth[&1]).await, (2, 0));
    assert_eq!(school.made_by(fifth[&5]).await, (1, 1));
    let first = school.periods(1);
    for (number, expected) in [(0, (2, 0)), (1, (1, 1)), (3, (1, 1)), (5, (0, 2))] {
        assert_eq!(
            school.made_by(first[&number]).await,
            expected,
            "world {number}"
        );
    }
    drop(sessions);
    school.class.stop().await;
}
