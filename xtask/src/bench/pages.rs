//! `cargo xtask bench pages`: what the pages cost a student's phone and the server, in Chromium.

use std::path::Path;

use anyhow::Result;

use super::{build, machine};
use crate::command::{program, run as run_command};
use crate::npm;

/// Where the measuring is done, as the browser is driven from Node.
const FOLDER: &str = "tests/interop";
const MEASURES: &str = "pages.bench.mjs";

/// Measures the release binary, and prints a table.
pub(crate) fn run(repository: &Path) -> Result<bool> {
    let binary = build(repository)?;
    let folder = repository.join(FOLDER);
    npm::install(&folder)?;
    let mut node = program("node", &folder);
    node.arg(MEASURES).env("MODELSERVICE_BIN", binary);
    run_command(node)?;
    println!("\n{}", machine());
    Ok(true)
}
