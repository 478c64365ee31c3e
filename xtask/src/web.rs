//! The pages: built by Vite from `web/`, committed as `web/dist` so that `cargo build` needs no Node.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::{program, run};
use crate::npm;

/// The folder of the pages' sources.
pub(crate) const WEB: &str = "web";
/// What is built, and committed.
const BUILT: &str = "web/dist";

/// Builds the pages where the binary takes them from.
pub(crate) fn build(repository: &Path) -> Result<bool> {
    npm::install(&repository.join(WEB))?;
    build_into(repository, &repository.join(BUILT))?;
    Ok(true)
}

/// Builds the pages beside the committed ones, and complains where they are not the same to the byte.
pub(crate) fn is_current(repository: &Path) -> Result<()> {
    let fresh = repository.join("target/web");
    build_into(repository, &fresh)?;
    let (fresh, committed) = (contents(&fresh)?, contents(&repository.join(BUILT))?);
    let stale: Vec<&str> = fresh
        .keys()
        .chain(committed.keys())
        .filter(|name| fresh.get(*name) != committed.get(*name))
        .map(String::as_str)
        .collect();
    if !stale.is_empty() {
        bail!(
            "{BUILT} was not built from what is in {WEB} ({}); run `cargo xtask web` and commit what it builds",
            stale.join(", ")
        );
    }
    Ok(())
}

fn build_into(repository: &Path, folder: &Path) -> Result<()> {
    let mut npm = program("npm", &repository.join(WEB));
    npm.args(["run", "build", "--", "--emptyOutDir", "--outDir"])
        .arg(folder);
    run(npm)
}

/// Every file below a folder, by its path from there.
fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(place) = folders.pop() {
        for entry in fs::read_dir(&place).with_context(|| format!("reading {}", place.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap_or(&path);
                found.insert(name.to_string_lossy().into_owned(), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_every_file_below_a_folder() {
        let folder = std::env::temp_dir().join(format!("xtask-web-{}", std::process::id()));
        fs::create_dir_all(folder.join("assets")).unwrap();
        fs::write(folder.join("index.html"), "a").unwrap();
        fs::write(folder.join("assets/one.js"), "b").unwrap();
        let found = contents(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["assets/one.js", "index.html"]);
    }
}
