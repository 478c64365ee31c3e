//! One game is served by one service: the lease, its fence, and who gets it when.

mod common;

use std::time::Duration;

use common::{Class, PATIENCE, refusal, until};
use games_contract::Resource;
use modelservice::service::Service;
use modelservice::settings::{Settings, Span};
use serde_json::json;

/// The shortest lease, so that nobody waits for long.
const LEASE: Duration = Duration::from_secs(1);

fn named(name: &'static str) -> impl FnOnce(&mut Settings) {
    move |settings| {
        settings.service.name = name.to_owned();
        settings.service.lease = Span(LEASE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_service_is_refused_by_the_name_of_the_first_which_plays_on() {
    let class = Class::of(div::game(), named("first")).await;
    let mut settings = class.settings.clone();
    settings.service.name = "second".to_owned();
    let refused = Service::start(&settings, vec![div::game()], Vec::new()).await;
    let told = refused.unwrap_err().to_string();
    assert!(told.contains("but first serves it until"), "{told}");
    let s1 = class.join("s1").await;
    let period = s1.periods(s1.world()).await[0];
    assert_eq!(s1.submit(period, json!(12)).await.unwrap(), "ok");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_waits_for_the_lease_of_one_that_was_killed() {
    let game = div::game();
    let mut class = Class::seeded(&game, named("second")).await;
    let killed = class.client.take_lease("div", "first", LEASE).await;
    killed.unwrap();
    class.open(game).await;
    let s1 = class.join("s1").await;
    let period = s1.periods(s1.world()).await[0];
    assert_eq!(s1.submit(period, json!(12)).await.unwrap(), "ok");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_gives_the_game_to_the_next_one_at_once() {
    let mut class = Class::of(div::game(), |_| {}).await;
    class.close().await;
    let taken = class.client.take_lease("div", "next", LEASE).await;
    assert_eq!(taken.unwrap().holder, "next");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_game_was_taken_stores_nothing_any_more_and_says_so() {
    let class = Class::of(div::game(), named("twin")).await;
    let (s1, leader) = (class.join("s1").await, class.join("leader").await);
    let period = s1.periods(s1.world()).await[0];
    assert_eq!(s1.submit(period, json!(12)).await.unwrap(), "ok");
    // Started again under the same name while the first one hangs.
    let taken = class.client.take_lease("div", "twin", LEASE).await;
    taken.unwrap();
    let (_, sentence) = refusal(s1.submit(period, json!(13)).await);
    assert!(sentence.contains("another service"), "{sentence}");
    let run = class.run().pk;
    let moved = leader.call(&format!("run.{run}.advance_phase"), &[]).await;
    assert!(refusal(moved).1.contains("another service"));
    let decisions = class.rows(Resource::Decision, &[]).await;
    assert_eq!(decisions[0]["data"], json!({"operand": 12.0}));
    let told = class.service.as_ref().unwrap().taken_away();
    tokio::time::timeout(PATIENCE, told).await.unwrap();
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_outlives_a_games_api_that_is_away() {
    let class = Class::of(div::game(), named("first")).await;
    class
        .line
        .breaks("POST", "leases/", common::fault::Fault::Away);
    until("renewing was tried often enough", || async {
        class.line.met() >= 12
    })
    .await;
    class.line.heals();
    let s1 = class.join("s1").await;
    let period = s1.periods(s1.world()).await[0];
    assert_eq!(s1.submit(period, json!(12)).await.unwrap(), "ok");
    class.stop().await;
}
