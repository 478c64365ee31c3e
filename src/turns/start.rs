//! The start of a game: what the table and its seats see before the first period, stored once, whatever restarts.
//!
//! It belongs to the first period, as a result named `start`. It is made again when somebody sits down before that period is stepped,
//! from the same seed, and for the last time when the period is.

use std::panic::{AssertUnwindSafe, catch_unwind};

use games_contract::Resource;
use simpl::{RawTurn, Rejected};

use super::step::failure;
use super::told::{Outcome, START, started_for};
use crate::game::BranchState;
use crate::refusal;
use crate::scopes::Owner;

/// A start that is to be made.
struct Due {
    period: u64,
    turn: RawTurn,
    seats: Vec<u64>,
}

impl BranchState {
    /// Sees to it that a scenario that is in its first period has been given what its game begins with.
    ///
    /// # Errors
    /// The game cannot begin; the scenario is marked, and leader and players have been told.
    pub(crate) async fn begin(&mut self, scenario: u64) -> Result<(), Rejected> {
        let Some(due) = self.start_due(scenario) else {
            return Ok(());
        };
        let outcome = match self.started(&due).await {
            Ok(None) => {
                self.progress.entry(scenario).or_default().started = Some(due.seats);
                return Ok(());
            }
            Ok(Some(outcome)) => outcome,
            Err(no) => {
                let node = self.branch.node(Resource::Scenario, scenario);
                if node.is_none_or(|node| failure(&node.row).is_none()) {
                    self.fail(scenario, due.period, &no).await;
                }
                return Err(no.about("the game cannot begin"));
            }
        };
        match self.store_start(scenario, &outcome).await {
            Ok(()) => Ok(()),
            Err(error) => {
                tracing::warn!(scenario, %error, "what a game begins with could not be stored; trying again");
                self.recover_later(scenario);
                Err(refusal::not_stored("what the game begins with", &error))
            }
        }
    }

    /// As [`begin`](Self::begin), where nothing has failed: then it waits for a leader, or for somebody to decide.
    pub(crate) async fn begin_unless_failed(&mut self, scenario: u64) {
        let node = self.branch.node(Resource::Scenario, scenario);
        if node.is_some_and(|node| failure(&node.row).is_none()) {
            // Whoever is concerned has been told why not, or it is tried again.
            let _ = self.begin(scenario).await;
        }
    }

    /// The start that a scenario lacks: it is in its first period, and was begun without some of those who sit there now, or not at all.
    fn start_due(&self, scenario: u64) -> Option<Due> {
        let alone = matches!(self.owner, Owner::RunUser(_));
        if self.hosted.game.model().is_none() || alone != self.hosted.game.is_single_player() {
            return None;
        }
        let node = self.branch.node(Resource::Scenario, scenario)?;
        let mut periods = node.periods_from_the_end();
        let first = periods.next().filter(|first| !first.is_stepped())?;
        if periods.next().is_some() {
            return None;
        }
        let turn = self.with_table(|table| table.start(node));
        let seats: Vec<u64> = turn.seats.iter().map(|seat| seat.runuser).collect();
        let progress = self.progress.get(&scenario);
        let without = progress.and_then(|progress| progress.started.as_ref());
        let begun = started_for(first);
        if seats.is_empty() || without == Some(&seats) || begun.as_ref() == Some(&seats) {
            return None;
        }
        Some(Due {
            period: first.row.pk,
            turn,
            seats,
        })
    }

    /// Asks the game, off the async threads, with panics caught and a time limit.
    async fn started(&self, due: &Due) -> Result<Option<Outcome>, Rejected> {
        let Some(model) = self.hosted.game.model().cloned() else {
            return Ok(None);
        };
        let (turn, limit) = (due.turn.clone(), self.hosted.limits.step);
        let asked = tokio::task::spawn_blocking(move || {
            catch_unwind(AssertUnwindSafe(|| model.start(&turn)))
        });
        let started = match tokio::time::timeout(limit, asked).await {
            Ok(Ok(Ok(started))) => started?,
            Ok(Ok(Err(panic))) if self.hosted.for_authors => {
                return Err(refusal::panicked_saying("the start of a game", &*panic));
            }
            Ok(Ok(Err(_)) | Err(_)) => return Err(refusal::panicked("the start of a game")),
            Err(_) => return Err(refusal::too_slow("the start of a game", limit)),
        };
        started
            .map(|started| Outcome::of(due.period, started))
            .transpose()
    }

    async fn store_start(
        &mut self,
        scenario: u64,
        outcome: &Outcome,
    ) -> Result<(), games_client::Error> {
        let rows = self.rows_of(outcome, START);
        match self.hosted.groups.clone() {
            Some(groups) => self.store_group(&groups, &rows, None, None).await?,
            None => {
                for row in rows {
                    self.store_row(scenario, row).await?;
                }
            }
        }
        self.clear_failure(scenario).await
    }
}
