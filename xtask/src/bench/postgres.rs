//! A PostgreSQL server for one measurement, as it is installed: it keeps what it acknowledges.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::{answer, run};

/// Where Debian and its relatives keep the programs, a folder for each version.
const PROGRAMS: &str = "/usr/lib/postgresql";

/// A running server, gone with this value.
pub(super) struct Cluster {
    programs: PathBuf,
    folder: String,
}

impl Cluster {
    /// Starts one; none where the programs are missing.
    pub(super) fn start() -> Result<Option<Self>> {
        let Some(programs) = programs() else {
            return Ok(None);
        };
        let made = "mktemp -d /tmp/bench-postgres.XXXXXX";
        let words: Vec<&str> = made.split(' ').collect();
        let folder = if is_root() {
            answer("runuser", &[&["-u", "postgres", "--"], &words[..]].concat())
        } else {
            answer(words[0], &words[1..])
        };
        let folder = folder.context("no folder for a database server")?;
        let cluster = Self { programs, folder };
        let data = format!("{}/data", cluster.folder);
        run(cluster.program(
            "initdb",
            &[
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
                "--locale=C",
                "-D",
                &data,
            ],
        ))?;
        let options = format!("-c listen_addresses= -k {}", cluster.folder);
        let log = format!("{}/log", cluster.folder);
        run(cluster.program(
            "pg_ctl",
            &["-D", &data, "-l", &log, "-o", &options, "-w", "start"],
        ))?;
        Ok(Some(cluster))
    }

    /// Its version, as it says it.
    pub(super) fn version(&self) -> String {
        let postgres = self.programs.join("postgres");
        answer(&postgres.to_string_lossy(), &["--version"]).unwrap_or_default()
    }

    /// The address of its database.
    pub(super) fn url(&self) -> String {
        let socket = self.folder.replace('/', "%2F");
        format!("postgres://postgres@{socket}/postgres")
    }

    /// One of its programs, as a user whom the server accepts: anybody but root. Silent, unless it fails.
    fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let program = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command
            .args(arguments)
            .current_dir("/tmp")
            .stdout(std::process::Stdio::null());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = format!("{}/data", self.folder);
        let stop = self.program("pg_ctl", &["-D", &data, "-m", "immediate", "-w", "stop"]);
        if let Err(error) = run(stop).and_then(|()| Ok(std::fs::remove_dir_all(&self.folder)?)) {
            eprintln!("{} is left behind: {error}", self.folder);
        }
    }
}

fn is_root() -> bool {
    answer("id", &["-u"]).is_some_and(|user| user == "0")
}

/// The newest version's folder.
fn programs() -> Option<PathBuf> {
    let version = |entry: &Path| entry.file_name()?.to_str()?.parse::<u32>().ok();
    let found = Path::new(PROGRAMS).read_dir().ok()?;
    found
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|entry| entry.join("bin/initdb").exists())
        .max_by_key(|entry| version(entry))
        .map(|entry| entry.join("bin"))
}
