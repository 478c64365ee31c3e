//! A lecturer makes runs, starts them, puts them away and takes them out again.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::students::come;
use common::{Class, refusal, until};
use futures_util::future::join_all;
use games_contract::Resource;
use serde_json::{Value, json};
use simpl::prelude::*;

/// Everybody offers; the outcome is what the run's options leave of it.
#[derive(Debug)]
struct Market;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Tax {
    /// Per cent.
    #[schemars(range(min = 0, max = 100))]
    tax: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Offer {
    offer: f64,
}

impl Model for Market {
    type Options = Tax;
    type Decision = Offer;
    type Outcome = Offer;

    fn step(&self, turn: &Turn<'_, Self>) -> Reply<Offer> {
        let offers: f64 = turn.decisions().map(|(_, offer)| offer.offer).sum();
        let left = f64::from(100 - turn.options().tax) / 100.0;
        Ok(Offer {
            offer: offers * left,
        })
    }
}

fn market() -> simpl::Game {
    simpl::Game::builder("div")
        .roles([Role::new("Firm").seats(2, 5)])
        .phases([
            Phase::closed("Lobby"),
            Phase::open("Play"),
            Phase::closed("Debrief"),
        ])
        .next_period()
        .model(Market)
        .build()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lecturer_makes_a_run_and_a_class_of_seven_plays_it_in_threes_and_fours() {
    let class = Class::of(market(), |_| {}).await;
    let lecturer = class.lecturer("lecturer").await;
    let users = class.students(7).await;
    let terms = json!({"name": "Monday", "options": {"tax": 20}, "size": 3, "odd": "larger",
        "limit": {"seconds": 600, "then": "wait"}, "_key": "new"});
    let made = join_all((0..2).map(|_| lecturer.ask("game.create_run", &[], terms.clone()))).await;
    let made: Vec<Value> = made.into_iter().map(Result::unwrap).collect();
    assert_eq!(made[0], made[1], "two clicks are one run");
    let pk = made[0]["run"].as_u64().unwrap();
    let run = class.hosted().run(pk).unwrap();
    let row = class
        .client
        .get(Resource::Run, &pk.to_string())
        .await
        .unwrap();
    assert_eq!(row["data"]["options"], json!({"tax": 20}));
    assert_eq!(
        row["data"]["_turn"]["seating"],
        json!({"size": 3, "odd": "larger"})
    );
    assert_eq!(row["data"]["_private"]["seed"].as_str().unwrap().len(), 32);
    let shown = lecturer
        .call(&format!("run.{pk}.get_scope"), &[])
        .await
        .unwrap();
    assert!(shown["data"]["data"]["_private"].is_null(), "{shown}");

    come(&run, &users).await.unwrap();
    let waits = class.student(users[0]).await;
    assert_eq!(waits.seat["data"]["world"], Value::Null);
    let start = format!("run.{pk}.start");
    assert_eq!(
        refusal(waits.call(&start, &[]).await).0,
        "wamp.error.not_authorized"
    );
    let started = lecturer.call(&start, &[]).await.unwrap();
    assert_eq!(
        (
            started["worlds"].as_array().unwrap().len(),
            &started["waiting"]
        ),
        (2, &json!([]))
    );
    let again = lecturer.call(&start, &[]).await.unwrap();
    assert_eq!(again, json!({"seated": [], "waiting": [], "worlds": []}));

    let tables = class.tables(pk).await;
    let sizes: Vec<usize> = tables.values().map(Vec::len).collect();
    assert!(sizes == [3, 4] || sizes == [4, 3], "{sizes:?}");
    let (world, table) = tables.iter().next().unwrap();
    let mut seats = Vec::new();
    for (_, user) in table {
        seats.push(class.student(*user).await);
    }
    seats[0].watch(*world).await;
    let tree = seats[0]
        .call(&format!("world.{world}.get_scope_tree"), &[])
        .await
        .unwrap();
    let period = &tree["children"][0]["children"][0];
    assert!(
        period["data"]["data"]["_turn"]["deadline"].is_string(),
        "its time runs: {period}"
    );
    let period = period["pk"].as_u64().unwrap();
    for seat in &seats {
        seat.submit(period, json!(10)).await.unwrap();
    }
    let offers = 8.0 * f64::from(u32::try_from(table.len()).unwrap());
    assert_eq!(
        seats[0].hears_of("result").await["data"],
        json!({"offer": offers})
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_set_up_anew_and_its_options_stay_once_somebody_plays_with_them() {
    let class = Class::of(market(), |_| {}).await;
    let lecturer = class.lecturer("lecturer").await;
    let create = "game.create_run";
    for (terms, told) in [
        (json!({}), "name: "),
        (json!({"name": "x"}), "tax"),
        (json!({"name": "x", "options": {"tax": 101}}), "tax"),
        (
            json!({"name": "x", "options": {"tax": 5}, "size": 6}),
            "a whole number from 2 to 5",
        ),
        (
            json!({"name": "x", "options": {"tax": 5}, "phase": "Lunch"}),
            "Lobby, Play, Debrief",
        ),
        (
            json!({"name": "x", "options": {"tax": 5}, "groups": 3}),
            "`groups`",
        ),
    ] {
        let (_, no) = refusal(lecturer.ask(create, &[], terms).await);
        assert!(no.contains(told), "{no}");
    }
    let student = class.join("s1").await;
    let (uri, no) = refusal(student.ask(create, &[json!("mine")], json!({})).await);
    assert_eq!(uri, "wamp.error.not_authorized");
    assert!(no.contains("only a lecturer"), "{no}");
    assert_eq!(
        class.rows(Resource::Run, &[]).await.len(),
        1,
        "nothing was made"
    );

    let run = class
        .new_run(&lecturer, json!({"name": "Lab", "options": {"tax": 5}}))
        .await;
    let set_up = format!("run.{}.set_up", run.pk);
    let terms = json!({"name": "Lab 2", "options": {"tax": 6}, "size": 2, "limit": null});
    lecturer.ask(&set_up, &[], terms).await.unwrap();
    let users = class.students(2).await;
    come(&run, &users).await.unwrap();
    lecturer
        .call(&format!("run.{}.start", run.pk), &[])
        .await
        .unwrap();
    let frozen = lecturer
        .ask(&set_up, &[], json!({"options": {"tax": 7}}))
        .await;
    assert!(refusal(frozen).1.contains("they are fixed"));
    lecturer
        .ask(
            &set_up,
            &[],
            json!({"options": {"tax": 6}, "odd": "larger"}),
        )
        .await
        .unwrap();
    // Where somebody else has changed the run meanwhile, nothing of that is lost.
    let row = class
        .client
        .get(Resource::Run, &run.pk.to_string())
        .await
        .unwrap();
    let mut data = row["data"].clone();
    data["note"] = json!("bring chalk");
    class
        .change(Resource::Run, run.pk, json!({ "data": data }))
        .await;
    lecturer
        .ask(&set_up, &[], json!({"name": "Lab 3"}))
        .await
        .unwrap();
    lecturer
        .ask(&set_up, &[], json!({"odd": "wait"}))
        .await
        .unwrap();
    let row = class
        .client
        .get(Resource::Run, &run.pk.to_string())
        .await
        .unwrap();
    assert_eq!(
        (&row["name"], &row["data"]["note"]),
        (&json!("Lab 3"), &json!("bring chalk"))
    );
    assert_eq!(row["data"]["options"], json!({"tax": 6}));
    assert_eq!(
        row["data"]["_turn"],
        json!({"seating": {"size": 2, "odd": "wait"}, "limit": null})
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_lecturer_sees_their_own_runs_also_those_that_were_put_away() {
    let class = Class::start().await;
    let (ann, ben) = (class.lecturer("ann").await, class.lecturer("ben").await);
    let run = class.new_run(&ann, json!({"name": "Ann's"})).await.pk;
    class.new_run(&ben, json!({"name": "Ben's"})).await;
    let users = class.students(3).await;
    come(&class.hosted().run(run).unwrap(), &users)
        .await
        .unwrap();
    let start = format!("run.{run}.start");
    ann.call(&start, &[]).await.unwrap();
    let listed = async |who: &common::Seat, archived: bool| -> Vec<Value> {
        let runs = who.call("game.get_runs", &[json!(archived)]).await.unwrap();
        runs.as_array().unwrap().clone()
    };
    let names = |runs: &[Value]| -> Vec<String> {
        let names = runs
            .iter()
            .map(|run| run["data"]["name"].as_str().unwrap().to_owned());
        names.collect()
    };
    let own = listed(&ann, false).await;
    assert_eq!(names(&own), ["Ann's"]);
    let counts = ["worlds", "players", "waiting"].map(|name| own[0][name].as_u64().unwrap());
    assert_eq!(counts, [1, 3, 1]);
    assert_eq!(names(&listed(&ben, true).await), ["Ben's"]);

    let student = class.student(users[0]).await;
    let archive = format!("run.{run}.archive");
    assert_eq!(
        refusal(student.call(&archive, &[]).await).0,
        "wamp.error.not_authorized"
    );
    let (uri, _) = refusal(ben.call(&archive, &[]).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    ann.call(&archive, &[]).await.unwrap();
    let (uri, _) = refusal(ann.call(&start, &[]).await);
    assert_eq!(uri, "wamp.error.no_such_procedure", "it is put away");
    assert_eq!(names(&listed(&ann, false).await), [""; 0]);
    let all = listed(&ann, true).await;
    assert_eq!(
        (names(&all), &all[0]["archived"]),
        (vec!["Ann's".to_owned()], &json!(true))
    );
    assert!(listed(&student, true).await.is_empty());
    let leader = class.join("leader").await;
    assert_eq!(names(&listed(&leader, true).await), ["default"]);

    let back = format!("run.{run}.unarchive");
    for stranger in [&ben, &student, &leader] {
        assert_eq!(
            refusal(stranger.call(&back, &[]).await).0,
            "wamp.error.no_such_procedure"
        );
    }
    let nowhere = ann.call("run.999999.unarchive", &[]).await;
    assert_eq!(refusal(nowhere).0, "wamp.error.no_such_procedure");
    for _ in 0..2 {
        let told = ann.call(&back, &[]).await.unwrap();
        assert_eq!(told, json!({"run": run}));
    }
    let log = format!("run.{run}.get_audit");
    until("both are in the audit log", || async {
        let lines = ann.call(&log, &[]).await.unwrap().to_string();
        lines.contains(r#""archive""#) && lines.contains(r#""unarchive""#)
    })
    .await;
    assert_eq!(listed(&ann, false).await[0]["players"], json!(3));
    let world = class.tables(run).await.into_keys().next().unwrap();
    assert_eq!(ann.periods(world).await.len(), 1);
    class.caught_up().await;
    until("it stays", || async { class.hosted().run(run).is_some() }).await;
    class.stop().await;
}
