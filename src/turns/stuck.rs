//! Steps that never end: each takes a thread with it, so a game may have only so many of them.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use crate::game::Hosted;

/// Steps abandoned for good after which a game is stepped no more until a leader asks for it.
const MOST: u32 = 2;

/// The abandoned steps of one game since a leader last asked for another try.
#[derive(Debug, Default)]
pub struct Stuck(AtomicU32);

impl Stuck {
    /// Notes one more. True when it is the one with which the game's steps are suspended.
    pub fn note(&self) -> bool {
        self.0.fetch_add(1, SeqCst) + 1 == MOST
    }

    /// Are the game's steps suspended?
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.0.load(SeqCst) >= MOST
    }

    /// A leader wants it to be tried again. True when steps were suspended.
    pub fn forget(&self) -> bool {
        self.0.swap(0, SeqCst) >= MOST
    }
}

impl Hosted {
    /// Notes a step that was abandoned. With the second one the game's steps are suspended, and leaders are told.
    pub(super) async fn abandoned(&self) {
        if !self.stuck.note() {
            return;
        }
        tracing::error!(
            game = self.slug,
            "a second step did not end in time; no step of this game is run until a leader asks for another try"
        );
        let sentence = "two steps of this game did not end in time, so no step is run until a leader asks for another try; \
             decisions are stored meanwhile";
        for run in self.runs() {
            let run = run.view.load_full();
            for user in run.leaders().filter_map(|leader| leader.reference("user")) {
                self.publish_error(user, sentence, "StepsSuspended").await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_step_that_never_ends_suspends_a_game_until_somebody_asks_for_another_try() {
        let stuck = Stuck::default();
        assert!(!stuck.note() && !stuck.is_suspended());
        assert!(stuck.note() && stuck.is_suspended());
        assert!(!stuck.note(), "it is told once");
        assert!(stuck.forget() && !stuck.is_suspended());
        assert!(!stuck.forget());
    }
}
