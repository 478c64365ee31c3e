//! The command line: what the operator types, and how it ends.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is the front door"
)]

mod cra_secret;
mod create_default_env;
mod data_folder;
mod dev;
mod games_api;
mod health;
mod linked;
mod log;
mod new;
mod one_process;
mod people;
mod play;
mod reach;
mod router;
mod run;
mod serve;
#[cfg(test)]
mod shipped;
mod signal;
mod test_games;
mod watch;
mod watched;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use simpl::Game;
use url::Url;

use crate::settings::{Compat, Settings};

/// Turn-based, multi-player simulations for the classroom.
///
/// Start with `modelservice dev`: it runs everything in one process, with a game, a class and known logins, and prints where.
/// For a class there is `modelservice serve`.
/// Settings come from ./settings.toml (or --settings), then SIMPL_… variables, then flags.
#[derive(Debug, Parser)]
#[command(name = "modelservice", version, propagate_version = true)]
struct Cli {
    /// The settings file; ./settings.toml is read where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    settings: Option<PathBuf>,
    /// Lets programs written for the original Python system connect as they are used to; for trusted networks only.
    #[arg(long, global = true, value_name = "SYSTEM")]
    compat: Option<Compat>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a new game, which compiles and can be played at once.
    New(new::New),
    /// Everything in one process, to try games and to write them: games API, model service, a class with known logins.
    Dev(dev::Dev),
    /// Everything in one process, for a real class: games API, model service and TLS, without logins that anybody knows.
    Serve(serve::Serve),
    /// The model service alone, against a games API by URL.
    ///
    /// With --router it serves on a router that is there already, such as Crossbar.io, and not on one of its own:
    ///
    ///   SIMPL_FOREIGN_ROUTER_SECRET=… modelservice run --router ws://127.0.0.1:8080/service \
    ///     --router-auth ticket --router-authid modelservice
    ///
    /// That router says who calls, so its configuration has to disclose callers; docs/foreign-router.md has one that works.
    #[command(verbatim_doc_comment)]
    Run(run::Run),
    /// The WAMP router alone, without games.
    Router(router::Router),
    /// The games API alone: keeps runs, users, decisions and results in a SQLite file, or in PostgreSQL.
    GamesApi(games_api::GamesApi),
    /// Plays generated games, legal and illegal, and says what is wrong with a game and how to see it again.
    Test(test_games::TestGames),
    /// Plays a game by bots, without a server, and writes what came of it as tidy CSV.
    Play(play::PlayGame),
    /// Seeds a game's default environment in the games API: a run, worlds, a leader and players. Twice changes nothing.
    CreateDefaultEnv(create_default_env::CreateDefaultEnv),
    /// Prints the secret with which a user may sign in by WAMP-CRA.
    CraSecret(cra_secret::CraSecret),
    /// Asks a running model service or games API whether it is well; exit code 0 when it is.
    Health(health::Health),
}

/// How to reach the games API.
#[derive(Debug, Args)]
struct Api {
    /// The games API, for example http://127.0.0.1:8100/apis/.
    #[arg(long, value_name = "URL")]
    api_url: Option<Url>,
    /// The service's login there; it has to be staff.
    #[arg(long, value_name = "EMAIL")]
    api_user: Option<String>,
    /// A file with its password (or set SIMPL_API_PASSWORD).
    #[arg(long, value_name = "FILE")]
    api_password_file: Option<PathBuf>,
}

impl Api {
    fn lay_over(self, settings: &mut Settings) -> anyhow::Result<()> {
        if let Some(url) = self.api_url {
            settings.api.url = url;
        }
        if let Some(user) = self.api_user {
            settings.api.user = user;
        }
        if let Some(file) = self.api_password_file {
            settings.api.password_file = file;
            settings.read_password_file()?;
        }
        settings.check()?;
        Ok(())
    }
}

/// Runs the program. Exit code 0: done; 1: it ran and failed; 2: it could not start, and said why.
#[must_use]
pub fn main(games: Vec<Game>) -> ExitCode {
    let cli = Cli::parse();
    let loaded = match cli.command {
        // It makes files, whatever the settings of the folder it is typed in.
        Command::New(_) => Ok(Settings::default()),
        _ => Settings::load(cli.settings.as_deref()),
    };
    let mut settings = match loaded {
        Ok(settings) => settings,
        Err(error) => return fail(&error.into()),
    };
    if let Some(compat) = cli.compat {
        settings.service.compat = compat;
    }
    if let Err(error) = log::start(&settings.log) {
        return fail(&error);
    }
    for name in &settings.unknown_variables {
        tracing::warn!(
            "the variable {name} is no setting and is ignored; look for a typing error if it was meant as one"
        );
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&anyhow::Error::new(error).context("the system gave no threads"));
        }
    };
    let ended = runtime.block_on(async {
        match cli.command {
            Command::New(new) => new.run(),
            Command::Dev(dev) if dev.watch => {
                let program = dev.arguments(cli.settings.as_deref(), cli.compat);
                watch::run(program, dev.listen, &dev.profile).await
            }
            Command::Dev(dev) => dev.run(settings, games).await,
            Command::Serve(serve) => Box::pin(serve.run(settings, games)).await,
            Command::Run(run) => run.run(settings, games).await,
            Command::Router(router) => router.run(settings, cli.settings.as_deref()).await,
            Command::GamesApi(api) => api.run(settings).await,
            Command::CreateDefaultEnv(create) => create.run(settings, games).await,
            Command::CraSecret(secret) => secret.run(&settings),
            Command::Health(health) => health.run(&settings).await,
            Command::Test(test) => test.run(&games),
            Command::Play(play) => play.run(&games),
        }
    });
    // A step that never ends must not keep the process alive.
    runtime.shutdown_timeout(Duration::from_millis(200));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<linked::Failed>() => ExitCode::FAILURE,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!(
        "{} {error:#}",
        console::style("error:").red().bold().for_stderr()
    );
    ExitCode::from(2)
}
