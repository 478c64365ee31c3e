//! The bots of a table decide when a period opens, or when they are put in.

use std::collections::BTreeSet;

use games_client::Error;
use games_contract::{Operation, Resource};
use serde_json::Value;
use simpl::{Overdue, RawTurn, Rejected, Seat};

use super::lead::{Wanted, Who};
use super::room::SUSPENDED;
use super::{failed, seat};
use crate::deadlines::marked;
use crate::game::BranchState;
use crate::refusal;
use crate::scopes::{Node, Owner, Row, RunView};

/// Who is to decide in a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deciding {
    /// A bot, as nobody there does.
    Bots,
    /// The person whose seat it is.
    People,
}

/// What one bot decided.
type Decided = (Seat, String, Result<Value, Rejected>);

impl BranchState {
    /// Has the bots of the table decide in what is played now, where they have not.
    pub(crate) fn ask_bots(&mut self) {
        for scenario in self.scenarios() {
            self.ask_bots_of(scenario);
        }
    }

    /// As [`ask_bots`](Self::ask_bots), in one scenario. Their decisions are filed when they come.
    pub(crate) fn ask_bots_of(&mut self, scenario: u64) {
        let Owner::World(world) = self.owner else {
            return;
        };
        let Some(period) = self.open_period(scenario) else {
            return;
        };
        if self.thinking.contains(&scenario) || !self.may_play(world, period.row.order()) {
            return;
        }
        let asked = self.to_ask(scenario, &period);
        let actor = self.hosted.run(self.run_pk);
        let branch = actor.and_then(|run| run.branch(self.owner));
        let Some(branch) = branch.filter(|_| !asked.is_empty()) else {
            return;
        };
        self.thinking.insert(scenario);
        let (hosted, stop, pk) = (self.hosted.clone(), self.hosted.stop.clone(), period.row.pk);
        // Not counted by the service's tasks: a stop never waits for a bot.
        tokio::spawn(async move {
            let mut decided: Vec<Decided> = Vec::with_capacity(asked.len());
            for (seat, bot, turn) in asked {
                let decision = hosted.bot_decides(bot.clone(), turn).await;
                decided.push((seat, bot, decision));
            }
            if !stop.is_cancelled() {
                branch
                    .mailbox
                    .post(move |state| Box::pin(state.bots_decided(scenario, pk, decided)))
                    .await;
            }
        });
    }

    /// A table with a person plays when they do. One without plays as far as the furthest of the others in its run.
    fn may_play(&self, world: u64, order: i64) -> bool {
        let Some(actor) = self.hosted.run(self.run_pk) else {
            return false;
        };
        let run = self.run();
        if !has_person(&run, world) {
            return order <= actor.pace();
        }
        if actor.raise_pace(order) {
            let without = actor.branches().into_iter().filter(
                |branch| matches!(branch.owner, Owner::World(other) if !has_person(&run, other)),
            );
            for branch in without {
                // One that is busy is looked at again when it goes on.
                let _ = branch.mailbox.try_post(|state| {
                    Box::pin(async move {
                        state.ask_bots();
                    })
                });
            }
        }
        true
    }

    /// The seats whose bots have to decide in an open period, and what each may look at.
    fn to_ask(&self, scenario: u64, period: &Node) -> Vec<(Seat, String, RawTurn)> {
        let Some(node) = self.branch.node(Resource::Scenario, scenario) else {
            return Vec::new();
        };
        let run = self.run();
        let world = match self.owner {
            Owner::World(world) => world,
            Owner::Run | Owner::RunUser(_) => return Vec::new(),
        };
        if !run.players_of(world).any(|row| seat::of(row).is_some()) {
            return Vec::new();
        }
        let bot_of = |seat: &Seat| {
            let runuser = run.runusers.get(&seat.runuser)?;
            let bot = seat::of(runuser)?;
            (!failed::has(&node.row, period.row.pk, runuser)).then(|| bot.to_owned())
        };
        self.with_table(|table| {
            let waits = |seat: &&Seat| table.decision(period, seat).is_none();
            let silent: Vec<(&Seat, String)> = table
                .seats
                .iter()
                .filter(waits)
                .filter_map(|seat| Some((seat, bot_of(seat)?)))
                .collect();
            if silent.is_empty() || !table.is_staffed() || self.open_phase().is_err() {
                return Vec::new();
            }
            let turn = table.turn(node, period);
            let asked = silent.into_iter().map(|(seat, bot)| {
                let own = Some(seat.clone());
                let turn = RawTurn {
                    seat: own,
                    ..turn.clone()
                };
                (seat.clone(), bot, turn)
            });
            asked.collect()
        })
    }

