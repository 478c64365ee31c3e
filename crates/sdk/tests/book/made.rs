//! The game as `modelservice new two-thirds` makes it.

use simpl::prelude::*;

#[data]
struct Move {
    /// The amount you name.
    #[schemars(range(min = 0, max = 100))]
    amount: f64,
}

#[data]
struct Total {
    /// All amounts, added up.
    total: f64,
}

fn step(turn: &Turn<'_, Rules<Move, Total>>) -> Reply<Total> {
    let total = turn.decisions().map(|(_, played)| played.amount).sum();
    Ok(Total { total })
}

/// The game as the service loads it.
pub fn game() -> Game {
    Game::builder("two-thirds")
        .roles([Role::new("Player").seats(2, 4)])
        .next_period()
        .step(step)
        .build()
}

#[test]
fn amounts_are_added_up() {
    use simpl::testing::{TestWorld, json};
    let world = TestWorld::new(game());
    for player in world.players("Player") {
        let answer = world.call_as("period.submit_decision", Some(player), json!([4]));
        assert_eq!(answer, Ok(json!("ok")));
    }
    assert_eq!(world.result_of(1), Some(json!({"total": 8.0})));
}
