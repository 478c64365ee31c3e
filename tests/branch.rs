//! A what-if copy of a world: leaders play on from a period, and nobody else's game changes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::walk::walk;
use common::{Class, ROOT, Seat, refusal, until};
use games_contract::Resource;
use serde_json::{Value, json};
use wamp_transport::{CallError, Payload};

async fn call(
    seat: &Seat,
    procedure: &str,
    args: &[Value],
    kwargs: Value,
) -> Result<Value, CallError> {
    let uri = format!("{ROOT}.model.{procedure}");
    let reply = seat
        .session
        .call(&uri, Payload::json(&args, &kwargs).unwrap())
        .await?;
    Ok(reply.args().unwrap().into_iter().next().unwrap_or_default())
}

/// Two players who have played two periods, and their leader.
async fn played(class: &Class) -> (Seat, Seat, Seat) {
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    for numbers in [(1, 2), (3, 4)] {
        let period = *s1.periods(s1.world()).await.last().unwrap();
        s1.submit(period, json!(numbers.0)).await.unwrap();
        s2.submit(period, json!(numbers.1)).await.unwrap();
        next_period(&s1, s1.world(), period).await;
    }
    (class.join("leader").await, s1, s2)
}

/// Waits until a world has another period than this one.
async fn next_period(seat: &Seat, world: u64, period: u64) {
    until("the next period is open", || async {
        *seat.periods(world).await.last().unwrap() != period
    })
    .await;
}

async fn result(class: &Class, period: u64) -> Value {
    let of = [("period", period.to_string())];
    class.rows(Resource::Result, &of).await.remove(0)["data"].clone()
}

/// A leader decides in both seats of a copy, in its last period, and waits for the step.
async fn play_on(class: &Class, leader: &Seat, copy: u64, seats: [(&Seat, i64); 2]) -> Value {
    let period = *leader.periods(copy).await.last().unwrap();
    for (seat, number) in seats {
        let submit = format!("period.{period}.submit_decision");
        let kwargs = json!({"_seat": seat.runuser()});
        assert_eq!(
            call(leader, &submit, &[json!(number)], kwargs)
                .await
                .unwrap(),
            "ok"
        );
    }
    next_period(leader, copy, period).await;
    result(class, period).await
}

