//! A call of a game's procedure in a branch: the handler runs in the branch's actor, and its decisions are stored there.

use std::borrow::Cow;
use std::sync::Arc;

use games_client::Error;
use games_contract::{Map, Operation, Resource, RowText};
use serde_json::Value;
use simpl::{Call, Desk, ErasedHandler, Player, Rejected, Revision, ScopeKind, Seat};

use super::once;
use super::plan::{is_over, last_period};
use super::seats::{Table, decision_name};
use super::step::failure;
use crate::deadlines::{Time, is_skipped, unmark};
use crate::game::{BranchState, Catalogue, Groups};
use crate::handlers::{HandlerDesk, Next, Where, Wish, Work};
use crate::refusal;
use crate::rewind::{copied_seats, of_gone};
use crate::scopes::service_state::{public, with_service_state};
use crate::scopes::{Node, Owner, Row, RunView};
use crate::sight::Viewer;

/// A call on its way to a handler.
pub struct Submission {
    /// The procedure's handler.
    pub handler: ErasedHandler,
    /// The kind of scope called.
    pub scope: ScopeKind,
    /// The scope's pk.
    pub pk: u64,
    /// The procedure is there to file a decision, so whether one can be taken is looked at before the game is asked about it.
    pub decides: bool,
    /// Who calls.
    pub viewer: Viewer,
    /// The caller's run user; `None` for leaders and staff.
    pub runuser: Option<u64>,
    /// The positional arguments.
    pub args: Vec<Value>,
    /// The keyword arguments, without reserved ones.
    pub kwargs: Map,
    /// What the caller calls this submission, so that it counts once however often it is sent.
    pub key: Option<String>,
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Submission")
            .field("scope", &self.scope)
            .field("pk", &self.pk)
            .finish_non_exhaustive()
    }
}

impl BranchState {
    /// Runs a handler, granting its wishes as it goes; a panic and a handler that never ends stay in this call.
    ///
    /// # Errors
    /// What the handler refused, or why it could not run.
    pub async fn handle(&mut self, submission: Submission) -> Result<Value, Rejected> {
        if submission.scope == ScopeKind::Period {
            let period = self.branch.node(Resource::Period, submission.pk);
            if let Some(scenario) = period.and_then(|period| period.row.reference("scenario")) {
                self.begin(scenario).await?;
            }
        }
        let (run, owner) = (self.run_pk, self.owner);
        let place = Where::Actor { run, owner };
        let (desk, wishes) =
            HandlerDesk::new(&self.hosted, place, submission.viewer, submission.scope);
        let call = self.call(&submission, desk)?;
        if let (true, Some(player)) = (submission.decides, &call.player) {
            let period = self.branch.node(Resource::Period, submission.pk);
            let period = period.ok_or_else(|| self.gone(submission.pk))?;
            if self.has_counted(period, player, submission.key.as_deref()) {
                return Ok("ok".into());
            }
            self.accepts(period, player)?;
        }
        let key = submission.key.as_deref();
        let (handler, limit) = (submission.handler.clone(), self.hosted.limits.handler);
        let mut work = Work::new("a procedure", handler, call, wishes, limit);
        loop {
            match work.next().await {
                Next::Wish(wish) => self.grant(wish, key).await,
                Next::Done(reply) => return reply,
            }
        }
    }

    /// Does what a handler has wished for; a decision is stored under the key of its call.
    pub(crate) async fn grant(&mut self, wish: Wish, key: Option<&str>) {
        match wish {
            Wish::Decide {
                period,
                seat,
                data,
                done,
            } => {
                let stored = self.decide(period, &seat, data, key).await;
                let _ = done.send(stored);
            }
            Wish::Absorb(row, done) => {
                let is_period = row.resource == Resource::Period;
                if self.absorb(row).await && is_period {
                    self.keep_time().await;
                }
                let _ = done.send(());
            }
            Wish::Remove((resource, pk), done) => {
                self.remove(resource, pk).await;
                let _ = done.send(());
            }
        }
    }

