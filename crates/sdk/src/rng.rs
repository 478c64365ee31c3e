//! Randomness that comes back: the same seed gives the same numbers, on every machine.

use std::ops::RangeInclusive;

/// A stream of random numbers from a seed: SplitMix64 (Steele, Lea and Flood, 2014). For games, not for secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng(u64);

impl Rng {
    /// The stream of that seed; see [`Turn::rng`](crate::Turn::rng).
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number, each as likely as the other.
    pub const fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, each as likely as the other; 0 where `end` is 0.
    pub const fn below(&mut self, end: u64) -> u64 {
        if end == 0 {
            return 0;
        }
        // What is left over of the largest multiple of `end` would make small numbers more likely.
        let surplus = end.wrapping_neg() % end;
        loop {
            let bits = self.bits();
            if bits >= surplus {
                return bits % end;
            }
        }
    }

    /// A whole number of the range, each as likely as the other; its start where it is empty. A die: `rng.whole(1..=6)`.
    pub fn whole(&mut self, range: RangeInclusive<i64>) -> i64 {
        let (start, end) = range.into_inner();
        if end <= start {
            return start;
        }
        let span = end.wrapping_sub(start).cast_unsigned();
        let above = match span.checked_add(1) {
            Some(count) => self.below(count),
            None => self.bits(),
        };
        start.wrapping_add(above.cast_signed())
    }

    /// A number of at least 0 and below 1.
    pub fn unit(&mut self) -> f64 {
        #[allow(
            clippy::cast_precision_loss,
            reason = "53 bits are what a double holds"
        )]
        let bits = (self.bits() >> 11) as f64;
        bits / (1_u64 << 53) as f64
    }

    /// A number of at least `least` and below `most`.
    pub fn real(&mut self, least: f64, most: f64) -> f64 {
        least + self.unit() * (most - least)
    }

    /// True with that probability: never for 0, always for 1.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of them, each as likely as the other; none where there are none.
    pub fn pick<'t, T>(&mut self, among: &'t [T]) -> Option<&'t T> {
        let at = self.below(among.len() as u64);
        among.get(usize::try_from(at).ok()?)
    }

    /// Brings them into another order, each as likely as the other.
    pub fn shuffle<T>(&mut self, all: &mut [T]) {
        for last in (1..all.len()).rev() {
            let at = self.below(last as u64 + 1);
            all.swap(last, usize::try_from(at).unwrap_or(last));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_numbers_of_the_published_algorithm() {
        let mut rng = Rng::new(1_234_567);
        let first = [rng.bits(), rng.bits(), rng.bits()];
        let published = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
        ];
        assert_eq!(first, published);
    }

    #[test]
    fn every_number_of_a_range_comes_and_no_other() {
        let mut rng = Rng::new(1);
        let mut seen = [0_u32; 6];
        for _ in 0..6_000 {
            let die = rng.whole(1..=6);
            seen[usize::try_from(die - 1).unwrap()] += 1;
        }
        assert!(
            seen.iter().all(|times| (850..1_150).contains(times)),
            "{seen:?}"
        );
        assert_eq!(rng.whole(5..=5), 5);
        assert!((0..100).all(|_| (-0.5..2.0).contains(&rng.real(-0.5, 2.0))));
        rng.whole(i64::MIN..=i64::MAX);
    }

    #[test]
    fn odds_of_none_and_all_are_certain_and_nothing_can_be_picked_from_nothing() {
        let mut rng = Rng::new(2);
        assert!((0..100).all(|_| rng.chance(1.0) && !rng.chance(0.0)));
        assert_eq!(rng.pick::<u8>(&[]), None);
        assert_eq!(rng.below(0), 0);
        let mut cards: Vec<u32> = (0..52).collect();
        rng.shuffle(&mut cards);
        assert!(!cards.is_sorted());
        cards.sort_unstable();
        assert!(cards.into_iter().eq(0..52));
    }
}
