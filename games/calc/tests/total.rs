//! The running total, played in memory.

use simpl::testing::{TestWorld, json};

#[test]
fn numbers_add_up_from_period_to_period() {
    let world = TestWorld::new(calc::game());
    assert_eq!(world.start(), Some(json!({"total": 0.0})));
    for (operand, total) in [(5.0, 5.0), (2.5, 7.5), (-10.0, -2.5)] {
        let added = world.call("period.submit_decision", Some("Player"), json!([operand]));
        assert_eq!(added.unwrap(), "ok");
        assert_eq!(world.result(), Some(json!({ "total": total })));
    }
    assert_eq!(world.order(), 4);
}

#[test]
fn a_number_beyond_the_limits_is_refused() {
    let world = TestWorld::new(calc::game());
    let refused = world.call("period.submit_decision", Some("Player"), json!([1e13]));
    assert!(refused.unwrap_err().message().contains("1000000000000"));
    assert_eq!(world.result(), None);
}

#[test]
fn generated_games_find_nothing() {
    simpl::testing::generated(calc::game());
}
