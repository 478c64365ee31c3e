//! Steps: run the model off the async threads, store what came of it, open the next period.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use games_client::Error;
use games_contract::{Map, Operation, Resource};
use serde_json::{Value, json};
use simpl::{Rejected, Revision};

use super::plan::{Due, Plan, due, plan, run_plan, says_over};
use super::told::{Outcome, RESULT, Told};
use crate::game::BranchState;
use crate::mailbox::Work;
use crate::refusal;
use crate::scopes::service_state::with_turn_member;
use crate::scopes::{Node, Row};
use crate::sight::Audience;

/// The longest pause between two attempts to store a step.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Where a scenario stands with its steps.
#[derive(Debug, Default)]
pub struct Progress {
    /// A model is at work.
    running: bool,
    /// The orders of the periods that may have to be stepped.
    due: BTreeSet<i64>,
    /// Attempts to store an outcome that failed in a row.
    failures: u32,
    /// How often everything that was under way was given up.
    abandoned: u64,
    /// The run users for whom the game was asked how it begins, and had nothing to say.
    pub(super) started: Option<Vec<u64>>,
}

impl Progress {
    /// Nothing is due any more, and what a model at work comes to is void: its periods are gone.
    pub(crate) fn abandon(&mut self) {
        *self = Self {
            abandoned: self.abandoned + 1,
            ..Self::default()
        };
    }
}

type Stepped = Result<Vec<Outcome>, (u64, Rejected)>;

impl BranchState {
    /// Notes that the period of this order may have to be stepped.
    pub fn mark(&mut self, scenario: u64, order: i64) {
        let progress = self.progress.entry(scenario).or_default();
        progress.due.insert(order);
    }

    /// A decision for this period has been stored: the period is stepped if that completed it.
    pub fn decided(&mut self, period: u64) {
        let Some(node) = self.branch.node(Resource::Period, period) else {
            return;
        };
        // What a closed period was stepped with counts, whatever somebody stores later.
        if node.is_stepped() && self.hosted.game.revision() == Revision::Closed {
            return;
        }
        let (scenario, order) = (node.row.reference("scenario"), node.row.order());
        if let Some(scenario) = scenario {
            self.mark(scenario, order);
            self.advance(scenario);
        }
    }

    /// Starts the first step that is due, unless one is running.
    pub fn advance(&mut self, scenario: u64) {
        let Some(model) = self.hosted.game.model().cloned() else {
            return;
        };
        let Some(mailbox) = self
            .hosted
            .run(self.run_pk)
            .and_then(|run| run.branch(self.owner))
            .map(|branch| branch.mailbox.clone())
        else {
            return;
        };
        if self.hosted.stuck.is_suspended() {
            return;
        }
        let plan = loop {
            let Some(progress) = self.progress.get_mut(&scenario) else {
                return;
            };
            if progress.running {
                return;
            }
            let Some(order) = progress.due.pop_first() else {
                return;
            };
            // A period that is not complete is marked again by whatever completes it.
            if let Some(plan) = self.plan(scenario, order) {
                break plan;
            }
        };
        let mut abandoned = 0;
        if let Some(progress) = self.progress.get_mut(&scenario) {
            progress.running = true;
            abandoned = progress.abandoned;
            for stage in &plan.stages {
                progress.due.remove(&stage.order);
            }
        }
        let limit = self.hosted.limits.step;
        let (hosted, stop) = (self.hosted.clone(), self.hosted.stop.clone());
        // Not counted by the service's tasks: a stop never waits for a game's maths.
        tokio::spawn(async move {
            let plan = Arc::new(plan);
            let at_work = plan.clone();
            let working = tokio::task::spawn_blocking(move || {
                catch_unwind(AssertUnwindSafe(|| run_plan(model.as_ref(), &at_work)))
            });
            let first = plan.stages.first().map_or(0, |stage| stage.period);
            let stepped: Stepped = match tokio::time::timeout(limit, working).await {
                Ok(Ok(Ok(stepped))) => stepped,
                Ok(Ok(Err(panic))) if hosted.for_authors => {
                    Err((first, refusal::panicked_saying("a step", &*panic)))
                }
                Ok(Ok(Err(_)) | Err(_)) => Err((first, refusal::panicked("a step"))),
                Err(_) => {
                    hosted.abandoned().await;
                    Err((first, refusal::too_slow("a step of this game", limit)))
                }
            };
            if !stop.is_cancelled() {
                mailbox
                    .post(move |state| {
                        Box::pin(async move {
                            let progress = state.progress.get(&plan.scenario);
                            if progress.is_some_and(|now| now.abandoned == abandoned) {
                                state.finish(&plan, stepped).await;
                            }
                        })
                    })
                    .await;
            }
        });
    }

