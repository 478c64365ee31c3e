//! What a run comes to.

use std::fmt;
use std::time::Duration;

/// Rounds a second, and how long players waited.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    rounds: usize,
    counted: Duration,
    /// In rising order.
    waits: Vec<Duration>,
}

impl Figures {
    pub(crate) fn of(rounds: usize, mut waits: Vec<Duration>, counted: Duration) -> Self {
        waits.sort_unstable();
        Self {
            rounds,
            counted,
            waits,
        }
    }

    /// The wait that `share` of all waits do not exceed; zero when there are none.
    fn percentile(&self, share: f64) -> Duration {
        let last = self.waits.len().saturating_sub(1);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list of far fewer than 2^52 waits"
        )]
        let at = (share * last as f64).round() as usize;
        self.waits.get(at).copied().unwrap_or_default()
    }
}

impl fmt::Display for Figures {
    /// `<rounds> rounds in <s> s, <per second> a second, waits in ms: p50 <…> p99 <…> most <…>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[expect(clippy::cast_precision_loss, reason = "a count of rounds is small")]
        let rate = self.rounds as f64 / self.counted.as_secs_f64();
        let millis = |share: f64| self.percentile(share).as_secs_f64() * 1_000.0;
        write!(
            f,
            "{} rounds in {} s, {rate:.0} a second, waits in ms: p50 {:.1} p99 {:.1} most {:.1}",
            self.rounds,
            self.counted.as_secs(),
            millis(0.5),
            millis(0.99),
            millis(1.0)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_told_by_their_place_in_the_order() {
        let waits = (1..=101).rev().map(Duration::from_millis).collect();
        let figures = Figures::of(50, waits, Duration::from_secs(10));
        assert_eq!(
            figures.to_string(),
            "50 rounds in 10 s, 5 a second, waits in ms: p50 51.0 p99 100.0 most 101.0"
        );
        let none = Figures::of(0, Vec::new(), Duration::from_secs(1)).to_string();
        assert!(none.ends_with("p50 0.0 p99 0.0 most 0.0"), "{none}");
    }
}
