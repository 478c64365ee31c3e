//! Firms of Cournot's market over real sockets: they choose at once, read what came of it, and are paid in points.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::ticket::ask;
use common::{Class, ROOT, Seat, until};
use games_contract::Resource;
use modelservice::settings::GameSettings;
use serde_json::{Value, json};

/// What came of a world's first period, as somebody at the table reads it; null before.
async fn sales(firm: &Seat) -> Value {
    let tree = firm
        .call(&format!("world.{}.get_scope_tree", firm.world()), &[])
        .await
        .unwrap();
    let below = tree["children"][0]["children"][0]["children"].clone();
    let mut rows = below.as_array().unwrap().iter();
    let result = rows.find(|row| row["resource_name"] == "result");
    result.map_or(Value::Null, |row| row["data"]["data"].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_firms_share_the_market_and_neither_knows_what_the_other_makes_before_both_have_chosen()
{
    let class = Class::of(cournot::game(), |settings| {
        let names = GameSettings {
            slug: Some("div".to_owned()),
            root_topic: Some(ROOT.to_owned()),
            ..GameSettings::default()
        };
        settings.game.insert("cournot".to_owned(), names);
    })
    .await;
    let firm = async |name: &str| class.log_in(&format!("{name}@cournot.edu"), name).await;
    let (first, second) = (firm("s1").await.unwrap(), firm("s2").await.unwrap());
    let period = first.periods(first.world()).await[0];
    assert_eq!(first.submit(period, json!("20")).await.unwrap(), "ok");

    let decided = class.rows(Resource::Decision, &[]).await;
    let decision = decided[0]["id"].as_u64().unwrap();
    let seen = second
        .call(&format!("decision.{decision}.get_scope"), &[])
        .await
        .unwrap();
    assert_eq!(seen["data"]["data"], json!({}));

    assert_eq!(second.submit(period, json!(40)).await.unwrap(), "ok");
    until("the market has paid", || async {
        !sales(&second).await.is_null()
    })
    .await;
    let firms = json!([
        {"runuser": first.runuser(), "quantity": 20.0, "profit": 600.0},
        {"runuser": second.runuser(), "quantity": 40.0, "profit": 1200.0},
    ]);
    let expected = json!({"price": 40.0, "total": 60.0, "firms": firms});
    assert_eq!(sales(&second).await, expected);
    assert_eq!(sales(&first).await, expected);
    let seen = second
        .call(&format!("decision.{decision}.get_scope"), &[])
        .await
        .unwrap();
    assert_eq!(seen["data"]["data"]["quantity"], json!(20.0));

    let path = format!("runs/{}/export/?table=grades&format=json", class.run().pk);
    let grades = ask(class.api.as_ref().unwrap().addr, "GET", &path, "").await;
    let score = |email: &str| {
        let mut rows = grades.as_array().unwrap().iter();
        rows.find(|row| row["email"] == email).unwrap()["score"].clone()
    };
    assert_eq!(score("s1@cournot.edu").as_f64(), Some(600.0));
    assert_eq!(score("s2@cournot.edu").as_f64(), Some(1200.0));
    class.stop().await;
}
