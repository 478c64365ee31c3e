//! What seats are told alone, the start of a game and its end: from whom it is hidden, where, and until when.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;

use common::fault::Fault;
use common::secrets::mine;
use common::{Class, ROOT, Seat, refusal, until};
use games_contract::Resource;
use serde_json::{Value, json};
use wamp_transport::MatchPolicy;

/// The purses in a tree or list of scopes, or in an event: what is hidden is left out.
fn purses(seen: &Value) -> BTreeSet<u64> {
    match seen {
        Value::Object(members) => {
            let own = members.get("purse").and_then(Value::as_u64);
            own.into_iter()
                .chain(members.values().flat_map(purses))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(purses).collect(),
        _ => BTreeSet::new(),
    }
}

/// Two Miners and the Clerk at the first table.
async fn table(class: &Class) -> [Seat; 3] {
    [
        class.join("s1").await,
        class.join("s2").await,
        class.join("s3").await,
    ]
}

/// Everybody decides in the table's last period, which gets its result.
async fn play(class: &Class, seats: &[Seat; 3], depths: [u32; 3]) -> u64 {
    let period = *seats[0].periods(seats[0].world()).await.last().unwrap();
    for (seat, depth) in seats.iter().zip(depths) {
        assert_eq!(seat.submit(period, json!(depth)).await.unwrap(), "ok");
    }
    until("the period is stepped", || async {
        stepped(class, period).await
    })
    .await;
    period
}

async fn stepped(class: &Class, period: u64) -> bool {
    let of = [
        ("period", period.to_string()),
        ("name", "result".to_owned()),
    ];
    let rows = class.rows(Resource::Result, &of).await;
    rows.iter().any(|row| row["role"].is_null())
}

/// Pk and data of what a table was told under a name, seat by seat, as it is stored; the table's own is last.
async fn told(class: &Class, period: u64, word: &str) -> Vec<(u64, Value)> {
    let of = [("period", period.to_string())];
    let mut rows = class.rows(Resource::Result, &of).await;
    rows.retain(|row| row["name"].as_str().unwrap().split('.').next() == Some(word));
    rows.sort_by_key(|row| (row["role"].is_null(), row["name"].as_str() == Some(word)));
    let rows = rows.iter();
    rows.map(|row| (row["id"].as_u64().unwrap(), row["data"].clone()))
        .collect()
}

fn purse(data: &Value) -> u64 {
    data["purse"].as_u64().unwrap()
}

/// The tree of a table.
async fn tree_of(seat: &Seat, world: u64) -> Value {
    let procedure = format!("world.{world}.get_scope_tree");
    seat.call(&procedure, &[]).await.unwrap()
}

/// Everything that a session may ask of a table where something is told to seats.
async fn everywhere(class: &Class, seat: &Seat, parts: &[u64]) -> Vec<String> {
    let (run, world) = (class.run().pk, seat.world());
    let tree = tree_of(seat, world).await;
    let scenario = tree["children"][0]["pk"].clone();
    let periods = seat.periods(world).await;
    let mut procedures = vec![
        format!("run.{run}.get_scope_tree"),
        format!("world.{world}.get_scope_tree"),
        format!("scenario.{scenario}.get_scope_tree"),
        format!("run.{run}.get_run_data"),
        "game.list_scopes".to_owned(),
        "game.get_scope_tree".to_owned(),
    ];
    procedures.extend(
        periods
            .iter()
            .map(|period| format!("period.{period}.get_scope_tree")),
    );
    for part in parts {
        procedures.push(format!("result.{part}.get_scope"));
        procedures.push(format!("result.{part}.get_scope_tree"));
    }
    procedures
}

/// Every purse that somebody can read anywhere.
async fn read(seat: &Seat, procedures: &[String]) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    for procedure in procedures {
        let seen = seat.call(procedure, &[]).await.unwrap_or_default();
        assert!(
            !seen.to_string().contains("vein"),
            "{procedure} tells what is carried"
        );
        found.extend(purses(&seen));
    }
    found
}

