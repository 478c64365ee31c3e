//! What happens by itself when time passes.

use std::collections::BTreeMap;
use std::time::Duration;

use wamp::Id;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The session has not joined in time.
    Handshake(Id),
    /// A question about the session has not been answered in time.
    Ask(Id),
    /// The session has not answered GOODBYE in time.
    Goodbye(Id),
    /// The callee has not answered this invocation in time.
    Call {
        /// The callee's session.
        callee: Id,
        /// The invocation.
        invocation: Id,
    },
}

/// A place in the queue, to take the deadline back.
pub(crate) type DeadlineKey = (Duration, u64);

/// Deadlines in the order in which they fall due; equal ones in the order they were set.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    queue: BTreeMap<DeadlineKey, Due>,
    count: u64,
}

impl Deadlines {
    pub(crate) fn set(&mut self, at: Duration, due: Due) -> DeadlineKey {
        self.count += 1;
        let key = (at, self.count);
        self.queue.insert(key, due);
        key
    }

    pub(crate) fn clear(&mut self, key: DeadlineKey) {
        self.queue.remove(&key);
    }

    pub(crate) fn next(&self) -> Option<Duration> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// The first deadline that has fallen due, which is thereby done with.
    pub(crate) fn pop_due(&mut self, now: Duration) -> Option<Due> {
        let first = self.queue.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn deadlines_fall_due_in_order_of_time_and_not_before() {
        let mut deadlines = Deadlines::default();
        deadlines.set(at(2), Due::Ask(2));
        deadlines.set(at(1), Due::Ask(1));
        let taken_back = deadlines.set(at(1), Due::Ask(9));
        deadlines.clear(taken_back);

        assert_eq!(deadlines.next(), Some(at(1)));
        assert_eq!(deadlines.pop_due(at(0)), None);
        assert_eq!(deadlines.pop_due(at(5)), Some(Due::Ask(1)));
        assert_eq!(deadlines.pop_due(at(5)), Some(Due::Ask(2)));
        assert_eq!(deadlines.pop_due(at(5)), None);
        assert_eq!(deadlines.next(), None);
    }
}
