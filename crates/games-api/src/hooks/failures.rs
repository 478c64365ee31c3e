//! When a subscription that fails is tried again, and when no more. No I/O.

use std::time::Duration;

use time::OffsetDateTime;

/// The pauses after failures: the first, and the longest. Each is up to a half shorter by chance, so that what failed together does not
/// come back together.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// How long a subscription may fail before it is disabled.
const PATIENCE: time::Duration = time::Duration::hours(24);
/// How often it has to have failed since the service started: while that was down nobody tried.
const ATTEMPTS: u32 = 3;

/// What follows a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Retry(Duration),
    Disable,
}

/// The failures since the last delivery.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failures {
    since: Option<OffsetDateTime>,
    attempts: u32,
    pause: Duration,
}

impl Failures {
    /// Those since a time, or none.
    pub(super) const fn since(since: Option<OffsetDateTime>) -> Self {
        Self {
            since,
            attempts: 0,
            pause: FIRST_PAUSE,
        }
    }

    /// When the first one was.
    pub(super) const fn began(&self) -> Option<OffsetDateTime> {
        self.since
    }

    /// One more; `chance` decides how much shorter the pause is.
    pub(super) fn add(&mut self, now: OffsetDateTime, chance: u8) -> Next {
        // The clock may have gone back.
        let since = self.since.map_or(now, |since| since.min(now));
        self.since = Some(since);
        self.attempts = self.attempts.saturating_add(1);
        if self.attempts >= ATTEMPTS && now - since >= PATIENCE {
            return Next::Disable;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        Next::Retry(pause - pause / 2 * u32::from(chance) / 255)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const BEGAN: OffsetDateTime = datetime!(2026-11-21 08:00 UTC);

    fn retried(next: Next) -> Duration {
        match next {
            Next::Retry(pause) => pause,
            Next::Disable => panic!("disabled"),
        }
    }

    #[test]
    fn pauses_grow_to_a_minute_and_are_up_to_a_half_shorter() {
        let mut failures = Failures::since(None);
        let pauses: Vec<u64> = (0..8)
            .map(|_| retried(failures.add(BEGAN, 0)).as_secs())
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(retried(failures.add(BEGAN, 255)), LONGEST_PAUSE / 2);
        let between = retried(failures.add(BEGAN, 128));
        assert!(LONGEST_PAUSE / 2 < between && between < LONGEST_PAUSE);
    }

    #[test]
    fn after_a_day_of_failures_no_further_one_is_waited_for() {
        let mut failures = Failures::since(None);
        for hour in 0..24 {
            retried(failures.add(BEGAN + time::Duration::hours(hour), 0));
        }
        assert_eq!(failures.began(), Some(BEGAN));
        assert_eq!(failures.add(BEGAN + PATIENCE, 0), Next::Disable);
    }

    #[test]
    fn what_failed_before_the_service_stopped_is_tried_a_few_times_after_its_start() {
        let mut failures = Failures::since(Some(BEGAN));
        let now = BEGAN + time::Duration::days(3);
        for _ in 1..ATTEMPTS {
            retried(failures.add(now, 0));
        }
        assert_eq!(failures.add(now, 0), Next::Disable);
    }

    #[test]
    fn a_clock_that_goes_back_disables_nothing() {
        let mut failures = Failures::since(Some(BEGAN));
        for _ in 0..ATTEMPTS {
            retried(failures.add(BEGAN - time::Duration::days(400), 0));
        }
        assert_eq!(failures.began(), Some(BEGAN - time::Duration::days(400)));
    }
}
