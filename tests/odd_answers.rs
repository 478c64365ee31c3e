//! What happens when the games API answers late, wrongly or not at all.

mod common;

use std::time::Duration;

use common::fault::Fault;
use common::sum::{Sum, sum};
use common::{Class, refusal, until};
use games_contract::Resource;
use modelservice::settings::Span;
use serde_json::json;
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_begins_while_the_games_api_stutters_is_loaded_when_it_answers() {
    let class = Class::start().await;
    let run = class.run().pk;
    let s1 = class.join("s1").await;
    class
        .change(Resource::Run, run, json!({"active": false}))
        .await;
    until("the run is unloaded", || async {
        class.hosted().runs().is_empty()
    })
    .await;
    let (uri, _) = refusal(s1.call(&format!("run.{run}.get_scope"), &[]).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    class.line.breaks("GET", "periods/", Fault::Away);
    class
        .change(Resource::Run, run, json!({"active": true}))
        .await;
    until("it was tried and given up", || async {
        class.line.met() >= 3
    })
    .await;
    class.line.heals();
    until("the run is loaded", || async {
        !class.hosted().runs().is_empty()
    })
    .await;
    let period = s1.periods(s1.world()).await[0];
    assert_eq!(s1.submit(period, json!(1)).await.unwrap(), "ok");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_next_period_that_could_not_be_opened_at_the_start_is_opened_later() {
    let mut class = Class::start().await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    let period = s1.periods(world).await[0];
    s1.submit(period, json!(12)).await.unwrap();
    s2.submit(period, json!(4)).await.unwrap();
    until("the second period is open", || async {
        s1.periods(world).await.len() == 2
    })
    .await;
    let second = s1.periods(world).await[1];
    class.close().await;
    class
        .client
        .delete(Resource::Period, &second.to_string())
        .await
        .unwrap();
    class.line.breaks("POST", "batch/", Fault::Away);
    class.open(div::game()).await;
    until("it was tried", || async { class.line.met() > 0 }).await;
    class.line.heals();
    let s1 = class.join("s1").await;
    until("the second period is open again", || async {
        s1.periods(world).await.len() == 2
    })
    .await;
    assert_eq!(class.results().await, [json!({"quotient": 3.0})]);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_step_a_decision_whose_answer_got_lost_counts() {
    let class = Class::of(sum(Sum::default()), |settings| {
        settings.api.timeout = Span(Duration::from_millis(500));
    })
    .await;
    let (s1, mut s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    s2.watch(world).await;
    let period = s1.periods(world).await[0];
    s1.submit(period, json!(13)).await.unwrap();
    s2.submit(period, json!(4)).await.unwrap();
    let failed = s2.hears_of("scenario").await;
    assert_eq!(failed["data"]["_turn"]["failed"]["period"], json!(period));
    class.line.breaks("POST", "batch/", Fault::Unanswered);
    let (_, sentence) = refusal(s1.submit(period, json!(12)).await);
    assert!(
        sentence.contains("it is not known whether your decision was stored"),
        "{sentence}"
    );
    class.line.heals();
    assert_eq!(s2.hears_of("result").await["data"], json!({"number": 16.0}));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_decision_that_is_answered_with_nonsense_is_not_counted_as_the_old_one() {
    let class = Class::start().await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let period = s1.periods(s1.world()).await[0];
    s1.submit(period, json!(12)).await.unwrap();
    class.line.breaks("POST", "batch/", Fault::Garbled);
    let (uri, sentence) = refusal(s1.submit(period, json!(20)).await);
    assert_eq!(uri, "wamp.error.runtime_error");
    assert!(sentence.contains("games API"), "{sentence}");
    class.line.heals();
    s2.submit(period, json!(4)).await.unwrap();
    until("what is stored counts", || async {
        class.results().await == [json!({"quotient": 5.0})]
    })
    .await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_fails_keeps_serving_what_was_there() {
    let class = Class::start().await;
    let s1 = class.join("s1").await;
    class.line.breaks("GET", "changes/", Fault::Gone);
    class.line.breaks("GET", "runs/", Fault::Away);
    // The request for changes that is held open is answered by a change.
    let run = class.run().pk;
    class
        .change(Resource::Run, run, json!({"name": "other"}))
        .await;
    until("it was tried to load again", || async {
        class.line.met() > 6
    })
    .await;
    let period = s1.periods(s1.world()).await[0];
    assert_eq!(s1.submit(period, json!(1)).await.unwrap(), "ok");
    class.line.heals();
    class.caught_up().await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phase_is_moved_without_undoing_what_somebody_else_has_just_changed() {
    let class = Class::start().await;
    let leader = class.join("leader").await;
    let run = class.run().pk;
    // What is changed now is not heard of before the leader moves on.
    class.line.breaks("GET", "changes/", Fault::Away);
    class
        .change(Resource::Run, run, json!({"data": {"note": "by hand"}}))
        .await;
    class
        .change(Resource::Run, run, json!({"name": "renamed"}))
        .await;
    until("the service does not follow", || async {
        class.line.met() > 0
    })
    .await;
    class
        .change(Resource::Run, run, json!({"name": "renamed again"}))
        .await;
    leader
        .call(&format!("run.{run}.advance_phase"), &[])
        .await
        .unwrap();
    let stored = class
        .client
        .get(Resource::Run, &run.to_string())
        .await
        .unwrap();
    assert_eq!(stored["name"], json!("renamed again"));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_become_staff_while_nobody_followed_is_staff_after_the_next_login() {
    let class = Class::start().await;
    let head =
        json!({"email": "head@div.edu", "password": "head", "first_name": "", "last_name": "Head"});
    let head = class.create(Resource::User, head).await;
    let run = class.run().pk;
    let seat = class.join("head").await;
    refusal(seat.call(&format!("run.{run}.get_scope"), &[]).await);

    // The cursor is refused, a fresh one is not.
    class
        .line
        .breaks("GET", "changes/?game_slug=div&wait=25", Fault::Gone);
    class
        .change(Resource::Run, run, json!({"name": "other"}))
        .await;
    until("everything is loaded again", || async {
        class.line.met() > 0
    })
    .await;
    class
        .change(Resource::User, head, json!({"is_staff": true}))
        .await;
    let before = class.line.met();
    until("everything was loaded again since", || async {
        class.line.met() > before + 1
    })
    .await;
    class.line.heals();
    class.caught_up().await;
    let seat = class.join("head").await;
    seat.call(&format!("run.{run}.get_scope"), &[])
        .await
        .unwrap();
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_games_api_that_answers_wrongly_at_once_is_not_asked_without_a_pause() {
    for (fault, questions, least) in [(Fault::Gone, 4, 700), (Fault::Hasty, 9, 400)] {
        let class = Class::start().await;
        class
            .line
            .breaks("GET", "changes/?game_slug=div&wait=25", fault);
        let began = Instant::now();
        class
            .change(Resource::Run, class.run().pk, json!({"name": "other"}))
            .await;
        until("it was asked often enough", || async {
            class.line.met() >= questions
        })
        .await;
        let took = began.elapsed();
        assert!(took >= Duration::from_millis(least), "{fault:?}: {took:?}");
        class.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_games_api_that_announces_nothing_of_ours_a_class_plays_by_single_writes() {
    let game = div::game();
    let mut class = Class::seeded(&game, |_| {}).await;
    class.line.breaks("GET", "", Fault::Plain);
    class.line.breaks("POST", "batch/", Fault::Away);
    class.open(game).await;
    let announcements = class.line.met();
    assert_eq!(announcements, 1);
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    let period = s1.periods(world).await[0];
    for (dividend, quotient) in [(12, 2.4), (20, 4.0)] {
        assert_eq!(s1.submit(period, json!(dividend)).await.unwrap(), "ok");
        assert_eq!(s2.submit(period, json!(5)).await.unwrap(), "ok");
        until("the period is stepped", || async {
            class.results().await == [json!({"quotient": quotient})]
        })
        .await;
    }
    assert_eq!(s1.periods(world).await.len(), 2);
    assert_eq!(class.line.met(), announcements, "no batch was tried");
    class.stop().await;
}
