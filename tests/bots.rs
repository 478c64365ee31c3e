//! Bots at the table: for the absent, in empty seats, and what becomes of a table whose bot goes wrong.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use common::bots::played_by_bots;
use common::fault::Fault;
use common::timed::TimedClass;
use common::{Class, ROOT, Seat, refusal, until};
use games_contract::{Map, Resource};
use modelservice::settings::Span;
use serde_json::{Value, json};
use simpl::Overdue;
use wamp_transport::MatchPolicy;

fn game() -> simpl::Game {
    played_by_bots(None, &Arc::default())
}

fn calm() -> Value {
    json!({"number": 1.0, "_turn": {"by": "bot", "bot": "calm"}})
}

fn number(number: u32) -> Value {
    json!({"number": f64::from(number)})
}

/// The stored decisions of a period, in the order of roles.
async fn decisions(class: &Class, period: u64) -> Vec<Value> {
    let filters = [("period", period.to_string())];
    let mut rows = class.rows(Resource::Decision, &filters).await;
    rows.sort_by_key(|row| row["role"].as_u64());
    rows.iter().map(|row| row["data"].clone()).collect()
}

/// The stored periods of a world, in order.
async fn periods(class: &Class, world: u64) -> Vec<u64> {
    let filters = [("world", world.to_string())];
    let scenario = class.rows(Resource::Scenario, &filters).await[0]["id"].clone();
    let filters = [("scenario", scenario.to_string())];
    let mut rows = class.rows(Resource::Period, &filters).await;
    rows.sort_by_key(|row| row["order"].as_u64());
    rows.iter().map(|row| row["id"].as_u64().unwrap()).collect()
}

/// Waits until a world has come to its period of that order, and returns it.
async fn comes_to(class: &Class, world: u64, order: usize) -> u64 {
    until(
        &format!("world {world} comes to period {order}"),
        || async { periods(class, world).await.len() >= order },
    )
    .await;
    periods(class, world).await[order - 1]
}

/// The stored run user of a student.
async fn runuser(class: &Class, name: &str) -> Map {
    let rows = class.rows(Resource::RunUser, &[]).await;
    let email = json!(format!("{name}@div.edu"));
    rows.into_iter().find(|row| row["email"] == email).unwrap()
}

async fn has_bot(class: &Class, name: &str) -> bool {
    let row = runuser(class, name).await;
    row["data"].pointer("/_turn/bot").is_some()
}

/// Has every world looked at what was done so far.
async fn settled(class: &Class) {
    class.caught_up().await;
    for branch in class.run().branches() {
        branch.mailbox.settled().await;
    }
}

