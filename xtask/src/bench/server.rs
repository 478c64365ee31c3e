//! A running `modelservice`, and what it has used so far.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{answer, run};

/// The kernel's unit in `/proc/PID/stat`: USER_HZ, 100 on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// Something that is ready, at an address.
pub(super) struct Served {
    child: Child,
    pub(super) addr: SocketAddr,
    /// Held open: a program whose standard output is closed ends.
    _output: BufReader<ChildStdout>,
}

impl Served {
    /// Starts a command and waits until it prints `ready http://<address>/…`.
    pub(super) fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the release binary")?;
        let output = child.stdout.take().context("no standard output")?;
        let mut output = BufReader::new(output);
        let line = wait_until_ready(&mut output)?;
        let addr = line
            .trim()
            .strip_prefix("ready http://")
            .and_then(|url| url.split('/').next())
            .and_then(|addr| addr.parse().ok())
            .with_context(|| format!("expected `ready http://<address>/`, got {line:?}"))?;
        Ok(Self {
            child,
            addr,
            _output: output,
        })
    }

    /// Its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// CPU time of all its threads since it began, in user and kernel mode, in steps of 10 ms.
    pub(super) fn cpu(&self) -> Result<Duration> {
        let path = format!("/proc/{}/stat", self.child.id());
        cpu_in(&fs::read_to_string(&path).with_context(|| format!("reading {path}"))?)
    }

    /// Ends it as an operator would, so that the next start finds an orderly folder.
    pub(super) fn stop(mut self) -> Result<()> {
        // It may have ended by itself; then there is nobody to signal.
        let _ = answer("kill", &["-TERM", &self.id().to_string()]);
        let status = self.child.wait()?;
        ensure!(status.success(), "`modelservice` ended with {status}");
        Ok(())
    }
}

impl Drop for Served {
    /// Leaves nothing running when a measurement has failed.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads to the line that says that it is ready, and returns that.
fn wait_until_ready(output: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    while output.read_line(&mut line)? > 0 {
        if line.starts_with("ready ") {
            return Ok(line);
        }
        line.clear();
    }
    bail!("`modelservice` ended before it was ready: run it by hand to see why")
}

/// `modelservice`, with default settings and the service account.
pub(super) fn modelservice(binary: &Path, folder: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("SIMPL_API_USER", super::class::STAFF)
        .env("SIMPL_API_PASSWORD", super::class::PASSWORD);
    command
}

/// `modelservice games-api` on a free port.
pub(super) fn games_api(binary: &Path, folder: &Path) -> Command {
    let mut command = modelservice(binary, folder);
    command.args(["games-api", "--listen", "127.0.0.1:0"]);
    command
}

/// As [`games_api`], on a SQLite file in the folder.
pub(super) fn games_api_on_sqlite(binary: &Path, folder: &Path) -> Command {
    let mut command = games_api(binary, folder);
    command.arg("--data").arg(folder);
    command
}

/// `modelservice`, to work with that games API.
pub(super) fn beside(api: &Served, binary: &Path, folder: &Path) -> Command {
    let mut command = modelservice(binary, folder);
    command.env("SIMPL_API_URL", format!("http://{}/apis/", api.addr));
    command
}

/// Makes the default environment of div in that games API.
pub(super) fn seed_div(api: &Served, binary: &Path, folder: &Path) -> Result<()> {
    let mut seed = beside(api, binary, folder);
    seed.args(["create-default-env", "--game", "div"])
        .stdout(Stdio::null());
    run(seed)
}

/// `utime` and `stime` of `/proc/PID/stat`.
fn cpu_in(stat: &str) -> Result<Duration> {
    cpu_at(stat, 11)
}

/// Two fields of `/proc/PID/stat` in a row, as time. The second field is the program's name, which may hold spaces, so fields are counted
/// after it.
pub(super) fn cpu_at(stat: &str, first: usize) -> Result<Duration> {
    let after_name = stat.rsplit_once(')').map_or(stat, |(_, rest)| rest);
    let mut fields = after_name.split_whitespace().skip(first);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    match (ticks(), ticks()) {
        (Some(user), Some(system)) => Ok(TICK * (user + system)),
        _ => bail!("expected the fields of /proc/PID/stat, got {stat:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_is_user_and_kernel_time_whatever_the_program_is_called() {
        let stat = "4242 (a) b) S 1 4242 4242 0 -1 4194560 9 0 0 0 150 25 7 8 20 0 5 0 99 1 2";
        assert_eq!(cpu_in(stat).unwrap(), Duration::from_millis(1_750));
        assert_eq!(cpu_at(stat, 13).unwrap(), Duration::from_millis(150));
        assert!(cpu_in("4242 (a) S 1").is_err());
    }

    #[test]
    fn what_is_printed_before_it_is_ready_is_passed_over() {
        let mut output = "seeded\nready http://127.0.0.1:5/apis/\nmore".as_bytes();
        let line = wait_until_ready(&mut output).unwrap();
        assert_eq!(line.trim(), "ready http://127.0.0.1:5/apis/");
        assert!(wait_until_ready(&mut "no\n".as_bytes()).is_err());
    }
}
