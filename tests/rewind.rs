//! A world is taken back to one of its periods and plays on from there.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

use common::bots::played_by_bots;
use common::fault::Fault;
use common::sum::{Sum, sum};
use common::timed::{TimedClass, timed};
use common::walk::walk;
use common::{Class, ROOT, Seat, refusal, until};
use games_contract::Resource;
use serde_json::{Value, json};
use simpl::prelude::Overdue;
use wamp_transport::{Inbound, Payload};

async fn table(class: &Class) -> (Seat, Seat, Seat) {
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    s1.watch(s1.world()).await;
    (class.join("leader").await, s1, s2)
}

/// Both decide in the last period, which gets its result.
async fn play(class: &Class, s1: &Seat, s2: &Seat, numbers: (i64, i64)) -> Value {
    let period = *s1.periods(s1.world()).await.last().unwrap();
    s1.submit(period, json!(numbers.0)).await.unwrap();
    s2.submit(period, json!(numbers.1)).await.unwrap();
    let of = [("period", period.to_string())];
    until("the period is stepped and the next one open", || async {
        let stepped = class.rows(Resource::Result, &of).await.len() == 1;
        stepped && *s1.periods(s1.world()).await.last().unwrap() != period
    })
    .await;
    class.rows(Resource::Result, &of).await.remove(0)["data"].clone()
}

async fn back(leader: &Seat, scope: &str, order: u32, key: &str) -> Value {
    let uri = format!("{ROOT}.model.{scope}.rewind");
    let payload = Payload::json(&[order], &json!({"_key": key})).unwrap();
    let reply = leader.session.call(&uri, payload).await.unwrap();
    reply.args().unwrap().remove(0)
}

async fn history(class: &Class, scenario: &Value) -> Vec<Value> {
    let api = class.api.as_ref().unwrap().addr;
    common::history::history(api, scenario).await
}

