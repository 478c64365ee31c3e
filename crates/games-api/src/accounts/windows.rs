//! Counting by subject within a minute: the one thing that the limits on strangers have in common.

use std::{collections::HashMap, hash::Hash, time::Duration};

use tokio::time::Instant;

/// How long a count lasts.
pub(super) const WINDOW: Duration = Duration::from_secs(60);
/// Subjects counted at most.
pub(super) const PLACES: usize = 8_192;

/// How often something has happened of late, by subject.
#[derive(Debug)]
pub(super) struct Windows<S>(HashMap<S, Window>);

#[derive(Clone, Copy, Debug)]
struct Window {
    count: u32,
    ends: Instant,
}

impl<S> Default for Windows<S> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<S: Clone + Eq + Hash> Windows<S> {
    /// The seconds until that subject may go on, when it has been counted as often as is allowed.
    pub(super) fn wait(&self, subject: &S, allowed: u32) -> Option<u64> {
        let now = Instant::now();
        let window = self.0.get(subject)?;
        let full = window.ends > now && window.count >= allowed;
        full.then(|| (window.ends - now).as_secs() + 1)
    }

    /// Counts one.
    pub(super) fn count(&mut self, subject: S) {
        let now = Instant::now();
        if self.0.len() >= PLACES && !self.0.contains_key(&subject) {
            self.make_room(now);
        }
        let fresh = Window {
            count: 0,
            ends: now + WINDOW,
        };
        let window = self.0.entry(subject).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        window.count += 1;
    }

    /// That subject starts afresh.
    pub(super) fn forget(&mut self, subject: &S) {
        self.0.remove(subject);
    }

    fn make_room(&mut self, now: Instant) {
        self.0.retain(|_, window| window.ends > now);
        if self.0.len() < PLACES {
            return;
        }
        // Still full of strangers: the one whose count ends first makes room.
        let first = self.0.iter().min_by_key(|(_, window)| window.ends);
        if let Some(first) = first.map(|(subject, _)| subject.clone()) {
            self.0.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_subject_waits_when_it_was_counted_too_often_until_the_minute_is_over() {
        let mut windows = Windows::default();
        for _ in 0..3 {
            assert_eq!(windows.wait(&"a", 3), None);
            windows.count("a");
        }
        assert_eq!(windows.wait(&"a", 3), Some(61));
        assert_eq!(windows.wait(&"b", 3), None);
        tokio::time::advance(WINDOW).await;
        assert_eq!(windows.wait(&"a", 3), None);
        windows.count("a");
        assert_eq!(windows.wait(&"a", 3), None, "it begins anew");
    }

    #[tokio::test]
    async fn strangers_cannot_fill_the_memory() {
        let mut windows = Windows::default();
        for n in 0..PLACES + 10 {
            windows.count(n);
        }
        assert_eq!(windows.0.len(), PLACES);
    }
}
