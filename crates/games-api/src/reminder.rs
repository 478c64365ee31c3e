//! Saying that something is wrong, and again while it stays so, but not each time that somebody meets it.

use std::time::Duration;

use tokio::time::Instant;

/// How long the same thing is not said again.
const EVERY: Duration = Duration::from_secs(60);

/// What was said of one thing that may go wrong.
#[derive(Debug, Default)]
pub(crate) struct Reminder {
    said: Option<(String, Instant)>,
    /// How often it was met since it was said.
    unsaid: usize,
    /// How often it was met in all.
    met: usize,
}

impl Reminder {
    /// It is met `times` more. When it is to be said: how often it was met since the last time, these times included.
    pub(crate) fn met(&mut self, what: &str, times: usize) -> Option<usize> {
        self.unsaid += times;
        self.met += times;
        let recent = |(said, at): &(String, Instant)| said == what && at.elapsed() < EVERY;
        if self.said.as_ref().is_some_and(recent) {
            return None;
        }
        self.said = Some((what.to_owned(), Instant::now()));
        Some(std::mem::take(&mut self.unsaid))
    }

    /// All is well: how often it was met, if it was.
    pub(crate) fn over(&mut self) -> Option<usize> {
        self.said.take()?;
        self.unsaid = 0;
        Some(std::mem::take(&mut self.met))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_same_is_said_once_a_minute_with_how_often_it_was_met() {
        let mut reminder = Reminder::default();
        assert_eq!(reminder.over(), None);
        assert_eq!(reminder.met("away", 1), Some(1));
        assert_eq!(reminder.met("away", 2), None);
        tokio::time::advance(EVERY).await;
        assert_eq!(reminder.met("away", 3), Some(5));
        assert_eq!(reminder.met("away", 1), None);
        assert_eq!(reminder.met("full", 1), Some(2), "something else");
        assert_eq!(reminder.over(), Some(8));
        assert_eq!(reminder.over(), None);
        assert_eq!(reminder.met("full", 1), Some(1), "again");
    }
}
