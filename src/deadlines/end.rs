//! A period ends because its time is over, or because a leader says so: what counts for the seats that are silent is stored like
//! decisions of players, and with it that the period has ended, all in one group.

use std::panic::{AssertUnwindSafe, catch_unwind};

use games_client::Error;
use games_contract::{Operation, Resource};
use serde_json::Value;
use simpl::{Overdue, Rejected, Seat, Silent};

use super::keep::changed;
use super::marks::{is_skipped, marked};
use super::time::{Ended, Time, Waits, between};
use crate::game::BranchState;
use crate::refusal;
use crate::scopes::service_state::public;
use crate::scopes::{Node, Row};
use crate::turns::before;

/// Why a period was not ended.
#[derive(Debug)]
pub(super) enum NotEnded {
    /// As things are it cannot be.
    Waits(Waits, Rejected),
    /// It could not be stored.
    Stored(Error),
}

impl From<Error> for NotEnded {
    fn from(error: Error) -> Self {
        match &error {
            // What is refused now is refused for ever, unless it is only that somebody else has changed the period meanwhile.
            Error::Refused { status, .. } if *status != 412 && !error.is_unreachable() => {
                let reason = refusal::not_stored("what counts for a silent seat", &error);
                Self::Waits(Waits::Undecided, reason)
            }
            _ => Self::Stored(error),
        }
    }
}

impl BranchState {
    /// The timetable says that the time for a period may be over. If it is so, the period ends, or waits for somebody to end it.
    pub async fn time_is_up(&mut self, scenario: u64, period: u64) {
        let Some(node) = self.open_period(scenario) else {
            return;
        };
        let (now, time) = (self.hosted.clock.now(), Time::of(&node.row));
        let until = match time {
            Time::Running { until } if node.row.pk == period && self.open_phase().is_ok() => until,
            // It could not be stored that it begins, or that the phase stops it.
            _ => return self.keep_time().await,
        };
        if now < until {
            return self.note_time(scenario, &node.row);
        }
        if self.table_is_complete(&node) {
            return;
        }
        let limit = self.time_limit();
        let ended = if between(until, now) > self.hosted.limits.deadline_grace {
            Err(NotEnded::Waits(Waits::Late, late()))
        } else if self.is_deserted(scenario, &node) {
            Err(NotEnded::Waits(Waits::Absent, deserted()))
        } else {
            match limit.map_or(Overdue::Wait, |limit| limit.then) {
                Overdue::Wait => Err(NotEnded::Waits(Waits::Wait, waits())),
                then => self.end(scenario, &node, Ended::Deadline, then, None).await,
            }
        };
        let stored = match ended {
            Ok(()) => Ok(()),
            Err(NotEnded::Waits(why, reason)) => {
                tracing::debug!(period, %reason, "the time for a period is over, and it waits");
                let waiting = Time::Waiting { since: until, why };
                self.set_time(&node, waiting, None).await
            }
            Err(NotEnded::Stored(error)) => Err(error),
        };
        if let Err(error) = stored {
            tracing::warn!(period, %error, "the end of a period could not be stored; trying again");
            self.look_again(scenario, period);
        }
    }