/// Rewind, period and resource of what was kept.
fn places(history: &[Value]) -> Vec<(u64, u64, String)> {
    let number = |row: &Value, name: &str| row[name].as_u64().unwrap();
    let places = history.iter().map(|row| {
        let resource = row["resource"].as_str().unwrap().to_owned();
        (number(row, "rewind"), number(row, "order"), resource)
    });
    places.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rewound_twice_a_world_plays_again_with_the_same_luck_and_everything_is_kept() {
    let class = Class::of(walk(), |_| {}).await;
    let (leader, s1, s2) = table(&class).await;
    let world = format!("world.{}", s1.world());
    let first = play(&class, &s1, &s2, (1, 2)).await;
    let second = play(&class, &s1, &s2, (3, 4)).await;
    let third = play(&class, &s1, &s2, (5, 6)).await;
    let told = back(&leader, &world, 2, "a").await;
    let told = &told[0];
    let counts = ["order", "rewind", "periods", "decisions", "results"]
        .map(|name| told[name].as_u64().unwrap());
    assert_eq!((counts, &told["history"]), ([2, 1, 2, 4, 2], &json!(true)));
    // Sent twice it is done once.
    let again = back(&leader, &world, 2, "a").await;
    assert_eq!(
        (&again[0]["rewind"], &again[0]["periods"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(class.results().await, std::slice::from_ref(&first));
    assert_eq!(s1.periods(s1.world()).await.len(), 2);

    let other = play(&class, &s1, &s2, (3, 5)).await;
    assert_eq!(
        other["at"],
        json!(11.0),
        "what was carried is that of period 1"
    );
    assert_eq!(
        other["luck"], second["luck"],
        "and luck is that of the period"
    );
    back(&leader, &world, 1, "b").await;
    assert!(class.results().await.is_empty());
    for (numbers, expected) in [((1, 2), &first), ((3, 4), &second), ((5, 6), &third)] {
        assert_eq!(play(&class, &s1, &s2, numbers).await, *expected);
    }
    let kept = history(&class, &told["scenario"]).await;
    let of = |rewind: u64| {
        places(&kept)
            .into_iter()
            .filter(move |place| place.0 == rewind)
    };
    assert_eq!((of(1).count(), of(2).count(), kept.len()), (8, 8, 16));
    let operands: Vec<&Value> = kept
        .iter()
        .filter(|row| row["resource"] == "decision")
        .map(|row| &row["row"]["data"]["number"])
        .collect();
    assert_eq!(operands.len(), 8);
    assert_eq!(kept[0]["user"], leader.seat["data"]["user"]);
    let scenario = class
        .client
        .get(Resource::Scenario, &told["scenario"].to_string())
        .await
        .unwrap();
    assert_eq!(scenario["data"]["_turn"]["rewound"]["times"], 2);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_recalculates_goes_on_from_what_is_left() {
    let class = Class::of(sum(Sum::default()), |_| {}).await;
    let (leader, s1, s2) = table(&class).await;
    let first = s1.periods(s1.world()).await[0];
    play(&class, &s1, &s2, (1, 2)).await;
    play(&class, &s1, &s2, (3, 4)).await;
    play(&class, &s1, &s2, (5, 6)).await;
    back(&leader, &format!("world.{}", s1.world()), 2, "a").await;
    // The first period has its result still, and a later decision changes it.
    s1.submit(first, json!(10)).await.unwrap();
    until("the first is stepped again", || async {
        class.results().await == [json!({"number": 12.0})]
    })
    .await;
    assert_eq!(s1.periods(s1.world()).await.len(), 2);
    play(&class, &s1, &s2, (7, 8)).await;
    s2.submit(first, json!(0)).await.unwrap();
    until("all are stepped again", || async {
        class.results().await == [json!({"number": 10.0}), json!({"number": 15.0})]
    })
    .await;
    assert_eq!(s1.periods(s1.world()).await.len(), 3);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_at_work_is_abandoned_and_does_not_hold_up_what_is_played_again() {
    let (let_through, gate) = channel();
    let model = Sum {
        gate: Some(Mutex::new(gate)),
    };
    let class = Class::of(sum(model), |_| {}).await;
    let (leader, s1, s2) = table(&class).await;
    let period = s1.periods(s1.world()).await[0];
    s1.submit(period, json!(-1)).await.unwrap();
    s2.submit(period, json!(-1)).await.unwrap();
    back(&leader, &format!("world.{}", s1.world()), 1, "a").await;
    // The step of before still waits at its gate.
    let result = play(&class, &s1, &s2, (1, 2)).await;
    assert_eq!(result, json!({"number": 3.0}));
    let_through.send(()).unwrap();
    let world = class
        .run()
        .branch(modelservice::scopes::Owner::World(s1.world()))
        .unwrap();
    world.mailbox.settled().await;
    play(&class, &s1, &s2, (3, 4)).await;
    assert_eq!(
        class.results().await,
        [json!({"number": 3.0}), json!({"number": 7.0})]
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_decides_in_a_period_that_is_gone_is_told_where_the_game_is_also_after_a_restart() {
    let mut class = Class::of(walk(), |_| {}).await;
    let (leader, s1, s2) = table(&class).await;
    play(&class, &s1, &s2, (1, 2)).await;
    let gone = *s1.periods(s1.world()).await.last().unwrap();
    let told = back(&leader, &format!("run.{}", class.run().pk), 1, "a").await;
    assert_eq!(
        told.as_array().unwrap().len(),
        class.run().view.load().worlds.len()
    );
    let words = "this period is gone, because a leader has taken the game back to period 1; period 1 is played now: decide there";
    assert_eq!(refusal(s1.submit(gone, json!(5)).await).1, words);
    class.close().await;
    class.open(walk()).await;
    let (s1, s3) = (class.join("s1").await, class.join("s3").await);
    assert_eq!(refusal(s1.submit(gone, json!(5)).await).1, words);
    // Whoever could not have decided there learns nothing.
    assert_eq!(
        refusal(s3.submit(gone, json!(5)).await).0,
        "wamp.error.no_such_procedure"
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn front_ends_hear_what_goes_and_then_where_the_game_is() {
    let class = Class::of(walk(), |_| {}).await;
    let (leader, mut s1, s2) = table(&class).await;
    play(&class, &s1, &s2, (1, 2)).await;
    let last = *s1.periods(s1.world()).await.last().unwrap();
    s2.submit(last, json!(5)).await.unwrap();
    back(&leader, &format!("world.{}", s1.world()), 1, "a").await;
    let mut gone = Vec::new();
    let scenario = loop {
        let Some(Inbound::Event { payload, .. }) = s1.inbox.recv().await else {
            panic!("an event was expected");
        };
        let mut args = payload.args().unwrap();
        let row = args.remove(2);
        match args[1].as_str().unwrap() {
            "scenario" => break row,
            resource if row["data"] != json!({}) || resource == "period" => {
                gone.push(resource.to_owned());
            }
            _ => {}
        }
    };
    let removed = &gone[gone.len() - 5..];
    assert_eq!(
        removed,
        ["decision", "period", "result", "decision", "decision"]
    );
    let rewound = &scenario["data"]["_turn"]["rewound"];
    assert_eq!(
        (&rewound["order"], &rewound["periods"]),
        (&json!(1), &json!([last]))
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_begins_anew_in_the_period_that_is_open_again() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let class = &timed.class;
    let (leader, s1, s2) = table(class).await;
    let first = s1.periods(s1.world()).await[0];
    play(class, &s1, &s2, (1, 2)).await;
    timed.pass(20);
    back(&leader, &format!("world.{}", s1.world()), 1, "a").await;
    assert_eq!(
        s1.knows_time(first).await,
        json!({"deadline": "2026-11-21T12:00:50.000Z"})
    );
    // The deadlines of before are nothing any more.
    timed.pass(15);
    class.caught_up().await;
    assert!(timed.decisions(first).await.is_empty());
    s1.submit(first, json!(5)).await.unwrap();
    timed.pass(15);
    until("the period ends", || async {
        class.results().await == [json!({"number": 205.0})]
    })
    .await;
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_decide_again_in_the_period_that_is_open_again() {
    let class = Class::of(played_by_bots(None, &Arc::default()), |_| {}).await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let world = format!("world.{}", s1.world());
    leader
        .call(&format!("{world}.add_bots"), &[])
        .await
        .unwrap();
    let first = s1.periods(s1.world()).await[0];
    let of = [("period", first.to_string())];
    let bots = || async {
        let decisions = class.rows(Resource::Decision, &of).await;
        decisions
            .iter()
            .any(|row| row["data"]["_turn"]["by"] == "bot")
    };
    s1.submit(first, json!(5)).await.unwrap();
    until("the first is stepped", || async {
        class.results().await.len() == 1
    })
    .await;
    let before = class.results().await;
    let told = back(&leader, &world, 1, "a").await;
    until("the bot has decided again", bots).await;
    s1.submit(first, json!(5)).await.unwrap();
    until("the first is stepped again", || async {
        class.results().await == before
    })
    .await;
    let kept = history(&class, &told[0]["scenario"]).await;
    let by_bots = kept
        .iter()
        .filter(|row| row["row"]["data"]["_turn"]["by"] == "bot");
    assert!(by_bots.count() >= 1);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn against_a_games_api_without_history_the_world_goes_back_all_the_same() {
    let mut class = Class::seeded(&walk(), |_| {}).await;
    class.line.breaks("GET", "", Fault::Plain);
    class.open(walk()).await;
    let (leader, s1, s2) = table(&class).await;
    play(&class, &s1, &s2, (1, 2)).await;
    let told = back(&leader, &format!("world.{}", s1.world()), 1, "a").await;
    assert_eq!(
        (&told[0]["history"], &told[0]["decisions"]),
        (&json!(false), &json!(2))
    );
    assert!(class.results().await.is_empty());
    play(&class, &s1, &s2, (3, 4)).await;
    assert!(history(&class, &told[0]["scenario"]).await.is_empty());
    let refused = leader
        .call(&format!("run.{}.get_audit", class.run().pk), &[])
        .await;
    assert!(refusal(refused).1.contains("keeps no audit log"));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_leader_goes_back_and_only_to_a_period_that_is_there() {
    let class = Class::of(walk(), |_| {}).await;
    let (leader, s1, _s2) = table(&class).await;
    let rewind = format!("world.{}.rewind", s1.world());
    let (_, refused) = refusal(s1.call(&rewind, &[json!(1)]).await);
    assert!(refused.contains("only a leader"), "{refused}");
    let (_, refused) = refusal(leader.call(&rewind, &[json!(2)]).await);
    assert!(
        refused.contains("a period from 1 to 1 is expected, got 2"),
        "{refused}"
    );
    let (_, refused) = refusal(leader.call(&rewind, &[]).await);
    assert!(refused.contains("the number of a period"), "{refused}");
    class.stop().await;
}
