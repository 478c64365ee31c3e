//! The files that the rules look at.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Folders that hold nothing of ours: build output, version control, installed packages, a running service's data.
const NOT_OURS: [&str; 4] = ["target", ".git", "node_modules", "data"];
/// A folder that is ours and holds what was built from sources that are read.
const BUILT: &str = "dist";
/// What is read: sources, manifests, documents, settings.
const READ: [&str; 9] = [
    "rs", "toml", "md", "mjs", "json", "html", "css", "svelte", "ts",
];

/// A text file of the tree.
#[derive(Debug)]
pub(super) struct File {
    /// From the root of the tree, with `/` between its parts.
    pub(super) path: String,
    pub(super) text: String,
}

/// All text files of the tree, and the names of all files.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    /// Every file and folder, whatever it holds.
    names: Vec<String>,
}

impl Tree {
    pub(super) fn read(root: &Path) -> Result<Self> {
        let mut tree = Self::default();
        tree.enter(root, "")?;
        tree.files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(tree)
    }

    fn enter(&mut self, root: &Path, folder: &str) -> Result<()> {
        let place = root.join(folder);
        for entry in fs::read_dir(&place).with_context(|| format!("reading {}", place.display()))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() {
                name.clone()
            } else {
                format!("{folder}/{name}")
            };
            if entry.file_type()?.is_dir() {
                if NOT_OURS.contains(&name.as_str()) {
                    continue;
                }
                self.names.push(path.clone());
                if name != BUILT {
                    self.enter(root, &path)?;
                }
                continue;
            }
            self.names.push(path.clone());
            let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
            if READ.contains(&extension) {
                let text = fs::read_to_string(entry.path())
                    .with_context(|| format!("reading {}", entry.path().display()))?;
                self.files.push(File { path, text });
            }
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        Self {
            files: files.iter().map(file).collect(),
            names: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
        }
    }

    pub(super) fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Whether there is a file or folder of this name.
    pub(super) fn has(&self, path: &str) -> bool {
        self.names.iter().any(|name| name == path)
    }

    /// Rust sources of the product, each with its lines of code: no comments, no unit tests.
    pub(super) fn sources(&self) -> impl Iterator<Item = (&File, Vec<(usize, &str)>)> {
        self.rust()
            .filter(|file| !file.path.starts_with("xtask/") && !is_test(&file.path))
            .map(|file| (file, code(&file.text)))
    }

    pub(super) fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.path.ends_with(".rs"))
    }

    /// Manifests below a folder, each with the names of its dependencies (not the development ones).
    pub(super) fn manifests(&self) -> impl Iterator<Item = (&File, Vec<&str>)> {
        self.files
            .iter()
            .filter(|file| file.path.ends_with("Cargo.toml"))
            .map(|file| (file, dependencies(&file.text)))
    }
}

fn is_test(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

/// Numbered lines without comments, up to the unit tests at the end of the file.
fn code(text: &str) -> Vec<(usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"))
        .map(|(index, line)| {
            (
                index + 1,
                line.split_once("//").map_or(line, |(code, _)| code),
            )
        })
        .filter(|(_, line)| !line.trim().is_empty())
        .collect()
}

/// The keys of every `[dependencies]` table of a manifest.
fn dependencies(manifest: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches(']');
            inside = table == "dependencies"
                || (table.starts_with("target.") && table.ends_with(".dependencies"));
            if let Some(name) = table.strip_prefix("dependencies.") {
                found.push(name);
            }
        } else if inside
            && !line.starts_with('#')
            && let Some((key, _)) = line.split_once('=')
        {
            found.push(key.trim().split('.').next().unwrap_or_default());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_the_dependencies_of_a_manifest_from_its_other_tables() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\nserde.workspace = true\n# tokio = \"1\"\nurl = { version = \"2\" }\n\
                        [dependencies.bytes]\nversion = \"1\"\n[dev-dependencies]\ntokio = \"1\"\n";
        assert_eq!(dependencies(manifest), ["serde", "url", "bytes"]);
    }

    #[test]
    fn code_is_what_is_neither_comment_nor_unit_test() {
        let text = "//! Of tokio.\nuse a; // and tokio\n\n#[cfg(test)]\nmod tests { use tokio; }\n";
        assert_eq!(code(text), [(2, "use a; ")]);
    }

    #[test]
    fn reads_the_tree_without_what_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["src/lib.rs", "target/debug/x.rs", "a.png"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let tree = Tree::read(folder.path()).unwrap();
        assert_eq!(
            tree.files.iter().map(|file| &file.path).collect::<Vec<_>>(),
            ["src/lib.rs"]
        );
        assert!(tree.has("a.png") && tree.has("src") && !tree.has("target"));
    }
}
