//! The beer game over sockets: each position sees no more than its own, wherever it looks, until the Debrief.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;

use common::{Class, ROOT, Seat, named_div, refusal, until};
use games_contract::Resource;
use serde_json::{Value, json};
use wamp_transport::MatchPolicy;

/// The roles whose stock or orders are in a tree, a list of scopes or an event.
fn shown(seen: &Value) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    match seen {
        Value::Object(members) => {
            let data = members.get("data");
            let tells = ["stock", "order"].iter().any(|name| {
                data.and_then(|data| data.get(*name)).is_some() && members.contains_key("role")
            });
            let role = members.get("role").and_then(Value::as_u64);
            found.extend(role.filter(|_| tells));
            found.extend(members.values().flat_map(shown));
        }
        Value::Array(items) => found.extend(items.iter().flat_map(shown)),
        _ => {}
    }
    let text = seen.to_string();
    assert!(
        !text.contains("last_week") && !text.contains("\"mail\""),
        "{text}"
    );
    found
}

fn role(seat: &Seat) -> u64 {
    seat.seat["data"]["role"].as_u64().unwrap()
}

/// A class that plays two weeks, and its first chain.
async fn chain() -> (Class, Vec<Seat>) {
    let game = beer::game();
    let mut class = Class::seeded(&game, named_div("beer")).await;
    let run = class.rows(Resource::Run, &[]).await.remove(0);
    let mut data = run["data"].clone();
    data["options"] = json!({"shortest": 2, "longest": 2});
    let pk = run["id"].as_u64().unwrap();
    class
        .change(Resource::Run, pk, json!({ "data": data }))
        .await;
    class.open(game).await;
    let mut seats = Vec::new();
    for name in ["s1", "s2", "s3", "s4"] {
        let seat = class.log_in(&format!("{name}@beer.edu"), name).await;
        seats.push(seat.unwrap());
    }
    (class, seats)
}

async fn order(seats: &[Seat], orders: [u32; 4]) -> u64 {
    let period = *seats[0].periods(seats[0].world()).await.last().unwrap();
    for (seat, order) in seats.iter().zip(orders) {
        assert_eq!(seat.submit(period, json!(order)).await.unwrap(), "ok");
    }
    period
}

/// Everything that may be asked for: the scopes of the run by every procedure that shows their content.
async fn everywhere(class: &Class, world: u64) -> Vec<String> {
    let run = class.run().pk;
    let mut procedures = vec![
        format!("run.{run}.get_scope_tree"),
        format!("run.{run}.get_run_data"),
        format!("world.{world}.get_scope_tree"),
        "game.list_scopes".to_owned(),
        "game.get_scope_tree".to_owned(),
    ];
    for resource in [
        Resource::Scenario,
        Resource::Period,
        Resource::Decision,
        Resource::Result,
    ] {
        for row in class.rows(resource, &[]).await {
            let scope = format!("{}.{}", resource.name(), row["id"]);
            procedures.push(format!("{scope}.get_scope"));
            procedures.push(format!("{scope}.get_scope_tree"));
        }
    }
    procedures
}

async fn read(seat: &Seat, procedures: &[String]) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    for procedure in procedures {
        let seen = seat.call(procedure, &[]).await.unwrap_or_default();
        found.extend(shown(&seen));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_sees_no_stock_and_no_order_but_its_own_until_the_debrief() {
    let (class, mut seats) = chain().await;
    let leader = class.log_in("leader@beer.edu", "leader").await.unwrap();
    let world = seats[0].world();
    for seat in &seats {
        seat.watch(world).await;
        for other in &seats {
            seat.watch_scope(&format!("runuser.{}", other.runuser()))
                .await;
        }
        for event in ["add_child", "update_child"] {
            for topic in ["world..", "runuser.."] {
                // Refused or not: it must bring nothing.
                let topic = format!("{ROOT}.model.{topic}{event}");
                let _ = seat.session.subscribe(&topic, MatchPolicy::Wildcard).await;
            }
        }
        let _ = seat.session.subscribe(ROOT, MatchPolicy::Prefix).await;
    }
    let all: BTreeSet<u64> = seats.iter().map(role).collect();
    assert_eq!(all.len(), 4);
    order(&seats, [5, 6, 7, 8]).await;
    // The second week begins, and nothing of the first is told after that.
    for seat in &mut seats {
        let mut heard = BTreeSet::new();
        loop {
            let event = Value::from(seat.hears().await);
            heard.extend(shown(&event));
            if event[1] == "period" && event[2]["order"] == 2 {
                break;
            }
        }
        assert_eq!(heard, BTreeSet::from([role(seat)]));
    }
    let procedures = everywhere(&class, world).await;
    for seat in &seats {
        let own = BTreeSet::from([role(seat)]);
        assert_eq!(read(seat, &procedures).await, own);
    }
    assert_eq!(read(&leader, &procedures).await, all);

    let run = class.run().pk;
    leader
        .call(&format!("run.{run}.advance_phase"), &[])
        .await
        .unwrap();
    until("all see all", || async {
        read(&seats[0], &procedures).await == all
    })
    .await;
    let mut heard = BTreeSet::new();
    while heard.len() < 4 {
        heard.extend(shown(&Value::from(seats[3].hears().await)));
    }
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_its_last_week_a_chain_orders_no_more() {
    let (class, seats) = chain().await;
    let world = seats[0].world();
    order(&seats, [4; 4]).await;
    until("the second week begins", || async {
        seats[0].periods(world).await.len() == 2
    })
    .await;
    let last = order(&seats, [4; 4]).await;
    until("the scenario says that it is over", || async {
        let procedure = format!("world.{world}.get_scope_tree");
        let tree = seats[3].call(&procedure, &[]).await.unwrap();
        tree["children"][0]["data"]["data"]["_turn"]["over"] == true
    })
    .await;
    assert_eq!(seats[0].periods(world).await.len(), 2);
    let (_, sentence) = refusal(seats[1].submit(last, json!(4)).await);
    assert!(sentence.contains("it ended with period 2"), "{sentence}");
    class.stop().await;
}
