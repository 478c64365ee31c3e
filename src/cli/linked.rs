//! What the commands that play a game here share: which game, and how far it is.

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use simpl::Game;

/// It ran and failed, and what was wrong has been told.
#[derive(Debug, thiserror::Error)]
#[error("it ran and failed")]
pub(super) struct Failed;

/// The game of that name.
pub(super) fn find<'g>(games: &'g [Game], slug: &str) -> anyhow::Result<&'g Game> {
    if let Some(game) = games.iter().find(|game| game.slug() == slug) {
        return Ok(game);
    }
    let known: Vec<&str> = games.iter().map(Game::slug).collect();
    bail!(
        "expected a game of this binary ({}), got {slug}",
        known.join(", ")
    );
}

/// A bar on standard error, where that is a terminal.
pub(super) fn bar(length: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::new(length).with_message(what.to_owned());
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {eta}");
    style.map_or(bar.clone(), |style| bar.with_style(style))
}
