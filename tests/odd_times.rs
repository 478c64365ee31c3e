//! What happens when things happen at an odd time: while a world is busy, a run pauses, a player moves.

mod common;

use std::sync::Mutex;
use std::sync::mpsc::channel;

use common::fault::Fault;
use common::sum::{Sum, sum};
use common::{Class, ROOT, refusal, until};
use games_contract::Resource;
use modelservice::scopes::{Owner, Row};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use wamp_transport::{Payload, PublishOptions};

#[tokio::test(flavor = "multi_thread")]
async fn a_row_created_and_deleted_while_its_world_is_busy_is_gone() {
    let class = Class::start().await;
    let s1 = class.join("s1").await;
    let period = s1.periods(s1.world()).await[0];
    let release = class.occupy(s1.world());
    let decision = json!({"period": period, "name": "note", "data": {}});
    let note = class.create(Resource::Decision, decision).await;
    class
        .client
        .delete(Resource::Decision, &note.to_string())
        .await
        .unwrap();
    class.caught_up().await;
    drop(release);
    let branch = class.run().branch(Owner::World(s1.world())).unwrap();
    branch.mailbox.settled().await;
    let (uri, _) = refusal(s1.call(&format!("decision.{note}.get_scope"), &[]).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    assert!(
        class
            .hosted()
            .directory
            .place(Resource::Decision, note)
            .is_none()
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_who_comes_back_completes_the_period() {
    let class = Class::start().await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let (world, away) = (s1.world(), s1.runuser());
    let period = s1.periods(world).await[0];
    assert_eq!(s1.submit(period, json!(12)).await.unwrap(), "ok");
    class
        .change(Resource::RunUser, away, json!({"active": false}))
        .await;
    class.caught_up().await;
    assert_eq!(s2.submit(period, json!(4)).await.unwrap(), "ok");
    class
        .change(Resource::RunUser, away, json!({"active": true}))
        .await;
    until("both have decided, so it is stepped", || async {
        s2.periods(world).await.len() == 2
    })
    .await;
    assert_eq!(class.results().await, [json!({"quotient": 3.0})]);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_world_is_told_to_leaders_but_not_to_other_worlds() {
    let class = Class::start().await;
    let (s1, mut s3, mut leader) = (
        class.join("s1").await,
        class.join("s3").await,
        class.join("leader").await,
    );
    let run = class.run().pk;
    leader.watch_scope(&format!("run.{run}")).await;
    s3.watch_scope(&format!("run.{run}")).await;
    s3.watch_scope(&format!("runuser.{}", s3.runuser())).await;
    s3.watch(s1.world()).await;
    class
        .client
        .delete(Resource::World, &s1.world().to_string())
        .await
        .unwrap();
    assert_eq!(leader.hears_of("world").await["id"], json!(s1.world()));
    class.caught_up().await;
    // The first thing a player of the other world hears is what came afterwards.
    assert_eq!(s3.hears().await[1], json!("run"));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_player_who_moves_is_seen_to_go_and_to_come() {
    let class = Class::start().await;
    let (s1, mut s2, mut s3) = (
        class.join("s1").await,
        class.join("s2").await,
        class.join("s3").await,
    );
    let there = s3.world();
    for seat in [&s2, &s3] {
        seat.watch_scope(&format!("runuser.{}", seat.runuser()))
            .await;
    }
    s2.watch(s1.world()).await;
    class
        .change(Resource::RunUser, s1.runuser(), json!({"world": there}))
        .await;
    for seat in [&mut s2, &mut s3] {
        let moved = seat.hears_of("runuser").await;
        assert_eq!(
            (moved["id"].as_u64(), moved["world"].as_u64()),
            (Some(s1.runuser()), Some(there))
        );
    }
    // The world that was left is no longer the player's to see, the new one is.
    let (uri, _) = refusal(
        s1.call(&format!("world.{}.get_scope", s2.world()), &[])
            .await,
    );
    assert_eq!(uri, "wamp.error.no_such_procedure");
    s1.call(&format!("world.{there}.get_scope"), &[])
        .await
        .unwrap();
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_with_two_contents_is_read_again_and_told_as_it_is_stored() {
    let class = Class::start().await;
    let (s1, mut leader) = (class.join("s1").await, class.join("leader").await);
    let run = class.run();
    leader.watch_scope(&format!("run.{}", run.pk)).await;
    let mut other = run.view.load().runusers[&s1.runuser()].members();
    other.insert("first_name".to_owned(), json!("Nobody"));
    let other = Row::new(Resource::RunUser, other).unwrap();
    run.mailbox
        .post(move |state| Box::pin(async move { state.absorb(other).await }))
        .await;
    let told = leader.hears_of("runuser").await;
    assert_eq!(told["first_name"], json!("Student1"));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_for_an_earlier_period_is_stepped_although_a_later_step_failed_meanwhile() {
    let (let_through, gate) = channel();
    let class = Class::of(
        sum(Sum {
            gate: Some(Mutex::new(gate)),
        }),
        |_| {},
    )
    .await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    let first = s1.periods(world).await[0];
    s1.submit(first, json!(1)).await.unwrap();
    s2.submit(first, json!(2)).await.unwrap();
    until("the second period is open", || async {
        s1.periods(world).await.len() == 2
    })
    .await;
    let second = s1.periods(world).await[1];
    s1.submit(second, json!(13)).await.unwrap();
    s2.submit(second, json!(2)).await.unwrap();
    // The step of the second period is at the gate.
    assert_eq!(s1.submit(first, json!(5)).await.unwrap(), "ok");
    let_through.send(()).unwrap();
    until("the first period is stepped again", || async {
        class.results().await == [json!({"number": 7.0})]
    })
    .await;
    drop(let_through);
    s1.submit(second, json!(3)).await.unwrap();
    until("the second period is stepped", || async {
        class.results().await == [json!({"number": 7.0}), json!({"number": 5.0})]
    })
    .await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_completed_while_an_earlier_one_is_stepped_again_is_stepped_too() {
    let (let_through, gate) = channel();
    let model = Sum {
        gate: Some(Mutex::new(gate)),
    };
    let class = Class::of(sum(model), |_| {}).await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    let first = s1.periods(world).await[0];
    s1.submit(first, json!(1)).await.unwrap();
    s2.submit(first, json!(2)).await.unwrap();
    until("the second period is open", || async {
        s1.periods(world).await.len() == 2
    })
    .await;
    let second = s1.periods(world).await[1];
    // The step of the first period is at the gate, and everybody goes on playing.
    s1.submit(first, json!(13)).await.unwrap();
    s1.submit(second, json!(3)).await.unwrap();
    s2.submit(second, json!(4)).await.unwrap();
    s1.submit(first, json!(5)).await.unwrap();
    let_through.send(()).unwrap();
    until("both periods are stepped", || async {
        class.results().await == [json!({"number": 7.0}), json!({"number": 7.0})]
    })
    .await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_presence_is_dropped_where_the_run_is_busy() {
    const ROOM: usize = 4;
    let class = Class::of(div::game(), |settings| settings.turns.mailbox = ROOM).await;
    let (s1, mut leader) = (class.join("s1").await, class.join("leader").await);
    let run = class.run();
    leader.watch(s1.world()).await;
    let (release, released) = oneshot::channel::<()>();
    run.mailbox
        .try_post(|_| {
            Box::pin(async move {
                let _ = released.await;
            })
        })
        .unwrap();
    let topic = format!("{ROOT}.model.world.{}.connected", s1.world());
    for _ in 0..5 * ROOM {
        let options = PublishOptions::default();
        s1.session
            .publish(&topic, options, Payload::empty())
            .await
            .unwrap();
    }
    // Answered after what was published before.
    s1.periods(s1.world()).await;
    drop(release);
    run.mailbox.settled().await;
    let period = s1.periods(s1.world()).await[0];
    s1.submit(period, json!(1)).await.unwrap();
    let mut told = 0;
    while leader.hears().await[1] == json!("runuser") {
        told += 1;
    }
    assert!((1..=ROOM).contains(&told), "{told} events");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_argument_of_a_wrong_type_is_refused_with_what_is_expected() {
    let class = Class::start().await;
    let s1 = class.join("s1").await;
    let world = s1.world();
    for (procedure, argument) in [
        ("get_active_runusers", json!("true")),
        ("get_active_runusers", json!(1)),
        ("get_active_runusers", json!([])),
        ("get_scope_tree", json!("world")),
        ("get_scope_tree", json!({"world": true})),
        ("get_scope_tree", json!([1])),
    ] {
        let refused = s1
            .call(
                &format!("world.{world}.{procedure}"),
                std::slice::from_ref(&argument),
            )
            .await;
        let (uri, sentence) = refusal(refused);
        assert_eq!(uri, "wamp.error.runtime_error");
        assert!(
            sentence.contains("is expected") && sentence.contains(&argument.to_string()),
            "{sentence}"
        );
    }
    let all = s1
        .call(
            &format!("world.{world}.get_active_runusers"),
            &[Value::Null],
        )
        .await
        .unwrap();
    assert_eq!(all.as_array().unwrap().len(), 2);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_added_in_mid_class_is_played_at_once() {
    let class = Class::start().await;
    let (s1, s2, s3) = (
        class.join("s1").await,
        class.join("s2").await,
        class.join("s3").await,
    );
    let run = class.run().pk;
    let world = json!({"run": run, "name": "World 3"});
    let world = class.create(Resource::World, world).await;
    let scenario = json!({"world": world, "name": "World Scenario 1"});
    let scenario = class.create(Resource::Scenario, scenario).await;
    let period = json!({"scenario": scenario, "order": 1});
    let period = class.create(Resource::Period, period).await;
    for seat in [&s1, &s2] {
        class
            .change(Resource::RunUser, seat.runuser(), json!({"world": world}))
            .await;
    }
    class.caught_up().await;
    assert_eq!(s1.submit(period, json!(12)).await.unwrap(), "ok");
    assert_eq!(s2.submit(period, json!(4)).await.unwrap(), "ok");
    until("it is stepped", || async {
        s1.periods(world).await.len() == 2
    })
    .await;
    let (uri, _) = refusal(s3.submit(period, json!(1)).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_under_way_while_its_world_or_run_is_deleted_is_refused_and_leaves_nothing() {
    let class = Class::start().await;
    let (s1, s3) = (class.join("s1").await, class.join("s3").await);
    let (first, other) = (
        s1.periods(s1.world()).await[0],
        s3.periods(s3.world()).await[0],
    );
    let (release_first, release_other) = (class.occupy(s1.world()), class.occupy(s3.world()));
    let run = class.run();
    let meanwhile = async {
        // Both calls wait in their worlds.
        for world in [s1.world(), s3.world()] {
            let branch = run.branch(Owner::World(world)).unwrap();
            until("the call waits", || async {
                format!("{:?}", branch.mailbox).contains("1022")
            })
            .await;
        }
        for (resource, pk) in [(Resource::World, s1.world()), (Resource::Run, run.pk)] {
            let deleted = class.client.delete(resource, &pk.to_string()).await;
            deleted.unwrap();
        }
        until("the run is unloaded", || async {
            class.hosted().runs().is_empty()
        })
        .await;
        drop((release_first, release_other));
    };
    let (a, b, ()) = tokio::join!(
        s1.submit(first, json!(1)),
        s3.submit(other, json!(1)),
        meanwhile
    );
    for refused in [a, b] {
        let (uri, _) = refusal(refused);
        assert_eq!(uri, "wamp.error.runtime_error");
    }
    assert!(class.hosted().directory.is_empty());
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_pauses_while_it_is_stepped_gets_its_result_once() {
    let (let_through, gate) = channel();
    let model = Sum {
        gate: Some(Mutex::new(gate)),
    };
    let class = Class::of(sum(model), |_| {}).await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let (world, run) = (s1.world(), class.run().pk);
    let period = s1.periods(world).await[0];
    s1.submit(period, json!(-1)).await.unwrap();
    s2.submit(period, json!(3)).await.unwrap();
    for active in [false, true] {
        class
            .change(Resource::Run, run, json!({"active": active}))
            .await;
        until("the service knows", || async {
            class.hosted().runs().is_empty() != active
        })
        .await;
    }
    // Both the step of before and that of the run as it was loaded again go on.
    drop(let_through);
    until("the next period is open", || async {
        s1.periods(world).await.len() == 2
    })
    .await;
    s1.submit(period, json!(1)).await.unwrap();
    until("a change counts as ever", || async {
        class.results().await == [json!({"number": 4.0})]
    })
    .await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_moved_to_another_run_plays_there_and_sees_no_more_of_the_old_one() {
    let class = Class::start().await;
    let s1 = class.join("s1").await;
    let run = another_run(&class).await;
    class.caught_up().await;
    move_to(&class, &s1, run).await;
    has_left_for(&class, &s1, run).await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_moved_to_a_run_before_that_is_loaded_has_left_the_old_one_too() {
    let class = Class::start().await;
    let s1 = class.join("s1").await;
    class.line.breaks("GET", "changes/", Fault::Away);
    // Ends the question that is open, so that what follows is heard of in one answer.
    class
        .change(Resource::Run, class.run().pk, json!({"name": "renamed"}))
        .await;
    until("the games API is away", || async { class.line.met() > 0 }).await;
    let run = another_run(&class).await;
    move_to(&class, &s1, run).await;
    class.line.heals();
    has_left_for(&class, &s1, run).await;
    class.stop().await;
}

async fn another_run(class: &Class) -> u64 {
    let game = class.hosted().catalogue.load().game.pk;
    let row = json!({"game": game, "name": "parallel"});
    class.create(Resource::Run, row).await
}

async fn move_to(class: &Class, seat: &common::Seat, run: u64) {
    let place = json!({"run": run, "world": null});
    class.change(Resource::RunUser, seat.runuser(), place).await;
}

#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
async fn has_left_for(class: &Class, seat: &common::Seat, run: u64) {
    class.caught_up().await;
    for scope in [
        format!("run.{}", class.run().pk),
        format!("world.{}", seat.world()),
    ] {
        let (uri, _) = refusal(seat.call(&format!("{scope}.get_scope"), &[]).await);
        assert_eq!(uri, "wamp.error.no_such_procedure", "{scope}");
    }
    seat.call(&format!("run.{run}.get_scope_tree"), &[])
        .await
        .unwrap();
    let scenarios = seat
        .call(&format!("runuser.{}.get_scenarios", seat.runuser()), &[])
        .await
        .unwrap();
    assert_eq!(scenarios.as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_one_world_is_told_there_and_another_world_plays_on() {
    let class = Class::of(sum(Sum::default()), |_| {}).await;
    let (s1, mut s2, s3, s4) = (
        class.join("s1").await,
        class.join("s2").await,
        class.join("s3").await,
        class.join("s4").await,
    );
    s2.watch(s1.world()).await;
    let (period, other) = (
        s1.periods(s1.world()).await[0],
        s3.periods(s3.world()).await[0],
    );
    s1.submit(period, json!(666)).await.unwrap();
    s2.submit(period, json!(1)).await.unwrap();
    let failed = s2.hears_of("scenario").await;
    assert_eq!(failed["data"]["_turn"]["failed"]["period"], json!(period));
    s3.submit(other, json!(1)).await.unwrap();
    s4.submit(other, json!(2)).await.unwrap();
    until("the other world is stepped", || async {
        class.results().await == [json!({"number": 3.0})]
    })
    .await;
    // A changed decision is a reason to try again, and what failed is forgotten.
    s1.submit(period, json!(6)).await.unwrap();
    assert_eq!(s2.hears_of("result").await["data"], json!({"number": 7.0}));
    let mended = s2.hears_of("scenario").await;
    assert_eq!(mended["data"]["_turn"]["failed"], Value::Null);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_has_ended_is_there_where_the_settings_say_so() {
    for wanted in [false, true] {
        let mut class = Class::seeded(&div::game(), |s| s.service.inactive_runs = wanted).await;
        let runs = class.rows(Resource::Run, &[]).await;
        let run = runs[0]["id"].as_u64().unwrap();
        let named = |class: &Class| {
            let runs = class.hosted().runs();
            let names = runs
                .iter()
                .map(|run| run.view.load().run.text("name").into_owned());
            names.collect::<Vec<_>>()
        };
        let ended = json!({"active": false, "name": "ended"});
        class.change(Resource::Run, run, ended).await;
        class.open(div::game()).await;
        assert_eq!(named(&class).len(), usize::from(wanted));
        // Begun and ended again while the service looks on.
        for (active, name) in [(true, "begun"), (false, "ended again")] {
            let change = json!({"active": active, "name": name});
            class.change(Resource::Run, run, change).await;
            let expected = (active || wanted).then_some(name);
            until("the service knows", || async {
                named(&class).iter().eq(expected)
            })
            .await;
        }
        class.stop().await;
    }
}
