//! The games API against its own description: schemathesis reads `/openapi.json` and asks whatever that allows, and what it does not.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, Result, bail};

use super::report::{Counts, Outcome};
use crate::command::{program, run_watching};
use crate::python::Environment;

/// The folder of its settings.
const FOLDER: &str = "tests/python/schemathesis";
/// The user as whom it asks; made in a database that is thrown away.
const USER: (&str, &str) = ("simpl@simpl.world", "simpl");

/// Runs it against the binary on an empty SQLite file.
pub(super) fn test(repository: &Path) -> Result<Outcome> {
    let folder = repository.join(FOLDER);
    let environment = Environment {
        python: "python3".to_owned(),
        place: "target/python/schemathesis",
        tests: FOLDER,
        lists: &["requirements.txt"],
        options: &[],
    };
    environment.install(repository)?;
    let api = Api::start(repository)?;
    let schemathesis = environment.program(repository, "schemathesis");
    let mut schemathesis = program(&schemathesis.to_string_lossy(), &folder);
    schemathesis
        .args(["run", &format!("{}/openapi.json", api.address)])
        .env("GAMES_API", &api.address)
        .env("GAMES_API_USER", USER.0)
        .env("GAMES_API_PASSWORD", USER.1)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let mut counts = Counts::default();
    let succeeded = run_watching(schemathesis, |line| counts += counts_of(line))?;
    Ok(Outcome::of_tests(succeeded, counts))
}

/// Of the lines `Tested: 144`, which counts operations, and `… found 2 unique failures, …`.
fn counts_of(line: &str) -> Counts {
    let words: Vec<&str> = line
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let number = |at: Option<usize>| {
        let word = at.and_then(|at| words.get(at));
        word.and_then(|word| word.parse().ok()).unwrap_or(0)
    };
    let place = |word| words.iter().position(|other| *other == word);
    let tested = place("Tested:").filter(|at| *at == 0);
    let failures = place("found").filter(|_| line.contains(" generated, "));
    Counts {
        passed: number(tested.map(|at| at + 1)),
        failed: number(failures.map(|at| at + 1)),
    }
}

/// A games API on a database of its own; it ends, and the database goes, when this is dropped.
struct Api {
    process: Child,
    address: String,
    data: PathBuf,
}

impl Api {
    fn start(repository: &Path) -> Result<Self> {
        let data = repository.join("target/schemathesis-data");
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        let binary = repository.join("target/debug/modelservice");
        let mut command = program(&binary.to_string_lossy(), repository);
        command
            .args(["games-api", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .env("SIMPL_API_USER", USER.0)
            .env("SIMPL_API_PASSWORD", USER.1)
            .stdout(Stdio::piped());
        let process = command
            .spawn()
            .with_context(|| format!("`{}` did not start", binary.display()))?;
        let mut api = Self {
            process,
            address: String::new(),
            data,
        };
        let output = api.process.stdout.take().context("it has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let Some(address) = line.trim().strip_prefix("ready ") else {
            bail!("expected the line `ready http://…`, got {line:?}");
        };
        address
            .trim_end_matches("/apis/")
            .clone_into(&mut api.address);
        Ok(api)
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        // It may have ended by itself, which the tests have noticed.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_operations_and_failures() {
        assert_eq!(counts_of("  Tested: 144").passed, 144);
        assert_eq!(
            counts_of("  518 generated, 20 found 17 unique failures, 50 skipped").failed,
            17
        );
        for other in ["  9636 generated, 9636 passed", "API Operations:", ""] {
            assert_eq!(counts_of(other), Counts::default(), "{other}");
        }
    }
}
