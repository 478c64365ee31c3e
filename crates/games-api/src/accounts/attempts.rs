//! The limit on wrong passwords: so many a minute for one account from one address at one door.

use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::Door;
use crate::{refusal::Refusal, windows::Windows};

/// Wrong passwords that are answered within a minute; the next is told to wait.
const ALLOWED: u32 = 10;

pub(super) type Subject = (Door, IpAddr, String);

/// Wrong passwords of late.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<Windows<Subject>>);

/// A try that counts as wrong until it is told otherwise, so that many at once cannot slip through together.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    attempts: &'a Attempts,
    subject: Subject,
}

impl Attempts {
    /// Counts a try, or refuses it with the time to wait.
    pub(super) fn begin(&self, subject: Subject) -> Result<Attempt<'_>, Refusal> {
        let mut windows = self.lock();
        if let Some(seconds) = windows.wait(&subject, ALLOWED) {
            let what = "Too many wrong passwords for this account";
            return Err(Refusal::TooMany { what, seconds });
        }
        windows.count(subject.clone());
        drop(windows);
        Ok(Attempt {
            attempts: self,
            subject,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Windows<Subject>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt<'_> {
    /// The password was right: this account starts afresh.
    pub(super) fn succeeded(self) {
        self.attempts.lock().forget(&self.subject);
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
        assert!(
            matches!(told, Refusal::TooMany { seconds: 61, .. }),
            "{told:?}"
        );
        attempts.begin(subject("6")).unwrap();
    }

    #[tokio::test]
    async fn a_right_password_starts_afresh() {
        let attempts = Attempts::default();
        for _ in 0..3 * ALLOWED {
            attempts.begin(subject("5")).unwrap().succeeded();
        }
    }
}
