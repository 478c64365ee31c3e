//! `cargo xtask bench rounds`: classes that play div without a pause over WebSockets, model service and games API beside them on the same
//! machine, everything that is acknowledged on disk.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::class::{PASSWORD, STAFF};
use super::server::{Served, beside, games_api_on_sqlite, seed_div};
use super::{build, build_of, disk, empty_folder, machine};
use crate::command::run as run_command;

/// Worlds of two players each.
const SIZES: [usize; 2] = [1, 200];

/// One line of the table.
struct Line {
    worlds: usize,
    rounds: usize,
    /// As the load generator says it.
    told: String,
    games_api: Duration,
    model: Duration,
}

/// Measures on SQLite.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let binary = build(repository)?;
    let load = build_of(repository, "class-load", "class-load")?;
    let data = empty_folder(repository)?;
    let api = Served::start(games_api_on_sqlite(&binary, &data))?;
    let url = format!("http://{}/apis/", api.addr);
    seed_div(&api, &binary, &data)?;
    let class = |worlds: usize| {
        let mut class = Command::new(&load);
        class.args(["--api", &url, "--user", STAFF, "--password", PASSWORD]);
        class.args(["--worlds", &worlds.to_string()]);
        class
    };
    let mut lines = Vec::new();
    for worlds in SIZES {
        // Made before the model service starts, which then has them in memory.
        run_command(class(worlds))?;
        let mut command = beside(&api, &binary, &data);
        command.args(["run", "--listen", "127.0.0.1:0"]);
        let model = Served::start(command)?;
        let mut playing = class(worlds);
        playing.args(["--wamp", &format!("ws://{}/ws", model.addr)]);
        lines.push(play(playing, worlds, &api, &model)?);
        model.stop()?;
    }
    let sync = disk::sync_time(&data)?;
    api.stop()?;
    fs::remove_dir_all(&data)?;
    println!("{}\n\n{}", machine(), table(&lines));
    println!(
        "A write and its fdatasync alone: {:.2} ms.",
        sync.as_secs_f64() * 1e3
    );
    Ok(true)
}

/// Lets a class play; CPU is taken for the time that its rounds are counted.
fn play(mut command: Command, worlds: usize, api: &Served, model: &Served) -> Result<Line> {
    let mut class = command.stdout(Stdio::piped()).spawn()?;
    let output = class.stdout.take().context("no standard output")?;
    let mut output = BufReader::new(output).lines();
    let mut line = || {
        output
            .next()
            .context("the class ended early")?
            .map_err(anyhow::Error::from)
    };
    let begun = line()?;
    ensure!(begun == "counting", "expected `counting`, got {begun:?}");
    let before = (api.cpu()?, model.cpu()?);
    let told = line()?;
    let after = (api.cpu()?, model.cpu()?);
    let status = class.wait()?;
    ensure!(status.success(), "the class ended with {status}");
    Ok(Line {
        worlds,
        rounds: rounds(&told)?,
        told,
        games_api: after.0.saturating_sub(before.0),
        model: after.1.saturating_sub(before.1),
    })
}

/// The number that begins the class's last line.
fn rounds(told: &str) -> Result<usize> {
    let number = told.split_once(' ').map_or(told, |(number, _)| number);
    number
        .parse()
        .with_context(|| format!("expected a number of rounds, got {told:?}"))
}

fn table(lines: &[Line]) -> String {
    let mut table = "| worlds of two players | what they saw | CPU for 1,000 decisions: games API | model service |\n| --- | --- | --- | --- |\n".to_owned();
    for line in lines {
        // Two decisions make a round.
        let each = |cpu: Duration| cpu.as_secs_f64() * 500.0 / line.rounds as f64;
        let _ = writeln!(
            table,
            "| {} | {} | {:.3} s | {:.3} s |",
            line.worlds,
            line.told,
            each(line.games_api),
            each(line.model)
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_told_for_a_thousand_decisions() {
        let told = "20000 rounds in 10 s, 2000 a second";
        let line = Line {
            worlds: 200,
            rounds: rounds(told).unwrap(),
            told: told.to_owned(),
            games_api: Duration::from_secs(4),
            model: Duration::from_secs(8),
        };
        let table = table(&[line]);
        let row = format!("| 200 | {told} | 0.100 s | 0.200 s |\n");
        assert!(table.ends_with(&row), "{table}");
        assert!(rounds("counting").is_err());
    }
}
