//! `cargo xtask bench`: from start to `ready`, and the memory held then.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::{build, empty_folder, machine, server::Served};
use crate::command::program;

const WARM_RUNS: usize = 5;

/// One start of `modelservice dev`.
pub(super) struct Start {
    pub(super) took: Duration,
    /// Resident memory, and the share of it when pages shared with other processes are divided among them, in kB.
    pub(super) rss: u64,
    pss: u64,
}

/// Builds the release binary, starts it on an empty folder and then again and again on the same one, and prints a table.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let binary = build(repository)?;
    let data = empty_folder(repository)?;
    let first = measure(&binary, &data)?;
    let warm = (0..WARM_RUNS)
        .map(|_| measure(&binary, &data))
        .collect::<Result<Vec<_>>>()?;
    fs::remove_dir_all(&data)?;
    print!("{}", table(&first, &warm));
    let size = fs::metadata(&binary)?.len();
    println!("\nBinary: {:.1} MB. {}", mega(size), machine());
    Ok(true)
}

fn table(first: &Start, warm: &[Start]) -> String {
    let milliseconds = |start: &Start| start.took.as_secs_f64() * 1000.0;
    let mut times: Vec<f64> = warm.iter().map(milliseconds).collect();
    times.sort_by(f64::total_cmp);
    let most = |of: fn(&Start) -> u64| mega(1024 * warm.iter().map(of).max().unwrap_or(0));
    format!(
        "| what | measured |\n| --- | --- |\n\
         | start to `ready`, empty folder (creates the database, seeds the default environment) | {:.0} ms |\n\
         | start to `ready`, data there, {} runs: least / median / most | {:.0} / {:.0} / {:.0} ms |\n\
         | resident memory at `ready` (VmRSS), most of {} | {:.1} MB |\n\
         | proportional share of it (Pss), most of {} | {:.1} MB |\n",
        milliseconds(first),
        times.len(),
        times.first().unwrap_or(&0.0),
        times.get(times.len() / 2).unwrap_or(&0.0),
        times.last().unwrap_or(&0.0),
        warm.len(),
        most(|start| start.rss),
        warm.len(),
        most(|start| start.pss),
    )
}

/// Starts `modelservice dev` on a folder of data and ends it when it is ready.
pub(super) fn measure(binary: &Path, data: &Path) -> Result<Start> {
    let folder = binary.parent().map_or_else(PathBuf::new, Path::to_owned);
    let mut command = program(&binary.to_string_lossy(), &folder);
    command
        .args([
            "dev",
            "--listen",
            "127.0.0.1:0",
            "--api-listen",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(data);
    measured(command)
}

/// Starts a program and ends it when it is ready.
pub(super) fn measured(mut command: Command) -> Result<Start> {
    command.stderr(Stdio::null());
    let started = Instant::now();
    let served = Served::start(command)?;
    let took = started.elapsed();
    let process = PathBuf::from(format!("/proc/{}", served.id()));
    let start = Start {
        took,
        rss: kilobytes(&process.join("status"), "VmRSS:")?,
        pss: kilobytes(&process.join("smaps_rollup"), "Pss:")?,
    };
    served.stop()?;
    Ok(start)
}

/// The number in a line such as `VmRSS:    25304 kB`.
pub(super) fn kilobytes(file: &Path, key: &str) -> Result<u64> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    text.lines()
        .find_map(|line| {
            line.strip_prefix(key)?
                .split_whitespace()
                .next()?
                .parse()
                .ok()
        })
        .with_context(|| format!("{} has no {key}", file.display()))
}

pub(super) fn mega(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
impl Start {
    pub(super) fn of(took: Duration, rss: u64) -> Self {
        Self {
            took,
            rss,
            pss: rss,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_kilobytes_as_the_kernel_writes_them() {
        let folder = tempfile::tempdir().unwrap();
        let status = folder.path().join("status");
        fs::write(&status, "VmPeak:\t  900 kB\nVmRSS:\t   25304 kB\n").unwrap();
        assert_eq!(kilobytes(&status, "VmRSS:").unwrap(), 25304);
        let missing = kilobytes(&status, "Pss:").unwrap_err();
        assert!(missing.to_string().contains("has no Pss:"), "{missing}");
    }

    #[test]
    fn the_table_has_the_median_of_the_warm_starts_and_the_most_memory() {
        let start = |milliseconds, rss| Start::of(Duration::from_millis(milliseconds), rss);
        let warm = [start(30, 10_000), start(10, 20_000), start(20, 15_000)];
        let table = table(&start(500, 1), &warm);
        assert!(table.contains("| 10 / 20 / 30 ms |"), "{table}");
        assert!(table.contains("| 20.5 MB |"), "{table}");
    }
}