    /// A leader wants a failed step tried once more, and with it what waits because the game's steps are suspended.
    pub async fn retry(&mut self, scenario: u64) {
        if self.hosted.stuck.forget() {
            tracing::info!(
                game = self.hosted.slug,
                "the steps of this game go on: a leader asked for it"
            );
            for branch in self.hosted.runs().iter().flat_map(|run| run.branches()) {
                if branch.owner != self.owner {
                    tokio::spawn(async move {
                        branch.mailbox.post(|state| Box::pin(state.recover())).await;
                    });
                }
            }
        }
        let period = self
            .branch
            .node(Resource::Scenario, scenario)
            .and_then(|node| failure(&node.row)?.get("period")?.as_u64())
            .and_then(|pk| self.branch.node(Resource::Period, pk));
        if let Some(order) = period.map(|period| period.row.order()) {
            self.mark(scenario, order);
        }
        // Whoever is concerned is told once more why not.
        if self.begin(scenario).await.is_err() {
            return;
        }
        self.forgive_bots(scenario).await;
        self.recover().await;
    }

    /// Looks what the branch's scenarios wait for, after loading or after the games API was away.
    pub async fn recover(&mut self) {
        self.open_alone().await;
        let scenarios: Vec<Arc<Node>> = self
            .branch
            .root
            .children
            .iter()
            .filter(|child| child.row.resource == Resource::Scenario)
            .cloned()
            .collect();
        for scenario in scenarios {
            self.begin_unless_failed(scenario.row.pk).await;
            let found = {
                let (run, catalogue) = (self.run(), self.hosted.catalogue.load());
                due(&self.hosted.game, &self.table(&run, &catalogue), &scenario)
            };
            for due in found {
                match due {
                    // A failed step waits for somebody to change a decision.
                    Due::Step(_) if failure(&scenario.row).is_some() => {}
                    Due::Step(order) => self.mark(scenario.row.pk, order),
                    Due::Ended(over) => {
                        if let Err(error) = self.note_over(scenario.row.pk, over).await {
                            tracing::warn!(scenario = scenario.row.pk, %error, "the end of a game could not be noted; trying again");
                            self.recover_later(scenario.row.pk);
                        }
                    }
                    Due::Open(order) => {
                        if let Err(error) = self.open(scenario.row.pk, order).await {
                            tracing::warn!(scenario = scenario.row.pk, order, %error, "the next period could not be opened; trying again");
                            self.recover_later(scenario.row.pk);
                        }
                    }
                }
            }
            self.advance(scenario.row.pk);
        }
        self.keep_time().await;
    }

    fn plan(&self, scenario: u64, order: i64) -> Option<Plan> {
        let node = self.branch.node(Resource::Scenario, scenario)?;
        let (run, catalogue) = (self.run(), self.hosted.catalogue.load());
        let table = self.table(&run, &catalogue);
        plan(&self.hosted.game, &table, node, order)
    }

    /// Takes the outcome of a step: void when the decisions changed meanwhile, stored otherwise.
    async fn finish(&mut self, made: &Plan, stepped: Stepped) {
        let Some(from) = made.stages.first().map(|stage| stage.order) else {
            return;
        };
        if let Some(progress) = self.progress.get_mut(&made.scenario) {
            progress.running = false;
        }
        let Some(now) = self.plan(made.scenario, from) else {
            self.advance(made.scenario);
            return;
        };
        if now.rests_on != made.rests_on {
            self.mark(made.scenario, from);
            self.advance(made.scenario);
            return;
        }
        match stepped {
            Ok(outcomes) => match self.store(&now, outcomes).await {
                Ok(()) => {
                    if let Some(progress) = self.progress.get_mut(&made.scenario) {
                        progress.failures = 0;
                    }
                    self.advance(made.scenario);
                    self.ask_bots_of(made.scenario);
                }
                // What is refused now is refused for ever: it is this game's fault, and the leader's to know.
                Err(error) if is_refused(&error) => {
                    let period = made.stages.first().map_or(0, |stage| stage.period);
                    let rejected = refusal::not_stored("the result", &error);
                    self.give_up(made.scenario, from, period, &rejected).await;
                }
                Err(error) => {
                    tracing::warn!(scenario = made.scenario, %error, "a result could not be stored; trying again");
                    self.mark(made.scenario, from);
                    self.advance_later(made.scenario);
                }
            },
            Err((period, rejected)) => {
                self.give_up(made.scenario, from, period, &rejected).await;
            }
        }
    }

