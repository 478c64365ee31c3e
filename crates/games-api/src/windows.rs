//! Counting by subject within a while: the one thing that the limits on strangers have in common.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    time::Duration,
};

use tokio::time::Instant;

/// How long a count lasts when nobody says otherwise.
const MINUTE: Duration = Duration::from_secs(60);
/// Subjects counted at most.
const PLACES: usize = 8_192;

/// How often something has happened of late, by subject. Strangers cannot fill the memory with it: of too many subjects, the one whose
/// count ends first is forgotten.
#[derive(Debug)]
pub struct Windows<S> {
    counts: HashMap<S, Window>,
    lasts: Duration,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    count: u32,
    ends: Instant,
}

/// Counts that last a minute.
impl<S> Default for Windows<S> {
    fn default() -> Self {
        Self::lasting(MINUTE)
    }
}

impl<S> Windows<S> {
    /// Counts that last so long, from the first of a subject on.
    #[must_use]
    pub fn lasting(lasts: Duration) -> Self {
        Self {
            counts: HashMap::new(),
            lasts,
        }
    }
}

impl<S: Clone + Eq + Hash> Windows<S> {
    /// The seconds until that subject may go on, when it has been counted as often as is allowed.
    #[must_use]
    pub fn wait(&self, subject: &S, allowed: u32) -> Option<u64> {
        let now = Instant::now();
        let window = self.counts.get(subject)?;
        let full = window.ends > now && window.count >= allowed;
        full.then(|| (window.ends - now).as_secs() + 1)
    }

    /// Counts one.
    pub fn count(&mut self, subject: S) {
        let now = Instant::now();
        if self.counts.len() >= PLACES && !self.counts.contains_key(&subject) {
            self.make_room(now);
        }
        let fresh = Window {
            count: 0,
            ends: now + self.lasts,
        };
        let window = self.counts.entry(subject).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        window.count += 1;
    }

    /// That subject starts afresh.
    pub fn forget(&mut self, subject: &S) {
        self.counts.remove(subject);
    }

    fn make_room(&mut self, now: Instant) {
        self.counts.retain(|_, window| window.ends > now);
        if self.counts.len() < PLACES {
            return;
        }
        // Still full of strangers: the one whose count ends first makes room.
        let first = self.counts.iter().min_by_key(|(_, window)| window.ends);
        if let Some(first) = first.map(|(subject, _)| subject.clone()) {
            self.counts.remove(&first);
        }
    }
}

/// What one stranger has for themselves: an address, of IPv6 a network of 64 bits.
#[must_use]
pub fn network(from: IpAddr) -> IpAddr {
    match from.to_canonical() {
        IpAddr::V6(address) => {
            let kept = address.to_bits() & !u128::from(u64::MAX);
            Ipv6Addr::from_bits(kept).into()
        }
        address => address,
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
        tokio::time::advance(MINUTE).await;
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
        assert_eq!(windows.counts.len(), PLACES);
    }
}