    /// Files what bots decided, where it is still theirs to decide, and tells leaders of those that did not.
    async fn bots_decided(&mut self, scenario: u64, period: u64, decided: Vec<Decided>) {
        self.thinking.remove(&scenario);
        let open = self.open_period(scenario);
        let Some(open) = open.filter(|open| open.row.pk == period) else {
            return self.ask_bots_of(scenario);
        };
        if self.open_phase().is_err() {
            return;
        }
        let run = self.run();
        let theirs = |(seat, bot, _): &Decided| {
            let runuser = run.runusers.get(&seat.runuser);
            let there = runuser.is_some_and(|row| row.is_active() && seat::of(row) == Some(bot));
            let place = self.with_table(|table| table.seat(seat.runuser) == Some(seat));
            let silent = || self.with_table(|table| table.decision(&open, seat).is_none());
            there && place && silent()
        };
        let (theirs, others): (Vec<_>, Vec<_>) = decided.into_iter().partition(theirs);
        let (mut decisions, mut failures) = (Vec::new(), Vec::new());
        for (seat, bot, decision) in theirs {
            match decision {
                Ok(decision) => {
                    decisions.push((seat, marked(decision, Overdue::Bot, Some(&bot))));
                }
                Err(reason) => failures.push((seat, reason)),
            }
        }
        match self.file_bots(period, &decisions).await {
            Ok(()) => {}
            // What is refused now is refused for ever.
            Err(error @ Error::Refused { .. }) if !error.is_unreachable() => {
                let reason = refusal::not_stored("what a bot decided", &error);
                let refused = decisions.drain(..);
                failures.extend(refused.map(|(seat, _)| (seat, reason.clone())));
            }
            Err(error) => {
                tracing::warn!(scenario, %error, "what bots decided could not be stored; trying again");
                self.ask_bots_later(scenario);
                decisions.clear();
            }
        }
        self.tell_failed(scenario, period, &decisions, &failures)
            .await;
        if !decisions.is_empty() {
            self.decided(period);
        }
        // Somebody may have put in another bot meanwhile.
        if !others.is_empty() {
            self.ask_bots_of(scenario);
        }
    }

