//! A game that is edited, broken and mended while two play it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::author::Author;
use crate::player::Player;

/// A round of both players: what they hear.
async fn round(players: &mut [Player; 2], amounts: [f64; 2]) -> Value {
    let (period, _) = players[0].open_period().await;
    for (player, amount) in players.iter().zip(amounts) {
        player.plays(period, amount).await;
    }
    let [one, other] = players;
    let heard = one.hears_the_result().await;
    assert_eq!(other.hears_the_result().await, heard);
    heard
}

async fn both(address: &str) -> [Player; 2] {
    let one = Player::signs_in(address, "changing", "s1").await;
    [one, Player::signs_in(address, "changing", "s2").await]
}

/// What an author's page asks for.
async fn build_state(address: &str) -> Value {
    let provider = rustls::crypto::ring::default_provider();
    let tls = rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let http = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .no_proxy();
    let asked = http
        .build()
        .unwrap()
        .get(format!("http://{address}/dev/build.json"));
    let answer = asked.timeout(Duration::from_secs(60)).send().await.unwrap();
    assert!(answer.status().is_success());
    answer.json().await.unwrap()
}

/// What the compiler said, once the program that plays has been told.
async fn told_error(address: &str) -> String {
    let told = async {
        loop {
            let state = build_state(address).await;
            if let Some(error) = state["error"].as_str() {
                assert_eq!(state["state"], json!("broken"));
                return error.to_owned();
            }
        }
    };
    let told = tokio::time::timeout(Duration::from_secs(60), told).await;
    told.expect("it is told")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_game_is_edited_broken_and_mended_while_two_play_it() {
    let mut author = Author::new();
    author.types("modelservice new changing");
    author.types("cd changing");
    // The profile of the tests, so that this builds what they need as well.
    let mut dev = author.starts("modelservice dev --watch --profile dev");
    let address = dev.is_ready().await;
    let mut players = both(&address).await;
    assert_eq!(round(&mut players, [1.0, 2.0]).await, json!({"total": 3.0}));
    assert_eq!(build_state(&address).await, json!({"state": "current"}));

    // Half of a period is played when the rules change.
    let (period, order) = players[0].open_period().await;
    assert_eq!(order, 2);
    players[0].plays(period, 10.0).await;
    let sum = "turn.decisions().map(|(_, played)| played.amount).sum();";
    let product = "turn.decisions().map(|(_, played)| played.amount).product();";
    author.writes(&[(sum, product)]);
    assert_eq!(
        dev.is_ready().await,
        address,
        "players find it where it was"
    );
    let mut players = both(&address).await;
    assert_eq!(players[1].open_period().await, (period, 2));
    players[1].plays(period, 4.0).await;
    assert_eq!(players[0].hears_the_result().await, json!({"total": 40.0}));
    assert_eq!(players[1].hears_the_result().await, json!({"total": 40.0}));

    author.writes(&[(product, "turn.decisions().count();")]);
    let why = dev.says("error[").await;
    assert!(why.contains("E0308"), "{why}");
    let broken = dev.says("broken").await;
    assert!(
        broken.contains(&format!("goes on at http://{address}/")),
        "{broken}"
    );
    assert_eq!(
        round(&mut players, [3.0, 5.0]).await,
        json!({"total": 15.0})
    );
    let error = told_error(&address).await;
    assert!(error.contains("expected `f64`"), "{error}");

    // It compiles, and is no game.
    author.writes(&[
        ("turn.decisions().count();", sum),
        ("Game::builder(\"changing\")", "Game::builder(\"Changing\")"),
    ]);
    dev.says("the slug \"Changing\" is not a word of a topic")
        .await;
    dev.says("broken").await;
    assert_eq!(round(&mut players, [2.0, 2.0]).await, json!({"total": 4.0}));

    author.writes(&[("Game::builder(\"Changing\")", "Game::builder(\"changing\")")]);
    assert_eq!(dev.is_ready().await, address);
    let mut players = both(&address).await;
    assert_eq!(round(&mut players, [2.0, 7.0]).await, json!({"total": 9.0}));
    let totals = [3.0, 40.0, 15.0, 4.0, 9.0].map(|total| json!({"total": total}));
    assert_eq!(
        players[0].results().await,
        totals,
        "nothing that was played is lost"
    );
    dev.stop().await;
}
