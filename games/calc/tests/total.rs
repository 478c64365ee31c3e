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
fn a_total_beyond_all_numbers_is_a_failed_step_and_no_result() {
    let world = TestWorld::new(calc::game());
    for _ in 0..2 {
        world
            .call("period.submit_decision", Some("Player"), json!([1.7e308]))
            .unwrap();
    }
    assert_eq!(world.failure().unwrap().code(), "not_finite");
    assert_eq!(world.result(), Some(json!({"total": 1.7e308})));
}
