//! How long things took, counted in buckets.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// The upper ends of the buckets, in microseconds.
const ENDS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000,
    2_500_000, 5_000_000, 10_000_000,
];

/// Durations by size.
#[derive(Debug, Default)]
pub struct Histogram {
    /// One for each end, and one for what is longer than all.
    buckets: [AtomicU64; ENDS.len() + 1],
    microseconds: AtomicU64,
}

impl Histogram {
    /// Counts one.
    pub fn note(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = ENDS.partition_point(|end| *end < took);
        self.buckets[bucket].fetch_add(1, Relaxed);
        self.microseconds.fetch_add(took, Relaxed);
    }

    /// The upper end of each bucket in seconds with how many took that long at most.
    pub(super) fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let ends = ENDS.iter().map(|end| seconds(*end)).chain([f64::INFINITY]);
        let counts = self.buckets.iter().scan(0, |sum, bucket| {
            *sum += bucket.load(Relaxed);
            Some(*sum)
        });
        ends.zip(counts)
    }

    /// All durations together, in seconds.
    pub(super) fn sum(&self) -> f64 {
        seconds(self.microseconds.load(Relaxed))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a measure, not an account")]
fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_duration_is_in_the_first_bucket_that_holds_it_and_in_all_later_ones() {
        let histogram = Histogram::default();
        for milliseconds in [1, 2, 20_000] {
            histogram.note(Duration::from_millis(milliseconds));
        }
        let counts: Vec<u64> = histogram.cumulative().map(|(_, count)| count).collect();
        assert_eq!(counts, [0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3]);
        assert!((histogram.sum() - 20.003).abs() < 1e-9);
    }
}
