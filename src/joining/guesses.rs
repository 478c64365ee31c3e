//! The limit on wrong join codes: so many a minute from one address.
//!
//! A class is one address, and any of its students may type nonsense as fast as they can. So a code that was right from an address is
//! answered there whatever else comes from it, which tells whoever guesses nothing that they did not know.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use games_api::{Windows, network};

use super::Code;

/// How long a code counts as known where it was right.
const KNOWN: Duration = Duration::from_secs(4 * 3_600);

/// Wrong codes of late, and right ones.
#[derive(Debug)]
pub struct Guesses {
    allowed: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    wrong: Windows<IpAddr>,
    known: Windows<(IpAddr, Code)>,
}

impl Guesses {
    /// As many wrong codes a minute from one address as `allowed`.
    #[must_use]
    pub fn new(allowed: u32) -> Self {
        Self {
            allowed,
            state: Mutex::new(State {
                wrong: Windows::default(),
                known: Windows::lasting(KNOWN),
            }),
        }
    }

    /// Whether a code from that address is looked up at all.
    ///
    /// # Errors
    /// It is not, for so many seconds.
    pub fn check(&self, from: IpAddr, code: Option<&Code>) -> Result<(), u64> {
        let (state, from) = (self.lock(), network(from));
        if let Some(code) = code
            && state.known.wait(&(from, code.clone()), 1).is_some()
        {
            return Ok(());
        }
        state.wrong.wait(&from, self.allowed).map_or(Ok(()), Err)
    }

    /// That code was wrong.
    pub fn wrong(&self, from: IpAddr) {
        self.lock().wrong.count(network(from));
    }

    /// That code was right.
    pub fn right(&self, from: IpAddr, code: &Code) {
        self.lock().known.count((network(from), code.clone()));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_guesses_waits_and_the_class_at_the_same_address_does_not() {
        let at = |text: &str| text.parse::<IpAddr>().unwrap();
        let class = at("192.0.2.1");
        let code = |text| Code::parse(text).unwrap();
        let guesses = Guesses::new(3);
        guesses.right(class, &code("K7M2QP"));
        for _ in 0..3 {
            assert_eq!(guesses.check(class, Some(&code("AAAAAA"))), Ok(()));
            guesses.wrong(class);
        }
        assert_eq!(guesses.check(class, Some(&code("BBBBBB"))), Err(61));
        assert_eq!(guesses.check(class, None), Err(61));
        assert_eq!(guesses.check(class, Some(&code("K7M2QP"))), Ok(()));
        assert_eq!(guesses.check(at("192.0.2.2"), None), Ok(()));
        tokio::time::advance(Duration::from_secs(61)).await;
        assert_eq!(guesses.check(class, None), Ok(()));
    }
}
