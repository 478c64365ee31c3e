//! `modelservice create-default-env`: seeds a game's default environment.

use std::io::IsTerminal;

use anyhow::{Context, bail};
use clap::Args;
use console::style;
use simpl::Game;

use super::Api;
use crate::settings::Settings;
use crate::{environment, service};

/// A run with worlds, a leader and players, to try a game with.
#[derive(Debug, Args)]
pub(super) struct CreateDefaultEnv {
    /// The game, by the name in its code; when it is left out, those that settings name under `service.games`, or every game of this binary.
    #[arg(long, value_name = "SLUG")]
    game: Option<String>,
    /// The name of the run; the game's own, usually `default`, when it is left out.
    #[arg(long)]
    name: Option<String>,
    /// Deletes the run with everything played in it first; asks before it does.
    #[arg(long)]
    reset: bool,
    /// Answers the question of --reset with yes.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    api: Api,
}

impl CreateDefaultEnv {
    pub(super) async fn run(self, mut settings: Settings, games: Vec<Game>) -> anyhow::Result<()> {
        self.api.lay_over(&mut settings)?;
        let known: Vec<String> = games.iter().map(|game| game.slug().to_owned()).collect();
        let wanted: Vec<Game> = match &self.game {
            Some(slug) => games
                .into_iter()
                .filter(|game| slug == game.slug())
                .collect(),
            None => settings.named(games)?,
        };
        if wanted.is_empty() {
            bail!(
                "--game {}: this binary has only {}",
                self.game.unwrap_or_default(),
                known.join(", ")
            );
        }
        let client = service::client(&settings)?;
        for game in &wanted {
            let slug = &settings.slug(game);
            let run = self.name.as_deref().unwrap_or(&game.environment().run);
            if self.reset {
                if !self.yes && !confirmed(slug, run)? {
                    println!("nothing was changed");
                    return Ok(());
                }
                let deleted = environment::delete_run(&client, slug, run).await?;
                println!("{} {deleted} run(s) named {run}", style("deleted").red());
            }
            environment::create(&client, game, slug, run, |line| {
                let verb = if line.created {
                    style("created").green()
                } else {
                    style("got    ").dim()
                };
                println!("{verb} {} {}", line.resource, line.name);
            })
            .await?;
        }
        Ok(())
    }
}

fn confirmed(slug: &str, run: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "--reset deletes the run {run} of {slug} with everything played in it, and there is no terminal to ask at: add --yes if that is meant"
        );
    }
    dialoguer::Confirm::new()
        .with_prompt(format!(
            "Delete the run {run} of {slug} with everything played in it?"
        ))
        .default(false)
        .interact()
        .context("the question could not be asked")
}
