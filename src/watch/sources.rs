//! Whose sources they are, and how they are built.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use super::WatchError;
use crate::authoring::Checkout;

/// The cargo project of an author: a checkout of this repository with the games in it, or a game's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    folder: PathBuf,
    /// What an author changes: below these folders, and these files.
    watched: Vec<PathBuf>,
    /// Which package of the workspace is the program, and where that is.
    package: Option<&'static str>,
    program: PathBuf,
}

impl Sources {
    /// The project that `place` is in.
    ///
    /// # Errors
    /// It is in none.
    pub fn around(place: &Path) -> Result<Self, WatchError> {
        if let Some(checkout) = Checkout::around(place) {
            let folder = checkout.folder().to_owned();
            return Ok(Self {
                watched: vec![folder.join("games")],
                program: folder.join("crates/games-program/src/main.rs"),
                folder,
                package: Some("games-program"),
            });
        }
        let is_project = |folder: &&Path| {
            ["Cargo.toml", "src/main.rs"]
                .iter()
                .all(|file| folder.join(file).is_file())
        };
        let folder = place.ancestors().find(is_project);
        let folder = folder.ok_or_else(|| WatchError::NoProject(place.to_owned()))?;
        Ok(Self {
            folder: folder.to_owned(),
            watched: vec![folder.join("src"), folder.join("Cargo.toml")],
            package: None,
            program: folder.join("src/main.rs"),
        })
    }

    /// Where cargo works.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folders and files that an author changes.
    #[must_use]
    pub fn watched(&self) -> &[PathBuf] {
        &self.watched
    }

    /// The main file of the program.
    #[must_use]
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// What cargo is told.
    #[must_use]
    pub fn arguments(&self, profile: &str) -> Vec<String> {
        let format = "--message-format=json-render-diagnostics";
        let mut arguments = vec!["build", "--profile", profile, format];
        if let Some(package) = self.package {
            arguments.extend(["--package", package]);
        }
        arguments.into_iter().map(str::to_owned).collect()
    }

    /// Is a change of that file one of the sources? Editors leave other files beside them.
    #[must_use]
    pub fn concern(&self, path: &Path) -> bool {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let is_of_an_editor = name.starts_with(['.', '#'])
            || name.ends_with(['~', '#'])
            || [".swp", ".swx", ".tmp", ".bak"]
                .iter()
                .any(|end| name.ends_with(end))
            // Vim asks with it whether it may write.
            || name == "4913";
        !is_of_an_editor && self.watched.iter().any(|watched| path.starts_with(watched))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("src")).unwrap();
        for file in ["Cargo.toml", "src/main.rs"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        folder
    }

    #[test]
    fn a_project_is_found_from_below_and_what_editors_leave_is_no_change_of_it() {
        let folder = project();
        let folder = folder.path();
        let sources = Sources::around(&folder.join("src")).unwrap();
        assert_eq!(sources.folder(), folder);
        for (file, is_one) in [
            ("src/lib.rs", true),
            ("src/rules/step.rs", true),
            ("Cargo.toml", true),
            ("Cargo.lock", false),
            ("data/games.db", false),
            ("src/.lib.rs.swp", false),
            ("src/lib.rs~", false),
            ("src/4913", false),
        ] {
            assert_eq!(sources.concern(&folder.join(file)), is_one, "{file}");
        }
        assert!(!sources.arguments("watch").contains(&"--package".to_owned()));
    }

    #[test]
    fn in_a_checkout_the_games_are_watched_and_built_into_a_program_of_their_own() {
        let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
        let sources = Sources::around(&checkout.join("games/div")).unwrap();
        assert_eq!(sources.folder(), checkout);
        assert!(sources.concern(&checkout.join("games/div/src/lib.rs")));
        assert!(sources.program().is_file());
        assert!(!sources.concern(&checkout.join("src/lib.rs")));
        assert_eq!(
            sources.arguments("watch").join(" "),
            "build --profile watch --message-format=json-render-diagnostics --package games-program"
        );
    }

    #[test]
    fn elsewhere_one_is_told_where_to_start_it() {
        let folder = tempfile::tempdir().unwrap();
        let no = Sources::around(folder.path()).unwrap_err().to_string();
        assert!(
            no.contains("start `dev --watch` in the folder of your game"),
            "{no}"
        );
    }
}
