//! What somebody does who has just heard of all this: makes a game, writes its rules, plays it, and changes it while it is played. With the
//! real cargo, real processes and real sockets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod author;
mod player;
mod terminal;
mod watching;

use author::Author;
use player::Player;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_game_of_25_lines_is_played_after_three_commands() {
    let mut author = Author::new();
    author.types("modelservice new quotient --roles Dividend,Divisor");
    author.types("cd quotient");
    author.writes(&[
        (
            "    /// The amount you name.\n    #[schemars(range(min = 0, max = 100))]\n    amount: f64,\n",
            "    /// The number you play.\n    operand: f64,\n",
        ),
        (
            "    /// All amounts, added up.\n    total: f64,\n",
            "    /// The dividend, divided by the divisor.\n    quotient: f64,\n",
        ),
        (
            "    let total = turn.decisions().map(|(_, played)| played.amount).sum();\n    Ok(Total { total })\n",
            "    let quotient = turn.by(\"Dividend\")?.operand / turn.by(\"Divisor\")?.operand;\n    Ok(Total { quotient })\n",
        ),
    ]);
    let mut dev = author.starts("cargo run -- dev");
    let address = dev.is_ready().await;

    let mut dividend = Player::signs_in(&address, "quotient", "s1").await;
    let mut divisor = Player::signs_in(&address, "quotient", "s2").await;
    for (numbers, quotient) in [([12.0, 5.0], 2.4), ([1.0, 4.0], 0.25)] {
        let (period, _) = dividend.open_period().await;
        dividend.plays(period, numbers[0]).await;
        divisor.plays(period, numbers[1]).await;
        for player in [&mut dividend, &mut divisor] {
            assert_eq!(
                player.hears_the_result().await,
                json!({"quotient": quotient})
            );
        }
    }
    dev.stop().await;

    assert_eq!(author.typed().len(), 3, "{:?}", author.typed());
    let game = author.game();
    let lines = game.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 25, "{lines} lines that are not blank:\n{game}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_passes_its_own_test_and_is_not_made_twice() {
    let mut author = Author::new();
    let made = author.types("modelservice new two-sides --title Sides");
    assert_eq!(
        made,
        "made two-sides/src/lib.rs\nChange its fields and `step`. It can be tested and played as it is:\n  cd two-sides\n  cargo test\n  cargo run -- dev --watch\n"
    );
    let again = author.is_refused("modelservice new two-sides");
    assert!(
        again.contains("two-sides is there already: a new game gets a folder of its own"),
        "{again}"
    );
    let none = author.is_refused("modelservice new Two_Sides");
    assert!(none.contains("for example two-sides"), "{none}");
    author.types("cd two-sides");
    author.types("cargo test");
}
