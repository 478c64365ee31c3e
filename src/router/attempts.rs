//! The limit on wrong logins: so many a minute for one name from one address, and more for all names from there.
//!
//! A class is one address. Who has come in from there before still gets in while somebody else beside them guesses.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use games_api::{Windows, network};

/// How many times as many wrong logins one address may have as one name from there.
const NAMES: u32 = 20;
/// How long somebody counts as known where they came in.
const KNOWN: Duration = Duration::from_secs(4 * 3_600);

/// Wrong logins of late, and right ones.
#[derive(Debug)]
pub struct Attempts(Mutex<State>);

#[derive(Debug)]
struct State {
    of_name: Windows<(IpAddr, String)>,
    of_address: Windows<IpAddr>,
    known: Windows<(IpAddr, String)>,
}

impl Default for Attempts {
    fn default() -> Self {
        Self(Mutex::new(State {
            of_name: Windows::default(),
            of_address: Windows::default(),
            known: Windows::lasting(KNOWN),
        }))
    }
}

impl Attempts {
    /// Whether a login of that name from there is looked at, where so many wrong ones a minute are allowed.
    ///
    /// # Errors
    /// It is not, for so many seconds.
    pub fn check(&self, from: IpAddr, name: &str, allowed: u32) -> Result<(), u64> {
        let state = self.lock();
        let who = (network(from), name.to_owned());
        let mut wait = state.of_name.wait(&who, allowed);
        if state.known.wait(&who, 1).is_none() {
            let all = allowed.saturating_mul(NAMES);
            wait = wait.or_else(|| state.of_address.wait(&who.0, all));
        }
        wait.map_or(Ok(()), Err)
    }

    /// That login was wrong.
    pub fn wrong(&self, from: IpAddr, name: &str) {
        let from = network(from);
        let mut state = self.lock();
        state.of_address.count(from);
        state.of_name.count((from, name.to_owned()));
    }

    /// That login was right.
    pub fn right(&self, from: IpAddr, name: &str) {
        self.lock().known.count((network(from), name.to_owned()));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_guesses_waits_and_others_at_the_same_address_do_not() {
        let class: IpAddr = "192.0.2.1".parse().unwrap();
        let attempts = Attempts::default();
        attempts.right(class, "ann");
        for _ in 0..2 {
            assert_eq!(attempts.check(class, "bob", 2), Ok(()));
            attempts.wrong(class, "bob");
        }
        assert_eq!(attempts.check(class, "bob", 2), Err(61));
        assert_eq!(attempts.check(class, "new", 2), Ok(()));
        assert_eq!(
            attempts.check("192.0.2.2".parse().unwrap(), "bob", 2),
            Ok(())
        );
        for number in 0..2 * NAMES {
            attempts.wrong(class, &format!("guessed {number}"));
        }
        assert_eq!(attempts.check(class, "new", 2), Err(61));
        assert_eq!(attempts.check(class, "ann", 2), Ok(()));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(attempts.check(class, "bob", 2), Ok(()));
    }
}