    /// All of them or none. Created, not replaced: a decision that somebody has stored meanwhile counts.
    async fn file_bots(&mut self, period: u64, decisions: &[(Seat, Value)]) -> Result<(), Error> {
        let rows = decisions
            .iter()
            .map(|(seat, data)| self.decision(period, seat, data));
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            return Ok(());
        }
        let resource = Resource::Decision;
        let stored = match self.hosted.groups.clone() {
            Some(groups) => {
                let created = rows
                    .into_iter()
                    .map(|row| Operation::Create { resource, row });
                groups.write(created.collect()).await?
            }
            None => {
                let mut stored = Vec::with_capacity(rows.len());
                for row in &rows {
                    let created = self.hosted.client.create(resource, row).await?;
                    stored.push(created.into());
                }
                stored
            }
        };
        for json in stored {
            if let Some(row) = Row::new(resource, json) {
                self.absorb(row).await;
            }
        }
        Ok(())
    }

    /// Notes at the scenario which bots did not decide, and tells the run's leaders why; or that all is well again.
    async fn tell_failed(
        &mut self,
        scenario: u64,
        period: u64,
        decisions: &[(Seat, Value)],
        failures: &[(Seat, Rejected)],
    ) {
        let Some(node) = self.branch.node(Resource::Scenario, scenario) else {
            return;
        };
        let run = self.run();
        let rows = failures.iter().filter_map(|(seat, reason)| {
            let runuser = run.runusers.get(&seat.runuser)?;
            Some((runuser.as_ref(), reason))
        });
        let rows: Vec<_> = rows.collect();
        let decided = decisions.iter().map(|(seat, _)| seat.runuser);
        let told = failed::after(&node.row, period, decided, &rows);
        if told.is_none() && !failed::is_told(&node.row) {
            return;
        }
        if let Err(error) = self.note(scenario, failed::MEMBER, told).await {
            tracing::warn!(scenario, %error, "that a bot did not decide could not be stored");
        }
        for (seat, reason) in failures {
            let runuser = seat.runuser;
            tracing::warn!(game = self.hosted.slug, scenario, period, runuser, %reason, "a bot did not decide");
            // That none is asked has been told with the bots that caused it.
            if reason.code() == SUSPENDED {
                continue;
            }
            let sentence = format!("{} waits: {}", seat.role, reason.message());
            for user in run.leaders().filter_map(|leader| leader.reference("user")) {
                self.hosted
                    .publish_error(user, &sentence, "BotFailed")
                    .await;
            }
        }
    }

    /// Asks again after a pause: what bots decided could not be stored.
    fn ask_bots_later(&mut self, scenario: u64) {
        self.later(scenario, move |state| {
            Box::pin(async move {
                state.ask_bots_of(scenario);
            })
        });
    }

    /// A person has decided where a bot was to: the seat is theirs again.
    pub(crate) fn take_seat_back(&self, runuser: u64) {
        let run = self.run();
        let row = run.runusers.get(&runuser);
        if row.is_some_and(|row| seat::of(row).is_some()) {
            self.change_seats(BTreeSet::from([runuser]), Deciding::People);
        }
    }

    /// Has the run's actor change who decides in these seats of the table, without waiting for it.
    pub(super) fn change_seats(&self, runusers: BTreeSet<u64>, deciding: Deciding) {
        let Some(actor) = self.hosted.run(self.run_pk) else {
            return;
        };
        let run = self.run_pk;
        let seats = format!("{runusers:?}");
        let wanted = Wanted {
            who: Who::Those(runusers),
            worlds: None,
            bot: None,
        };
        let told = seats.clone();
        let posted = actor.mailbox.try_post(move |state| {
            Box::pin(async move {
                let changed = match deciding {
                    Deciding::Bots => state.add_bots(wanted).await,
                    Deciding::People => state.remove_bots(wanted).await,
                };
                if let Err(reason) = changed {
                    tracing::warn!(run, seats = told, ?deciding, %reason, "who decides in these seats could not be changed");
                }
            })
        });
        if posted.is_err() {
            tracing::warn!(
                run,
                seats,
                ?deciding,
                "the run is too busy to change who decides in these seats"
            );
        }
    }

    /// A leader wants bots that failed in a scenario to be asked again.
    pub(crate) async fn forgive_bots(&mut self, scenario: u64) {
        self.hosted.bots.forget();
        let node = self.branch.node(Resource::Scenario, scenario);
        if node.is_some_and(|node| failed::is_told(&node.row))
            && let Err(error) = self.note(scenario, failed::MEMBER, None).await
        {
            tracing::warn!(scenario, %error, "bots could not be asked again");
        }
    }
}

/// Does a person sit at the table?
fn has_person(run: &RunView, world: u64) -> bool {
    let mut players = run.players_of(world);
    players
        .any(|row| !row.is_leader() && row.reference("role").is_some() && seat::of(row).is_none())
}
