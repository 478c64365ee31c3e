//! The clients of the original games API, from PyPI, against ours.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::report::{Counts, Outcome};
use crate::command::{program, run, run_watching};

/// The folder of the tests and of the lists of what they need.
const TESTS: &str = "tests/python";
/// Where what they need is installed.
const INSTALLED: &str = "target/python";

/// Makes an environment with exactly what the lists name, unless what is there was made from the very same lists.
pub(super) fn install(repository: &Path) -> Result<Outcome> {
    let tests = repository.join(TESTS);
    let lists = ["requirements-build.txt", "requirements.txt"].map(|name| tests.join(name));
    let mut wanted = String::new();
    for list in &lists {
        let text = fs::read_to_string(list);
        wanted += &text.with_context(|| format!("reading {}", list.display()))?;
    }
    let folder = repository.join(INSTALLED);
    let installed = folder.join(".installed-from");
    if fs::read_to_string(&installed).is_ok_and(|from| from == wanted) {
        println!("already installed from these lists");
        return Ok(Outcome::Passed(Counts::ONE));
    }
    let mut environment = program("python3", repository);
    environment.args(["-m", "venv", "--clear", INSTALLED]);
    run(environment)?;
    for list in lists {
        let mut pip = program(&interpreter(repository).to_string_lossy(), &tests);
        pip.args(["-m", "pip", "install", "--quiet", "--no-deps"])
            .args(["--no-build-isolation", "--disable-pip-version-check", "-r"])
            .arg(list);
        run(pip)?;
    }
    fs::write(installed, wanted)?;
    Ok(Outcome::Passed(Counts::ONE))
}

/// Runs the tests against a binary.
pub(super) fn tests(repository: &Path, binary: &Path) -> Result<Outcome> {
    let mut python = program(
        &interpreter(repository).to_string_lossy(),
        &repository.join(TESTS),
    );
    python
        .args(["-B", "run.py"])
        .env("MODELSERVICE_BIN", binary);
    let mut counts = Counts::default();
    let succeeded = run_watching(python, |line| counts += Counts::of_python(line))?;
    Ok(Outcome::of_tests(succeeded, counts))
}

fn interpreter(repository: &Path) -> PathBuf {
    repository.join(INSTALLED).join("bin/python")
}