/// Every purse that somebody hears of until an event that has `last` in it.
async fn heard(seat: &mut Seat, last: &str) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    loop {
        let event = Value::from(seat.hears().await);
        found.extend(purses(&event));
        assert!(
            !event.to_string().contains("vein"),
            "what is carried is told"
        );
        if event.to_string().contains(last) {
            return found;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_seat_is_told_is_read_and_heard_by_it_and_by_leaders_until_a_phase_reveals_it() {
    let class = Class::of(mine(), |_| {}).await;
    let mut seats = table(&class).await;
    let (mut leader, stranger) = (class.join("leader").await, class.join("s4").await);
    let (run, world) = (class.run().pk, seats[0].world());
    assert_ne!(stranger.world(), world);
    let own = seats.each_ref().map(Seat::runuser);
    for seat in seats.iter().chain([&leader, &stranger]) {
        seat.watch(world).await;
        for runuser in own {
            seat.watch_scope(&format!("runuser.{runuser}")).await;
        }
        for event in ["add_child", "update_child"] {
            // Refused or not: it must bring nothing.
            let topic = format!("{ROOT}.model.world..{event}");
            let _ = seat.session.subscribe(&topic, MatchPolicy::Wildcard).await;
            let topic = format!("{ROOT}.model.runuser..{event}");
            let _ = seat.session.subscribe(&topic, MatchPolicy::Wildcard).await;
            let _ = seat.session.subscribe(ROOT, MatchPolicy::Prefix).await;
        }
    }
    let first = seats[0].periods(world).await[0];
    let start = told(&class, first, "start").await;
    let dealt: Vec<u64> = start[..3].iter().map(|(_, data)| purse(data)).collect();
    assert_eq!(dealt.iter().collect::<BTreeSet<_>>().len(), 3, "{dealt:?}");
    assert_eq!(start[3].1["_private"]["carried"], json!({"vein": 2}));

    let period = play(&class, &seats, [1, 2, 3]).await;
    assert_eq!(period, first);
    let result = told(&class, first, "result").await;
    let dug: Vec<u64> = result[..3].iter().map(|(_, data)| purse(data)).collect();
    assert_eq!(dug, [dealt[0] + 1, dealt[1] + 2, dealt[2] + 3]);
    assert_eq!(result[3].1["found"], 6);

    let parts: Vec<u64> = start.iter().chain(&result).map(|(pk, _)| *pk).collect();
    let procedures = everywhere(&class, &seats[0], &parts).await;
    let all: BTreeSet<u64> = dealt.iter().chain(&dug).copied().collect();
    for (at, seat) in seats.iter().enumerate() {
        let mine = BTreeSet::from([dealt[at], dug[at]]);
        assert_eq!(read(seat, &procedures).await, mine, "seat {at}");
    }
    // Both see the other table, too, the one as its leader and the other as a player there.
    assert!(read(&leader, &procedures).await.is_superset(&all));
    assert!(read(&stranger, &procedures).await.is_disjoint(&all));
    // The next period is the last that is heard of it.
    for (at, seat) in seats.iter_mut().enumerate() {
        assert_eq!(heard(seat, "\"order\":2").await, BTreeSet::from([dug[at]]));
    }
    assert_eq!(
        heard(&mut leader, "\"order\":2").await,
        dug.iter().copied().collect()
    );

    leader
        .call(&format!("run.{run}.advance_phase"), &[])
        .await
        .unwrap();
    until("everybody hears of what others were told", || async {
        read(&seats[1], &procedures).await == all
    })
    .await;
    let mut shown = BTreeSet::new();
    while shown.len() < all.len() {
        shown.extend(purses(&Value::from(seats[2].hears().await)));
    }
    assert_eq!(shown, all);
    assert!(read(&stranger, &procedures).await.is_disjoint(&all));
    leader
        .call(&format!("run.{run}.rollback_phase"), &[])
        .await
        .unwrap();
    until("it is hidden again", || async {
        read(&seats[2], &procedures).await == BTreeSet::from([dealt[2], dug[2]])
    })
    .await;
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_game_begins_once_whatever_restarts_ends_when_it_says_so_and_can_be_taken_back() {
    let mut class = Class::of(mine(), |_| {}).await;
    let seats = table(&class).await;
    let world = seats[0].world();
    let first = seats[0].periods(world).await[0];
    let start = told(&class, first, "start").await;
    class.close().await;
    class.open(mine()).await;
    let seats = table(&class).await;
    assert_eq!(told(&class, first, "start").await, start);
    play(&class, &seats, [1, 1, 1]).await;
    until("the second period is open", || async {
        seats[0].periods(world).await.len() == 2
    })
    .await;
    class.close().await;
    class.open(mine()).await;
    let seats = table(&class).await;
    let second = play(&class, &seats, [1, 1, 1]).await;
    let result = told(&class, second, "result").await;
    assert_eq!(purse(&result[0].1), purse(&start[0].1) + 2);
    assert_eq!(result[3].1["_turn"]["over"], true);

    let leader = class.join("leader").await;
    let over = || async {
        let tree = tree_of(&leader, world).await;
        let scenario = &tree["children"][0];
        let data = scenario["data"]["data"]["_turn"].clone();
        (
            data["over"] == true,
            scenario["children"].as_array().unwrap().len(),
        )
    };
    until("the scenario says so", || async { over().await.0 }).await;
    let (uri, sentence) = refusal(seats[0].submit(second, json!(1)).await);
    assert_eq!(uri, "wamp.error.runtime_error");
    assert!(sentence.contains("the game is over"), "{sentence}");
    class.close().await;
    class.open(mine()).await;
    let (seats, leader) = (table(&class).await, class.join("leader").await);
    assert_eq!(seats[0].periods(world).await.len(), 2, "no third one");

    leader
        .call(&format!("world.{world}.rewind"), &[json!(1)])
        .await
        .unwrap();
    until("it begins as it did", || async {
        let again = told(&class, first, "start").await;
        let datas = |rows: &[(u64, Value)]| -> Vec<Value> {
            rows.iter().map(|(_, data)| data.clone()).collect()
        };
        datas(&again) == datas(&start)
    })
    .await;
    let tree = tree_of(&leader, world).await;
    assert!(tree["children"][0]["data"]["data"]["_turn"]["over"].is_null());
    assert_eq!(play(&class, &seats, [5, 1, 1]).await, first);
    let result = told(&class, first, "result").await;
    assert_eq!(purse(&result[0].1), purse(&start[0].1) + 5);
    class.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn by_single_writes_every_part_is_stored_once_though_answers_are_lost() {
    let mut class = Class::seeded(&mine(), |_| {}).await;
    class.line.breaks("GET", "", Fault::Plain);
    class.open(mine()).await;
    let seats = table(&class).await;
    let period = seats[0].periods(seats[0].world()).await[0];
    assert_eq!(told(&class, period, "start").await.len(), 4);
    let before = class.line.met();
    class.line.breaks("POST", "results/", Fault::Unanswered);
    for (seat, depth) in seats.iter().zip([1, 2, 3]) {
        assert_eq!(seat.submit(period, json!(depth)).await.unwrap(), "ok");
    }
    until("some answers got lost", || async {
        class.line.met() > before + 1
    })
    .await;
    class.line.heals();
    until("the second period is open", || async {
        seats[0].periods(seats[0].world()).await.len() == 2
    })
    .await;
    assert!(stepped(&class, period).await);
    assert_eq!(told(&class, period, "result").await.len(), 4);
    assert_eq!(told(&class, period, "start").await.len(), 4);
    class.stop().await;
}
