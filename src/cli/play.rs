//! `modelservice play`: a game without anybody, as tidy rows.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use console::style;
use simpl::{Game, RANDOM};

use super::linked::{Failed, bar, find};
use crate::play::decisions::Decisions;
use crate::play::{Play, Played, Players};

/// Plays a game in memory, by bots or from a file, and writes what came of it as CSV: without server, database and clock.
///
/// One observation a row, for R, pandas or a spreadsheet: world, period, role, seat, variable (decision.…, outcome.…, part.…, score), value.
/// The same seed gives the same bytes. Exit code 1 where a world could not go on.
///
/// Try `modelservice play div --worlds 100 --periods 20 --out div.csv`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct PlayGame {
    /// The game, by the name in its code.
    #[arg(value_name = "GAME")]
    game: String,
    /// How many worlds, one after another.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    worlds: u32,
    /// How many periods in each world, unless the game ends before.
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    periods: u32,
    /// Who decides: random, another bot of the game by its name, or a file of decisions (CSV or JSON, also one that this command wrote).
    #[arg(long, value_name = "NAME|FILE", default_value = RANDOM, value_parser = NonEmptyStringValueParser::new())]
    bots: String,
    /// The seed of all chance.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The run's options as JSON, for example {"demand": 120}; the game's own where they are left out.
    #[arg(long, value_name = "JSON")]
    options: Option<String>,
    /// The file to write; standard output where it is left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl PlayGame {
    pub(super) fn run(self, games: &[Game]) -> anyhow::Result<()> {
        let game = find(games, &self.game)?.clone();
        let options = self.options.as_deref().map(|text| {
            serde_json::from_str(text)
                .with_context(|| format!("--options: expected JSON, got {text}"))
        });
        let play = Play {
            players: players(&game, &self.bots)?,
            game,
            worlds: self.worlds,
            periods: self.periods,
            seed: self.seed,
            options: options.transpose()?,
        };
        let bar = bar(u64::from(self.worlds), "worlds");
        // Drawn over rows on a terminal, it would be in their way.
        if self.out.is_none() && std::io::stdout().is_terminal() {
            bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        }
        let told = |world| bar.set_position(u64::from(world));
        let played = match &self.out {
            Some(file) => play.play(opened(file)?, told),
            None => play.play(std::io::stdout().lock(), told),
        };
        bar.finish_and_clear();
        let played = match played {
            // Whoever reads our output has had enough, as `head` has.
            Err(error) if is_broken_pipe(&error) => return Ok(()),
            played => played?,
        };
        self.tell(&played);
        ensure!(played.stopped.is_empty(), Failed);
        Ok(())
    }

    /// On standard error: standard output is for the rows.
    fn tell(&self, played: &Played) {
        const SHOWN: usize = 5;
        for (world, why) in played.stopped.iter().take(SHOWN) {
            eprintln!(
                "{} world {world}, {why}",
                style("stopped").red().for_stderr()
            );
        }
        if let Some(more) = played.stopped.len().checked_sub(SHOWN + 1) {
            eprintln!(
                "{} {} more worlds",
                style("stopped").red().for_stderr(),
                more + 1
            );
        }
        let to = self.out.as_deref().map(Path::display);
        let to = to.map_or_else(String::new, |file| format!(" to {file}"));
        eprintln!(
            "{} {} periods in {} worlds of {}, {} rows{to}, from the seed {}",
            style("played").green().for_stderr(),
            played.rounds,
            self.worlds,
            self.game,
            played.rows,
            self.seed
        );
    }
}

fn opened(file: &Path) -> anyhow::Result<impl Write> {
    let opened = File::create(file).with_context(|| {
        format!(
            "--out {}: expected a file to write, in a folder that may be written",
            file.display()
        )
    })?;
    Ok(BufWriter::new(opened))
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

fn players(game: &Game, bots: &str) -> anyhow::Result<Players> {
    if game.bots().any(|bot| bot == bots) {
        return Ok(Players::Bot(bots.to_owned()));
    }
    let file = Path::new(bots);
    if !file.exists() {
        let names: Vec<&str> = game.bots().collect();
        bail!(
            "--bots {bots}: expected a bot of {} ({}), or a file of decisions",
            game.slug(),
            names.join(", ")
        );
    }
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("--bots {bots}: expected a text file in UTF-8"))?;
    let decisions = Decisions::read(&text).with_context(|| format!("--bots {bots}"))?;
    Ok(Players::Decisions(decisions))
}
