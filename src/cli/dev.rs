//! `modelservice dev`: everything in one process, with a class and known logins.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use simpl::Game;
use url::Url;

use super::{games_api, signal};
use crate::environment;
use crate::http::KnownLogin;
use crate::service::{self, Service};
use crate::settings::{Secret, Settings};

/// The service account of the original's installation guide; in `dev` everybody knows it.
const SERVICE_USER: &str = "simpl@simpl.world";
const SERVICE_PASSWORD: &str = "simpl";

/// Games API, model service and a class with known logins, in one process.
#[derive(Debug, Args)]
pub(super) struct Dev {
    /// Where browsers and other WAMP clients connect; port 0 takes a free one. Loopback only, as everybody knows the logins.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where the games API listens.
    #[arg(long, value_name = "ADDR")]
    api_listen: Option<SocketAddr>,
    /// The folder of the database; what is played stays there over restarts.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Dev {
    pub(super) async fn run(self, mut settings: Settings, games: Vec<Game>) -> anyhow::Result<()> {
        let listen = self.listen.unwrap_or(settings.service.listen);
        let api_listen = self.api_listen.unwrap_or(settings.games_api.listen);
        for (flag, addr) in [("--listen", listen), ("--api-listen", api_listen)] {
            if !addr.ip().is_loopback() {
                bail!(
                    "{flag} {addr}: `dev` has logins that everybody knows, so it listens on loopback only; use 127.0.0.1, or run `games-api` and `run` for others to join"
                );
            }
        }
        let data = self.data.unwrap_or_else(|| settings.games_api.data.clone());
        let config = ::games_api::Config::on(games_api::file_in(&data)?, api_listen);
        let api = games_api::start(config).await?;
        games_api::ensure_staff(&api, SERVICE_USER, SERVICE_PASSWORD).await?;

        settings.service.listen = listen;
        // The database has one games API, and that has one `dev`: whatever port it gets, it is the one before.
        settings.service.name = "dev".to_owned();
        settings.api.url = Url::parse(&format!("http://{}/apis/", api.addr))
            .context("the games API's own address")?;
        settings.api.user = SERVICE_USER.to_owned();
        settings.api.password = Secret(SERVICE_PASSWORD.to_owned());
        let logins = seed(&settings, &games).await?;
        let service = Service::start(&settings, games, logins.clone()).await?;

        eprintln!(
            "games API      http://{}/apis/  ({SERVICE_USER} / {SERVICE_PASSWORD})",
            api.addr
        );
        eprintln!("data           {}", data.display());
        eprintln!(
            "WAMP           ws://{}/ws  realm {}",
            service.addr, settings.wamp.realm
        );
        for game in &service.games {
            eprintln!("game           {}  {}", game.slug, game.root);
        }
        for login in &logins {
            eprintln!("login          {} / {}", login.email, login.password);
        }
        let signals = signal::Signals::listen()?;
        println!("ready http://{}/", service.addr);
        let outcome = signals.stop_wished_or_taken(&service).await;
        service.stop().await;
        api.shutdown().await;
        outcome
    }
}

/// Seeds every game's default environment and names its logins, players first.
async fn seed(settings: &Settings, games: &[Game]) -> anyhow::Result<Vec<KnownLogin>> {
    let client = service::client(settings)?;
    let mut logins = Vec::new();
    for game in games {
        let slug = &settings.slug(game);
        let environment = game.environment();
        environment::create(&client, game, slug, &environment.run, |line| {
            tracing::debug!(resource = %line.resource, name = line.name, created = line.created, "default environment");
        })
        .await?;
        let known = |account: &simpl::Account| KnownLogin {
            label: account
                .email
                .split('@')
                .next()
                .unwrap_or_default()
                .to_owned(),
            email: account.email.clone(),
            password: account.password.clone(),
        };
        let players = environment
            .worlds
            .iter()
            .flat_map(|world| &world.seats)
            .map(|seat| &seat.account);
        logins.extend(players.chain(&environment.leaders).map(known));
    }
    Ok(logins)
}
