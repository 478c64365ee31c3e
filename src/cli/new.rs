//! `modelservice new`: a game to begin with.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use console::style;

use crate::authoring::{Checkout, NewGame, Project};

/// A new game that compiles, has a test, and can be played at once.
///
/// In a checkout of modelservice it goes to games/SLUG and is linked into the binary; elsewhere it gets a folder of its own, with a
/// program that has every command of this one. Either way `dev` makes a class for it.
#[derive(Debug, Args)]
pub(super) struct New {
    /// The game's short name, for example public-goods: lower-case letters, digits and hyphens.
    slug: String,
    /// Its name for people; the short one when it is left out.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The parts to play, one seat each, for example Buyer,Seller; without it all play the same part.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    roles: Vec<String>,
    /// Makes a project of its own in this folder, which must not be there yet.
    #[arg(long, value_name = "DIR")]
    path: Option<PathBuf>,
    /// The checkout of modelservice that a project of its own depends on; that which this program was built from when it is left out.
    #[arg(long, value_name = "DIR")]
    sdk: Option<PathBuf>,
}

impl New {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let game = NewGame::new(&self.slug, self.title.as_deref(), &self.roles)?;
        let here = Path::new(".").canonicalize();
        let here = here.context("the current folder cannot be read")?;
        let linked = match (&self.path, &self.sdk) {
            (None, None) => Checkout::around(&here),
            _ => None,
        };
        let slug = game.slug();
        let (rules, next) = if let Some(checkout) = linked {
            let rules = checkout.add(&game)?;
            let test = format!("cargo test -p {slug}");
            (rules, vec![test, "cargo run -- dev --watch".to_owned()])
        } else {
            let checkout = match &self.sdk {
                Some(folder) => Checkout::at(folder)?,
                None => Checkout::of_this_program()?,
            };
            let folder = self.path.unwrap_or_else(|| PathBuf::from(slug));
            let project = Project::new(&game, &checkout, folder.clone())?;
            project.write()?;
            let enter = format!("cd {}", folder.display());
            let next = ["cargo test", "cargo run -- dev --watch"].map(str::to_owned);
            (project.rules(), [vec![enter], next.into()].concat())
        };
        println!("{} {}", style("made").green(), shown(&rules, &here));
        println!("Change its fields and `step`. It can be tested and played as it is:");
        for command in next {
            println!("  {command}");
        }
        Ok(())
    }
}

/// A path as one types it from here.
fn shown(path: &Path, here: &Path) -> String {
    path.strip_prefix(here)
        .unwrap_or(path)
        .display()
        .to_string()
}
