//! The division game, played in memory.

use simpl::testing::{TestWorld, json};
use simpl::{RUNTIME_ERROR, Rejected};

const SUBMIT: &str = "period.submit_decision";

fn world() -> TestWorld {
    TestWorld::new(div::game())
}

fn submit(
    world: &TestWorld,
    role: &str,
    arguments: serde_json::Value,
) -> Result<serde_json::Value, Rejected> {
    world.call(SUBMIT, Some(role), arguments)
}

#[test]
fn two_numbers_make_a_quotient_and_the_next_period_begins() {
    let world = world();
    assert_eq!(submit(&world, "Dividend", json!(["12"])), Ok(json!("ok")));
    assert_eq!(
        world.decisions(),
        [("Dividend".to_owned(), json!({"operand": 12.0}))]
    );
    assert_eq!((world.result(), world.order()), (None, 1));

    assert_eq!(submit(&world, "Divisor", json!([5])), Ok(json!("ok")));
    assert_eq!(
        (world.result_of(1), world.order()),
        (Some(json!({"quotient": 2.4})), 2)
    );
    assert!(world.decisions().is_empty());

    submit(&world, "Divisor", json!([" 0.5 "])).unwrap();
    submit(&world, "Dividend", json!([-1])).unwrap();
    assert_eq!(
        (world.result(), world.order()),
        (Some(json!({"quotient": -2.0})), 3)
    );
}

#[test]
fn the_operand_may_be_named_and_unknown_names_are_ignored() {
    let world = world();
    assert_eq!(
        submit(
            &world,
            "Dividend",
            json!({"operand": 1, "user": {"id": 5}, "_key": "k1"})
        ),
        Ok(json!("ok"))
    );
    assert_eq!(
        world.decisions(),
        [("Dividend".to_owned(), json!({"operand": 1.0}))]
    );
}

#[test]
fn a_divisor_of_zero_is_answered_with_a_text_and_not_stored() {
    let world = world();
    for zero in [
        json!([0]),
        json!(["0"]),
        json!(["-0.0"]),
        json!({"operand": 0}),
    ] {
        assert_eq!(
            submit(&world, "Divisor", zero),
            Ok(json!("Cannot divide by zero"))
        );
    }
    assert!(world.decisions().is_empty());
    assert_eq!(submit(&world, "Dividend", json!([0])), Ok(json!("ok")));
}

