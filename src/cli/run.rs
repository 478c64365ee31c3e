//! `modelservice run`: the model service alone.

use std::net::SocketAddr;

use clap::Args;
use simpl::Game;

use super::{Api, signal};
use crate::service::Service;
use crate::settings::Settings;

/// The model service against a games API.
#[derive(Debug, Args)]
pub(super) struct Run {
    /// Where browsers and other WAMP clients connect; port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    #[command(flatten)]
    api: Api,
}

impl Run {
    pub(super) async fn run(self, mut settings: Settings, games: Vec<Game>) -> anyhow::Result<()> {
        self.api.lay_over(&mut settings)?;
        if let Some(listen) = self.listen {
            settings.service.listen = listen;
        }
        let service = Service::start(&settings, games, Vec::new()).await?;
        for game in &service.games {
            eprintln!("{:<14} {} on {}", game.slug, game.root, settings.api.url);
        }
        let signals = signal::Signals::listen_for(&service)?;
        println!("ready {}://{}/", service.scheme(), service.addr);
        let outcome = signals.stop_wished_or_taken(&service).await;
        service.stop().await;
        outcome
    }
}
