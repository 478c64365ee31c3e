//! `cargo xtask soak`: for longer than a test run can wait, the release binary is killed under load and while a class plays, and random
//! requests are tried.

mod websocket;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::{
    command::{cargo, run as run_command},
    machine,
};

/// What is asked for.
#[derive(Debug, PartialEq)]
struct Wish {
    /// Kills on each database, and while a class plays.
    kills: u32,
    /// Worlds of the class.
    worlds: u32,
    /// Random scripts of each property, on each database.
    cases: u32,
}

/// Rounds of sessions that vanish from a router.
const ROUNDS: u32 = 100;

/// 50,000 sessions that vanish from the router without goodbye.
fn vanish(repository: &Path) -> Result<bool> {
    run_command(cargo(
        repository,
        &["build", "--release", "--package", "modelservice", "--bins"],
    ))?;
    let arguments = [
        "test",
        "--package",
        "modelservice",
        "--test",
        "router",
        "vanish",
    ];
    let mut series = cargo(repository, &arguments);
    series
        .args(["--", "--nocapture"])
        .env("ROUNDS", ROUNDS.to_string())
        .env(
            "MODELSERVICE_BIN",
            repository.join("target/release/modelservice"),
        );
    run_command(series)?;
    Ok(true)
}

/// Kills, then tries scripts; true when both went well. The figures are on standard output.
pub(crate) fn run(repository: &Path, arguments: &[String]) -> Result<bool> {
    match arguments {
        [what] if what == "router" => return vanish(repository),
        [what] if what == "websocket" => return websocket::run(repository),
        _ => {}
    }
    let wish = Wish::of(arguments)?;
    machine::prepare(repository)?;
    run_command(cargo(
        repository,
        &["build", "--release", "--package", "modelservice", "--bins"],
    ))?;
    println!("\n=== {} kills on each database", wish.kills);
    series(repository, "killed", &wish)?;
    println!(
        "\n=== {} kills while {} worlds play",
        wish.kills, wish.worlds
    );
    series(repository, "chaos", &wish)?;
    println!("\n=== {} random scripts on each database", wish.cases);
    let mut scripts = cargo(repository, &["test", "--package", "games-api"]);
    scripts
        .args(["--test", "api", "--test", "postgres", "model::"])
        .env("PROPTEST_CASES", wish.cases.to_string());
    run_command(scripts)?;
    Ok(true)
}

/// One of the tests that kill, for longer.
fn series(repository: &Path, test: &str, wish: &Wish) -> Result<()> {
    let mut series = cargo(
        repository,
        &["test", "--package", "modelservice", "--test", test],
    );
    // One after another: each has the machine to itself.
    series
        .args(["--", "--nocapture", "--test-threads=1"])
        .env("KILLS", wish.kills.to_string())
        .env("WORLDS", wish.worlds.to_string())
        .env(
            "MODELSERVICE_BIN",
            repository.join("target/release/modelservice"),
        );
    run_command(series)
}

impl Wish {
    fn of(arguments: &[String]) -> Result<Self> {
        let mut wish = Self {
            kills: 50,
            worlds: 50,
            cases: 500,
        };
        for pair in arguments.chunks(2) {
            let number = pair.get(1).context("a number has to follow")?;
            let number = number
                .parse()
                .with_context(|| format!("expected a number, got {number:?}"))?;
            match pair[0].as_str() {
                "--kills" => wish.kills = number,
                "--worlds" => wish.worlds = number,
                "--cases" => wish.cases = number,
                other => bail!("expected --kills, --worlds or --cases, got {other:?}"),
            }
        }
        Ok(wish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(arguments: &[&str]) -> Result<Wish> {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        Wish::of(&arguments)
    }

    #[test]
    fn what_is_not_said_has_a_default_and_nonsense_is_named() {
        let wish = of(&["--kills", "7"]).unwrap();
        assert_eq!((wish.kills, wish.worlds, wish.cases), (7, 50, 500));
        for (wrong, words) in [
            (&["--kills"][..], "a number has to follow"),
            (&["--kills", "many"], "\"many\""),
            (&["--minutes", "7"], "\"--minutes\""),
        ] {
            let refused = of(wrong).unwrap_err().to_string();
            assert!(refused.contains(words), "{refused}");
        }
    }
}
