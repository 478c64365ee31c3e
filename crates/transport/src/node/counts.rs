//! What a node has done so far, in numbers, for whoever watches it.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers of a [`Node`](crate::Node) since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sessions now, those still shaking hands included.
    pub sessions: u64,
    /// Tasks now: the router's own, and those of connections.
    pub tasks: u64,
    /// Sessions that have joined the realm.
    pub joined: u64,
    /// Sessions that had joined and have left.
    pub left: u64,
    /// Messages that sessions have sent.
    pub messages_in: u64,
    /// Messages that were queued for sessions.
    pub messages_out: u64,
    /// Events that were dropped because their subscriber was behind.
    pub events_dropped: u64,
    /// Sessions that were closed because they did not take what they were sent.
    pub slow_closed: u64,
}

/// The same, to be counted by the router's task.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(super) sessions: AtomicU64,
    pub(super) joined: AtomicU64,
    pub(super) left: AtomicU64,
    pub(super) messages_in: AtomicU64,
    pub(super) messages_out: AtomicU64,
    pub(super) events_dropped: AtomicU64,
    pub(super) slow_closed: AtomicU64,
}

/// Counts so many more.
pub(super) fn add(number: &AtomicU64, more: usize) {
    number.fetch_add(more as u64, Ordering::Relaxed);
}

impl Tally {
    /// The numbers now, of a node with so many tasks.
    pub(crate) fn read(&self, tasks: usize) -> Counts {
        let read = |number: &AtomicU64| number.load(Ordering::Relaxed);
        Counts {
            sessions: read(&self.sessions),
            tasks: tasks as u64,
            joined: read(&self.joined),
            left: read(&self.left),
            messages_in: read(&self.messages_in),
            messages_out: read(&self.messages_out),
            events_dropped: read(&self.events_dropped),
            slow_closed: read(&self.slow_closed),
        }
    }
}
