//! `cargo xtask compat`: the original's model service, with its crossbar router, against our games API; and the original's clients
//! with the libraries that they were published for. All of it needs Python 3.6, which few machines have.

use std::path::Path;

use anyhow::Result;

use crate::{
    command::{cargo, run as run_command},
    python::{self, Environment},
};

const TESTS: [&str; 2] = ["tests/python", "tests/python/original"];

/// Builds, installs and runs; true when all passed.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let python = python::old("3.6")?;
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
