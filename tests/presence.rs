//! Connections come and go: who is here, and what somebody finds who comes back.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Class, ROOT, Seat};
use games_contract::Resource;
use serde_json::{Value, json};
use wamp_transport::{MatchPolicy, Payload, PublishOptions};

impl Seat {
    /// What is told next of whether a run user is here.
    async fn hears_presence(&mut self, runuser: u64) -> Value {
        loop {
            let row = self.hears_of("runuser").await;
            if row["id"] == json!(runuser) {
                return row["online"].clone();
            }
        }
    }

    async fn says(&self, scope: &str, word: &str) {
        let options = PublishOptions {
            acknowledge: true,
            ..PublishOptions::default()
        };
        let topic = format!("{ROOT}.model.{scope}.{word}");
        let said = self.session.publish(&topic, options, Payload::empty());
        said.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_told_and_so_is_the_return_without_anybody_saying_so() {
    let class = Class::start().await;
    let (s1, mut s2) = (class.join("s1").await, class.join("s2").await);
    let mut leader = class.join("leader").await;
    let (world, runuser) = (s1.world(), s1.runuser());
    s2.watch(world).await;
    leader.watch_scope(&format!("run.{}", class.run().pk)).await;
    s1.says(&format!("world.{world}"), "connected").await;
    assert_eq!(s2.hears_presence(runuser).await, json!(true));
    // No GOODBYE: the socket is gone.
    drop(s1);
    for seat in [&mut s2, &mut leader] {
        assert_eq!(seat.hears_presence(runuser).await, json!(false));
    }
    let back = class.join("s1").await;
    for seat in [&mut s2, &mut leader] {
        assert_eq!(seat.hears_presence(runuser).await, json!(true));
    }
    // Whoever says goodbye is away as well.
    back.session.leave().await;
    assert_eq!(s2.hears_presence(runuser).await, json!(false));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_page_of_several_that_is_closed_or_says_so_leaves_its_user_here() {
    let class = Class::start().await;
    let (first, second) = (class.join("s1").await, class.join("s1").await);
    let mut s2 = class.join("s2").await;
    let (world, runuser) = (first.world(), first.runuser());
    s2.watch(world).await;
    second.says(&format!("world.{world}"), "disconnected").await;
    assert_eq!(s2.hears_presence(runuser).await, json!(true));
    drop(first);
    second.says(&format!("world.{world}"), "connected").await;
    assert_eq!(s2.hears_presence(runuser).await, json!(true));
    drop(second);
    assert_eq!(s2.hears_presence(runuser).await, json!(false));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_finds_the_own_seat_and_decision_and_hears_again() {
    let mut class = Class::start().await;
    let s1 = class.join("s1").await;
    let (world, runuser) = (s1.world(), s1.runuser());
    let period = s1.periods(world).await[0];
    let submit = format!("{ROOT}.model.period.{period}.submit_decision");
    let decision = Payload::json(&[12], &json!({"_key": "once"})).unwrap();
    let stored = s1.session.call(&submit, decision.clone()).await;
    stored.unwrap();
    drop(s1);
    for restart in [false, true] {
        if restart {
            class.close().await;
            class.open(div::game()).await;
        }
        let mut back = class.join("s1").await;
        assert_eq!((back.world(), back.runuser()), (world, runuser));
        assert_eq!(back.periods(world).await, [period]);
        // The answer may have got lost with the connection; what is sent again counts once.
        back.session.call(&submit, decision.clone()).await.unwrap();
        let tree = back
            .call(&format!("period.{period}.get_scope_tree"), &[])
            .await;
        let decisions = tree.unwrap()["children"].clone();
        assert_eq!(decisions.as_array().unwrap().len(), 1);
        assert_eq!(decisions[0]["data"]["data"], json!({"operand": 12.0}));
        back.watch(world).await;
        let s2 = class.join("s2").await;
        s2.says(&format!("world.{world}"), "connected").await;
        assert_eq!(back.hears_presence(s2.runuser()).await, json!(true));
    }
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_moved_while_away_comes_back_to_the_other_table() {
    let class = Class::start().await;
    let (s1, mut s3) = (class.join("s1").await, class.join("s3").await);
    let (left, runuser, there) = (s1.world(), s1.runuser(), s3.world());
    s3.watch(there).await;
    let mut s2 = class.join("s2").await;
    s2.watch(left).await;
    drop(s1);
    assert_eq!(s2.hears_presence(runuser).await, json!(false));
    class
        .change(Resource::RunUser, runuser, json!({"world": there}))
        .await;
    assert_eq!(s3.hears_presence(runuser).await, json!(false));
    let back = class.join("s1").await;
    assert_eq!((back.world(), back.runuser()), (there, runuser));
    assert_eq!(s3.hears_presence(runuser).await, json!(true));
    back.session
        .subscribe(&format!("{ROOT}.model.world.{left}."), MatchPolicy::Prefix)
        .await
        .unwrap();
    let tree = back
        .call(&format!("world.{left}.get_scope_tree"), &[])
        .await;
    let (uri, _) = common::refusal(tree);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    class.stop().await;
}