    /// The call as the SDK sees it.
    fn call(&self, submission: &Submission, desk: Arc<dyn Desk>) -> Result<Call, Rejected> {
        let run = self.run();
        let catalogue = self.hosted.catalogue.load();
        let table = self.table(&run, &catalogue);
        let mut call = Call::new(submission.scope, submission.pk, self.run_pk, desk);
        call.args.clone_from(&submission.args);
        call.kwargs.clone_from(&submission.kwargs);
        call.player = submission
            .runuser
            .and_then(|pk| table.seat(pk))
            .cloned()
            .map(Player);
        if let Owner::World(world) = self.owner {
            call.world = Some(world);
        }
        if submission.scope == ScopeKind::Period {
            let period = self
                .branch
                .node(Resource::Period, submission.pk)
                .ok_or_else(|| self.gone(submission.pk))?;
            let scenario = period
                .row
                .reference("scenario")
                .ok_or_else(|| refusal::gone("period"))?;
            call.scenario = Some(scenario);
            let node = self.branch.node(Resource::Scenario, scenario);
            call.turn = node.map(|node| table.turn(node, period));
        }
        Ok(call)
    }

    /// Why there is no such period any more.
    fn gone(&self, period: u64) -> Rejected {
        let scenarios = self.branch.root.children.iter();
        let mut reasons = scenarios.filter_map(|scenario| of_gone(scenario, period));
        reasons.next().unwrap_or_else(|| refusal::gone("period"))
    }

    /// Stores a seat's decision for a period, tells everybody concerned, and starts the step where that was the last one missing.
    /// One that has been stored under this key before is as good as stored.
    ///
    /// # Errors
    /// The phase or the period takes no decisions, or the decision could not be stored.
    pub async fn decide(
        &mut self,
        period: u64,
        seat: &Seat,
        data: Value,
        key: Option<&str>,
    ) -> Result<(), Rejected> {
        let node = self
            .branch
            .node(Resource::Period, period)
            .cloned()
            .ok_or_else(|| self.gone(period))?;
        if self.has_counted(&node, seat, key) {
            return Ok(());
        }
        self.accepts(&node, seat)?;
        let held = self.held(&node, seat);
        let before = held.as_ref().map_or(&Value::Null, |row| row.data());
        let mut data = with_service_state(before, &data);
        unmark(&mut data);
        if let Some(key) = key {
            once::note(&mut data, key);
        }
        let stored = match (&self.hosted.groups, held) {
            (Some(groups), _) => self.put(groups, period, seat, &data).await,
            (None, Some(row)) => self.replace(&row, data).await,
            (None, None) => self.file(period, seat, data).await,
        };
        let row = stored.map_err(|error| refusal::not_stored("your decision", &error))?;
        self.absorb(row).await;
        self.decided(period);
        self.somebody_is_back(period).await;
        self.take_seat_back(seat.runuser);
        Ok(())
    }

    /// Does the run's phase take decisions?
    ///
    /// # Errors
    /// It takes none.
    pub(crate) fn open_phase(&self) -> Result<(), Rejected> {
        let run = self.run();
        let catalogue = self.hosted.catalogue.load();
        let phase = run
            .run
            .reference("phase")
            .and_then(|pk| catalogue.phase(pk));
        let name = phase.map_or(Cow::default(), |phase| phase.text("name"));
        let open = self
            .hosted
            .game
            .phases()
            .iter()
            .any(|phase| phase.name == name && phase.accepts_decisions);
        if !open {
            return Err(Rejected::closed_phase(&name));
        }
        Ok(())
    }

    fn accepts(&self, period: &Node, seat: &Seat) -> Result<(), Rejected> {
        self.open_phase()?;
        let scenario = period.row.reference("scenario");
        let scenario = scenario.and_then(|pk| self.branch.node(Resource::Scenario, pk));
        if let Some(scenario) = scenario.filter(|node| is_over(&self.hosted.game, node)) {
            let last = last_period(scenario).map_or(0, |last| last.row.order());
            return Err(Rejected::game_over(u32::try_from(last).unwrap_or_default()));
        }
        let held = self.held(period, seat);
        let closed = period.is_stepped() && self.hosted.game.revision() == Revision::Closed;
        if closed || (held.is_some() && self.is_over(period)) {
            let counted = held.filter(|row| !is_skipped(row));
            let counted = counted.map(|row| public(row.data()));
            let order = u32::try_from(period.row.order()).unwrap_or_default();
            return Err(Rejected::closed_period(order, counted.as_ref()));
        }
        Ok(())
    }

