//! The game of Cournot, played in memory.

use serde_json::{Value, json};
use simpl::testing::TestWorld;

const SUBMIT: &str = "period.submit_decision";

fn world() -> TestWorld {
    TestWorld::new(cournot::game())
}

/// Every firm makes what is listed, in order of seat.
fn make(world: &TestWorld, quantities: [f64; 2]) -> Value {
    for (firm, quantity) in world.players("Firm").into_iter().zip(quantities) {
        assert_eq!(
            world.call_as(SUBMIT, Some(firm), json!([quantity])),
            Ok(json!("ok"))
        );
    }
    world.result().expect("both firms have decided")
}

fn profits(sales: &Value) -> Vec<f64> {
    let firms = sales["firms"].as_array().expect("a list of firms").iter();
    firms.filter_map(|firm| firm["profit"].as_f64()).collect()
}

#[test]
fn the_price_falls_with_what_all_firms_make_and_profit_is_what_it_leaves_over_costs() {
    let world = world();
    let sales = make(&world, [20.0, 40.0]);
    assert_eq!(
        (&sales["price"], &sales["total"]),
        (&json!(40.0), &json!(60.0))
    );
    assert_eq!(profits(&sales), [600.0, 1200.0]);
    assert_eq!(world.order(), 2);
}

#[test]
fn nobody_pays_less_than_nothing_and_a_flooded_market_is_a_loss_for_all() {
    let sales = make(&world(), [80.0, 50.0]);
    assert_eq!(sales["price"], json!(0.0));
    assert_eq!(profits(&sales), [-800.0, -500.0]);
}

#[test]
fn a_run_may_have_another_market() {
    let world = world().with_options(json!({"intercept": 10, "slope": 0.5, "cost": 0}));
    let sales = make(&world, [4.0, 2.0]);
    assert_eq!(sales["price"], json!(7.0));
    assert_eq!(profits(&sales), [28.0, 14.0]);
}

#[test]
fn points_are_profits_and_add_up_over_the_periods() {
    let world = world();
    make(&world, [20.0, 40.0]);
    make(&world, [30.0, 30.0]);
    let points: Vec<_> = world
        .players("Firm")
        .iter()
        .map(|firm| world.score(firm))
        .collect();
    assert_eq!(points, [Some(1500.0), Some(2100.0)]);
}

#[test]
fn a_firm_makes_nothing_or_more() {
    let world = world();
    for (quantity, came) in [(json!(-1), "-1.0"), (json!("much"), "\"much\"")] {
        let firm = Some(world.player("Firm"));
        let no = world.call_as(SUBMIT, firm, json!([quantity])).unwrap_err();
        assert_eq!(no.code(), "invalid_argument");
        assert!(no.message().starts_with("quantity: "), "{no}");
        assert!(no.message().ends_with(came), "{no}");
    }
    assert!(world.decisions().is_empty());
}

#[test]
fn in_equilibrium_no_firm_earns_more_with_another_quantity() {
    let settled = world();
    settled.bots_decide("equilibrium").unwrap();
    let [own, other] = settled
        .decisions_of(1)
        .try_into()
        .map(|both: [(String, Value); 2]| both.map(|(_, made)| made["quantity"].as_f64().unwrap()))
        .unwrap();
    assert_eq!((own, other), (30.0, 30.0));
    let profit = |quantity: f64| profits(&make(&world(), [quantity, other]))[0];
    for elsewhere in [0.0, 10.0, 22.5, 29.0, 31.0, 45.0, 60.0] {
        assert!(profit(elsewhere) < profit(own), "{elsewhere}");
    }
}

#[test]
fn any_legal_market_and_decision_has_finite_sales() {
    for seed in 0..50 {
        let world = world()
            .with_seed(seed)
            .with_options(json!({"intercept": 1e6, "slope": 1e6, "cost": 1e6}));
        for order in 1..=3 {
            world.bots_decide(simpl::RANDOM).unwrap();
            assert_eq!(world.failure(), None, "seed {seed}, period {order}");
            assert!(world.result_of(order).is_some());
        }
    }
}

#[test]
fn a_table_has_two_to_eight_firms_and_the_tutorial_seats_two_at_each() {
    let game = cournot::game();
    let [firm] = game.roles() else {
        panic!("one role is expected");
    };
    assert_eq!((firm.minimum, firm.maximum), (2, 8));
    let worlds = &game.environment().worlds;
    let seated: Vec<_> = worlds.iter().map(|world| world.seats.len()).collect();
    assert_eq!(seated, [2, 2]);
    assert_eq!(game.default_bot(), Some("equilibrium"));
}

#[test]
fn generated_games_find_nothing() {
    simpl::testing::generated(cournot::game());
}
