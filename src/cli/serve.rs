//! `modelservice serve`: everything in one process for a real class, without logins that anybody knows.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use console::style;
use games_api::{Account, SystemClock};
use games_client::GamesClient;
use games_contract::Resource;
use simpl::Game;
use time::format_description::well_known::Rfc3339;

use super::data_folder::DataFolder;
use super::one_process::{OneProcess, SERVICE_USER};
use super::reach::{Reach, addresses_of_this_machine};
use crate::environment;
use crate::http::first::{self, First};
use crate::service::{self, Service};
use crate::settings::Settings;

/// The port, as long as nobody says anything else.
const PORT: u16 = 8080;

/// Games API and model service for a class, in one process.
///
/// The first start prints a link with which the first lecturer sets a password; `modelservice games-api create-user` makes further ones.
/// docs/deploy.md has recipes: a laptop and its hotspot, a server with a proxy, a school's server.
#[derive(Debug, Args)]
pub(super) struct Serve {
    /// The address that people type, for example https://games.school.example: links begin with it.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Where browsers and other WAMP clients connect; 0.0.0.0:8080 unless service.listen says otherwise. Behind a proxy on this machine:
    /// 127.0.0.1:8080.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where the games API listens, besides /apis/ at the address above.
    #[arg(long, value_name = "ADDR")]
    api_listen: Option<SocketAddr>,
    /// The folder of the database and of this service's secret; made where it is missing.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A certificate in PEM, followed by those of its issuers. SIGHUP has it read again.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The key of the certificate in PEM, without a password.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

impl Serve {
    pub(super) async fn run(self, settings: Settings, games: Vec<Game>) -> anyhow::Result<()> {
        let api_listen = self.api_listen.unwrap_or(settings.games_api.listen);
        let data = self.data.clone();
        let data = data.unwrap_or_else(|| settings.games_api.data.clone());
        let settings = self.lay_over(settings)?;
        let games = settings.named(games)?;
        // Files that cannot be used are told of before anything is made.
        settings.serving()?;
        let folder = DataFolder::open(&data)?;
        let password = folder.service_password()?;
        let process = OneProcess::open(settings, "serve", &data, api_listen, password).await?;
        let client = service::client(&process.settings)?;
        take_the_account(&process, &client).await?;
        refuse_known_logins(&games, &client).await?;
        for game in &games {
            let slug = process.settings.slug(game);
            environment::create_game(&client, game, &slug, |line| {
                tracing::debug!(resource = %line.resource, name = line.name, created = line.created, "game");
            })
            .await?;
        }
        let (first, link) = First::open(client, SERVICE_USER, Arc::new(SystemClock)).await?;
        let site = process.settings.site()?;
        let realm = process.settings.wamp.realm.clone();
        let tell = |service: &Service| {
            let machine = addresses_of_this_machine();
            let reach = Reach::of(site.as_ref(), service.scheme(), service.addr, &machine);
            eprintln!("data           {}", data.display());
            let socket = reach.base.replacen("http", "ws", 1);
            eprintln!("WAMP           {socket}/ws  realm {realm}");
            eprintln!("address        {}/", reach.base);
            for other in &reach.others {
                eprintln!("or             {other}/");
            }
            for warning in reach.warnings.into_iter().chain(folder.complaint()) {
                let word = style("warning:").yellow().bold().for_stderr();
                eprintln!("{word}       {warning}");
            }
            if let Some(link) = link {
                let until = link.until.truncate_to_second();
                let until = until.format(&Rfc3339).unwrap_or_default();
                eprintln!(
                    "first lecturer {}/first/{}  (good once, until {until})",
                    reach.base, link.token
                );
            }
        };
        let pages = first::route(first);
        let gone = std::future::pending();
        process.serve(games, Vec::new(), pages, tell, gone).await
    }

    fn lay_over(self, mut settings: Settings) -> anyhow::Result<Settings> {
        let usual = SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT));
        settings.service.listen = match self.listen {
            Some(listen) => listen,
            None if settings.listen_is_set => settings.service.listen,
            None => usual,
        };
        let public = &mut settings.public;
        if let Some(url) = self.public_url {
            public.url = url;
        }
        if let (Some(cert), Some(key)) = (self.tls_cert, self.tls_key) {
            (public.tls_cert, public.tls_key) = (cert, key);
        }
        settings.check()?;
        Ok(settings)
    }
}

/// Makes sure that the service's account has the password of the data folder: a database that came from elsewhere has another one.
async fn take_the_account(process: &OneProcess, client: &GamesClient) -> anyhow::Result<()> {
    let password = &process.settings.api.password.0;
    if client.authcheck(SERVICE_USER, password).await?.is_some() {
        return Ok(());
    }
    let account = Account {
        email: SERVICE_USER,
        password,
        first_name: "",
        last_name: "",
        staff: true,
        reset_password: true,
    };
    process.api.ensure_user(account).await?;
    Ok(())
}

/// Refuses a database in which somebody has a login that everybody knows, such as one that `dev` has made.
async fn refuse_known_logins(games: &[Game], client: &GamesClient) -> anyhow::Result<()> {
    for game in games {
        for account in game.environment().accounts() {
            let email = &account.email;
            let filters = [("email", email.clone())];
            if client.list(Resource::User, &filters).await?.is_empty() {
                continue;
            }
            let known = client.authcheck(email, &account.password).await;
            if known.context("a login could not be looked at")?.is_some() {
                bail!(
                    "{email} has a password that everybody knows, as after `modelservice dev` or `create-default-env`: choose another folder with --data, or give every such user another one with `modelservice games-api set-password {email}`"
                );
            }
        }
    }
    Ok(())
}