async fn lead(leader: &Seat, scope: &str, args: &[Value]) -> Value {
    leader.call(scope, args).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_call_has_bots_decide_for_everybody_who_is_absent_and_every_table_goes_on() {
    let class = Class::of(game(), |_| {}).await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let run = class.run().pk;
    let (own, other) = (
        s1.world(),
        runuser(&class, "s3").await["world"].as_u64().unwrap(),
    );
    let added = lead(&leader, &format!("run.{run}.add_bots"), &[]).await;
    let added = added.as_array().unwrap();
    let seats: Vec<_> = added
        .iter()
        .map(|seat| (seat["world"].as_u64().unwrap(), &seat["bot"]))
        .collect();
    let calm_there = json!("calm");
    assert_eq!(
        seats,
        [
            (own, &calm_there),
            (other, &calm_there),
            (other, &calm_there)
        ]
    );
    assert!(!has_bot(&class, "s1").await && has_bot(&class, "s2").await);

    for order in 1..=3 {
        let period = comes_to(&class, own, order).await;
        assert_eq!(s1.submit(period, json!(order)).await.unwrap(), "ok");
        comes_to(&class, own, order + 1).await;
        assert_eq!(
            decisions(&class, period).await,
            [number(u32::try_from(order).unwrap()), calm()]
        );
    }
    // Where only bots sit they keep step with the others, and do not run away.
    let last = comes_to(&class, other, 5).await;
    settled(&class).await;
    assert_eq!(periods(&class, other).await.len(), 5);
    assert_eq!(decisions(&class, last).await, [Value::Null; 0]);
    let again = lead(&leader, &format!("run.{run}.add_bots"), &[]).await;
    assert_eq!(again, json!([]), "they are there already");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_back_decides_again() {
    let class = Class::of(game(), |_| {}).await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let world = s1.world();
    lead(&leader, &format!("world.{world}.add_bots"), &[]).await;
    assert!(!has_bot(&class, "s3").await, "it is another table's");
    let first = comes_to(&class, world, 1).await;
    until("the bot has decided", || async {
        decisions(&class, first).await == [calm()]
    })
    .await;

    // By deciding: it counts instead of what the bot has decided.
    let s2 = class.join("s2").await;
    s2.submit(first, json!(5)).await.unwrap();
    assert_eq!(decisions(&class, first).await, [number(5)]);
    until("the seat is theirs", || async {
        !has_bot(&class, "s2").await
    })
    .await;
    s1.submit(first, json!(2)).await.unwrap();
    let second = comes_to(&class, world, 2).await;
    assert_eq!(class.results().await, [number(7)]);
    settled(&class).await;
    assert!(decisions(&class, second).await.is_empty());

    // By saying so, which others may not for them.
    let named = [json!([s2.runuser()]), json!("random")];
    lead(&leader, &format!("run.{}.add_bots", class.run().pk), &named).await;
    until("the other bot has decided", || async {
        let found = decisions(&class, second).await;
        found
            .first()
            .is_some_and(|found| found["_turn"]["bot"] == "random")
    })
    .await;
    let back = format!("runuser.{}.remove_bots", s2.runuser());
    let (uri, _) = refusal(s1.call(&back, &[]).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    let told = s2.call(&back, &[]).await.unwrap();
    assert_eq!(told[0]["bot"], Value::Null);
    s1.submit(second, json!(2)).await.unwrap();
    let third = comes_to(&class, world, 3).await;
    settled(&class).await;
    assert!(
        decisions(&class, third).await.is_empty(),
        "the person is waited for"
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_seat_gets_a_bot_with_whom_nobody_signs_in_and_loses_it_again() {
    let mut class = Class::seeded(&game(), |_| {}).await;
    let s2 = runuser(&class, "s2").await["id"].as_u64().unwrap();
    class
        .change(Resource::RunUser, s2, json!({"active": false}))
        .await;
    class.open(game()).await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let world = s1.world();
    let add = format!("world.{world}.add_bots");
    let added = lead(&leader, &add, &[json!("empty")]).await;
    let bot = added[0]["runuser"].as_u64().unwrap();
    assert_eq!(
        (added.as_array().unwrap().len(), &added[0]["role"]),
        (1, &json!("Divisor"))
    );
    assert_eq!(
        lead(&leader, &add, &[json!("empty")]).await,
        json!([]),
        "the table is full"
    );

    let first = comes_to(&class, world, 1).await;
    s1.submit(first, json!(2)).await.unwrap();
    let second = comes_to(&class, world, 2).await;
    assert_eq!(decisions(&class, first).await, [number(2), calm()]);
    let email = format!("bot-{}-1@bots.invalid", class.run().pk);
    assert!(class.log_in(&email, "").await.is_err());

    let removed = lead(&leader, &format!("world.{world}.remove_bots"), &[]).await;
    assert_eq!(removed[0]["runuser"], bot);
    let row = class
        .client
        .get(Resource::RunUser, &bot.to_string())
        .await
        .unwrap();
    assert_eq!(
        (&row["active"], &row["email"]),
        (&json!(false), &json!(email))
    );
    s1.submit(second, json!(2)).await.unwrap();
    settled(&class).await;
    assert_eq!(
        periods(&class, world).await.len(),
        2,
        "the table waits for somebody"
    );
    let added = lead(&leader, &add, &[json!("empty"), json!("random")]).await;
    assert_eq!(added[0]["runuser"], bot, "the same one comes back");
    comes_to(&class, world, 3).await;
    class.stop().await;
}

/// What the scenario of a world says of bots that failed in a period, in the order of run users.
async fn told(leader: &Seat, world: u64, period: u64) -> Vec<String> {
    let tree = lead(leader, &format!("world.{world}.get_scope_tree"), &[]).await;
    let bots = &tree["children"][0]["data"]["data"]["_turn"]["bots"];
    if bots["period"] != json!(period) {
        return Vec::new();
    }
    let failed = bots["failed"].as_object().unwrap().values();
    failed
        .map(|one| one["reason"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_goes_wrong_harms_only_its_table_and_the_leader_reads_why() {
    let released = Arc::new(AtomicBool::default());
    let class = Class::of(played_by_bots(None, &released), |settings| {
        settings.turns.handler_timeout = Span(Duration::from_secs(2));
    })
    .await;
    let (s1, s3) = (class.join("s1").await, class.join("s3").await);
    let mut leader = class.join("leader").await;
    let errors = format!("{ROOT}.error.{}", leader.seat["data"]["user"]);
    leader
        .session
        .subscribe(&errors, MatchPolicy::Exact)
        .await
        .unwrap();
    let (own, other, run) = (s1.world(), s3.world(), class.run().pk);
    let add = format!("run.{run}.add_bots");
    let s2 = runuser(&class, "s2").await["id"].clone();
    lead(&leader, &format!("world.{other}.add_bots"), &[]).await;
    let first = comes_to(&class, own, 1).await;
    s1.submit(first, json!(3)).await.unwrap();
    let mut order = 1;
    for (bot, why) in [
        ("silent", "the bot silent has nothing to decide as Divisor"),
        (
            "greedy",
            "what the bot greedy decided does not count: number: a number from 0 to 10 is expected, got 11.0",
        ),
        ("broken", "its code panicked"),
        ("endless", "the bot endless took longer than 2 s"),
    ] {
        lead(&leader, &add, &[json!([s2]), json!(bot)]).await;
        let heard = leader.hears().await;
        assert!(heard[0].as_str().unwrap().contains(why), "{bot}: {heard:?}");
        let reasons = told(&leader, own, first).await;
        assert!(
            reasons.len() == 1 && reasons[0].contains(why),
            "{bot}: {reasons:?}"
        );
        // The other table's bot goes on.
        let period = comes_to(&class, other, order).await;
        s3.submit(period, json!(2)).await.unwrap();
        order += 1;
        comes_to(&class, other, order).await;
    }
    settled(&class).await;
    assert_eq!(
        periods(&class, own).await.len(),
        1,
        "nothing counts for what went wrong"
    );
    lead(&leader, &add, &[json!([s2]), json!("calm")]).await;
    comes_to(&class, own, 2).await;
    assert_eq!(decisions(&class, first).await, [number(3), calm()]);
    assert!(told(&leader, own, first).await.is_empty());
    released.store(true, Ordering::Relaxed);
    let (_, unknown) = refusal(leader.call(&add, &[json!([s2]), json!("cat")]).await);
    assert!(
        unknown.contains(r#"no bot "cat": it has calm, silent"#),
        "{unknown}"
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_go_on_after_a_restart_and_wait_while_the_phase_takes_no_decisions() {
    let mut class = Class::of(game(), |_| {}).await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let (world, run) = (s1.world(), class.run().pk);
    lead(&leader, &format!("run.{run}.advance_phase"), &[]).await;
    lead(&leader, &format!("world.{world}.add_bots"), &[]).await;
    settled(&class).await;
    let first = comes_to(&class, world, 1).await;
    assert!(decisions(&class, first).await.is_empty());
    drop((s1, leader));
    class.close().await;
    class.open(game()).await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    settled(&class).await;
    assert!(decisions(&class, first).await.is_empty());
    lead(&leader, &format!("run.{run}.rollback_phase"), &[]).await;
    until("the bot has decided", || async {
        decisions(&class, first).await == [calm()]
    })
    .await;
    s1.submit(first, json!(3)).await.unwrap();
    comes_to(&class, world, 2).await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bots_play_against_a_games_api_without_batches_and_when_it_was_away() {
    let mut class = Class::seeded(&game(), |_| {}).await;
    class.line.breaks("GET", "", Fault::Plain);
    let s2 = runuser(&class, "s2").await["id"].as_u64().unwrap();
    class
        .change(Resource::RunUser, s2, json!({"active": false}))
        .await;
    class.open(game()).await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let world = s1.world();
    let added = lead(
        &leader,
        &format!("world.{world}.add_bots"),
        &[json!("empty")],
    )
    .await;
    assert_eq!(added[0]["role"], "Divisor");
    let first = comes_to(&class, world, 1).await;
    s1.submit(first, json!(3)).await.unwrap();
    let second = comes_to(&class, world, 2).await;
    assert_eq!(decisions(&class, first).await, [number(3), calm()]);
    until("the bot has decided again", || async {
        decisions(&class, second).await == [calm()]
    })
    .await;
    class.stop().await;

    let class = Class::of(game(), |_| {}).await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let world = s1.world();
    let occupied = class.occupy(world);
    lead(&leader, &format!("world.{world}.add_bots"), &[]).await;
    class.line.breaks("POST", "batch/", Fault::Away);
    drop(occupied);
    until("it could not be stored", || async { class.line.met() > 0 }).await;
    class.line.heals();
    let first = comes_to(&class, world, 1).await;
    until("it is stored after all", || async {
        decisions(&class, first).await == [calm()]
    })
    .await;
    drop(s1);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_decides_for_a_seat_that_is_silent_when_its_time_is_over() {
    let timed = TimedClass::start(played_by_bots(Some(Overdue::Bot), &Arc::default())).await;
    let (class, leader) = (&timed.class, timed.class.join("leader").await);
    let s1 = class.join("s1").await;
    let world = s1.world();
    let first = comes_to(class, world, 1).await;
    s1.submit(first, json!(4)).await.unwrap();
    timed.pass(30);
    let second = comes_to(class, world, 2).await;
    assert_eq!(decisions(class, first).await, [number(4), calm()]);
    // A leader may have it so whatever the limit says.
    lead(&leader, &format!("world.{world}.force"), &[json!("bot")]).await;
    comes_to(class, world, 3).await;
    assert_eq!(decisions(class, second).await, [calm(), calm()]);
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_may_have_bots_play_for_those_who_are_silent_again_and_again() {
    let mut timed = TimedClass::seeded(played_by_bots(Some(Overdue::Skip), &Arc::default())).await;
    let run = timed.class.rows(Resource::Run, &[]).await[0]["id"]
        .as_u64()
        .unwrap();
    let limit =
        json!({"data": {"_turn": {"limit": {"seconds": 30, "then": "skip", "bot_after": 2}}}});
    timed.class.change(Resource::Run, run, limit).await;
    timed.open().await;
    let s1 = timed.class.join("s1").await;
    let world = s1.world();
    for order in 1..=2 {
        let period = comes_to(&timed.class, world, order).await;
        s1.submit(period, json!(4)).await.unwrap();
        assert!(!has_bot(&timed.class, "s2").await, "in period {order}");
        timed.pass(30);
        comes_to(&timed.class, world, order + 1).await;
    }
    let third = comes_to(&timed.class, world, 3).await;
    until("a bot sits there", || has_bot(&timed.class, "s2")).await;
    s1.submit(third, json!(4)).await.unwrap();
    comes_to(&timed.class, world, 4).await;
    assert_eq!(decisions(&timed.class, third).await, [number(4), calm()]);
    assert!(!has_bot(&timed.class, "s1").await);
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_may_know_what_a_decision_looks_like() {
    let class = Class::of(game(), |_| {}).await;
    let s1 = class.join("s1").await;
    let schema = s1.call("game.get_schema", &[]).await.unwrap();
    let number = &schema["decision"]["properties"]["number"];
    assert_eq!(
        *number,
        json!({"type": "number", "format": "double", "minimum": 0, "maximum": 10, "unit": "points",
            "description": "What you add."})
    );
    assert_eq!(schema["result"]["required"], json!(["number"]));
    assert_eq!(schema["options"]["type"], "null");
    assert_eq!(
        schema["roles"][0],
        json!({"name": "Dividend", "minimum": 1, "maximum": 1})
    );
    assert_eq!(
        schema["phases"][1],
        json!({"name": "Debrief", "accepts_decisions": false, "reveals": false})
    );
    assert_eq!(
        schema["bots"],
        json!(["calm", "silent", "greedy", "broken", "endless", "random"])
    );
    let first = s1.periods(s1.world()).await[0];
    let (_, beyond) = refusal(s1.submit(first, json!("11")).await);
    assert_eq!(
        beyond,
        "number: a number from 0 to 10 is expected, got 11.0"
    );
    class.stop().await;
}