    /// A step has failed: it is taken up again with the next decision.
    async fn give_up(&mut self, scenario: u64, from: i64, period: u64, rejected: &Rejected) {
        self.fail(scenario, period, rejected).await;
        let progress = self.progress.entry(scenario).or_default();
        // A decision for an earlier period may have come meanwhile.
        let earlier = progress.due.first().is_some_and(|due| *due < from);
        progress.due.insert(from);
        if earlier {
            self.advance(scenario);
        }
    }

    async fn store(&mut self, plan: &Plan, outcomes: Vec<Outcome>) -> Result<(), Error> {
        let stepped = plan.stages.iter().zip(&outcomes).next_back();
        let over = stepped.is_some_and(|(stage, outcome)| {
            plan.is_to_the_end && outcome.ends(&self.hosted.game, stage.order)
        });
        let opens = plan.opens.filter(|_| !over);
        let rows: Vec<Told> = outcomes
            .iter()
            .flat_map(|outcome| self.rows_of(outcome, RESULT))
            .collect();
        if let Some(groups) = self.hosted.groups.clone() {
            let node = self.branch.node(Resource::Scenario, plan.scenario);
            let node = node.filter(|node| plan.is_to_the_end && says_over(node) != over);
            let marked = node.map(|node| {
                let data = with_turn_member(node.row.data(), "over", over.then_some(true.into()));
                let row = Map::from_iter([("data".to_owned(), data)]);
                (plan.scenario, row)
            });
            let opening = opens.map(|order| self.opening(plan.scenario, order));
            self.store_group(&groups, &rows, marked, opening).await?;
            return self.clear_failure(plan.scenario).await;
        }
        for row in rows {
            self.store_row(plan.scenario, row).await?;
        }
        if plan.is_to_the_end {
            self.note_over(plan.scenario, over).await?;
        }
        if let Some(order) = opens {
            self.open(plan.scenario, order).await?;
        }
        self.clear_failure(plan.scenario).await
    }

    /// An outcome as rows of its period.
    pub(super) fn rows_of(&self, outcome: &Outcome, word: &'static str) -> Vec<Told> {
        let Some(period) = self.branch.node(Resource::Period, outcome.period) else {
            return Vec::new();
        };
        self.with_table(|table| outcome.rows(table, period, word))
    }

    /// Stores one row of a result by itself.
    pub(super) async fn store_row(&mut self, scenario: u64, told: Told) -> Result<(), Error> {
        if told.is_stored() {
            return Ok(());
        }
        let held = match &told.held {
            Some(held) => Some(Row::clone(held)),
            // After a failed attempt the row may be there: one of the table has no role, and the original keeps such rows twice.
            None if self.has_failed(scenario) => self.stored_result(&told).await?,
            None => None,
        };
        let stored = match held {
            Some(held) => self.replace_result(&held, &told).await?,
            None => match self
                .hosted
                .client
                .create(Resource::Result, &told.row())
                .await
            {
                Err(Error::AlreadyExists { url, message }) if told.is_part() => {
                    let held = self.stored_result(&told).await?;
                    let held = held.ok_or(Error::AlreadyExists { url, message })?;
                    self.replace_result(&held, &told).await?
                }
                created => created?,
            },
        };
        if let Some(row) = Row::new(Resource::Result, stored) {
            self.absorb(row).await;
        }
        Ok(())
    }

    async fn replace_result(&self, held: &Row, told: &Told) -> Result<Map, Error> {
        let mut body = held.members();
        body.extend(told.row());
        let pk = held.pk.to_string();
        let client = &self.hosted.client;
        client.update(Resource::Result, &pk, &body).await
    }

    async fn stored_result(&self, told: &Told) -> Result<Option<Row>, Error> {
        let filters = told.filters();
        let rows = self.hosted.client.list(Resource::Result, &filters).await?;
        let rows = rows
            .into_iter()
            .filter_map(|json| Row::new(Resource::Result, json));
        Ok(rows.filter(|row| told.is(row)).min_by_key(|row| row.pk))
    }

    /// Opens a scenario's next period, or takes in the one that is there.
    async fn open(&mut self, scenario: u64, order: i64) -> Result<(), Error> {
        let client = &self.hosted.client;
        let body = self.opening(scenario, order);
        if let Some(groups) = &self.hosted.groups {
            let opened = groups.write_one(Operation::Upsert {
                resource: Resource::Period,
                row: body,
                if_updated: None,
            });
            if let Some(row) = Row::new(Resource::Period, opened.await?) {
                self.absorb(row).await;
            }
            return Ok(());
        }
        let opened = match client.create(Resource::Period, &body).await {
            Err(Error::AlreadyExists { .. }) => {
                let filters = [
                    ("scenario", scenario.to_string()),
                    ("order", order.to_string()),
                ];
                client
                    .list(Resource::Period, &filters)
                    .await?
                    .into_iter()
                    .next()
            }
            opened => Some(opened?),
        };
        if let Some(row) = opened.and_then(|json| Row::new(Resource::Period, json)) {
            self.absorb(row).await;
        }
        Ok(())
    }

