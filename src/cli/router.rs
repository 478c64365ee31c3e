//! `modelservice router`: the WAMP router alone.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use games_api::SystemClock;

use super::signal;
use crate::router::RouterAlone;
use crate::settings::Settings;

/// The router of the settings ([router.realms.<name>]), without games.
#[derive(Debug, Args)]
pub(super) struct Router {
    /// Where clients connect; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Where clients connect over RawSocket besides, instead of wamp.rawsocket; port 0 takes a free one. May be given several times.
    #[arg(long, value_name = "ADDR")]
    rawsocket: Vec<SocketAddr>,
    /// The file of a unix socket for RawSocket, instead of wamp.rawsocket_unix.
    #[arg(long, value_name = "PATH")]
    rawsocket_unix: Option<PathBuf>,
    /// Lets everybody in, without saying who they are, to do everything: to try programs with, on this machine.
    #[arg(long)]
    open: bool,
    /// With --open: other machines may connect, too. Whoever reaches the address can then read, answer and end everything.
    #[arg(long, requires = "open")]
    expose: bool,
}

impl Router {
    pub(super) async fn run(
        self,
        mut settings: Settings,
        file: Option<&Path>,
    ) -> anyhow::Result<()> {
        if let Some(listen) = self.listen {
            settings.router.listen = listen;
        }
        if !self.rawsocket.is_empty() {
            settings.wamp.rawsocket = self.rawsocket;
        }
        if let Some(path) = self.rawsocket_unix {
            settings.wamp.rawsocket_unix = path;
        }
        let listen = settings.router.listen;
        let mut places = settings.wamp.rawsocket.iter().chain([&listen]);
        let beyond = places.find(|place| !place.ip().is_loopback());
        if let (true, Some(place), false) = (self.open, beyond, self.expose) {
            bail!(
                "--open at {place}: everybody who reaches that address could do everything; listen on 127.0.0.1, describe users and rights under [router.realms.<name>], or say --expose if it is meant"
            );
        }
        let router = RouterAlone::start(&settings, self.open, Arc::new(SystemClock)).await?;
        if self.open {
            tracing::warn!(
                "--open: whoever reaches {} may publish, call, register, listen to everybody and end sessions{}",
                router.addr,
                if beyond.is_some() {
                    ", from other machines, too"
                } else {
                    ""
                }
            );
        }
        let scheme = router.scheme();
        eprintln!(
            "realm          {}  {}://{}/ws",
            router.realm,
            scheme.replace("http", "ws"),
            router.addr
        );
        for place in &router.rawsockets {
            eprintln!("rawsocket      rs://{place}");
        }
        let mut signals = signal::Signals::listen_with_hangup()?;
        println!("ready {scheme}://{}/", router.addr);
        while signals.hangup_or_stop().await {
            router.follow(Settings::load(file)).await;
        }
        signals.stopping();
        router.stop().await;
        Ok(())
    }
}
