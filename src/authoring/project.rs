//! A game in a folder of its own, which depends on a checkout of the service.

use std::path::{Path, PathBuf};

use super::{Checkout, File, NewGame, NewGameError, checkout, text};

/// A project that is to be made: one game, and the program that serves it with every command there is.
#[derive(Debug)]
pub struct Project {
    folder: PathBuf,
    files: Vec<File>,
}

impl Project {
    /// The files of a game in `folder`, against the sources of `checkout`.
    ///
    /// Its lock file is that of the checkout, so that it is built with what was tested.
    ///
    /// # Errors
    /// The lock file of the checkout cannot be read.
    pub fn new(game: &NewGame, checkout: &Checkout, folder: PathBuf) -> Result<Self, NewGameError> {
        let lock = checkout::read(&checkout.folder().join("Cargo.lock"))?;
        let files = vec![
            File::new(
                "Cargo.toml",
                text::project_manifest(game, checkout.folder()),
            ),
            File::new("Cargo.lock", lock),
            File::new(".gitignore", "/target\n/data\n"),
            File::new("src/lib.rs", text::library(game)),
            File::new("src/main.rs", text::program(game)),
            File::new("tests/game.rs", text::test(game)),
        ];
        Ok(Self { folder, files })
    }

    /// Writes it to disk.
    ///
    /// # Errors
    /// The folder is there already, or the disk refuses.
    pub fn write(&self) -> Result<(), NewGameError> {
        if self.folder.exists() {
            return Err(NewGameError::Exists(self.folder.clone()));
        }
        write(&self.folder, &self.files)
    }

    /// Where the rules are.
    #[must_use]
    pub fn rules(&self) -> PathBuf {
        self.folder.join("src").join("lib.rs")
    }
}

/// Writes files below `folder`, with the folders that they need.
pub(super) fn write(folder: &Path, files: &[File]) -> Result<(), NewGameError> {
    for file in files {
        let path = folder.join(&file.path);
        let disk = |done| {
            let path = path.clone();
            move |reason| NewGameError::Disk { path, done, reason }
        };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(disk("made"))?;
        }
        std::fs::write(&path, &file.text).map_err(disk("written"))?;
    }
    Ok(())
}
