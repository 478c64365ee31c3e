//! Waiting for the wish to stop.

use anyhow::bail;

use crate::service::Service;

/// As [`stop_wished`], but an error as soon as another service has taken one of this one's games.
pub(super) async fn stop_wished_or_taken(service: &Service) -> anyhow::Result<()> {
    tokio::select! {
        wished = stop_wished() => Ok(wished?),
        () = service.taken_away() => {
            bail!("another model service has taken a game of this one, so this one has stopped; let one serve it, or give each its own games with service.games")
        }
    }
}

/// Returns at Ctrl-C or, where there is one, SIGTERM. A second Ctrl-C ends the process at once.
pub(super) async fn stop_wished() -> std::io::Result<()> {
    wait().await?;
    tracing::info!("stopping; press Ctrl-C again to stop at once");
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(130);
        }
    });
    Ok(())
}

#[cfg(unix)]
async fn wait() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn wait() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
