//! Deadlines at the table: what counts for a seat that is silent, who may still decide, and what a restart keeps.

mod common;

use std::time::Duration;

use common::fault::Fault;
use common::timed::{TimedClass, timed};
use common::{Class, Seat, refusal, until};
use games_contract::Resource;
use modelservice::settings::Span;
use serde_json::{Value, json};
use simpl::prelude::*;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

const AT_30: &str = "2026-11-21T12:00:30.000Z";

/// Two players at one table, and its first period. Both watch.
async fn table(class: &Class) -> (Seat, Seat, u64) {
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    for seat in [&s1, &s2] {
        seat.watch(s1.world()).await;
    }
    let period = s1.periods(s1.world()).await[0];
    (s1, s2, period)
}

fn running(until: &str) -> Value {
    json!({ "deadline": until })
}

fn by(number: u32, by: &str) -> Value {
    json!({"number": f64::from(number), "_turn": {"by": by}})
}

fn number(number: u32) -> Value {
    json!({"number": f64::from(number)})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_seat_has_its_default_when_time_is_over_and_the_world_goes_on_once() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let (mut s1, s2, period) = table(&timed.class).await;
    let tree = s1
        .call(&format!("world.{}.get_scope_tree", s1.world()), &[])
        .await
        .unwrap();
    let first = &tree["children"][0]["children"][0]["data"]["data"]["_turn"];
    assert_eq!(
        (first, &tree["now"]),
        (&running(AT_30), &json!("2026-11-21T12:00:00.000Z"))
    );
    s1.submit(period, json!(5)).await.unwrap();
    timed.pass(29);
    timed.class.caught_up().await;
    assert_eq!(timed.decisions(period).await, [number(5)]);

    timed.pass(1);
    let over = s1.hears_of_time().await;
    assert_eq!(over, json!({"deadline": AT_30, "over": "deadline"}));
    assert_eq!(s1.hears_of("result").await["data"], number(205));
    // The next one has its whole time from when it opened.
    assert_eq!(
        s1.hears_of_time().await,
        running("2026-11-21T12:01:00.000Z")
    );
    assert_eq!(
        timed.decisions(period).await,
        [number(5), by(200, "default")]
    );

    let (_, late) = refusal(s2.submit(period, json!(6)).await);
    assert!(
        late.contains("period 1 is over") && late.contains("200"),
        "{late}"
    );
    timed.class.caught_up().await;
    assert_eq!(timed.periods(s1.world()).await.len(), 2);
    assert_eq!(timed.class.results().await, [number(205)]);
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_decision_counts_again_where_it_is_within_the_rules() {
    let timed = TimedClass::start(timed(Overdue::Last)).await;
    let (mut s1, s2, period) = table(&timed.class).await;
    s1.submit(period, json!(5)).await.unwrap();
    s2.submit(period, json!(900)).await.unwrap();
    s1.hears_of("result").await;
    let second = s1.hears_of("period").await["id"].as_u64().unwrap();
    s2.submit(second, json!(6)).await.unwrap();
    timed.pass(30);
    s1.hears_of("result").await;
    assert_eq!(timed.decisions(second).await, [by(5, "last"), number(6)]);
    // 900 is too much by now.
    let (mut s3, s4) = (timed.class.join("s3").await, timed.class.join("s4").await);
    let first = s3.periods(s3.world()).await[0];
    s3.watch(s3.world()).await;
    timed.pass(30);
    s3.submit(first, json!(5)).await.unwrap();
    s4.submit(first, json!(900)).await.unwrap();
    s3.hears_of("result").await;
    let second = s3.hears_of("period").await["id"].as_u64().unwrap();
    s3.submit(second, json!(8)).await.unwrap();
    timed.pass(30);
    s3.hears_of("result").await;
    assert_eq!(
        timed.decisions(second).await,
        [number(8), by(200, "default")]
    );
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_seat_is_not_in_the_step_and_cannot_decide_any_more() {
    let timed = TimedClass::start(timed(Overdue::Skip)).await;
    let (mut s1, s2, period) = table(&timed.class).await;
    s1.submit(period, json!(5)).await.unwrap();
    timed.pass(30);
    assert_eq!(s1.hears_of("result").await["data"], number(5));
    let skipped = json!({"_turn": {"by": "skip"}});
    assert_eq!(timed.decisions(period).await, [number(5), skipped]);
    let (_, late) = refusal(s2.submit(period, json!(6)).await);
    assert!(late.contains("no decision of yours counted"), "{late}");
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_whose_limit_says_wait_is_open_until_the_seat_decides() {
    let timed = TimedClass::start(timed(Overdue::Wait)).await;
    let (mut s1, s2, period) = table(&timed.class).await;
    s1.submit(period, json!(5)).await.unwrap();
    timed.pass(30);
    let waits = json!({"deadline": AT_30, "waits": "wait"});
    assert_eq!(s1.hears_of_time().await, waits);
    timed.pass(3600);
    assert_eq!(s2.submit(period, json!(6)).await.unwrap(), "ok");
    assert_eq!(s1.hears_of("result").await["data"], number(11));
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_count_the_world_waits() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let (mut s1, _, period) = table(&timed.class).await;
    s1.submit(period, json!(7)).await.unwrap();
    timed.pass(30);
    let waits = json!({"deadline": AT_30, "waits": "undecided"});
    assert_eq!(s1.hears_of_time().await, waits);
    let leader = timed.class.join("leader").await;
    let force = format!("world.{}.force", s1.world());
    let (_, reason) = refusal(leader.call(&force, &[]).await);
    assert!(reason.contains("no default decision for it"), "{reason}");
    leader.call(&force, &[json!("skip")]).await.unwrap();
    assert_eq!(s1.hears_of("result").await["data"], number(7));
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_table_is_not_played_on_and_its_time_begins_when_somebody_comes() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let (mut s1, s2, period) = table(&timed.class).await;
    timed.pass(30);
    let waits = json!({"deadline": AT_30, "waits": "absent"});
    assert_eq!(s1.hears_of_time().await, waits);
    timed.pass(600);
    s1.submit(period, json!(5)).await.unwrap();
    assert_eq!(
        s1.hears_of_time().await,
        running("2026-11-21T12:11:00.000Z")
    );
    timed.pass(30);
    assert_eq!(s1.hears_of("result").await["data"], number(205));
    // Both are away now: one period ends without them, the next one waits.
    let second = s1.hears_of("period").await["id"].as_u64().unwrap();
    timed.pass(30);
    assert_eq!(s1.hears_of("result").await["data"], number(300));
    s1.hears_of("period").await;
    timed.pass(30);
    assert_eq!(s1.hears_of_time().await["waits"], "absent");
    assert_eq!(timed.class.results().await.len(), 2);
    let (_, late) = refusal(s2.submit(second, json!(6)).await);
    assert!(late.contains("200"), "{late}");
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_at_20_of_30_seconds_keeps_the_deadline() {
    let mut timed = TimedClass::start(timed(Overdue::Default)).await;
    let (s1, _, period) = table(&timed.class).await;
    s1.submit(period, json!(5)).await.unwrap();
    timed.pass(20);
    timed.class.close().await;
    timed.open().await;
    let (mut s1, ..) = table(&timed.class).await;
    timed.pass(9);
    timed.class.caught_up().await;
    assert_eq!(timed.decisions(period).await, [number(5)]);
    timed.pass(1);
    assert_eq!(s1.hears_of("result").await["data"], number(205));
    // Away when it is over, but not for long.
    let second = s1.hears_of("period").await["id"].as_u64().unwrap();
    s1.submit(second, json!(1)).await.unwrap();
    timed.class.close().await;
    timed.pass(90);
    timed.open().await;
    until("the second period has its result", || async {
        timed.class.results().await == [number(205), number(201)]
    })
    .await;
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_long_past_the_deadline_the_world_waits_for_its_leader() {
    let mut timed = TimedClass::start(timed(Overdue::Default)).await;
    let (s1, _, period) = table(&timed.class).await;
    s1.submit(period, json!(5)).await.unwrap();
    timed.class.close().await;
    timed.pass(91);
    timed.open().await;
    let leader = timed.class.join("leader").await;
    let world = s1.world();
    let waits = json!({"deadline": AT_30, "waits": "late"});
    until("the world waits", || async {
        let tree = leader
            .call(&format!("world.{world}.get_scope_tree"), &[])
            .await
            .unwrap();
        tree["children"][0]["children"][0]["data"]["data"]["_turn"] == waits
    })
    .await;
    timed.pass(3600);
    timed.class.caught_up().await;
    assert_eq!(timed.decisions(period).await, [number(5)]);
    let told = leader
        .call(&format!("world.{world}.extend"), &[json!(10)])
        .await;
    assert_eq!(told.unwrap()[0]["deadline"], "2026-11-21T13:01:41.000Z");
    timed.pass(10);
    until("the period has its result", || async {
        timed.class.results().await == [number(205)]
    })
    .await;
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leaders_who_are_there_hear_that_worlds_wait_for_them() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let mut leader = timed.class.join("leader").await;
    let user = leader.seat["data"]["user"].as_u64().unwrap();
    let topic = format!("{}.error.{user}", common::ROOT);
    leader
        .session
        .subscribe(&topic, wamp_transport::MatchPolicy::Exact)
        .await
        .unwrap();
    // As when the machine has slept.
    timed.pass(91);
    let sentence = leader.hears().await.remove(0);
    let sentence = sentence.as_str().unwrap();
    assert!(sentence.contains("in 2 of your worlds"), "{sentence}");
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_stands_still_in_a_phase_that_takes_no_decisions() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let (mut s1, s2, period) = table(&timed.class).await;
    let leader = timed.class.join("leader").await;
    let run = timed.class.run().pk;
    s1.submit(period, json!(5)).await.unwrap();
    timed.pass(20);
    leader
        .call(&format!("run.{run}.advance_phase"), &[])
        .await
        .unwrap();
    let paused = json!({"paused": "phase", "left": 10.0});
    assert_eq!(s1.hears_of_time().await, paused);
    timed.pass(3600);
    leader
        .call(&format!("run.{run}.rollback_phase"), &[])
        .await
        .unwrap();
    assert_eq!(
        s1.hears_of_time().await,
        running("2026-11-21T13:00:30.000Z")
    );
    s2.submit(period, json!(6)).await.unwrap();
    assert_eq!(s1.hears_of("result").await["data"], number(11));
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_may_have_another_limit_and_periods_that_others_make_have_it_too() {
    let timed = TimedClass::seeded(timed(Overdue::Default)).await;
    let run = timed.class.rows(Resource::Run, &[]).await[0]["id"]
        .as_u64()
        .unwrap();
    let limit = json!({"data": {"_turn": {"limit": {"seconds": 5, "then": "skip"}}}});
    timed.class.change(Resource::Run, run, limit).await;
    let mut timed = timed;
    timed.open().await;
    let (mut s1, _, period) = table(&timed.class).await;
    s1.submit(period, json!(5)).await.unwrap();
    timed.pass(5);
    assert_eq!(s1.hears_of("result").await["data"], number(5));
    let world = s1.world();
    let scenario = json!({"world": world, "name": "another"});
    let scenario = timed.class.create(Resource::Scenario, scenario).await;
    let of = json!({"scenario": scenario, "order": 1});
    let made = timed.class.create(Resource::Period, of).await;
    until("it has its time", || async {
        let row = timed
            .class
            .client
            .get(Resource::Period, &made.to_string())
            .await
            .unwrap();
        row["data"]["_turn"] == running("2026-11-21T12:00:10.000Z")
    })
    .await;
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_that_lacks_a_player_waits() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let (mut s1, s2, period) = table(&timed.class).await;
    s1.submit(period, json!(5)).await.unwrap();
    let away = json!({"active": false});
    timed
        .class
        .change(Resource::RunUser, s2.runuser(), away)
        .await;
    timed.class.caught_up().await;
    timed.pass(30);
    assert_eq!(s1.hears_of_time().await["waits"], "players");
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_and_the_deadline_at_one_moment_leave_one_decision_a_seat_and_one_result() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let (mut s1, s2, mut period) = table(&timed.class).await;
    for round in 0..24 {
        s1.submit(period, json!(5)).await.unwrap();
        // Both wait at the world's door, in either order; without a door they race.
        let door = (round % 3 > 0).then(|| timed.class.occupy(s1.world()));
        let submitted = async {
            tokio::task::yield_now().await;
            s2.submit(period, json!(6)).await
        };
        let passed = async {
            if round % 3 == 2 {
                tokio::task::yield_now().await;
            }
            timed.pass(30);
            drop(door);
        };
        let (submitted, ()) = tokio::join!(submitted, passed);
        s1.hears_of("result").await;
        let decisions = timed.decisions(period).await;
        let expected = match submitted {
            Ok(_) => number(6),
            late => {
                assert!(refusal(late).1.contains("is over"));
                by(200, "default")
            }
        };
        assert_eq!(decisions, [number(5), expected], "round {round}");
        let of = [("period", period.to_string())];
        assert_eq!(timed.class.rows(Resource::Result, &of).await.len(), 1);
        let periods = s1.periods(s1.world()).await;
        assert_eq!(periods.len(), round + 2);
        period = *periods.last().unwrap();
    }
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_default_that_the_games_api_does_not_take_makes_the_world_wait() {
    let timed = TimedClass::start(timed(Overdue::Default)).await;
    let (mut s1, s2, period) = table(&timed.class).await;
    s1.submit(period, json!(5)).await.unwrap();
    let refused = Fault::Refused("decision");
    timed.class.line.breaks("POST", "batch", refused);
    timed.pass(30);
    assert_eq!(s1.hears_of_time().await["waits"], "undecided");
    timed.class.line.heals();
    s2.submit(period, json!(6)).await.unwrap();
    assert_eq!(s1.hears_of("result").await["data"], number(11));
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_stored_in_time_is_stored_when_the_games_api_is_back() {
    let mut timed = TimedClass::seeded(timed(Overdue::Default)).await;
    timed.class.settings.api.timeout = Span(Duration::from_millis(500));
    timed.open().await;
    let (mut s1, _, mut period) = table(&timed.class).await;
    // The other table is out of this when its time is over and nobody has come.
    timed.pass(30);
    until("both tables wait", || async {
        timed.class.hosted().timetable.is_empty()
            && s1.knows_time(period).await["waits"] == "absent"
    })
    .await;
    // With the second fault it was stored, and nobody has said so.
    for fault in [Fault::Away, Fault::Unanswered] {
        s1.submit(period, json!(5)).await.unwrap();
        timed.class.line.breaks("POST", "batch", fault);
        let met = timed.class.line.met();
        timed.pass(30);
        let timetable = &timed.class.hosted().timetable;
        until("it was tried, and is to be tried again", || async {
            timed.class.line.met() > met && !timetable.is_empty()
        })
        .await;
        timed.class.line.heals();
        timed.pass(2);
        assert_eq!(s1.hears_of("result").await["data"], number(205));
        let decisions = timed.decisions(period).await;
        assert_eq!(decisions, [number(5), by(200, "default")]);
        period = *s1.periods(s1.world()).await.last().unwrap();
    }
    assert_eq!(timed.class.results().await.len(), 2);
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlines_are_kept_against_a_games_api_like_the_original_too() {
    let mut timed = TimedClass::seeded(timed(Overdue::Default)).await;
    timed.class.line.breaks("GET", "", Fault::Plain);
    timed.open().await;
    let (mut s1, s2, period) = table(&timed.class).await;
    s1.submit(period, json!(5)).await.unwrap();
    timed.pass(30);
    assert_eq!(s1.hears_of("result").await["data"], number(205));
    assert_eq!(
        s1.hears_of_time().await,
        running("2026-11-21T12:01:00.000Z")
    );
    let (_, late) = refusal(s2.submit(period, json!(6)).await);
    assert!(late.contains("200"), "{late}");
    timed.class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_the_clock_of_the_machine_a_period_ends_when_its_second_is_over() {
    let game = timed(Overdue::Default).with_time_limit(Some(simpl::TimeLimit {
        seconds: 1,
        then: Overdue::Default,
    }));
    let mut class = Class::seeded(&game, |_| {}).await;
    class.open(game).await;
    let (mut s1, _, period) = table(&class).await;
    // Where the table has waited for somebody to come, its time begins again.
    s1.submit(period, json!(5)).await.unwrap();
    let result = s1.hears_of("result").await;
    assert_eq!(result["data"], number(205));
    let ended = class
        .client
        .get(Resource::Period, &period.to_string())
        .await
        .unwrap();
    let moment = |text: &Value| OffsetDateTime::parse(text.as_str().unwrap(), &Rfc3339).unwrap();
    let (deadline, stepped) = (
        moment(&ended["data"]["_turn"]["deadline"]),
        moment(&result["created"]),
    );
    assert_eq!(ended["data"]["_turn"]["over"], "deadline");
    assert!(deadline <= stepped, "{deadline} {stepped}");
    class.stop().await;
}
