//! The parts of a result.

use std::sync::Arc;

use tokio::sync::mpsc;
use wamp::Payload;

use super::pending::Pending;

/// What a part counts for besides its payload, in bytes.
const OVERHEAD: usize = 64;

/// Parts that wait to be taken. They count as what waits in the inbox does.
#[derive(Debug)]
pub(super) struct Parts {
    queue: mpsc::UnboundedReceiver<Payload>,
    pending: Arc<Pending>,
}

impl Parts {
    pub(super) fn new(queue: mpsc::UnboundedReceiver<Payload>, pending: Arc<Pending>) -> Self {
        Self { queue, pending }
    }

    /// The next one; `None` when no more will come.
    pub(super) async fn next(&mut self) -> Option<Payload> {
        let part = self.queue.recv().await?;
        self.pending.taken(size(&part));
        Some(part)
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.queue.close();
        while let Ok(part) = self.queue.try_recv() {
            self.pending.taken(size(&part));
        }
    }
}

/// What a part counts for.
pub(super) fn size(part: &Payload) -> usize {
    OVERHEAD + part.len()
}