    /// Was the period ended by its deadline or a leader, so that nothing that was decided in it changes any more? Where its step failed,
    /// another decision may mend that.
    fn is_over(&self, period: &Node) -> bool {
        let scenario = period.row.reference("scenario");
        let scenario = scenario.and_then(|pk| self.branch.node(Resource::Scenario, pk));
        let failed = scenario.and_then(|scenario| failure(&scenario.row)?.get("period")?.as_u64());
        matches!(Time::of(&period.row), Time::Over { .. }) && failed != Some(period.row.pk)
    }

    /// Asks something of the table as it is now.
    pub(crate) fn with_table<R>(&self, ask: impl FnOnce(&Table<'_>) -> R) -> R {
        let (run, catalogue) = (self.run(), self.hosted.catalogue.load());
        ask(&self.table(&run, &catalogue))
    }

    /// The table as it is in a run.
    pub(super) fn table<'a>(&'a self, run: &'a RunView, catalogue: &Catalogue) -> Table<'a> {
        let table = Table::new(&self.hosted.game, catalogue, run, self.owner);
        match copied_seats(&self.branch.root.row) {
            Some(seats) => table.with_seats(&seats, catalogue),
            None => table,
        }
    }

    /// Has every required seat decided in a period?
    pub(crate) fn table_is_complete(&self, period: &Node) -> bool {
        self.with_table(|table| table.is_complete(period))
    }

    fn has_counted(&self, period: &Node, seat: &Seat, key: Option<&str>) -> bool {
        key.is_some_and(|key| {
            self.held(period, seat)
                .is_some_and(|held| once::knows(held.data(), key))
        })
    }

    fn held(&self, period: &Node, seat: &Seat) -> Option<Arc<Row>> {
        self.with_table(|table| table.decision(period, seat).cloned())
    }

    /// Files or replaces a decision in one write.
    async fn put(
        &self,
        groups: &Groups,
        period: u64,
        seat: &Seat,
        data: &Value,
    ) -> Result<Row, Error> {
        let put = Operation::Upsert {
            resource: Resource::Decision,
            row: self.decision(period, seat, data),
            if_updated: None,
        };
        self.stored(groups.write_one(put).await?)
    }

    /// A seat's decision as a row that is not there yet.
    pub(crate) fn decision(&self, period: u64, seat: &Seat, data: &Value) -> Map {
        Map::from_iter([
            ("period".to_owned(), period.into()),
            (
                "name".to_owned(),
                decision_name(&self.hosted.game, seat).into(),
            ),
            ("role".to_owned(), seat.role_pk.into()),
            ("data".to_owned(), data.clone()),
        ])
    }

    async fn replace(&self, held: &Row, data: Value) -> Result<Row, Error> {
        let mut body = held.members();
        body.insert("data".to_owned(), data);
        let stored = self
            .hosted
            .client
            .update(Resource::Decision, &held.pk.to_string(), &body)
            .await?;
        self.stored(stored)
    }

    /// Files a first decision; where the games API has one already (an answer that got lost), replaces that.
    async fn file(&self, period: u64, seat: &Seat, data: Value) -> Result<Row, Error> {
        let body = self.decision(period, seat, &data);
        let filed = match self.hosted.client.create(Resource::Decision, &body).await {
            Err(Error::AlreadyExists { url, message }) => {
                let filters = [
                    ("period", period.to_string()),
                    ("name", decision_name(&self.hosted.game, seat)),
                    ("role", seat.role_pk.to_string()),
                ];
                let held = self
                    .hosted
                    .client
                    .list(Resource::Decision, &filters)
                    .await?;
                let held = held
                    .into_iter()
                    .find_map(|json| Row::new(Resource::Decision, json));
                return match held {
                    Some(held) => {
                        let data = with_service_state(held.data(), &data);
                        self.replace(&held, data).await
                    }
                    None => Err(Error::AlreadyExists { url, message }),
                };
            }
            filed => filed?,
        };
        self.stored(filed)
    }

    fn stored(&self, decision: impl Into<RowText>) -> Result<Row, Error> {
        Row::new(Resource::Decision, decision).ok_or_else(|| Error::Unexpected {
            url: self.hosted.client.url().to_string(),
            expected: "the stored decision",
            got: "a row without an id".to_owned(),
        })
    }
}
