//! `cargo xtask compat`: the original's model service, with its crossbar router, against our games API; and the original's clients
//! with the libraries that they were published for. All of it needs Python 3.6, which few machines have.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{
    command::{answer, cargo, run as run_command},
    python::Environment,
};

const TESTS: [&str; 2] = ["tests/python", "tests/python/original"];

/// Builds, installs and runs; true when all passed.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let python = python().context(
        "expected a Python 3.6, got none: install one, for example with `pyenv install 3.6`, or name it in the variable PYTHON36",
    )?;
    run_command(cargo(
        repository,
        &["build", "--package", "modelservice", "--bins"],
    ))?;
    let binary = repository.join("target/debug/modelservice");
    let environment = Environment {
        python,
        place: "target/compat",
        tests: "tests/python/original",
        lists: &["requirements-build.txt", "requirements.txt"],
        options: &[],
    };
    environment.install(repository)?;
    let mut passed = true;
    for tests in TESTS {
        println!("\n=== {tests}");
        passed &= environment.run(repository, tests, &binary, |_| {})?;
    }
    Ok(passed)
}

/// The first that says that it is 3.6: the one that is named, one on the path, one of pyenv.
fn python() -> Option<String> {
    let named = std::env::var("PYTHON36").ok();
    let candidates = named.into_iter().chain(["python3.6".to_owned()]);
    let is_3_6 = |python: &String| {
        answer(python, &["--version"]).is_some_and(|version| version.starts_with("Python 3.6."))
    };
    candidates.chain(of_pyenv()).find(is_3_6)
}

fn of_pyenv() -> Vec<String> {
    let root = answer("pyenv", &["root"]).map(PathBuf::from);
    let versions = root.and_then(|root| root.join("versions").read_dir().ok());
    let found = versions.into_iter().flatten().flatten();
    let programs = found.map(|version| version.path().join("bin/python3.6"));
    let there = programs.filter(|program| program.exists());
    there
        .map(|program| program.to_string_lossy().into_owned())
        .collect()
}
