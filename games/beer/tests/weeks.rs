//! The beer game, played in memory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use simpl::RANDOM;
use simpl::testing::{TestWorld, json};

const SUBMIT: &str = "period.submit_decision";

fn world() -> TestWorld {
    TestWorld::new(beer::game())
}

fn order(world: &TestWorld, orders: [u32; 4]) {
    for (role, order) in beer::ROLES.into_iter().zip(orders) {
        let placed = world.call(SUBMIT, Some(role), json!([order]));
        assert_eq!(placed.unwrap(), "ok");
    }
}

fn own(world: &TestWorld, role: &str, member: &str) -> serde_json::Value {
    world.part(&world.player(role)).unwrap()[member].clone()
}

#[test]
fn a_week_costs_half_for_a_case_in_stock_and_one_for_a_case_owed() {
    let world = world();
    assert_eq!(world.start(), Some(json!({"week": 1})));
    for role in beer::ROLES {
        assert_eq!(own(&world, role, "stock"), 12);
        assert_eq!(own(&world, role, "incoming_order"), 4);
    }
    // In the fifth week customers order 8, which nobody had thought of.
    for _ in 1..=6 {
        order(&world, [4; 4]);
    }
    assert_eq!(world.result(), Some(json!({"week": 7})));
    assert_eq!(own(&world, "Retailer", "stock"), 0);
    assert_eq!(own(&world, "Retailer", "backlog"), 0);
    order(&world, [4; 4]);
    assert_eq!(own(&world, "Retailer", "backlog"), 4);
    assert_eq!(own(&world, "Retailer", "cost"), 0.0);
    order(&world, [4; 4]);
    assert_eq!(own(&world, "Retailer", "cost"), 4.0);
    assert_eq!(own(&world, "Wholesaler", "cost"), 6.0);
    let retailer = world.player("Retailer");
    let total = own(&world, "Retailer", "total_cost").as_f64().unwrap();
    assert_eq!(world.score(&retailer), Some(-total));
}

#[test]
fn a_game_comes_back_from_its_seed_and_its_length_is_another_for_another_seed() {
    let played = |seed| {
        let world = world().with_seed(seed);
        while !world.is_over() {
            world.bots_decide(RANDOM).unwrap();
        }
        let parts = beer::ROLES.map(|role| world.part(&world.player(role)));
        (world.order(), parts)
    };
    let games: Vec<_> = (1..=10).map(played).collect();
    assert_eq!(games, (1..=10).map(played).collect::<Vec<_>>());
    assert!(games.iter().all(|(weeks, _)| (30..=40).contains(weeks)));
    assert!(games.iter().any(|(weeks, _)| *weeks != games[0].0));
}

#[test]
fn who_is_silent_passes_on_what_was_ordered() {
    let world = world();
    world.time_is_up().unwrap();
    let orders = world.decisions_of(1).into_iter();
    assert!(
        orders
            .into_iter()
            .all(|(_, order)| order == json!({"order": 4}))
    );
}

#[test]
fn a_steady_chain_costs_less_than_a_random_one() {
    let cost = |bot: &str| -> f64 {
        let world = world();
        while !world.is_over() {
            world.bots_decide(bot).unwrap();
        }
        let costs = beer::ROLES.map(|role| own(&world, role, "total_cost").as_f64().unwrap());
        costs.iter().sum()
    };
    assert!(cost("steady") < cost(RANDOM) / 10.0);
}

#[test]
fn an_order_that_is_no_number_of_cases_is_refused() {
    let refused = |order| {
        world()
            .call(SUBMIT, Some("Factory"), json!([order]))
            .is_err()
    };
    assert!(refused(json!(-1)) && refused(json!(10_000)) && refused(json!("much")));
}

#[test]
fn generated_games_find_nothing() {
    simpl::testing::generated(beer::game());
}
