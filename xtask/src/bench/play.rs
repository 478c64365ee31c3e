//! `cargo xtask bench play`: rounds of div that one core plays in a second, without a server.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::server::cpu_at;
use super::{build, empty_folder, machine};

const WORLDS: u32 = 100;
const PERIODS: u32 = 1_000;

/// Where the CPU time of children that have ended begins in `/proc/self/stat`, after the program's name.
const CHILDREN: usize = 13;

/// Builds the release binary, plays the same twice, compares the bytes and prints a table.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let binary = build(repository)?;
    let folder = empty_folder(repository)?;
    let first = play(&binary, &folder, "first.csv")?;
    let second = play(&binary, &folder, "second.csv")?;
    let rows = fs::read(folder.join("first.csv"))?;
    ensure!(
        rows == fs::read(folder.join("second.csv"))?,
        "two plays of one seed wrote different rows"
    );
    fs::remove_dir_all(&folder)?;
    println!("{}\n\n{}", machine(), table(&[first, second], rows.len()));
    Ok(true)
}

/// The CPU time of one play.
fn play(binary: &Path, folder: &Path, file: &str) -> Result<Duration> {
    let before = children()?;
    let status = Command::new(binary)
        .args(["play", "div", "--seed", "7", "--out", file])
        .args(["--worlds", &WORLDS.to_string()])
        .args(["--periods", &PERIODS.to_string()])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    ensure!(status.success(), "`modelservice play` ended with {status}");
    Ok(children()?.saturating_sub(before))
}

/// The CPU time of every child that has ended so far.
fn children() -> Result<Duration> {
    let path = "/proc/self/stat";
    cpu_at(
        &fs::read_to_string(path).with_context(|| format!("reading {path}"))?,
        CHILDREN,
    )
}

fn table(plays: &[Duration], bytes: usize) -> String {
    let rounds = f64::from(WORLDS) * f64::from(PERIODS);
    let lines = plays.iter().map(|took| {
        let each = took.as_secs_f64() / rounds;
        format!(
            "| {WORLDS} worlds, {PERIODS} periods | {:.2} s | {:.0} | {:.1} µs |\n",
            took.as_secs_f64(),
            1.0 / each,
            each * 1e6
        )
    });
    let head = "| `play div`, bots in both seats | CPU | rounds in a second of it | a round |\n| --- | --- | --- | --- |\n";
    format!(
        "{head}{}\nBoth wrote the same {:.1} MB.",
        lines.collect::<String>(),
        super::start::mega(bytes as u64)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_told_for_a_second_of_cpu() {
        let table = table(&[Duration::from_secs(4)], 1_500_000);
        assert!(table.contains("| 4.00 s | 25000 | 40.0 µs |"), "{table}");
        assert!(table.ends_with("the same 1.5 MB."), "{table}");
    }

    #[test]
    fn children_that_have_ended_are_counted() {
        let before = children().unwrap();
        let ended = Command::new("true").status().unwrap();
        assert!(ended.success());
        assert!(children().unwrap() >= before);
    }
}
