//! Games API and model service in one process: what `dev` and `serve` have in common.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use games_api::{Server, SystemClock};
use http_server::TrustedProxies;
use simpl::Game;
use url::Url;

use super::signal;
use crate::http::{self, KnownLogin};
use crate::service::Service;
use crate::settings::{ForeignRouterSettings, Secret, Settings};

/// The service's own account, called as in the original's installation guide.
pub(super) const SERVICE_USER: &str = "simpl@simpl.world";

/// A games API that runs, and the settings with which the model service will find it.
#[derive(Debug)]
pub(super) struct OneProcess {
    pub(super) settings: Settings,
    pub(super) api: Server,
}

impl OneProcess {
    /// Starts the games API on the file in `data`, with the service's account. The model service will be called `name`: the database has
    /// one games API, and that has one model service, so whatever port it gets, it is the one before.
    pub(super) async fn open(
        mut settings: Settings,
        name: &str,
        data: &Path,
        api_listen: SocketAddr,
        password: Secret,
    ) -> anyhow::Result<Self> {
        let mut config = ::games_api::Config::on(super::games_api::file_in(data)?, api_listen);
        config.public_url = settings.site()?;
        // Who asks it from this machine is the model service, which says for whom.
        let own = ["127.0.0.1", "::1"];
        config.serving.proxies = TrustedProxies::parse(own).unwrap_or_default();
        let api = super::games_api::start(config).await?;
        super::games_api::ensure_staff(&api, SERVICE_USER, &password.0).await?;
        settings.service.name = name.to_owned();
        // Everything in one process includes the router.
        settings.foreign_router = ForeignRouterSettings::default();
        settings.api.url = Url::parse(&format!("http://{}/apis/", api.addr))
            .context("the games API's own address")?;
        settings.api.user = SERVICE_USER.to_owned();
        settings.api.password = password;
        Ok(Self { settings, api })
    }

    /// Starts the model service, has `tell` say what there is to know, says that it is ready, and serves until it is to stop, or whoever it
    /// serves for is `gone`. The games
    /// API is served at the same address, so that pages find it where they come from.
    pub(super) async fn serve(
        self,
        games: Vec<Game>,
        logins: Vec<KnownLogin>,
        pages: Router,
        tell: impl FnOnce(&Service),
        gone: impl Future<Output = ()>,
    ) -> anyhow::Result<()> {
        let Self { settings, api } = self;
        let beside = pages.merge(http::games_api::route(api.routes()));
        let clock = Arc::new(SystemClock);
        let service = Service::start_beside(&settings, games, logins, beside, clock).await?;
        eprintln!("games API      http://{}/apis/", api.addr);
        for game in &service.games {
            eprintln!("game           {}  {}", game.slug, game.root);
        }
        tell(&service);
        let signals = signal::Signals::listen_for(&service)?;
        println!("ready {}://{}/", service.scheme(), service.addr);
        let outcome = tokio::select! {
            outcome = signals.stop_wished_or_taken(&service) => outcome,
            () = gone => Ok(()),
        };
        service.stop().await;
        api.shutdown().await;
        outcome
    }
}
