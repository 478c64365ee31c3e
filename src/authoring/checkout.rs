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

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that has what a game is linked by.
    fn checkout() -> (tempfile::TempDir, Checkout) {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            File::new(
                MANIFEST,
                "[workspace]\nmembers = [\"games/*\"]\n\n[workspace.dependencies]\n# ours\ndiv = { path = \"games/div\" }\n\n# theirs\ntime = \"0.3\"\n",
            ),
            File::new(LIST_MANIFEST, "[dependencies]\ndiv.workspace = true\n"),
            File::new(LIST, "vec![div::game()]\n"),
            File::new("games/div/Cargo.toml", ""),
            File::new("crates/sdk/Cargo.toml", ""),
        ];
        project::write(folder.path(), &files).unwrap();
        let checkout = Checkout::around(&folder.path().join("games/div")).unwrap();
        (folder, checkout)
    }

    fn game(slug: &str) -> NewGame {
        NewGame::new(slug, None, &[]).unwrap()
    }

    #[test]
    fn a_game_is_linked_by_a_line_in_each_place() {
        let (folder, checkout) = checkout();
        let rules = checkout.add(&game("two-sides")).unwrap();
        assert_eq!(rules, folder.path().join("games/two-sides/src/lib.rs"));
        let text = |file: &str| read(&folder.path().join(file)).unwrap();
        assert!(text("games/two-sides/Cargo.toml").contains("simpl.workspace = true"));
        assert!(text("games/two-sides/tests/game.rs").contains("two_sides::game()"));
        assert!(text(MANIFEST).contains(
            "div = { path = \"games/div\" }\ntwo-sides = { path = \"games/two-sides\" }\n\n"
        ));
        assert_eq!(
            text(LIST_MANIFEST),
            "[dependencies]\ndiv.workspace = true\ntwo-sides.workspace = true\n"
        );
        assert_eq!(text(LIST), "vec![div::game(), two_sides::game()]\n");
    }

    #[test]
    fn a_name_that_is_taken_is_refused_and_nothing_is_changed() {
        let (folder, checkout) = checkout();
        let refused = |slug| checkout.add(&game(slug)).unwrap_err().to_string();
        let there = folder.path().join("games/div");
        assert_eq!(
            refused("div"),
            format!(
                "the game div is there already, in {}: choose another name, or go on with that one",
                there.display()
            )
        );
        let said = refused("time");
        assert!(
            said.contains("the service has a part that is called so"),
            "{said}"
        );
        std::fs::write(folder.path().join(LIST), "Vec::new()\n").unwrap();
        let said = refused("beer");
        assert!(said.contains("nothing was changed"), "{said}");
        assert!(!folder.path().join("games/beer").exists());
        let none = Checkout::at(&there).unwrap_err().to_string();
        assert!(none.contains("name one with --sdk DIR"), "{none}");
    }
}
