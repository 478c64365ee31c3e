//! The timetable of a game: when the time of each scenario's period is over, and the one task that waits for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::sync::Notify;

use super::time::between;
use crate::game::Hosted;
use crate::scopes::Owner;

/// How long the task sleeps at most while somebody plays against time: the clock of the machine may be set, or the machine sleep.
const LONGEST_NAP: Duration = Duration::from_secs(5);
/// When a deadline is looked at again whose world is busy, or that could not be stored.
pub(super) const AGAIN: Duration = Duration::from_secs(2);

/// When the time of a scenario's period is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// When its world is to look at it.
    pub(super) at: OffsetDateTime,
    /// The run's pk.
    pub(super) run: u64,
    /// The branch in which the scenario lives.
    pub(super) owner: Owner,
    /// The scenario's pk.
    pub(super) scenario: u64,
    /// The period's pk.
    pub(super) period: u64,
}

/// The deadlines of a game, one for each scenario that plays against time.
#[derive(Debug, Default)]
pub struct Timetable {
    entries: Mutex<Entries>,
    sooner: Notify,
}

#[derive(Debug, Default)]
struct Entries {
    of_scenario: HashMap<u64, Entry>,
    in_order: BTreeSet<(OffsetDateTime, u64)>,
}

impl Timetable {
    /// How many scenarios play against time.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().in_order.len()
    }

    /// Does nobody play against time?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Enters a deadline, in place of the one that the scenario had.
    pub(super) fn enter(&self, entry: Entry) {
        let mut entries = self.lock();
        let first = entries.in_order.first().copied();
        entries.take(entry.scenario);
        entries.of_scenario.insert(entry.scenario, entry);
        entries.in_order.insert((entry.at, entry.scenario));
        drop(entries);
        if first.is_none_or(|(at, _)| entry.at < at) {
            self.sooner.notify_one();
        }
    }

    /// Takes away the deadline of a period.
    pub(crate) fn strike(&self, scenario: u64, period: u64) {
        let mut entries = self.lock();
        let held = entries.of_scenario.get(&scenario);
        if held.is_some_and(|held| held.period == period) {
            entries.take(scenario);
        }
    }

    /// Has the task look at the clock: for whoever has set it.
    pub fn look(&self) {
        self.sooner.notify_one();
    }

    /// Takes out what is due.
    fn due(&self, now: OffsetDateTime) -> Vec<Entry> {
        let mut entries = self.lock();
        let mut due = Vec::new();
        while let Some((at, scenario)) = entries.in_order.first().copied() {
            if at > now {
                break;
            }
            due.extend(entries.take(scenario));
        }
        due
    }

    fn next(&self) -> Option<OffsetDateTime> {
        self.lock().in_order.first().map(|(at, _)| *at)
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn take(&mut self, scenario: u64) -> Option<Entry> {
        let entry = self.of_scenario.remove(&scenario)?;
        self.in_order.remove(&(entry.at, scenario));
        Some(entry)
    }
}

impl Hosted {
    /// Keeps the time of every world of the game, for ever.
    pub async fn keep_time(self: Arc<Self>) {
        loop {
            let now = self.clock.now();
            self.wake(self.timetable.due(now), now).await;
            let nap = async {
                match self.timetable.next() {
                    Some(next) => {
                        let left = between(self.clock.now(), next);
                        tokio::time::sleep(left.min(LONGEST_NAP)).await;
                    }
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = nap => {}
                () = self.timetable.sooner.notified() => {}
            }
        }
    }

    /// Has worlds look at their deadlines. It waits for none of them, so that a stuck one does not stop the clock of another.
    async fn wake(&self, due: Vec<Entry>, now: OffsetDateTime) {
        let mut late: BTreeMap<u64, usize> = BTreeMap::new();
        for entry in due {
            let run = self.run(entry.run);
            let Some(branch) = run.and_then(|run| run.branch(entry.owner)) else {
                continue;
            };
            let (scenario, period) = (entry.scenario, entry.period);
            let posted = branch
                .mailbox
                .try_post(move |state| Box::pin(state.time_is_up(scenario, period)));
            if posted.is_err() {
                let at = now + AGAIN;
                self.timetable.enter(Entry { at, ..entry });
            } else if between(entry.at, now) > self.limits.deadline_grace {
                *late.entry(entry.run).or_default() += 1;
            }
        }
        for (run, worlds) in late {
            self.tell_late(run, worlds).await;
        }
    }

    /// Tells the leaders of a run that so many of its worlds wait for them.
    async fn tell_late(&self, run: u64, worlds: usize) {
        tracing::warn!(
            run,
            worlds,
            "the time for a period was over while nobody kept it; the worlds wait for their leader"
        );
        let Some(run) = self.run(run).map(|run| run.view.load_full()) else {
            return;
        };
        let sentence = format!(
            "in {worlds} of your worlds the time for a period was over while this service was away, so nothing was ended: give them \
             more time, or end the period"
        );
        for user in run.leaders().filter_map(|leader| leader.reference("user")) {
            self.publish_error(user, &sentence, "DeadlineMissed").await;
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);

    fn entry(scenario: u64, period: u64, second: u64) -> Entry {
        Entry {
            at: NOON + Duration::from_secs(second),
            run: 5,
            owner: Owner::World(scenario),
            scenario,
            period,
        }
    }

    fn due(table: &Timetable, second: u64) -> Vec<u64> {
        let due = table.due(NOON + Duration::from_secs(second));
        due.iter().map(|entry| entry.scenario).collect()
    }

    #[test]
    fn what_is_due_comes_in_order_and_once() {
        let table = Timetable::default();
        for (scenario, second) in [(1, 30), (2, 10), (3, 20), (4, 30)] {
            table.enter(entry(scenario, scenario * 10, second));
        }
        assert!(due(&table, 9).is_empty());
        assert_eq!(due(&table, 25), [2, 3]);
        assert!(due(&table, 25).is_empty());
        assert_eq!(table.next(), Some(entry(1, 10, 30).at));
        assert_eq!(due(&table, 30), [1, 4]);
        assert!(table.is_empty());
    }

    #[test]
    fn a_scenario_has_one_deadline_and_only_its_own_period_takes_it_away() {
        let table = Timetable::default();
        table.enter(entry(1, 10, 30));
        table.enter(entry(1, 11, 60));
        assert_eq!(table.len(), 1);
        table.strike(1, 10);
        assert!(due(&table, 30).is_empty());
        table.strike(1, 11);
        assert!(due(&table, 99).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_by_a_deadline_that_is_sooner_and_by_no_later_one() {
        let table = Timetable::default();
        table.enter(entry(1, 10, 30));
        table.sooner.notified().await;
        table.enter(entry(2, 20, 40));
        let woken = tokio::time::timeout(Duration::from_secs(1), table.sooner.notified());
        assert!(woken.await.is_err());
        table.enter(entry(3, 30, 20));
        table.sooner.notified().await;
    }
}
