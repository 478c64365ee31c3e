//! When a read may be tried again: a few times, soon, and not by everybody at once.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

/// Tries of one read, the first included.
const TRIES: u32 = 3;
/// The pause before the second try; doubled before each further one, half of it random.
const PAUSE: Duration = Duration::from_millis(60);
/// What the budget holds at most and what one retry takes from it; a success gives one back. Retries are thus at most a tenth
/// of the requests while a games API is ill.
const FULL: u32 = 200;
const PRICE: u32 = 10;

/// The retries that all clones of a client share.
#[derive(Debug)]
pub(crate) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(FULL))
    }
}

impl Budget {
    /// Notes a request that worked.
    pub(crate) fn success(&self) {
        let _ = self
            .0
            .fetch_update(Relaxed, Relaxed, |left| (left < FULL).then_some(left + 1));
    }

    /// The pause before the next try, or nothing when `tried` tries were enough or the budget is spent.
    pub(crate) fn pause_after(&self, tried: u32) -> Option<Duration> {
        if tried >= TRIES {
            return None;
        }
        self.0
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(PRICE))
            .ok()?;
        let pause = PAUSE * 2_u32.pow(tried.saturating_sub(1));
        Some(pause / 2 + pause.mul_f64(random() / 2.0))
    }
}

/// A number in 0..1 for spreading retries; no secret depends on it.
fn random() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 32;
    f64::from(u32::try_from(bits).unwrap_or(0)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_ends_and_refills_with_successes() {
        let budget = Budget::default();
        let given = std::iter::from_fn(|| budget.pause_after(1)).count();
        assert_eq!(given, (FULL / PRICE) as usize);
        for _ in 0..PRICE {
            budget.success();
        }
        assert!(budget.pause_after(1).is_some());
        assert!(budget.pause_after(1).is_none());
    }

    #[test]
    fn pauses_grow_and_end() {
        let budget = Budget::default();
        assert!(budget.pause_after(1).unwrap() <= PAUSE);
        let second = budget.pause_after(2).unwrap();
        assert!(second >= PAUSE && second <= PAUSE * 2);
        assert!(budget.pause_after(3).is_none());
    }
}
