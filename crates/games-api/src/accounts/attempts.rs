//! The limit on wrong passwords: so many a minute for one account from one address at one door.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::Door;
use crate::refusal::Refusal;

/// Wrong passwords that are answered within the window; the next is told to wait.
const ALLOWED: u32 = 10;
const WINDOW: Duration = Duration::from_secs(60);
/// Accounts counted at most.
const PLACES: usize = 8_192;

pub(super) type Subject = (Door, IpAddr, String);

/// Wrong passwords of late.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<HashMap<Subject, Window>>);

#[derive(Clone, Copy, Debug)]
struct Window {
    tries: u32,
    ends: Instant,
}

/// A try that counts as wrong until it is told otherwise, so that many at once cannot slip through together.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    attempts: &'a Attempts,
    subject: Subject,
}

impl Attempts {
    /// Counts a try, or refuses it with the time to wait.
    pub(super) fn begin(&self, subject: Subject) -> Result<Attempt<'_>, Refusal> {
        let now = Instant::now();
        let mut windows = self.lock();
        if windows.len() >= PLACES {
            windows.retain(|_, window| window.ends > now);
        }
        // Still full of strangers: the one whose count ends first makes room.
        if windows.len() >= PLACES
            && let Some(first) = windows
                .iter()
                .min_by_key(|(_, window)| window.ends)
                .map(|(subject, _)| subject.clone())
        {
            windows.remove(&first);
        }
        let fresh = Window {
            tries: 0,
            ends: now + WINDOW,
        };
        let window = windows.entry(subject.clone()).or_insert(fresh);
        if window.ends <= now {
            *window = fresh;
        }
        if window.tries >= ALLOWED {
            let left = window.ends - now;
            return Err(Refusal::TooMany(left.as_secs() + 1));
        }
        window.tries += 1;
        drop(windows);
        Ok(Attempt {
            attempts: self,
            subject,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Subject, Window>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// The password was right: this account starts afresh.
    pub(super) fn succeeded(self) {
        self.attempts.lock().remove(&self.subject);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn subject(name: &str) -> Subject {
        (Door::Authcheck, Ipv4Addr::LOCALHOST.into(), name.to_owned())
    }

    #[tokio::test(start_paused = true)]
    async fn the_eleventh_wrong_password_within_a_minute_has_to_wait() {
        let attempts = Attempts::default();
        for _ in 0..ALLOWED {
            attempts.begin(subject("5")).unwrap();
        }
        let told = attempts.begin(subject("5")).unwrap_err();
        assert_eq!(told, Refusal::TooMany(61));
        attempts.begin(subject("6")).unwrap();
        tokio::time::advance(WINDOW).await;
        attempts.begin(subject("5")).unwrap();
    }

    #[tokio::test]
    async fn a_right_password_starts_afresh() {
        let attempts = Attempts::default();
        for _ in 0..3 * ALLOWED {
            attempts.begin(subject("5")).unwrap().succeeded();
        }
    }

    #[tokio::test]
    async fn strangers_cannot_fill_the_memory() {
        let attempts = Attempts::default();
        for n in 0..PLACES + 10 {
            attempts.begin(subject(&n.to_string())).unwrap();
        }
        assert_eq!(attempts.lock().len(), PLACES);
    }
}
