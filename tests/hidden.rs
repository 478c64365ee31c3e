//! Decisions that stay hidden until their period is stepped: from whom, where, and when they are shown.

mod common;

use common::auction::auction;
use common::{Class, Seat, refusal, until};
use games_contract::Resource;
use serde_json::{Value, json};

/// The bids in a tree or list of scopes, as text, in order: what is hidden is left out.
fn bids(seen: &Value) -> Vec<f64> {
    match seen {
        Value::Object(members) => {
            let own = members.get("bid").and_then(Value::as_f64);
            own.into_iter()
                .chain(members.values().flat_map(bids))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(bids).collect(),
        _ => Vec::new(),
    }
}

async fn reads(seat: &Seat, procedures: &[String]) -> Vec<Vec<f64>> {
    let mut found = Vec::new();
    for procedure in procedures {
        found.push(bids(&seat.call(procedure, &[]).await.unwrap_or_default()));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_is_read_by_its_bidder_and_by_leaders_until_the_period_is_stepped() {
    let class = Class::of(auction(), |_| {}).await;
    let (s1, mut s2, s3) = (
        class.join("s1").await,
        class.join("s2").await,
        class.join("s3").await,
    );
    let (mut leader, stranger) = (class.join("leader").await, class.join("s4").await);
    let (run, world) = (class.run().pk, s1.world());
    assert_eq!((s2.world(), s3.world()), (world, world));
    assert_ne!(stranger.world(), world);
    for seat in [&s2, &leader] {
        seat.watch(world).await;
    }
    let period = s1.periods(world).await[0];
    assert_eq!(s1.submit(period, json!(7)).await.unwrap(), "ok");
    let told = s2.hears_of("decision").await;
    assert_eq!(told["data"], json!({}), "that there is a bid, not which");
    assert_eq!(
        leader.hears_of("decision").await["data"],
        json!({"bid": 7.0})
    );
    // Changed: the others hear of it, with the same revision number as everybody.
    assert_eq!(s1.submit(period, json!(8)).await.unwrap(), "ok");
    assert_eq!(s2.hears_of("decision").await["data"], json!({}));
    assert_eq!(
        leader.hears_of("decision").await["data"],
        json!({"bid": 8.0})
    );

    let decision = class.rows(Resource::Decision, &[]).await[0]["id"]
        .as_u64()
        .unwrap();
    let scenario = s1.call(&format!("world.{world}.get_scope_tree"), &[]).await;
    let scenario = scenario.unwrap()["children"][0]["pk"].clone();
    let everywhere = [
        format!("run.{run}.get_scope_tree"),
        format!("world.{world}.get_scope_tree"),
        format!("scenario.{scenario}.get_scope_tree"),
        format!("period.{period}.get_scope_tree"),
        format!("decision.{decision}.get_scope_tree"),
        format!("decision.{decision}.get_scope"),
        format!("run.{run}.get_run_data"),
        "game.list_scopes".to_owned(),
        "game.get_scope_tree".to_owned(),
    ];
    let (all, nothing) = (
        vec![vec![8.0]; everywhere.len()],
        vec![Vec::new(); everywhere.len()],
    );
    let nothing: Vec<Vec<f64>> = nothing;
    assert_eq!(reads(&s1, &everywhere).await, all);
    assert_eq!(reads(&leader, &everywhere).await, all);
    assert_eq!(reads(&s2, &everywhere).await, nothing);
    assert_eq!(reads(&stranger, &everywhere).await, nothing);

    for (seat, bid) in [(&s2, 3), (&s3, 4)] {
        assert_eq!(seat.submit(period, json!(bid)).await.unwrap(), "ok");
    }
    let result = s2.hears_of("result").await;
    assert_eq!(result["data"], json!({"pot": 15.0, "highest": 8.0}));
    let mut shown = Vec::new();
    while shown.len() < 3 {
        shown.extend(bids(&s2.hears_of("decision").await));
    }
    shown.sort_by(f64::total_cmp);
    assert_eq!(shown, [3.0, 4.0, 8.0]);
    let mut read = bids(&s2.call(&everywhere[1], &[]).await.unwrap());
    read.sort_by(f64::total_cmp);
    assert_eq!(read, [3.0, 4.0, 8.0]);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pot_is_carried_and_a_stepped_period_is_closed() {
    let class = Class::of(auction(), |_| {}).await;
    let mut seats = Vec::new();
    for name in ["s1", "s2", "s3"] {
        seats.push(class.join(name).await);
    }
    let world = seats[0].world();
    for (period, pot) in [(0, 6.0), (1, 12.0), (2, 18.0)] {
        until("the period is open", || async {
            seats[0].periods(world).await.len() == period + 1
        })
        .await;
        let pk = seats[0].periods(world).await[period];
        for (seat, bid) in seats.iter().zip([1, 2, 3]) {
            assert_eq!(seat.submit(pk, json!(bid)).await.unwrap(), "ok");
        }
        until("the period is stepped", || async {
            class.results().await.last() == Some(&json!({"pot": pot, "highest": 3.0}))
        })
        .await;
        let (_, sentence) = refusal(seats[0].submit(pk, json!(9)).await);
        assert!(sentence.contains('1'), "what counted is told: {sentence}");
    }
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_that_goes_with_its_period_is_not_told_on_the_way() {
    let class = Class::of(auction(), |_| {}).await;
    let (s1, mut s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    s2.watch(world).await;
    let period = s1.periods(world).await[0];
    s1.submit(period, json!(7)).await.unwrap();
    assert_eq!(s2.hears_of("decision").await["data"], json!({}));
    let key = period.to_string();
    class.client.delete(Resource::Period, &key).await.unwrap();
    assert_eq!(s2.hears_of("decision").await["data"], json!({}));
    class.stop().await;
}
