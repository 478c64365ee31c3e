//! `modelservice play` and `modelservice test`: games without a server.

use std::path::Path;
use std::process::{Command, Output};

fn modelservice(arguments: &[&str], folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_modelservice"));
    command.args(arguments).current_dir(folder);
    command.output().expect("the binary runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn two_plays_of_one_seed_write_the_same_bytes_and_their_rows_can_be_played_again() {
    let folder = tempfile::tempdir().unwrap();
    let play = |more: &[&str]| {
        let all = [&["play", "div", "--worlds", "3", "--periods", "4"], more].concat();
        let played = modelservice(&all, folder.path());
        assert!(played.status.success(), "{}", text(&played.stderr));
        (text(&played.stdout), text(&played.stderr))
    };
    let (first, told) = play(&["--seed", "5"]);
    assert!(
        told.contains("12 periods in 3 worlds of div, 36 rows, from the seed 5"),
        "{told}"
    );
    assert!(
        first
            .starts_with("world,period,role,seat,variable,value\n1,1,Dividend,1,decision.operand,"),
        "{first}"
    );
    play(&["--seed", "5", "--out", "played.csv"]);
    assert_eq!(
        std::fs::read_to_string(folder.path().join("played.csv")).unwrap(),
        first
    );
    assert_ne!(play(&["--seed", "6"]).0, first);
    assert_eq!(play(&["--bots", "played.csv"]).0, first);
}

#[test]
fn a_table_of_decisions_is_played_and_a_world_that_cannot_go_on_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let table = "period,role,operand\n1,Dividend,12\n1,Divisor,5\n2,Dividend,1\n2,Divisor,0\n";
    std::fs::write(folder.path().join("class.csv"), table).unwrap();
    let played = modelservice(&["play", "div", "--bots", "class.csv"], folder.path());
    assert_eq!(played.status.code(), Some(1));
    let rows = text(&played.stdout);
    assert!(rows.contains("1,1,,,outcome.quotient,2.4\n"), "{rows}");
    let told = text(&played.stderr);
    assert!(
        told.contains("world 1, period 2: Divisor: Cannot divide by zero"),
        "{told}"
    );
}

#[test]
fn a_game_or_a_bot_that_is_not_there_is_told_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, told) in [
        (&["play", "chess"][..], "expected a game of this binary ("),
        (&["test", "chess"], "expected a game of this binary ("),
        (
            &["play", "div", "--bots", "eager"],
            "expected a bot of div (random), or a file of decisions",
        ),
        (
            &["play", "div", "--options", "{"],
            "--options: expected JSON",
        ),
    ] {
        let ended = modelservice(arguments, folder.path());
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}");
        assert!(
            text(&ended.stderr).contains(told),
            "{}",
            text(&ended.stderr)
        );
    }
}

#[test]
fn generated_games_of_a_sound_game_end_well_and_say_how_many_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let tested = modelservice(
        &["test", "div", "--games", "20", "--seed", "3"],
        folder.path(),
    );
    let told = text(&tested.stdout);
    assert!(tested.status.success(), "{told}");
    assert!(told.contains("div nothing found; 20 games with "), "{told}");
    assert!(told.ends_with("from the seed 3\n"), "{told}");
}
