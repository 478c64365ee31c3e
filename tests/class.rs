//! A class plays div: model service and games API on real sockets, players over WebSocket.

mod common;

use common::{Class, PATIENCE, ROOT, refusal, start_api};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn two_players_play_a_period_and_everybody_concerned_hears_of_it() {
    let class = Class::start().await;
    let (mut s1, mut s2, mut leader) = (
        class.join("s1").await,
        class.join("s2").await,
        class.join("leader").await,
    );
    let s3 = class.join("s3").await;
    let world = s1.world();
    for seat in [&s1, &s2, &leader, &s3] {
        seat.watch(world).await;
    }
    let periods = s1.periods(world).await;
    assert_eq!(s1.submit(periods[0], json!("12")).await.unwrap(), "ok");
    assert_eq!(
        s2.submit(periods[0], json!(0)).await.unwrap(),
        "Cannot divide by zero"
    );
    assert_eq!(s2.submit(periods[0], json!(5)).await.unwrap(), "ok");
    for seat in [&mut s1, &mut s2, &mut leader] {
        assert_eq!(
            seat.hears_of("decision").await["data"],
            json!({"operand": 12.0})
        );
        assert_eq!(
            seat.hears_of("decision").await["data"],
            json!({"operand": 5.0})
        );
        assert_eq!(
            seat.hears_of("result").await["data"],
            json!({"quotient": 2.4})
        );
        assert_eq!(seat.hears_of("period").await["order"], json!(2));
    }
    assert_eq!(s1.periods(world).await.len(), 2);
    assert_eq!(leader.periods(s3.world()).await.len(), 1);

    let (uri, sentence) = refusal(s3.submit(periods[0], json!(7)).await);
    assert_eq!(uri, "wamp.error.no_such_procedure");
    let unknown = format!("{ROOT}.model.period.{}.submit_decision", periods[0]);
    assert_eq!(
        sentence,
        format!("no callee registered for procedure <{unknown}>")
    );
    for (wrong, got) in [
        (json!("abc"), "abc"),
        (json!("nan"), "nan"),
        (json!("inf"), "inf"),
        (Value::Null, "null"),
    ] {
        let (uri, sentence) = refusal(s1.submit(periods[0], wrong).await);
        assert_eq!(uri, "wamp.error.runtime_error");
        assert!(
            sentence.contains(got) && sentence.contains("number"),
            "{sentence}"
        );
    }
    let decisions = class
        .rows(
            games_contract::Resource::Decision,
            &[("period", periods[0].to_string())],
        )
        .await;
    let stored: Vec<&Value> = decisions
        .iter()
        .map(|row| &row["data"]["operand"])
        .collect();
    assert_eq!(stored, [&json!(12.0), &json!(5.0)]);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_leader_moves_the_phase_and_debrief_takes_no_decisions() {
    let class = Class::start().await;
    let (s1, mut s2, leader) = (
        class.join("s1").await,
        class.join("s2").await,
        class.join("leader").await,
    );
    let world = s1.world();
    s2.watch(world).await;
    let run = leader.seat["data"]["run"].as_u64().unwrap();
    let (uri, _) = refusal(s1.call(&format!("run.{run}.advance_phase"), &[]).await);
    assert_eq!(uri, "wamp.error.not_authorized");
    assert_eq!(
        leader
            .call(&format!("run.{run}.advance_phase"), &[])
            .await
            .unwrap(),
        Value::Null
    );
    assert_eq!(s2.hears_of("run").await["id"], json!(run));
    let period = s1.periods(world).await[0];
    let (_, sentence) = refusal(s1.submit(period, json!(1)).await);
    assert!(sentence.contains("Debrief"), "{sentence}");
    let (_, sentence) = refusal(leader.call(&format!("run.{run}.advance_phase"), &[]).await);
    assert_eq!(
        sentence,
        format!("Run {run}: There isn't any phase available after 'Debrief'")
    );
    // Not even a move that the game itself would refuse is looked at.
    let (_, sentence) = refusal(s2.submit(period, json!(0)).await);
    assert!(sentence.contains("Debrief"), "{sentence}");
    leader
        .call(&format!("run.{run}.rollback_phase"), &[])
        .await
        .unwrap();
    assert_eq!(s1.submit(period, json!(1)).await.unwrap(), "ok");
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_games_api_is_away_nothing_is_acknowledged_and_play_goes_on_afterwards() {
    let mut class = Class::start().await;
    let (s1, s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    let period = s1.periods(world).await[0];
    assert_eq!(s1.submit(period, json!(12)).await.unwrap(), "ok");

    let api = class.api.take().unwrap();
    let (addr, folder) = (api.addr, class.folder.path().to_owned());
    api.shutdown().await;
    let (uri, sentence) = refusal(s2.submit(period, json!(5)).await);
    assert_eq!(uri, "wamp.error.runtime_error");
    assert!(sentence.contains("nothing was stored"), "{sentence}");

    class.api = Some(start_api(&folder, addr).await);
    assert_eq!(s2.submit(period, json!(5)).await.unwrap(), "ok");
    let stepped = async {
        while s1.periods(world).await.len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, stepped).await.unwrap();
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_roles_at_once_give_exactly_one_right_result_for_every_period() {
    const PERIODS: u64 = 50;
    let class = Class::start().await;
    let (s1, mut s2) = (class.join("s1").await, class.join("s2").await);
    let world = s1.world();
    s2.watch(world).await;
    let mut period = s1.periods(world).await[0];
    for n in 1..=PERIODS {
        let (a, b) = tokio::join!(s1.submit(period, json!(n)), s2.submit(period, json!(4)));
        assert_eq!((a.unwrap(), b.unwrap()), (json!("ok"), json!("ok")));
        period = s2.hears_of("period").await["id"].as_u64().unwrap();
    }
    let mut results = class.rows(games_contract::Resource::Result, &[]).await;
    results.sort_by_key(|row| row["period"].as_u64());
    let quotients: Vec<f64> = results
        .iter()
        .map(|row| row["data"]["quotient"].as_f64().unwrap())
        .collect();
    let expected: Vec<f64> = (1..=PERIODS).map(|n| n as f64 / 4.0).collect();
    assert_eq!(quotients, expected);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_of_the_games_api_opens_the_router_to_its_user_alone() {
    let class = Class::start().await;
    let s1 = class.join("s1").await;
    let user = s1.seat["data"]["user"].as_u64().unwrap();
    let ticket = class.ticket(user).await;
    for authid in [user.to_string(), "s1@div.edu".to_owned()] {
        let seat = class.log_in(&authid, &ticket).await.unwrap();
        assert_eq!(seat.runuser(), s1.runuser(), "{authid}");
    }
    let touched = ticket.replace("-1.", "-1.0");
    for (authid, ticket) in [("s2@div.edu", &ticket), ("s1@div.edu", &touched)] {
        assert!(class.log_in(authid, ticket).await.is_err(), "{authid}");
    }
    let new = json!({"password": "new"});
    class
        .change(games_contract::Resource::User, user, new)
        .await;
    assert!(class.log_in("s1@div.edu", &ticket).await.is_err());
    class.stop().await;
}
