//! `modelservice games-api`: the games API alone, and the people of its database.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use games_api::{Account, People, Server};

use super::{people::Action, signal};
use crate::settings::Settings;

/// The file in the data folder.
const DATABASE: &str = "games.db";

/// The games API on a SQLite file.
#[derive(Debug, Args)]
pub(super) struct GamesApi {
    /// Where it listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The folder of its database; made where it is missing.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// Serves, unless something else is asked.
    #[command(subcommand)]
    action: Option<Action>,
}

impl GamesApi {
    pub(super) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        let listen = self.listen.unwrap_or(settings.games_api.listen);
        let data = self.data.unwrap_or_else(|| settings.games_api.data.clone());
        if let Some(action) = self.action {
            let clock = Arc::new(games_api::SystemClock);
            let people = People::open(config(&data, listen)?, clock).await?;
            let done = action.run(&people).await;
            people.close().await;
            return done;
        }
        let server = start(&data, listen).await?;
        let (user, password) = (&settings.api.user, &settings.api.password.0);
        if password.is_empty() {
            tracing::warn!(
                "no service account was made: set api.user and SIMPL_API_PASSWORD to the login that the model service is to use"
            );
        } else {
            ensure_staff(&server, user, password).await?;
        }
        println!("ready http://{}/apis/", server.addr);
        signal::stop_wished().await?;
        server.shutdown().await;
        Ok(())
    }
}

/// Starts a games API on the database in `data`.
pub(super) async fn start(data: &Path, listen: SocketAddr) -> anyhow::Result<Server> {
    let clock = Arc::new(games_api::SystemClock);
    Ok(games_api::start(config(data, listen)?, clock).await?)
}

fn config(data: &Path, listen: SocketAddr) -> anyhow::Result<games_api::Config> {
    std::fs::create_dir_all(data).with_context(|| {
        format!(
            "the data folder {} cannot be made; choose another with --data",
            data.display()
        )
    })?;
    Ok(games_api::Config::new(data.join(DATABASE), listen))
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
