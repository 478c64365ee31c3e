//! `modelservice run`: the model service alone.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use simpl::Game;

use super::{Api, signal};
use crate::foreign::Method;
use crate::service::Service;
use crate::settings::Settings;

/// The model service against a games API.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Where browsers and other WAMP clients connect; port 0 takes a free one. With --router, for pages, health and figures only.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    foreign: Foreign,
    #[command(flatten)]
    api: Api,
}

/// Somebody else's router.
#[derive(Debug, Args)]
struct Foreign {
    /// Serve on this router instead of one in this process: the address of its WebSocket, for example ws://127.0.0.1:8080/ws.
    #[arg(long, value_name = "URL")]
    router: Option<String>,
    /// The realm that clients join.
    #[arg(long, value_name = "NAME")]
    realm: Option<String>,
    /// How the service proves to that router who it is.
    #[arg(long, value_name = "METHOD")]
    router_auth: Option<Method>,
    /// As whom.
    #[arg(long, value_name = "AUTHID")]
    router_authid: Option<String>,
    /// A file with its ticket, secret or private key (or set SIMPL_FOREIGN_ROUTER_SECRET).
    #[arg(long, value_name = "FILE")]
    router_secret_file: Option<PathBuf>,
    /// A file with the certificates (PEM) of the authorities that count for wss://, instead of those that this machine trusts.
    #[arg(long, value_name = "FILE")]
    router_ca_file: Option<PathBuf>,
}

impl Foreign {
    fn lay_over(self, settings: &mut Settings) {
        let set = &mut settings.foreign_router;
        for (flag, place) in [
            (self.router, &mut set.url),
            (self.realm, &mut settings.wamp.realm),
            (self.router_authid, &mut set.authid),
        ] {
            if let Some(value) = flag {
                *place = value;
            }
        }
        if let Some(method) = self.router_auth {
            set.auth = method;
        }
        if let Some(file) = self.router_secret_file {
            set.secret_file = file;
        }
        if let Some(file) = self.router_ca_file {
            set.ca_file = file;
        }
    }
}

impl Run {
    pub(super) async fn run(self, mut settings: Settings, games: Vec<Game>) -> anyhow::Result<()> {
        self.foreign.lay_over(&mut settings);
        self.api.lay_over(&mut settings)?;
        if let Some(listen) = self.listen {
            settings.service.listen = listen;
        }
        let service = Service::start(&settings, games, Vec::new()).await?;
        for game in &service.games {
            eprintln!("{:<14} {} on {}", game.slug, game.root, settings.api.url);
        }
        let foreign = &settings.foreign_router.url;
        if !foreign.is_empty() {
            eprintln!("on the router at {foreign}, realm {}", settings.wamp.realm);
        }
        let signals = signal::Signals::listen_for(&service)?;
        println!("ready {}://{}/", service.scheme(), service.addr);
        let outcome = signals.stop_wished_or_taken(&service).await;
        service.stop().await;
        outcome
    }
}
