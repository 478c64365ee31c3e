//! What leaders do becomes lines of the audit log, and what they say is heard by those concerned.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Class, ROOT, Seat, refusal};
use games_contract::Resource;
use serde_json::{Value, json};
use wamp_transport::{Inbound, MatchPolicy, Payload};

/// The lines of a scope, the newest first.
async fn lines(seat: &Seat, scope: &str) -> Vec<Value> {
    let lines = seat.call(&format!("{scope}.get_audit"), &[]).await.unwrap();
    lines.as_array().unwrap().clone()
}

async fn with(seat: &Seat, procedure: &str, args: &[Value], kwargs: Value) -> Value {
    let payload = Payload::json(&args, &kwargs).unwrap();
    let uri = format!("{ROOT}.model.{procedure}");
    let reply = seat.session.call(&uri, payload);
    reply.await.unwrap().args().unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_leader_has_done_is_recorded_once_and_what_was_refused_is_not() {
    let class = Class::start().await;
    let (leader, s1) = (class.join("leader").await, class.join("s1").await);
    let (run, world) = (
        format!("run.{}", class.run().pk),
        format!("world.{}", s1.world()),
    );
    refusal(s1.call(&format!("{world}.extend"), &[json!(60)]).await);
    refusal(leader.call(&format!("{world}.pause"), &[]).await);
    for _ in 0..2 {
        let args = [json!(60)];
        with(
            &leader,
            &format!("{world}.extend"),
            &args,
            json!({"_key": "k"}),
        )
        .await;
    }
    leader
        .call(&format!("{run}.advance_phase"), &[])
        .await
        .unwrap();
    let found = lines(&leader, &run).await;
    assert_eq!(found.len(), 2, "{found:?}");
    let user = &leader.seat["data"]["user"];
    for (line, what, world) in [
        (&found[0], "advance_phase", json!(null)),
        (&found[1], "extend", json!(s1.world())),
    ] {
        assert_eq!((&line["what"], &line["world"]), (&json!(what), &world));
        assert_eq!(
            (&line["user"], &line["email"]),
            (user, &json!("leader@div.edu"))
        );
    }
    let detail = json!({"args": [60], "answer": {"entries": 1, "refused": 0}});
    assert_eq!(found[1]["detail"], detail);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_world_reads_what_concerns_it_and_in_short() {
    let class = Class::start().await;
    let leader = class.join("leader").await;
    let (s1, s3) = (class.join("s1").await, class.join("s3").await);
    let run = format!("run.{}", class.run().pk);
    let worlds = json!({"worlds": [s1.world()]});
    with(&leader, &format!("{run}.extend"), &[json!(60)], worlds).await;
    let say = format!("{run}.message");
    leader.call(&say, &[json!("Five minutes")]).await.unwrap();
    let found = lines(&s1, &format!("world.{}", s1.world())).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(
        (&found[0]["what"], &found[0]["text"]),
        (&json!("message"), &json!("Five minutes"))
    );
    let members: Vec<&String> = found[1].as_object().unwrap().keys().collect();
    assert_eq!(members, ["id", "created", "world", "what"]);
    let found = lines(&s3, &format!("world.{}", s3.world())).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0]["what"], "message");
    let (_, refused) = refusal(s1.call(&format!("{run}.get_audit"), &[]).await);
    assert!(refused.contains("read its audit log"), "{refused}");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_heard_by_those_it_is_for_and_may_be_an_assistants() {
    let class = Class::start().await;
    let (mut s1, mut s3) = (class.join("s1").await, class.join("s3").await);
    let leader = class.join("leader").await;
    let assistant = json!({"data": {"assistant": true}});
    class
        .change(Resource::RunUser, leader.runuser(), assistant)
        .await;
    class.caught_up().await;
    let run = format!("run.{}", class.run().pk);
    let of = |seat: &Seat| format!("world.{}", seat.world());
    for seat in [&s1, &s3] {
        for scope in [of(seat), run.clone()] {
            let topic = format!("{ROOT}.model.{scope}.message");
            seat.session
                .subscribe(&topic, MatchPolicy::Exact)
                .await
                .unwrap();
        }
    }
    let to_s1 = format!("{}.message", of(&s1));
    leader.call(&to_s1, &[json!("Hurry")]).await.unwrap();
    leader
        .call(&format!("{run}.message"), &[json!("All of you")])
        .await
        .unwrap();
    assert_eq!(s3.hears().await, [json!("All of you")]);
    let Some(Inbound::Event { payload, .. }) = s1.inbox.recv().await else {
        panic!("no event came");
    };
    let kwargs = payload.kwargs().unwrap();
    assert_eq!(payload.args().unwrap(), [json!("Hurry")]);
    assert_eq!(
        (&kwargs["pk"], &kwargs["from"]),
        (&json!(s1.world()), &leader.seat["data"]["user"])
    );
    assert_eq!(s1.hears().await, [json!("All of you")]);
    let (_, refused) = refusal(leader.call(&to_s1, &[json!("")]).await);
    assert!(refused.contains("1 to 2000 characters"), "{refused}");
    refusal(s1.call(&to_s1, &[json!("me too")]).await);
    refusal(leader.call(&format!("{run}.advance_phase"), &[]).await);
    class.stop().await;
}
