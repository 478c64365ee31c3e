//! Waiting for the wish to stop.

use anyhow::bail;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC, ctrl_c};

use crate::service::Service;

/// Ctrl-C and, where there is one, SIGTERM, from the moment of [`Signals::listen`] on. Before it they end the process at once, so
/// whoever says that it is ready listens first: who was told may want it to stop in the next moment.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(windows)]
    interrupt: CtrlC,
}

impl Signals {
    /// Takes the signals over.
    #[cfg(unix)]
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Takes the signals over.
    #[cfg(windows)]
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: ctrl_c()?,
        })
    }

    /// As [`stop_wished`](Self::stop_wished), but an error as soon as another service has taken one of this one's games.
    pub(super) async fn stop_wished_or_taken(self, service: &Service) -> anyhow::Result<()> {
        tokio::select! {
            () = self.stop_wished() => Ok(()),
            () = service.taken_away() => {
                bail!("another model service has taken a game of this one, so this one has stopped; let one serve it, or give each its own games with service.games")
            }
        }
    }

    /// Returns at the first signal. A second Ctrl-C ends the process at once.
    pub(super) async fn stop_wished(mut self) {
        self.first().await;
        tracing::info!("stopping; press Ctrl-C again to stop at once");
        tokio::spawn(async move {
            self.interrupt.recv().await;
            std::process::exit(130);
        });
    }

    #[cfg(unix)]
    async fn first(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(windows)]
    async fn first(&mut self) {
        self.interrupt.recv().await;
    }
}
