//! `modelservice dev`: everything in one process, with a class and known logins.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};
use futures_util::FutureExt;
use simpl::Game;

use super::data_folder::DataFolder;
use super::one_process::{OneProcess, SERVICE_USER};
use super::watched::Builder;
use crate::environment;
use crate::http::{KnownLogin, LoginKind, build};
use crate::service;
use crate::settings::{Compat, Secret, Settings};

/// The password of the service's account; in `dev` everybody knows it.
const SERVICE_PASSWORD: &str = "simpl";

/// Games API, model service and a class with known logins, in one process.
#[derive(Debug, Args)]
pub(super) struct Dev {
    /// Where browsers and other WAMP clients connect; port 0 takes a free one. Loopback only, as everybody knows the logins.
    #[arg(long, value_name = "ADDR")]
    pub(super) listen: Option<SocketAddr>,
    /// Where the games API listens.
    #[arg(long, value_name = "ADDR")]
    api_listen: Option<SocketAddr>,
    /// The folder of the database; what is played stays there over restarts.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Builds the game of this folder, serves it, and does so again whenever its sources change: what is played goes on, and a game that
    /// does not compile leaves the one before as it is.
    #[arg(long)]
    pub(super) watch: bool,
    /// The cargo profile that --watch builds with.
    #[arg(long, value_name = "NAME", default_value = "watch", requires = "watch")]
    pub(super) profile: String,
    /// This is the program that --watch serves: who builds it speaks on standard input.
    #[arg(long, hide = true, conflicts_with = "watch")]
    watched: bool,
}

impl Dev {
    /// What the program is to be called with that `--watch` builds, besides the address.
    pub(super) fn arguments(
        &self,
        settings: Option<&Path>,
        compat: Option<Compat>,
    ) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["dev".into(), "--watched".into()];
        let mut add = |flag: &str, value: Option<OsString>| {
            if let Some(value) = value {
                arguments.extend([flag.into(), value]);
            }
        };
        let address = |address: SocketAddr| address.to_string().into();
        add("--api-listen", self.api_listen.map(address));
        add("--data", self.data.as_ref().map(Into::into));
        add("--settings", settings.map(Into::into));
        let compat = compat.and_then(|compat| compat.to_possible_value());
        add("--compat", compat.map(|compat| compat.get_name().into()));
        arguments
    }

    pub(super) async fn run(self, mut settings: Settings, games: Vec<Game>) -> anyhow::Result<()> {
        settings.service.listen = self.listen.unwrap_or(settings.service.listen);
        let api_listen = self.api_listen.unwrap_or(settings.games_api.listen);
        for (flag, addr) in [
            ("--listen", settings.service.listen),
            ("--api-listen", api_listen),
        ] {
            if !addr.ip().is_loopback() {
                bail!(
                    "{flag} {addr}: `dev` has logins that everybody knows, so it listens on loopback only; use 127.0.0.1, or `modelservice serve` for others to join"
                );
            }
        }
        let data = self.data.unwrap_or_else(|| settings.games_api.data.clone());
        if DataFolder::is_of_serve(&data) {
            bail!(
                "{} is the data folder of a class that `modelservice serve` has served: `dev` would put logins there that everybody knows; choose another with --data",
                data.display()
            );
        }
        let games = settings.named(games)?;
        let password = Secret(SERVICE_PASSWORD.to_owned());
        let builder = self.watched.then(Builder::listen);
        let process = OneProcess::open(settings, "dev", &data, api_listen, password).await?;
        let mut logins = seed(&process.settings, &games).await?;
        logins.push(KnownLogin {
            kind: LoginKind::Staff,
            label: "staff".to_owned(),
            email: SERVICE_USER.to_owned(),
            password: SERVICE_PASSWORD.to_owned(),
        });
        let realm = process.settings.wamp.realm.clone();
        let tell = |service: &service::Service| {
            eprintln!("its login      {SERVICE_USER} / {SERVICE_PASSWORD}");
            eprintln!("data           {}", data.display());
            eprintln!("WAMP           ws://{}/ws  realm {realm}", service.addr);
            let people = logins.iter();
            for login in people.filter(|login| login.kind != LoginKind::Staff) {
                eprintln!("login          {} / {}", login.email, login.password);
            }
            eprintln!("author's page  http://{}/author", service.addr);
            eprintln!("monitor        http://{}/monitor", service.addr);
        };
        let (pages, gone) = match builder {
            Some(builder) => (
                build::route(Some(builder.state.clone())),
                builder.gone().left_future(),
            ),
            None => (build::route(None), std::future::pending().right_future()),
        };
        process
            .serve(games, logins.clone(), pages, tell, gone)
            .await
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
        let known = |kind: LoginKind, account: &simpl::Account| KnownLogin {
            kind,
            label: account
                .email
                .split('@')
                .next()
                .unwrap_or_default()
                .to_owned(),
            email: account.email.clone(),
            password: account.password.clone(),
        };
        let players = environment.seats().map(|seat| &seat.account);
        logins.extend(players.map(|account| known(LoginKind::Player, account)));
        let leaders = environment.leaders.iter();
        logins.extend(leaders.map(|account| known(LoginKind::Leader, account)));
    }
    tell_apart(&mut logins);
    Ok(logins)
}

/// Logins of several games that would be called the same are called by their address.
fn tell_apart(logins: &mut [KnownLogin]) {
    let labels: Vec<String> = logins.iter().map(|login| login.label.clone()).collect();
    for login in logins {
        let same = labels.iter().filter(|label| **label == login.label);
        if same.count() > 1 {
            login.label.clone_from(&login.email);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_goes_by_its_name_unless_another_game_has_one_of_that_name() {
        let login = |label: &str, email: &str| KnownLogin {
            kind: LoginKind::Player,
            label: label.to_owned(),
            email: email.to_owned(),
            password: String::new(),
        };
        let mut logins = [
            login("s1", "s1@div.edu"),
            login("s2", "s2@div.edu"),
            login("s1", "s1@beer.edu"),
        ];
        tell_apart(&mut logins);
        let labels = logins.map(|login| login.label);
        assert_eq!(labels, ["s1@div.edu", "s2", "s1@beer.edu"]);
    }
}
