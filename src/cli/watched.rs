//! The served side of `modelservice dev --watch`: who builds says on standard input how the sources stand, and that it is time to go.

use std::thread;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::watch::BuildState;

/// Whoever builds.
#[derive(Debug)]
pub(super) struct Builder {
    /// What it has said last.
    pub(super) state: watch::Receiver<BuildState>,
    gone: CancellationToken,
}

impl Builder {
    /// Listens from now on.
    pub(super) fn listen() -> Self {
        let (say, state) = watch::channel(BuildState::default());
        let gone = CancellationToken::new();
        let ended = gone.clone().drop_guard();
        // A thread, because the process can end while it reads.
        thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if let Ok(said) = serde_json::from_str(&line) {
                    say.send_replace(said);
                }
            }
            drop(ended);
        });
        Self { state, gone }
    }

    /// Returns when it has ended, or has no more use for this program.
    pub(super) async fn gone(self) {
        self.gone.cancelled().await;
    }
}