#[tokio::test(flavor = "multi_thread")]
async fn leaders_play_on_in_a_copy_with_the_same_luck_and_the_original_stays_as_it_is() {
    let mut class = Class::of(walk(), |_| {}).await;
    let (leader, s1, s2) = played(&class).await;
    let results = class.results().await;
    let branch = format!("world.{}.branch", s1.world());
    let made = call(
        &leader,
        &branch,
        &[json!("What if"), json!(2)],
        json!({"_key": "k"}),
    )
    .await
    .unwrap();
    let again = call(
        &leader,
        &branch,
        &[json!("What if"), json!(2)],
        json!({"_key": "k"}),
    )
    .await
    .unwrap();
    assert_eq!(made, again, "it is made once");
    let copy = made["world"].as_u64().unwrap();
    assert_eq!(leader.periods(copy).await.len(), 2);
    // The same decisions have the same result, and others another one.
    let same = play_on(&class, &leader, copy, [(&s1, 3), (&s2, 4)]).await;
    assert_eq!(same, results[1]);
    class.close().await;
    class.open(walk()).await;
    let leader = class.join("leader").await;
    let third = play_on(&class, &leader, copy, [(&s1, 10), (&s2, 20)]).await;
    assert_eq!(third["at"], json!(40.0));
    let original = s1.world();
    assert_eq!(leader.periods(original).await.len(), 3);
    let worlds = class.rows(Resource::World, &[]).await;
    let row = worlds.iter().find(|row| row["id"] == json!(copy)).unwrap();
    let branch_of = &row["data"]["_turn"]["branch_of"];
    assert_eq!(
        (&branch_of["world"], &branch_of["order"]),
        (&json!(original), &json!(2))
    );
    assert_eq!(
        (
            row["name"].as_str(),
            branch_of["seats"].as_array().unwrap().len()
        ),
        (Some("What if"), 2)
    );
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_present_has_what_was_decided_and_can_be_taken_back() {
    let class = Class::of(walk(), |_| {}).await;
    let (leader, s1, s2) = played(&class).await;
    let open = *s1.periods(s1.world()).await.last().unwrap();
    s1.submit(open, json!(5)).await.unwrap();
    let branch = format!("world.{}.branch", s1.world());
    let copy = call(&leader, &branch, &[json!("Now")], json!({}))
        .await
        .unwrap();
    let copy = copy["world"].as_u64().unwrap();
    let periods = leader.periods(copy).await;
    let of = [("period", periods[2].to_string())];
    assert_eq!(class.rows(Resource::Decision, &of).await.len(), 1);
    let back = format!("world.{copy}.rewind");
    leader.call(&back, &[json!(1)]).await.unwrap();
    let first = play_on(&class, &leader, copy, [(&s1, 1), (&s2, 2)]).await;
    assert_eq!(first, class.results().await[0]);
    // A copy of the copy has the same seats.
    let again = format!("world.{copy}.branch");
    let again = call(&leader, &again, &[json!("Then"), json!(1)], json!({}))
        .await
        .unwrap();
    let first = play_on(
        &class,
        &leader,
        again["world"].as_u64().unwrap(),
        [(&s1, 7), (&s2, 7)],
    )
    .await;
    assert_eq!(first["at"], json!(14.0));
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_for_leaders_alone_and_they_decide_nowhere_else() {
    let class = Class::of(walk(), |_| {}).await;
    let (leader, s1, _s2) = played(&class).await;
    let branch = format!("world.{}.branch", s1.world());
    let (_, refused) = refusal(call(&s1, &branch, &[json!("Mine")], json!({})).await);
    assert!(refused.contains("only a leader"), "{refused}");
    let copy = call(&leader, &branch, &[json!("Ours"), json!(1)], json!({}))
        .await
        .unwrap();
    let copy = copy["world"].as_u64().unwrap();
    let period = leader.periods(copy).await[0];
    let hidden = s1.call(&format!("world.{copy}.get_scope_tree"), &[]).await;
    assert_eq!(refusal(hidden).0, "wamp.error.no_such_procedure");
    let submit = format!("period.{period}.submit_decision");
    let theirs = json!({"_seat": s1.runuser()});
    assert_eq!(
        refusal(call(&s1, &submit, &[json!(1)], theirs.clone()).await).0,
        "wamp.error.no_such_procedure"
    );
    let nobody = call(
        &leader,
        &submit,
        &[json!(1)],
        json!({"_seat": leader.runuser()}),
    )
    .await;
    assert!(
        refusal(nobody)
            .1
            .contains("a run user who has a seat in this copy")
    );
    let real = *s1.periods(s1.world()).await.last().unwrap();
    let real = format!("period.{real}.submit_decision");
    let (_, refused) = refusal(call(&leader, &real, &[json!(1)], theirs.clone()).await);
    assert!(refused.contains("here its players decide"), "{refused}");
    let (_, refused) = refusal(call(&s1, &real, &[json!(1)], theirs).await);
    assert!(refused.contains("somebody else's seat"), "{refused}");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_needs_a_name_of_its_own_and_a_period_that_is_there() {
    let class = Class::of(walk(), |_| {}).await;
    let (leader, s1, _s2) = played(&class).await;
    let branch = format!("world.{}.branch", s1.world());
    let taken = class.rows(Resource::World, &[]).await[1]["name"].clone();
    for (args, words) in [
        (vec![taken], "choose another name"),
        (vec![json!("What if"), json!(9)], "no period 9"),
        (vec![json!(" ")], "a name of 1 to 100 characters"),
        (
            vec![json!("What if"), json!("two")],
            "the number of a period",
        ),
    ] {
        let (_, refused) = refusal(call(&leader, &branch, &args, json!({})).await);
        assert!(refused.contains(words), "{refused}");
    }
    assert_eq!(
        class.run().view.load().worlds.len(),
        class.rows(Resource::World, &[]).await.len()
    );
    class.stop().await;
}
