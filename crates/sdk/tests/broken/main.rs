//! Games with one mistake each: generated games catch it, and name the cause.

use std::time::Duration;

use simpl::Game;
use simpl::testing::{Cause, Finding, Generated};

mod against_own_schema;
mod bot_against_rules;
mod clock;
mod counts_steps;
mod counts_submissions;
mod default_against_rules;
mod endless;
mod fee_for_revising;
mod last_one_pays;
mod no_way_to_decide;
mod off_by_one;
mod own_chance;
mod recalculates_chance;
mod sound;
mod stock_in_the_model;
mod unreadable;
mod zero_divisor;

fn found(game: Game) -> Finding {
    let report = Generated::of(game).play();
    report.finding.clone().unwrap_or_else(|| panic!("{report}"))
}

/// The cause, with these words in what a person reads.
fn is_found(game: Game, cause: Cause, words: &[&str]) -> Finding {
    let finding = found(game);
    let text = finding.to_string();
    assert_eq!(finding.cause, cause, "{text}");
    for word in words.iter().chain(&[cause.sentence(), cause.advice()]) {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
    finding
}

#[test]
fn a_sound_game_passes() {
    simpl::testing::generated(sound::game());
}

#[test]
#[should_panic(expected = "the rules let a decision through that the step cannot take")]
fn the_one_line_test_fails_with_the_cause() {
    simpl::testing::generated(zero_divisor::game());
}

#[test]
fn a_decision_that_check_takes_and_step_does_not_is_named_with_the_numbers() {
    let words = [
        "quotient is not a finite number",
        r#"Divisor (s2@broken.edu) submits {"operand":0.0}"#,
    ];
    let finding = is_found(zero_divisor::game(), Cause::Forbidden, &words);
    assert_eq!(finding.moves.len(), 2, "as short as it can be: {finding}");
}

#[test]
fn the_seed_of_a_finding_plays_it_again_as_the_first_game() {
    let finding = found(zero_divisor::game());
    let again = Generated::of(zero_divisor::game())
        .seed(finding.seed)
        .games(1)
        .play();
    assert_eq!((again.games, again.finding), (1, Some(finding)));
}

#[test]
fn a_panic_is_told_with_its_words_and_its_place() {
    let words = [
        "index out of bounds",
        "off_by_one.rs:",
        r#"submits {"card":"#,
    ];
    is_found(off_by_one::game(), Cause::Panicked, &words);
}

#[test]
fn a_loop_without_end_is_given_up_and_told_with_the_last_move() {
    let report = Generated::of(endless::game())
        .patience(Duration::from_millis(500))
        .play();
    let finding = report.finding.unwrap();
    assert_eq!(finding.cause, Cause::Endless, "{finding}");
    assert!(
        finding.seen.contains("has not ended after 500ms"),
        "{finding}"
    );
}

#[test]
fn a_clock_is_named_with_the_member_that_it_changes() {
    is_found(
        clock::game(),
        Cause::OwnChance,
        &[
            "at in the outcome of period 1 is ",
            "played again with the same seed",
        ],
    );
}

#[test]
fn chance_that_is_not_the_turns_is_named_with_the_member_that_it_changes() {
    is_found(
        own_chance::game(),
        Cause::OwnChance,
        &["weather.rain in the outcome of period 1 is "],
    );
}

#[test]
fn a_game_that_recalculates_chance_of_its_own_is_told_that_it_must_not() {
    is_found(
        recalculates_chance::game(),
        Cause::OwnChance,
        &["Revision::Recalculate"],
    );
}

#[test]
fn a_count_in_a_static_is_something_kept_between_steps() {
    is_found(
        counts_steps::game(),
        Cause::KeepsState,
        &["round in the outcome of period 1 is "],
    );
}

#[test]
fn a_stock_in_the_model_is_found_when_another_world_plays_in_between() {
    let words = [
        "stock in the outcome of period ",
        "another world plays",
        "the service is started again",
    ];
    is_found(stock_in_the_model::game(), Cause::KeepsState, &words);
}

#[test]
fn who_is_last_must_not_matter() {
    is_found(
        last_one_pays::game(),
        Cause::ArrivalOrder,
        &["last in the outcome of period 1 is 10"],
    );
}

#[test]
fn a_decision_that_is_sent_twice_must_not_count_twice() {
    is_found(
        counts_submissions::game(),
        Cause::CountsTwice,
        &["when every decision arrives twice"],
    );
}

#[test]
fn a_period_stepped_again_from_the_same_decisions_must_come_to_the_same() {
    is_found(
        fee_for_revising::game(),
        Cause::Recalculated,
        &["fee in the outcome of period "],
    );
}

#[test]
fn an_outcome_that_its_own_type_does_not_read_is_shown() {
    is_found(
        unreadable::game(),
        Cause::Unreadable,
        &["crates\"}", "a finite number is expected"],
    );
}

#[test]
fn an_outcome_beyond_its_own_limits_is_told_by_its_field() {
    is_found(
        against_own_schema::game(),
        Cause::BeyondSchema,
        &["stock: a number of at least 0 is expected"],
    );
}

#[test]
fn a_bot_against_the_rules_is_named() {
    is_found(
        bot_against_rules::game(),
        Cause::BotAgainstRules,
        &[
            "the bot greedy decided does not count",
            "as Bidder (s1@broken.edu)",
        ],
    );
}

#[test]
fn a_default_against_the_rules_is_shown() {
    is_found(
        default_against_rules::game(),
        Cause::DefaultRefused,
        &[r#"{"bid":0} does not count: bid something"#],
    );
}

#[test]
fn a_game_in_which_nothing_can_be_decided_is_no_success() {
    is_found(
        no_way_to_decide::game(),
        Cause::Stuck,
        &["for Guesser (s1@broken.edu) in period 1"],
    );
}
