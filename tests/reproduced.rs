//! A game comes back from its run's seed, card by card and week by week, through sockets and the database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Class, Seat, named_div, until};
use games_contract::Resource;
use serde_json::{Value, json};

/// A class whose only run has this seed and these options, not yet served.
async fn class(game: &simpl::Game, slug: &'static str, seed: &str, options: Value) -> Class {
    let class = Class::seeded(game, named_div(slug)).await;
    let run = class.rows(Resource::Run, &[]).await.remove(0);
    let mut data = run["data"].clone();
    data["options"] = options;
    data["_private"] = json!({ "seed": seed });
    let pk = run["id"].as_u64().unwrap();
    class
        .change(Resource::Run, pk, json!({ "data": data }))
        .await;
    class
}

async fn player(class: &Class, slug: &str, name: &str) -> Seat {
    class
        .log_in(&format!("{name}@{slug}.edu"), name)
        .await
        .unwrap()
}

/// The own scenario of a player, with its periods.
async fn own(seat: &Seat) -> Value {
    let procedure = format!("runuser.{}.get_scenarios", seat.runuser());
    seat.call(&procedure, &[]).await.unwrap()[0].take()
}

/// The scenario of a player's world, with its periods.
async fn shared(seat: &Seat) -> Value {
    let procedure = format!("world.{}.get_scope_tree", seat.world());
    seat.call(&procedure, &[]).await.unwrap()["children"][0].take()
}

fn is_over(scenario: &Value) -> bool {
    scenario["data"]["data"]["_turn"]["over"] == true
}

fn periods(scenario: &Value) -> Vec<u64> {
    let periods = scenario["children"].as_array();
    let pks = periods.into_iter().flatten().map(|period| &period["pk"]);
    pks.map(|pk| pk.as_u64().unwrap()).collect()
}

/// Everything that was said in a scenario, as it is stored: name, seat and content, period by period.
async fn said(class: &Class, scenario: &Value) -> Vec<Value> {
    let mut said = Vec::new();
    for period in periods(scenario) {
        let of = [("period", period.to_string())];
        let rows = class.rows(Resource::Result, &of).await;
        said.extend(
            rows.iter()
                .map(|row| json!([row["name"], row["role"], row["data"]])),
        );
    }
    said
}

/// All hands of a player who draws below 17, and what was said in them.
async fn hands(seed: &str) -> Vec<Value> {
    let slug = "blackjack";
    let game = blackjack::game();
    let mut class = class(&game, slug, seed, json!({"hands": 4})).await;
    // A scenario's pk is part of its seed: whose is opened first must not be left to chance.
    for player in class.rows(Resource::RunUser, &[]).await {
        if player["leader"] == false {
            let row = json!({"runuser": player["id"], "name": "own"});
            class.create(Resource::Scenario, row).await;
        }
    }
    class.open(game).await;
    let s1 = player(&class, slug, "s1").await;
    until("the scenario is open", || async {
        !periods(&own(&s1).await).is_empty()
    })
    .await;
    loop {
        let now = own(&s1).await;
        if is_over(&now) {
            break;
        }
        let last = now["children"].as_array().unwrap().last().unwrap().clone();
        let count = counted(&now);
        let chosen = if count < 17 { "hit" } else { "stand" };
        let pk = last["pk"].as_u64().unwrap();
        assert_eq!(s1.submit(pk, json!(chosen)).await.unwrap(), "ok");
        until("the card is on the table", || async {
            let then = own(&s1).await;
            is_over(&then) || periods(&then).len() > periods(&now).len()
        })
        .await;
    }
    let said = said(&class, &own(&s1).await).await;
    class.stop().await;
    said
}

/// The player's count by what was said last.
fn counted(scenario: &Value) -> u64 {
    let periods = scenario["children"].as_array().unwrap().iter().rev();
    let rows = periods.flat_map(|period| period["children"].as_array().unwrap());
    let mut counts = rows.filter_map(|row| row["data"]["data"]["count"].as_u64());
    counts.next().unwrap()
}

/// All weeks of a chain that orders what a formula says.
async fn weeks(seed: &str) -> Vec<Value> {
    let slug = "beer";
    let terms = json!({"shortest": 3, "longest": 12});
    let game = beer::game();
    let mut class = class(&game, slug, seed, terms).await;
    class.open(game).await;
    let mut seats = Vec::new();
    for name in ["s1", "s2", "s3", "s4"] {
        seats.push(player(&class, slug, name).await);
    }
    loop {
        let now = shared(&seats[0]).await;
        if is_over(&now) {
            break;
        }
        let played = periods(&now);
        let week = played.len() as u64;
        for (seat, most) in seats.iter().zip(3..) {
            let order = json!(4 + week % most);
            let pk = *played.last().unwrap();
            assert_eq!(seat.submit(pk, order).await.unwrap(), "ok");
        }
        until("the week is over", || async {
            let then = shared(&seats[0]).await;
            is_over(&then) || periods(&then).len() > played.len()
        })
        .await;
    }
    let said = said(&class, &shared(&seats[0]).await).await;
    class.stop().await;
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cards_of_blackjack_come_back_from_the_seed_of_the_run() {
    let first = hands("a seed").await;
    assert!(first.len() > 4, "{first:?}");
    assert_eq!(first, hands("a seed").await);
    assert_ne!(first, hands("another seed").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_weeks_of_beer_come_back_from_the_seed_of_the_run() {
    let first = weeks("a seed").await;
    assert!(first.len() > 3 * 5, "{first:?}");
    assert_eq!(first, weeks("a seed").await);
    assert_ne!(first.len(), weeks("another seed").await.len());
}
