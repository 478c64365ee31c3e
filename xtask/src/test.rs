//! `cargo xtask test`: everything there is, in order of what it costs, and at the end a list of what ran.
//!
//! A step that fails does not stop the ones after it, except those that need what it makes. Nothing is left out in silence: a step
//! that could not run is listed with the reason, and counts as a failure.

mod pages;
mod report;
mod schemathesis;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Result, ensure};

use crate::command::{cargo, program, run_watching};
use crate::python::Environment;
use crate::{command, machine, npm, tidy};
use report::{Counts, Outcome, Report};

/// The folder of the black-box tests.
const INTEROP: &str = "tests/interop";
/// How the names of test files begin that need Chromium; all others need only Node.
const PAGE_TESTS: &str = "pages-";

/// Runs everything; true when nothing failed and nothing was left out.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    machine::prepare(repository)?;
    let mut report = Report::default();
    let mut step = |name: &str, outcome: &mut dyn FnMut() -> Result<Outcome>| {
        println!("\n=== {name}");
        let started = Instant::now();
        let outcome = outcome().unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        if let Outcome::Failed(reason) = &outcome {
            println!("failed: {reason}");
        }
        let ran = matches!(outcome, Outcome::Passed(_));
        report.add(name, outcome, started.elapsed());
        ran
    };

    step("format", &mut || {
        check(cargo(repository, &["fmt", "--all", "--check"]))
    });
    step("tidy", &mut || {
        Ok(Outcome::check(tidy::run(repository)?, "see the list above"))
    });
    step("lints", &mut || {
        let arguments = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        check(cargo(repository, &arguments))
    });
    step("the pages' sources (npm)", &mut || pages::test(repository));
    step("Rust tests", &mut || rust_tests(repository));
    let built = step("binary", &mut || {
        let service = ["build", "--package", "modelservice", "--bins"];
        check(cargo(repository, &service))
    });
    step("the games API (schemathesis)", &mut || {
        if built {
            schemathesis::test(repository)
        } else {
            Ok(Outcome::LeftOut("the binary did not build".to_owned()))
        }
    });
    let installed = step("npm packages", &mut || {
        npm::install(&repository.join(INTEROP))?;
        Ok(Outcome::Passed(Counts::ONE))
    });
    let blocked = match (built, installed) {
        (true, true) => None,
        (false, _) => Some("the binary did not build"),
        (true, false) => Some("the npm packages are not installed"),
    };
    let (pages, clients) = node_test_files(repository)?;
    step("WAMP clients (Node, npm)", &mut || {
        node_tests(repository, &clients, blocked)
    });
    step("the pages (Chromium)", &mut || {
        node_tests(repository, &pages, blocked)
    });
    for (name, clients) in [
        ("games API", Environment::of_clients()),
        ("WAMP", Environment::of_wamp_clients()),
        ("Crossbar.io", Environment::of_crossbar()),
    ] {
        let installed = step(&format!("PyPI packages ({name})"), &mut || {
            clients.install(repository)?;
            Ok(Outcome::Passed(Counts::ONE))
        });
        let blocked = match (built, installed) {
            (true, true) => None,
            (false, _) => Some("the binary did not build"),
            (true, false) => Some("the PyPI packages are not installed"),
        };
        step(&format!("{name} clients (Python, PyPI)"), &mut || {
            python_tests(repository, &clients, blocked)
        });
    }

    println!("\n{report}");
    Ok(report.passed())
}

fn check(command: std::process::Command) -> Result<Outcome> {
    command::run(command)?;
    Ok(Outcome::Passed(Counts::ONE))
}

/// `cargo test --workspace`; its own closing lines are shown as they come, and summed up.
fn rust_tests(repository: &Path) -> Result<Outcome> {
    let mut counts = Counts::default();
    let command = cargo(repository, &["test", "--workspace", "--no-fail-fast"]);
    let succeeded = run_watching(command, |line| counts += Counts::of_cargo(line))?;
    Ok(Outcome::of_tests(succeeded, counts))
}

/// The test files for Chromium, and those for Node alone.
fn node_test_files(repository: &Path) -> Result<(Vec<String>, Vec<String>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(repository.join(INTEROP))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            files.push(name);
        }
    }
    files.sort();
    Ok(files
        .into_iter()
        .partition(|name| name.starts_with(PAGE_TESTS)))
}

/// `node --test` one file after another, each with the machine to itself.
fn node_tests(repository: &Path, files: &[String], blocked: Option<&str>) -> Result<Outcome> {
    if let Some(reason) = blocked {
        return Ok(Outcome::LeftOut(reason.to_owned()));
    }
    ensure!(!files.is_empty(), "there is no test file in {INTEROP}");
    let mut counts = Counts::default();
    let mut succeeded = true;
    for file in files {
        println!("--- {file}");
        let mut node = program("node", &repository.join(INTEROP));
        node.args(["--test", "--test-reporter=spec", file])
            .env("NO_COLOR", "1")
            .env("MODELSERVICE_BIN", binary(repository));
        succeeded &= run_watching(node, |line| counts += Counts::of_node(line))?;
    }
    Ok(Outcome::of_tests(succeeded, counts))
}

/// The tests of the original's clients.
fn python_tests(
    repository: &Path,
    clients: &Environment,
    blocked: Option<&str>,
) -> Result<Outcome> {
    if let Some(reason) = blocked {
        return Ok(Outcome::LeftOut(reason.to_owned()));
    }
    let mut counts = Counts::default();
    let count = |line: &str| counts += Counts::of_python(line);
    let succeeded = clients.run(repository, clients.tests, &binary(repository), count)?;
    Ok(Outcome::of_tests(succeeded, counts))
}

/// What the black-box tests start: what was just built, unless the environment names another.
fn binary(repository: &Path) -> PathBuf {
    let named = std::env::var_os("MODELSERVICE_BIN").map(PathBuf::from);
    repository.join(named.unwrap_or_else(|| "target/debug/modelservice".into()))
}