#[test]
fn what_is_no_number_is_refused_with_the_reason_and_not_stored() {
    let world = world();
    for (arguments, came) in [
        (json!(["abc"]), r#""abc""#),
        (json!(["nan"]), r#""nan""#),
        (json!(["inf"]), r#""inf""#),
        (json!(["-Infinity"]), r#""-Infinity""#),
        (json!(["1e999"]), r#""1e999""#),
        (json!([""]), r#""""#),
        (json!([null]), "null"),
        (json!([true]), "true"),
        (json!([[12]]), "[12]"),
        (json!([]), "nothing"),
        (json!({}), "nothing"),
        (json!({"operant": 12}), "nothing"),
        (json!({"operand": null}), "null"),
    ] {
        let no = submit(&world, "Dividend", arguments).unwrap_err();
        assert_eq!(
            no.message(),
            format!("operand: a finite number is expected, got {came}")
        );
        assert_eq!((no.uri(), no.code()), (RUNTIME_ERROR, "invalid_argument"));
    }
    assert!(world.decisions().is_empty());
}

#[test]
fn more_than_one_argument_is_refused() {
    let no = submit(&world(), "Dividend", json!([12, 5])).unwrap_err();
    assert_eq!(
        no.message(),
        "the arguments: at most 1 positional argument is expected, got 2"
    );
}

#[test]
fn a_leader_has_nothing_to_submit() {
    let no = world().call(SUBMIT, None, json!([12])).unwrap_err();
    assert_eq!(no.code(), "not_a_player");
}

#[test]
fn a_second_submission_replaces_the_first() {
    let world = world();
    submit(&world, "Dividend", json!([12])).unwrap();
    submit(&world, "Dividend", json!([10])).unwrap();
    submit(&world, "Divisor", json!([5])).unwrap();
    assert_eq!(world.result(), Some(json!({"quotient": 2.0})));
}

#[test]
fn a_submission_to_a_period_already_stepped_recalculates_it_and_opens_no_other() {
    let world = world();
    submit(&world, "Dividend", json!([12])).unwrap();
    submit(&world, "Divisor", json!([5])).unwrap();
    let divisor = world.player("Divisor");
    assert_eq!(
        world.call_in(1, SUBMIT, Some(divisor), json!([6])),
        Ok(json!("ok"))
    );
    assert_eq!(
        (world.result_of(1), world.order()),
        (Some(json!({"quotient": 2.0})), 2)
    );
}

#[test]
fn nothing_is_taken_in_debrief() {
    let world = world();
    world.enter_phase("Debrief");
    let no = submit(&world, "Dividend", json!([12])).unwrap_err();
    assert_eq!(
        no.message(),
        "the phase Debrief takes no decisions: wait until the leader moves the run to a phase that does"
    );
    assert!(world.decisions().is_empty());
}

#[test]
fn a_quotient_beyond_all_numbers_is_a_failed_step_that_keeps_the_decisions() {
    let world = world();
    submit(&world, "Dividend", json!([1e300])).unwrap();
    assert_eq!(submit(&world, "Divisor", json!([1e-300])), Ok(json!("ok")));
    assert_eq!(
        world.failure().unwrap().message(),
        "quotient is not a finite number"
    );
    assert_eq!((world.result(), world.order()), (None, 1));
    assert_eq!(world.decisions().len(), 2);

    submit(&world, "Divisor", json!([1e300])).unwrap();
    assert_eq!(
        world.result(),
        None,
        "a failed step is not tried again by itself"
    );
    world.retry();
    assert_eq!(
        (world.result(), world.failure()),
        (Some(json!({"quotient": 1.0})), None)
    );
}

#[test]
fn the_game_describes_itself() {
    let game = div::game();
    assert_eq!(
        (game.slug(), game.title(), game.root_topic()),
        ("div", "Simpl Div", "world.simpl.sims.div")
    );
    let phases: Vec<_> = game
        .phases()
        .iter()
        .map(|phase| (phase.name.as_str(), phase.accepts_decisions))
        .collect();
    assert_eq!(phases, [("Play", true), ("Debrief", false)]);
    let schema = game.model().unwrap().decision_schema();
    assert_eq!(schema["properties"]["operand"]["type"], json!("number"));
    assert_eq!(
        schema["properties"]["operand"]["description"],
        json!("The number you play.")
    );
}

#[test]
fn the_default_environment_is_that_of_the_original_tutorial() {
    let game = div::game();
    let environment = game.environment();
    let people: Vec<_> = environment
        .accounts()
        .map(|one| {
            (
                one.email.as_str(),
                one.password.as_str(),
                one.first_name.as_str(),
                one.last_name.as_str(),
            )
        })
        .collect();
    assert_eq!(
        people,
        [
            ("leader@div.edu", "leader", "Div", "Leader"),
            ("s1@div.edu", "s1", "Student1", "User"),
            ("s2@div.edu", "s2", "Student2", "User"),
            ("s3@div.edu", "s3", "Student3", "User"),
            ("s4@div.edu", "s4", "Student4", "User"),
        ]
    );
    let worlds: Vec<_> = environment
        .worlds
        .iter()
        .map(|world| {
            let seats: Vec<_> = world
                .seats
                .iter()
                .map(|seat| (seat.account.email.as_str(), seat.role.as_str()))
                .collect();
            (world.name.as_str(), world.scenario.as_str(), seats)
        })
        .collect();
    assert_eq!(
        worlds,
        [
            (
                "World 1",
                "World Scenario 1",
                vec![("s1@div.edu", "Dividend"), ("s2@div.edu", "Divisor")]
            ),
            (
                "World 2",
                "World Scenario 1",
                vec![("s3@div.edu", "Dividend"), ("s4@div.edu", "Divisor")]
            ),
        ]
    );
    assert_eq!(
        (
            environment.run.as_str(),
            environment.player_scenario.as_deref()
        ),
        ("default", Some("Test Scenario 1"))
    );
}

#[test]
fn generated_games_find_nothing() {
    simpl::testing::generated(div::game());
}