    /// Ends a period: stores what counts for every seat that is silent, tells everybody concerned, and starts the step. A period in
    /// which every seat has decided is left as it is.
    pub(super) async fn end(
        &mut self,
        scenario: u64,
        node: &Node,
        by: Ended,
        then: Overdue,
        key: Option<&str>,
    ) -> Result<(), NotEnded> {
        let period = node.row.pk;
        if self.table_is_complete(node) {
            return Ok(());
        }
        let silent = self.silent(scenario, node)?;
        let decisions = self.counting_for(silent, then).await?;
        let at = match Time::of(&node.row) {
            Time::Running { until } if by == Ended::Deadline => until,
            _ => self.hosted.clock.now(),
        };
        let mut data = Time::Over { at, by }.into_data(node.row.data());
        if let Some(key) = key {
            crate::turns::once::note(&mut data, key);
        }
        let rows = match self.hosted.groups.clone() {
            Some(groups) => {
                // Created, not replaced: a decision that somebody has stored meanwhile counts.
                let created = decisions.iter().map(|(seat, decision)| Operation::Create {
                    resource: Resource::Decision,
                    row: self.decision(period, seat, decision),
                });
                let ended = std::iter::once(changed(&node.row, data));
                groups.write(created.chain(ended).collect()).await?
            }
            None => {
                let mut rows = Vec::new();
                for (seat, decision) in &decisions {
                    let body = self.decision(period, seat, decision);
                    let filed = self.hosted.client.create(Resource::Decision, &body).await?;
                    rows.push(filed.into());
                }
                rows.push(self.hosted.change(&node.row, "data", data).await?);
                rows
            }
        };
        let periods = rows.len().saturating_sub(1);
        for (at, json) in rows.into_iter().enumerate() {
            let resource = match at == periods {
                true => Resource::Period,
                false => Resource::Decision,
            };
            if let Some(row) = Row::new(resource, json) {
                self.absorb(row).await;
            }
        }
        tracing::info!(
            scenario,
            period,
            seats = decisions.len(),
            by = by.word(),
            "a period was ended for seats that had not decided"
        );
        if by == Ended::Deadline {
            self.seat_bots_for_the_silent(scenario, node.row.order());
        }
        self.decided(period);
        Ok(())
    }

    /// The seats that have not decided, each with what its decision may look at.
    fn silent(&self, scenario: u64, period: &Node) -> Result<Vec<Silent>, NotEnded> {
        let node = self.branch.node(Resource::Scenario, scenario);
        let earlier = node.and_then(|node| before(node, period.row.order()));
        self.with_table(|table| {
            if !table.is_staffed() {
                return Err(NotEnded::Waits(Waits::Players, players()));
            }
            let Some(node) = node else {
                return Ok(Vec::new());
            };
            let turn = table.turn(node, period);
            let silent = table.seats.iter();
            let silent = silent.filter(|seat| table.decision(period, seat).is_none());
            Ok(silent
                .map(|seat| {
                    let last = earlier.and_then(|earlier| table.decision(earlier, seat));
                    let last = last.filter(|row| !is_skipped(row));
                    let mut turn = turn.clone();
                    turn.seat = Some(seat.clone());
                    Silent {
                        turn,
                        last: last.map(|row| public(row.data())),
                    }
                })
                .collect())
        })
    }

    /// Asks the game, off the async threads, with panics caught and a time limit.
    async fn counting_for(
        &self,
        silent: Vec<Silent>,
        then: Overdue,
    ) -> Result<Vec<(Seat, Value)>, NotEnded> {
        let undecided = |reason| NotEnded::Waits(Waits::Undecided, reason);
        if self.hosted.game.model().is_none() {
            return Err(undecided(no_model()));
        }
        let hosted = self.hosted.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let found = silent.into_iter().filter_map(|silent| {
                let counts = silent.counts(&hosted.game, then);
                let seat = silent.turn.seat?;
                let bot = hosted.game.default_bot();
                Some(counts.map(|(decision, by)| (seat, marked(decision, by, bot))))
            });
            catch_unwind(AssertUnwindSafe(|| found.collect::<Result<Vec<_>, _>>()))
        });
        let limit = self.hosted.limits.handler;
        match tokio::time::timeout(limit, asked).await {
            Ok(Ok(Ok(found))) => found.map_err(undecided),
            Ok(Ok(Err(_)) | Err(_)) => Err(undecided(refusal::panicked("a default decision"))),
            Err(_) => Err(undecided(refusal::too_slow("a default decision", limit))),
        }
    }
}

fn late() -> Rejected {
    Rejected::because("the time was over while this service was away")
}

fn deserted() -> Rejected {
    Rejected::because("nobody has decided in this period or the one before")
}

fn waits() -> Rejected {
    Rejected::because("the world waits for its players, as its limit says")
}

fn no_model() -> Rejected {
    Rejected::because("no period of this game is stepped, so that none can be ended")
}

fn players() -> Rejected {
    Rejected::because(
        "this world has too few players to go on: seat one more in the role that lacks them",
    )
    .with("too_few_players", "a player in every seat", "fewer")
}