    fn has_failed(&self, scenario: u64) -> bool {
        self.progress
            .get(&scenario)
            .is_some_and(|progress| progress.failures > 0)
    }

    /// Tries the due step again after a pause.
    fn advance_later(&mut self, scenario: u64) {
        self.later(scenario, move |state| {
            Box::pin(async move { state.advance(scenario) })
        });
    }

    /// Looks again what the scenarios wait for after a pause.
    pub(super) fn recover_later(&mut self, scenario: u64) {
        self.later(scenario, |state| Box::pin(state.recover()));
    }

    /// Something could not be stored: does `again` after a pause that grows with each failure in a row.
    pub(crate) fn later(
        &mut self,
        scenario: u64,
        again: impl for<'a> FnOnce(&'a mut Self) -> Work<'a> + Send + 'static,
    ) {
        let progress = self.progress.entry(scenario).or_default();
        progress.failures = progress.failures.saturating_add(1);
        let pause = Duration::from_millis(250)
            .saturating_mul(1 << progress.failures.min(7))
            .min(LONGEST_PAUSE);
        let (hosted, run, owner) = (self.hosted.clone(), self.run_pk, self.owner);
        tokio::spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = hosted.stop.cancelled() => return,
            }
            if let Some(branch) = hosted.run(run).and_then(|run| run.branch(owner)) {
                branch.mailbox.post(again).await;
            }
        });
    }

    /// A step failed: the scenario is marked, players and leaders read why, and nothing is tried again by itself.
    pub(super) async fn fail(&mut self, scenario: u64, period: u64, rejected: &Rejected) {
        tracing::error!(game = self.hosted.slug, scenario, period, reason = %rejected, "a step failed");
        let failed =
            json!({"period": period, "code": rejected.code(), "reason": rejected.message()});
        if let Err(error) = self.note_failure(scenario, Some(failed)).await {
            tracing::warn!(scenario, %error, "the failure of a step could not be stored");
        }
        let run = self.run();
        let concerned = Audience::of(&run, self.owner).users;
        let concerned = concerned.iter().filter_map(|authid| authid.parse().ok());
        let concerned: BTreeSet<u64> = concerned.chain(self.hosted.online.staff()).collect();
        for user in concerned {
            self.hosted
                .publish_error(user, &rejected.message(), "StepFailed")
                .await;
        }
    }

    pub(super) async fn clear_failure(&mut self, scenario: u64) -> Result<(), Error> {
        let failed = self
            .branch
            .node(Resource::Scenario, scenario)
            .is_some_and(|node| failure(&node.row).is_some());
        if failed {
            self.note_failure(scenario, None).await
        } else {
            Ok(())
        }
    }

    /// Notes whether the game is over in a scenario, where it does not say so.
    async fn note_over(&mut self, scenario: u64, over: bool) -> Result<(), Error> {
        let node = self.branch.node(Resource::Scenario, scenario);
        match node.is_some_and(|node| says_over(node) != over) {
            true => {
                let told = over.then_some(true.into());
                self.note(scenario, "over", told).await
            }
            false => Ok(()),
        }
    }

    async fn note_failure(&mut self, scenario: u64, failed: Option<Value>) -> Result<(), Error> {
        self.note(scenario, "failed", failed).await
    }

    /// Stores a member of a scenario's `_turn`, or takes it away.
    pub(crate) async fn note(
        &mut self,
        scenario: u64,
        member: &str,
        told: Option<Value>,
    ) -> Result<(), Error> {
        let Some(node) = self.branch.node(Resource::Scenario, scenario) else {
            return Ok(());
        };
        let row = node.row.clone();
        let data = with_turn_member(row.data(), member, told);
        let stored = self.hosted.change(&row, "data", data).await?;
        if let Some(row) = Row::new(Resource::Scenario, stored) {
            self.absorb(row).await;
        }
        Ok(())
    }
}

/// Has the games API looked at it and not taken it?
fn is_refused(error: &Error) -> bool {
    matches!(error, Error::Refused { .. }) && !error.is_unreachable()
}

/// The mark of a failed step on a scenario.
pub(super) fn failure(scenario: &Row) -> Option<&Value> {
    scenario.data().get("_turn")?.get("failed")
}
