//! Ids that nobody can predict.

use wamp::{Id, MAX_ID};
use wamp_router::Ids;

/// How many ids are drawn from the operating system at once.
const BATCH: usize = 128;

/// Ids from the operating system's generator.
#[derive(Debug, Default)]
pub(super) struct SystemIds {
    drawn: Vec<Id>,
}

impl Ids for SystemIds {
    fn draw(&mut self) -> Id {
        if self.drawn.is_empty() {
            let mut bytes = [0_u8; BATCH * size_of::<Id>()];
            getrandom::fill(&mut bytes).expect("the operating system has random numbers");
            let (chunks, _) = bytes.as_chunks();
            // 2^53 divides 2^64, so the remainder is uniform too.
            self.drawn.extend(
                chunks
                    .iter()
                    .map(|chunk| Id::from_ne_bytes(*chunk) % MAX_ID + 1),
            );
        }
        self.drawn.pop().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn pitfall_2_ids_are_from_1_to_2_to_the_53_and_spread_over_all_of_it() {
        let mut ids = SystemIds::default();
        let drawn: HashSet<Id> = (0..1_000).map(|_| ids.draw()).collect();
        assert_eq!(drawn.len(), 1_000, "one in 10^10 runs draws an id twice");
        assert!(drawn.iter().all(|id| (1..=MAX_ID).contains(id)));
        assert!(drawn.iter().any(|id| *id > MAX_ID / 2));
        assert!(drawn.iter().any(|id| *id < MAX_ID / 2));
    }
}
