//! Packages from npm, exactly those of a lock file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::command::{program, run};

/// `npm ci` in a folder, unless what is installed there was installed from the very same lock file.
pub(crate) fn install(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let lock = fs::read(&lock).with_context(|| format!("reading {}", lock.display()))?;
    let installed = folder.join("node_modules/.installed-from");
    if fs::read(&installed).is_ok_and(|from| from == lock) {
        println!("already installed from this lock file");
        return Ok(());
    }
    let mut npm = program("npm", folder);
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run(npm)?;
    fs::write(installed, lock)?;
    Ok(())
}
