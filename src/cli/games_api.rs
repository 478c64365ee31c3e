//! `modelservice games-api`: the games API alone, copies of its SQLite file, archives of runs, and the people of its database.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use games_api::{Account, Database, People, PostgresUrl, Server};

use super::{people::Action, signal};
use crate::settings::Settings;

/// The file in the data folder.
pub(super) const DATABASE: &str = "games.db";

/// The games API on a SQLite file or a PostgreSQL database.
#[derive(Debug, Args)]
pub(super) struct GamesApi {
    /// Where it listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The folder of its SQLite file; made where it is missing.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// A PostgreSQL database instead, as postgres://user@host:5432/database. Other people on this machine see what is typed here: give
    /// the password with the setting `games_api.database_password_file`.
    #[arg(long, value_name = "URL", conflicts_with = "data", global = true)]
    database: Option<String>,
    /// Brings the tables of a PostgreSQL database to this version; make a backup first. A SQLite file is copied beside itself, and
    /// needs no leave.
    #[arg(long)]
    migrate: bool,
    /// Lets every user read, change and delete everything but webhook subscriptions, as the original games API does: for programs that
    /// need it, among people who trust each other.
    #[arg(long)]
    open: bool,
    #[command(subcommand)]
    task: Option<Task>,
}

/// What else there is to do than to serve.
#[derive(Debug, Subcommand)]
enum Task {
    /// Copies the SQLite file as it is now, also while the games API runs.
    Backup {
        /// The copy; a file that is there already is left alone.
        file: PathBuf,
    },
    /// Puts a copy in the place of the SQLite file. The games API has to be stopped; what it had is kept beside the file.
    Restore {
        /// The copy.
        file: PathBuf,
    },
    /// Writes a run with everything below it into a file, then takes it out of the database, also while the games API runs.
    ///
    /// The file is JSON lines with a checksum, and has personal data: users are in it by e-mail address and name, never with a password.
    Archive {
        /// The number of the run.
        #[arg(long, value_name = "N")]
        run: u64,
        /// The file; one that is there already is left alone.
        file: PathBuf,
        /// Leaves the run in the database.
        #[arg(long)]
        keep: bool,
    },
    /// Puts a run back that was archived, also while the games API runs.
    ///
    /// Its game, phase, roles and users have to be there: those of the same numbers in the database that it came from, those of the same
    /// slug, names and e-mail addresses elsewhere. The run gets its numbers back where nothing else ever had them, else new ones.
    Unarchive {
        /// The file.
        file: PathBuf,
    },
    #[command(flatten)]
    People(Action),
}

impl GamesApi {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let database = self.database(&settings)?;
        match self.task {
            None => {
                let mut config = games_api::Config::on(
                    database,
                    self.listen.unwrap_or(settings.games_api.listen),
                );
                config.migrate = self.migrate;
                config.open = self.open || settings.games_api.open;
                config.public_url = settings.public_url()?;
                config.serving.proxies = settings.trusted_proxies()?;
                serve(config, &settings).await
            }
            Some(Task::Backup { file }) => {
                let kept = file_of(&database, "pg_dump")?;
                games_api::backup(kept, &file)?;
                println!("copied {} to {}", kept.display(), file.display());
                Ok(())
            }
            Some(Task::Restore { file }) => {
                let place = file_of(&database, "pg_restore")?;
                let before = games_api::restore(&file, place, &games_api::SystemClock)?;
                println!("restored {} from {}", place.display(), file.display());
                if let Some(before) = before {
                    println!("what it held before is in {}", before.display());
                }
                Ok(())
            }
            Some(Task::Archive { run, file, keep }) => {
                let (config, clock) = beside(database, &settings);
                let done = games_api::archive(config, clock, run, &file, keep).await?;
                let (name, rows) = (done.name, done.rows);
                println!(
                    "wrote run {run} ({name}), {rows} rows, to {}",
                    file.display()
                );
                if !keep {
                    println!("the run is no longer in the database");
                }
                Ok(())
            }
            Some(Task::Unarchive { file }) => {
                let (config, clock) = beside(database, &settings);
                let done = games_api::unarchive(config, clock, &file).await?;
                let (run, name, rows) = (done.run, done.name, done.rows);
                println!("put run {run} ({name}) back, {rows} rows");
                if run != done.was {
                    println!(
                        "it was run {}; all its rows have new numbers, since the old ones may have been other rows' here",
                        done.was
                    );
                }
                Ok(())
            }
            Some(Task::People(action)) => {
                let (config, clock) = beside(database, &settings);
                let people = People::open(config, clock).await?;
                let done = action.run(&people).await;
                people.close().await;
                done
            }
        }
    }

    /// The database that flags and settings name; a folder on the command line wins over an address in the settings.
    fn database(&self, settings: &Settings) -> anyhow::Result<Database> {
        let set = &settings.games_api.database.0;
        let address = match &self.database {
            Some(address) => address,
            None if self.data.is_none() && !set.is_empty() => set,
            None => {
                let data = self.data.as_ref().unwrap_or(&settings.games_api.data);
                return file_in(data);
            }
        };
        let mut url = PostgresUrl::parse(address)?;
        if let Some(password) = settings.database_password()? {
            url = url.with_password(&password.0);
        }
        Ok(Database::Postgres(url))
    }
}

async fn serve(config: games_api::Config, settings: &Settings) -> anyhow::Result<()> {
    let server = start(config).await?;
    let (user, password) = (&settings.api.user, &settings.api.password.0);
    if password.is_empty() {
        tracing::warn!(
            "no service account was made: set api.user and SIMPL_API_PASSWORD to the login that the model service is to use"
        );
    } else {
        ensure_staff(&server, user, password).await?;
    }
    let signals = signal::Signals::listen()?;
    println!("ready http://{}/apis/", server.addr);
    signals.stop_wished().await;
    server.shutdown().await;
    Ok(())
}

/// What it takes to work on a database beside whoever serves it.
fn beside(
    database: Database,
    settings: &Settings,
) -> (games_api::Config, Arc<games_api::SystemClock>) {
    let config = games_api::Config::on(database, settings.games_api.listen);
    (config, Arc::new(games_api::SystemClock))
}

/// The SQLite file in a folder, which is made where it is missing.
pub(super) fn file_in(data: &Path) -> anyhow::Result<Database> {
    std::fs::create_dir_all(data).with_context(|| {
        format!(
            "the data folder {} cannot be made; choose another with --data",
            data.display()
        )
    })?;
    Ok(Database::Sqlite(data.join(DATABASE)))
}

/// The SQLite file; PostgreSQL has programs of its own for this.
fn file_of<'a>(database: &'a Database, instead: &str) -> anyhow::Result<&'a Path> {
    match database {
        Database::Sqlite(path) => Ok(path),
        Database::Postgres(url) => bail!(
            "backup and restore are for the SQLite file, and the database is {url}: use {instead}, or name the folder of a SQLite file with --data"
        ),
    }
}

/// Starts a games API.
pub(super) async fn start(config: games_api::Config) -> anyhow::Result<Server> {
    Ok(games_api::start(config, Arc::new(games_api::SystemClock)).await?)
}

/// Makes the service account where it is missing; an existing one keeps its password.
pub(super) async fn ensure_staff(
    server: &Server,
    email: &str,
    password: &str,
) -> anyhow::Result<()> {
    let account = Account {
        email,
        password,
        first_name: "",
        last_name: "",
        staff: true,
        reset_password: false,
    };
    server.ensure_user(account).await?;
    Ok(())
}
