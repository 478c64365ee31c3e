//! `cargo xtask bench [what]`: figures of the release binary, as tables for `docs/benchmarks.md`. Linux only, as it reads `/proc`.
//!
//! * nothing named: from start to `ready`, and the memory held then ([`start`]);
//! * `export`: a run of 100,000 decisions as tables, and what those who play notice of it ([`export`]);
//! * `logins`: a whole class signs in at the same moment ([`logins`]);
//! * `games-api`: what the games API does in a second and what that costs, on SQLite and on PostgreSQL ([`games_api`]);
//! * `pages`: what the pages cost a student's phone and the server ([`pages`]);
//! * `play`: rounds of a game without a server ([`play`]);
//! * `rounds`: classes that play without a pause ([`rounds`]);
//! * `worlds`: start and memory with the worlds of a school ([`worlds`]).

mod class;
mod disk;
mod export;
mod games_api;
mod http;
mod load;
mod logins;
mod pages;
mod play;
mod postgres;
mod rounds;
mod server;
mod start;
mod worlds;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::command::{answer, cargo, run as run_command};

pub(crate) use export::run as export;
pub(crate) use games_api::run as games_api;
pub(crate) use logins::run as logins;
pub(crate) use pages::run as pages;
pub(crate) use play::run as play;
pub(crate) use rounds::run as rounds;
pub(crate) use start::run as start;
pub(crate) use worlds::run as worlds;

/// Builds the release binary and returns where it is.
fn build(repository: &Path) -> Result<PathBuf> {
    build_of(repository, "modelservice", "modelservice")
}

/// Builds a program of a package for release, and returns where it is.
fn build_of(repository: &Path, package: &str, program: &str) -> Result<PathBuf> {
    run_command(cargo(
        repository,
        &["build", "--release", "--package", package, "--bins"],
    ))?;
    Ok(repository.join("target/release").join(program))
}

/// An empty folder for the data of one run.
fn empty_folder(repository: &Path) -> Result<PathBuf> {
    let data = repository.join("target/bench-data");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    fs::create_dir_all(&data)?;
    Ok(data)
}

/// The machine, as far as it says what it is.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let kernel = answer("uname", &["-sr"]).unwrap_or_default();
    format!(
        "Machine: {cores} cores, {}, {kernel}.",
        model.as_deref().unwrap_or("unknown processor")
    )
}
