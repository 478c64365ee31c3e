//! A working copy of this repository.

use std::path::{Path, PathBuf};

use super::{File, NameError, NewGame, NewGameError, project, text};

/// The folder of a working copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout(PathBuf);

/// What of it a game is linked by.
const LIST: &str = "games/all/src/lib.rs";
const LIST_MANIFEST: &str = "games/all/Cargo.toml";
const MANIFEST: &str = "Cargo.toml";

impl Checkout {
    /// The checkout that `place` is in, where it is in one.
    #[must_use]
    pub fn around(place: &Path) -> Option<Self> {
        let found = place.ancestors().find(|folder| is_checkout(folder))?;
        Some(Self(found.to_owned()))
    }

    /// The checkout in `folder`.
    ///
    /// # Errors
    /// There is none.
    pub fn at(folder: &Path) -> Result<Self, NewGameError> {
        let none = || NewGameError::NoSources(folder.to_owned());
        let found = folder.canonicalize().map_err(|_| none())?;
        if is_checkout(&found) {
            Ok(Self(found))
        } else {
            Err(none())
        }
    }

    /// The sources that this program was built from.
    ///
    /// # Errors
    /// They are not there any more.
    pub fn of_this_program() -> Result<Self, NewGameError> {
        Self::at(Path::new(env!("CARGO_MANIFEST_DIR")))
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0
    }

    /// Adds a game and links it into the binary: its crate in games/, and a line each in the manifests and in the list of games.
    /// Returns where its rules are.
    ///
    /// # Errors
    /// There is such a game, a file is not as it was expected, or the disk refuses; the first two before anything is changed.
    pub fn add(&self, game: &NewGame) -> Result<PathBuf, NewGameError> {
        let (slug, krate) = (game.slug(), game.krate());
        let folder = self.0.join("games").join(slug);
        let manifest = read(&self.0.join(MANIFEST))?;
        if folder.exists() {
            return Err(NewGameError::Taken {
                slug: slug.to_owned(),
                folder,
            });
        }
        if names(&manifest, slug) {
            return Err(NameError::Part(slug.to_owned()).into());
        }
        let unlike = |file: &str, expected| NewGameError::Unlike {
            file: self.0.join(file),
            expected,
        };
        let line = format!("{slug} = {{ path = \"games/{slug}\" }}");
        let manifest = text::with_line(&manifest, "[workspace.dependencies]", &line)
            .ok_or_else(|| unlike(MANIFEST, "[workspace.dependencies]"))?;
        let linked = read(&self.0.join(LIST_MANIFEST))?;
        let line = format!("{slug}.workspace = true");
        let linked = text::with_line(&linked, "[dependencies]", &line)
            .ok_or_else(|| unlike(LIST_MANIFEST, "[dependencies]"))?;
        let list = read(&self.0.join(LIST))?;
        let list =
            text::with_game(&list, &krate).ok_or_else(|| unlike(LIST, "vec![…] of the games"))?;
        let files = [
            File::new("Cargo.toml", text::linked_manifest(game)),
            File::new("src/lib.rs", text::library(game)),
            File::new("tests/game.rs", text::test(game)),
        ];
        project::write(&folder, &files)?;
        let links = [
            File::new(MANIFEST, manifest),
            File::new(LIST_MANIFEST, linked),
            File::new(LIST, list),
        ];
        project::write(&self.0, &links)?;
        Ok(folder.join("src").join("lib.rs"))
    }
}

fn is_checkout(folder: &Path) -> bool {
    [LIST, "crates/sdk/Cargo.toml"]
        .iter()
        .all(|file| folder.join(file).is_file())
}

/// Does the workspace name something so that its members depend on?
fn names(manifest: &str, slug: &str) -> bool {
    let manifest: Option<toml::Table> = manifest.parse().ok();
    let named = |table: toml::Table| {
        let found = table.get("workspace")?.get("dependencies")?.get(slug);
        found.map(drop)
    };
    manifest.and_then(named).is_some()
}

pub(super) fn read(path: &Path) -> Result<String, NewGameError> {
    std::fs::read_to_string(path).map_err(|reason| NewGameError::Disk {
        path: path.to_owned(),
        done: "read",
        reason,
    })
}
