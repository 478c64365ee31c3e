//! What players were told, for the look at the database afterwards.

use std::{
    collections::HashSet,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use tokio::sync::Notify;

use crate::program::PATIENCE;

/// Written by all players.
#[derive(Debug)]
pub(crate) struct Ledger {
    /// Acknowledged decisions: a period's pk and the seat's role.
    decisions: Mutex<HashSet<(u64, usize)>>,
    acknowledged: AtomicU64,
    sent_again: AtomicU64,
    /// Why something was sent again last.
    why: Mutex<String>,
    /// For each world, the rounds that its first seat has seen ended.
    rounds: Vec<AtomicU64>,
    /// For each world, the last order that one of its seats has begun.
    begun: Vec<Mutex<i64>>,
    news: Notify,
}

impl Ledger {
    pub(crate) fn new(worlds: u32) -> Self {
        Self {
            decisions: Mutex::default(),
            acknowledged: AtomicU64::new(0),
            sent_again: AtomicU64::new(0),
            why: Mutex::default(),
            rounds: (0..worlds).map(|_| AtomicU64::new(0)).collect(),
            begun: (0..worlds).map(|_| Mutex::new(0)).collect(),
            news: Notify::new(),
        }
    }

    /// May a seat begin the period of this order? When play comes to an end only if the other seat has begun it, so that no period
    /// is left half done.
    pub(crate) fn begins(&self, world: usize, order: i64, closing: bool) -> bool {
        let mut begun = self.begun[world].lock().unwrap();
        if closing && order > *begun {
            return false;
        }
        *begun = order.max(*begun);
        true
    }

    pub(crate) fn acknowledge(&self, period: u64, role: usize) {
        self.decisions().insert((period, role));
        self.acknowledged.fetch_add(1, SeqCst);
        self.news.notify_waiters();
    }

    pub(crate) fn send_again(&self, why: String) {
        *self.why.lock().unwrap() = why;
        self.sent_again.fetch_add(1, SeqCst);
    }

    pub(crate) fn ended(&self, world: usize) {
        self.rounds[world].fetch_add(1, SeqCst);
        self.news.notify_waiters();
    }

    pub(crate) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(SeqCst)
    }

    pub(crate) fn sent_again(&self) -> u64 {
        self.sent_again.load(SeqCst)
    }

    pub(crate) fn decisions(&self) -> MutexGuard<'_, HashSet<(u64, usize)>> {
        self.decisions.lock().unwrap()
    }

    /// Waits until so many decisions are acknowledged.
    pub(crate) async fn wait_for(&self, number: u64) {
        self.wait(|| self.acknowledged() >= number).await;
    }

    /// Waits until every world has played so many more rounds.
    pub(crate) async fn wait_for_rounds(&self, more: u64) {
        let now = || self.rounds.iter().map(|rounds| rounds.load(SeqCst));
        let goals: Vec<u64> = now().map(|rounds| rounds + more).collect();
        self.wait(|| now().zip(&goals).all(|(rounds, goal)| rounds >= *goal))
            .await;
    }

    async fn wait(&self, reached: impl Fn() -> bool) {
        let waiting = async {
            loop {
                let news = self.news.notified();
                if reached() {
                    return;
                }
                news.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.unwrap_or_else(|_| {
            panic!(
                "play does not go on: {:?} rounds, the last refusal {:?}",
                self.rounds, self.why
            )
        });
    }
}
