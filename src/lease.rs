//! The lease of a game: of all model services, one writes for it.
//!
//! Whoever holds it renews it in time. What is written carries its fence, so that even a service that has slept through the loss
//! of its lease stores nothing any more.

use std::time::Duration;

use games_client::{Error, GamesClient, Lease};
use tokio_util::sync::CancellationToken;

/// How often a lease is renewed within its time.
const RENEWALS: u32 = 4;

/// Takes a game for `time`, waiting for a lease that nobody renews to run out.
///
/// # Errors
/// [`Error::Conflict`] when another service holds the game and renews its lease, and as every request.
pub async fn take(
    client: &GamesClient,
    slug: &str,
    holder: &str,
    time: Duration,
) -> Result<Lease, Error> {
    let mut before = None;
    loop {
        match client.take_lease(slug, holder, time).await {
            Err(Error::Conflict { url, message }) => {
                // The words name the lease's end: it moves when somebody is alive to renew it.
                match before.replace(message.clone()) {
                    None => tracing::warn!(
                        game = slug,
                        "{message} If it was killed, its lease runs out by itself: waiting for that"
                    ),
                    Some(before) if before == message => {}
                    Some(_) => return Err(Error::Conflict { url, message }),
                }
                tokio::time::sleep(time / (2 * RENEWALS)).await;
            }
            taken => return taken,
        }
    }
}

/// Renews a lease until the service stops; giving it back is for whoever knows that nothing is written any more. Ends early, and
/// says so on `lost`, when somebody else has it.
pub async fn keep(
    client: GamesClient,
    lease: Lease,
    time: Duration,
    stop: CancellationToken,
    lost: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(time / RENEWALS) => {}
        }
        match client.renew_lease(lease.fence, time).await {
            Ok(_) => {}
            Err(error @ Error::Conflict { .. }) => {
                tracing::error!(game = lease.game, %error, "another model service has taken this game");
                lost.cancel();
                return;
            }
            // Nobody else can take it either while the games API is away.
            Err(error) => {
                tracing::debug!(game = lease.game, %error, "the lease could not be renewed");
            }
        }
    }
}
