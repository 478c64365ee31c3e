//! What the writer has done, in numbers.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use crate::metrics::Histogram;

/// Transactions on disk since the start.
#[derive(Debug, Default)]
pub(crate) struct Commits {
    count: AtomicU64,
    requests: AtomicU64,
    changes: AtomicU64,
    took: Histogram,
}

impl Commits {
    /// Counts one with the requests that shared it and the changes that it holds.
    pub(super) fn note(&self, requests: usize, changes: u64, took: Duration) {
        self.count.fetch_add(1, Relaxed);
        self.requests
            .fetch_add(u64::try_from(requests).unwrap_or(0), Relaxed);
        self.changes.fetch_add(changes, Relaxed);
        self.took.note(took);
    }

    pub(crate) fn count(&self) -> u64 {
        self.count.load(Relaxed)
    }

    /// The requests that shared them.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Relaxed)
    }

    /// The rows that changed in them, as far as changes are told of them.
    pub(crate) fn changes(&self) -> u64 {
        self.changes.load(Relaxed)
    }

    /// How long each took.
    pub(crate) const fn took(&self) -> &Histogram {
        &self.took
    }
}
