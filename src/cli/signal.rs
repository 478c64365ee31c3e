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
    /// SIGHUP, where it means something.
    #[cfg(unix)]
    hangup: Option<Signal>,
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
            hangup: None,
        })
    }

    /// Takes the signals over.
    #[cfg(windows)]
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: ctrl_c()?,
        })
    }

    /// As [`listen`](Self::listen), and SIGHUP, where the service has a certificate that could be read again. Elsewhere that signal ends
    /// the process, as it does when somebody closes the terminal.
    pub(super) fn listen_for(service: &Service) -> std::io::Result<Self> {
        let signals = Self::listen()?;
        #[cfg(unix)]
        if service.has_certificate() {
            let hangup = Some(signal(SignalKind::hangup())?);
            return Ok(Self { hangup, ..signals });
        }
        Ok(signals)
    }

    /// As [`listen`](Self::listen), and SIGHUP, where the system has it.
    pub(super) fn listen_with_hangup() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            hangup: Some(signal(SignalKind::hangup())?),
            ..Self::listen()?
        })
    }

    /// Waits for a signal: true at SIGHUP, false at the wish to stop.
    pub(super) async fn hangup_or_stop(&mut self) -> bool {
        #[cfg(unix)]
        let hangup = self.hangup.take();
        #[cfg(unix)]
        if let Some(mut signal) = hangup {
            let heard = tokio::select! {
                heard = signal.recv() => heard.is_some(),
                () = self.first() => false,
            };
            self.hangup = Some(signal);
            return heard;
        }
        self.first().await;
        false
    }

    /// As [`stop_wished`](Self::stop_wished), but an error as soon as another service has taken one of this one's games; meanwhile SIGHUP
    /// has the certificate read again.
    pub(super) async fn stop_wished_or_taken(mut self, service: &Service) -> anyhow::Result<()> {
        #[cfg(unix)]
        let reading = read_certificate_again(self.hangup.take(), service);
        #[cfg(windows)]
        let reading = std::future::pending::<()>();
        tokio::select! {
            () = self.stop_wished() => Ok(()),
            () = reading => Ok(()),
            () = service.taken_away() => {
                bail!("another model service has taken a game of this one, so this one has stopped; let one serve it, or give each its own games with service.games")
            }
        }
    }

    /// Returns at the first signal. A second Ctrl-C ends the process at once.
    pub(super) async fn stop_wished(mut self) {
        self.first().await;
        self.stopping();
    }

    /// Says that it stops. A second Ctrl-C ends the process at once.
    pub(super) fn stopping(mut self) {
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

/// Has the certificate read again at each signal. Never returns.
#[cfg(unix)]
async fn read_certificate_again(mut hangup: Option<Signal>, service: &Service) {
    while let Some(signal) = &mut hangup
        && signal.recv().await.is_some()
    {
        service.read_certificate_again();
    }
    std::future::pending::<()>().await;
}
