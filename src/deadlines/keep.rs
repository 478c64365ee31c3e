//! The time of a world's periods begins, stands still and goes on.

use std::sync::Arc;
use std::time::Duration;

use games_client::{Error, Map};
use games_contract::{Operation, Resource, Target};
use serde_json::Value;
use simpl::TimeLimit;
use time::OffsetDateTime;

use super::time::{Pausing, Time, Waits, between, written};
use super::timetable::{AGAIN, Entry};
use super::{limit, marks};
use crate::game::{BranchState, Hosted};
use crate::rewind::copied_seats;
use crate::scopes::{Node, Owner, Row};
use crate::turns::{before, last_period};

impl BranchState {
    /// The time limit of this world; none in a run user's own scenarios, and in a copy, which leaders play when they have time.
    pub(super) fn time_limit(&self) -> Option<TimeLimit> {
        match self.owner {
            Owner::World(_) if copied_seats(&self.branch.root.row).is_some() => None,
            Owner::World(_) => limit(&self.hosted.game, &self.run().run),
            Owner::Run | Owner::RunUser(_) => None,
        }
    }

    /// The period of a scenario that is played now, which has no result yet.
    pub(crate) fn open_period(&self, scenario: u64) -> Option<Arc<Node>> {
        let scenario = self.branch.node(Resource::Scenario, scenario)?;
        let last = last_period(scenario)?;
        (!last.is_stepped()).then(|| last.clone())
    }

    /// Begins the time of what is played now, and stops it or lets it go on as the run's phase has it. A period that others have made, or
    /// whose run has come to a phase that takes decisions, has its time from now on, and its bots decide. Before that, the game begins.
    pub async fn keep_time(&mut self) {
        for scenario in self.scenarios() {
            self.begin_unless_failed(scenario).await;
        }
        if !matches!(self.owner, Owner::World(_)) {
            return;
        }
        for scenario in self.scenarios() {
            let Some(period) = self.open_period(scenario) else {
                continue;
            };
            let next = self.next_time(&period);
            match next {
                None => self.note_time(scenario, &period.row),
                Some(time) => {
                    if let Err(error) = self.set_time(&period, time, None).await {
                        tracing::warn!(period = period.row.pk, %error, "the time of a period could not be stored; trying again");
                        self.look_again(scenario, period.row.pk);
                    }
                }
            }
        }
        self.ask_bots();
    }

    /// How the time of an open period has to change as things are; `None` when it is as it should be.
    fn next_time(&self, period: &Node) -> Option<Time> {
        let (now, open) = (self.hosted.clock.now(), self.open_phase().is_ok());
        match Time::of(&period.row) {
            Time::Over { .. } if self.table_is_complete(period) => None,
            // Its decisions were taken away: it is played once more.
            Time::Unlimited | Time::Over { .. } => {
                let limit = self.time_limit().filter(|_| open)?;
                Some(running(now, seconds(limit)))
            }
            Time::Running { until } if !open => Some(Time::Paused {
                left: between(now, until),
                by: Pausing::Phase,
            }),
            Time::Paused {
                left,
                by: Pausing::Phase,
            } if open => Some(running(now, left)),
            _ => None,
        }
    }

    /// A period that is about to be opened, as a row with the time it has.
    pub(crate) fn opening(&self, scenario: u64, order: i64) -> Map {
        let mut row = Map::from_iter([
            ("scenario".to_owned(), scenario.into()),
            ("order".to_owned(), order.into()),
        ]);
        if let Some(time) = self.first_time(scenario) {
            row.insert("data".to_owned(), time.into_data(&Value::Null));
        }
        row
    }

    /// The time that a period has from now on; none where nothing runs.
    pub(crate) fn first_time(&self, scenario: u64) -> Option<Time> {
        let limit = self.time_limit().filter(|_| self.open_phase().is_ok())?;
        let before = self.branch.node(Resource::Scenario, scenario);
        let before = before.and_then(|node| last_period(node));
        let by = Pausing::Leader;
        // Who has stopped the time of a world lets it go on, too.
        match before.map(|before| Time::of(&before.row)) {
            Some(Time::Paused { by: held, .. }) if held == by => Some(Time::Paused {
                left: seconds(limit),
                by,
            }),
            _ => Some(running(self.hosted.clock.now(), seconds(limit))),
        }
    }

    /// Enters a period's deadline in the timetable, or takes it out.
    pub(crate) fn note_time(&self, scenario: u64, period: &Row) {
        match Time::of(period) {
            Time::Running { until } => self.enter_at(until, scenario, period.pk),
            _ => self.hosted.timetable.strike(scenario, period.pk),
        }
    }

    /// Has the world look at a deadline again in a moment.
    pub(super) fn look_again(&self, scenario: u64, period: u64) {
        self.enter_at(self.hosted.clock.now() + AGAIN, scenario, period);
    }

    fn enter_at(&self, at: OffsetDateTime, scenario: u64, period: u64) {
        self.hosted.timetable.enter(Entry {
            at,
            run: self.run_pk,
            owner: self.owner,
            scenario,
            period,
        });
    }

    /// Somebody has decided in a period that waited because nobody was there: its time begins again.
    pub(crate) async fn somebody_is_back(&mut self, period: u64) {
        let Some(period) = self.branch.node(Resource::Period, period).cloned() else {
            return;
        };
        let absent = matches!(
            Time::of(&period.row),
            Time::Waiting {
                why: Waits::Absent,
                ..
            }
        );
        let Some(limit) = self.time_limit().filter(|_| absent) else {
            return;
        };
        if period.is_stepped() || self.table_is_complete(&period) {
            return;
        }
        let time = running(self.hosted.clock.now(), seconds(limit));
        if let Err(error) = self.set_time(&period, time, None).await {
            tracing::warn!(period = period.row.pk, %error, "the time of a period could not begin again; its leader can still give it time");
        }
    }

    /// Has nobody decided in this period, nor in the one before? Then nobody is there to play with.
    pub(super) fn is_deserted(&self, scenario: u64, period: &Node) -> bool {
        let played = |period: &Node| {
            let mut decisions = period.rows(Resource::Decision);
            decisions.any(|row| marks::is_players(row))
        };
        let scenario = self.branch.node(Resource::Scenario, scenario);
        let earlier = scenario.and_then(|node| before(node, period.row.order()));
        !played(period) && !earlier.is_some_and(|earlier| played(earlier))
    }

    /// Stores where the time of a period stands, under the key of the call that asked for it. Only while nobody else has changed it.
    pub(super) async fn set_time(
        &mut self,
        period: &Node,
        time: Time,
        key: Option<&str>,
    ) -> Result<(), Error> {
        let mut data = time.into_data(period.row.data());
        if let Some(key) = key {
            crate::turns::once::note(&mut data, key);
        }
        let stored = match &self.hosted.groups {
            Some(groups) => groups.write_one(changed(&period.row, data)).await?,
            None => self.hosted.change(&period.row, "data", data).await?,
        };
        if let Some(row) = Row::new(Resource::Period, stored) {
            self.absorb(row).await;
        }
        Ok(())
    }

    /// The pks of the branch's scenarios.
    pub(crate) fn scenarios(&self) -> Vec<u64> {
        let children = self.branch.root.children.iter();
        let scenarios = children.filter(|child| child.row.resource == Resource::Scenario);
        scenarios.map(|child| child.row.pk).collect()
    }
}

impl Hosted {
    /// The time of the service, as it is told beside a period whose time runs: the clock of a browser may be wrong.
    pub(crate) fn now_beside(&self, row: &Row) -> Option<String> {
        let timed = row.resource == Resource::Period && Time::of(row) != Time::Unlimited;
        timed.then(|| self.now())
    }

    /// A scope as JSON, with the time of the service as `now` where a period that is played in it has a time.
    pub(crate) fn with_now(&self, mut scope: Value, node: &Node) -> Value {
        let last = |scenario: &Node| {
            let last = last_period(scenario);
            last.and_then(|period| self.now_beside(&period.row))
        };
        let now = match node.row.resource {
            Resource::World => node.children.iter().find_map(|scenario| last(scenario)),
            Resource::Scenario => last(node),
            _ => self.now_beside(&node.row),
        };
        if let Some(now) = now {
            scope["now"] = now.into();
        }
        scope
    }

    /// The time of the service, as it is told.
    pub(crate) fn now(&self) -> String {
        written(self.clock.now())
    }
}

/// New data of a period, if nobody else has changed it.
pub(super) fn changed(period: &Row, data: Value) -> Operation {
    Operation::Update {
        resource: Resource::Period,
        pk: Target::Pk(period.pk),
        row: Map::from_iter([("data".to_owned(), data)]),
        if_updated: Some(period.text("updated").into_owned()),
    }
}

/// The whole time of a period.
pub(super) fn seconds(limit: TimeLimit) -> Duration {
    Duration::from_secs(limit.seconds.into())
}

/// Time that runs for so long.
pub(super) fn running(now: OffsetDateTime, left: Duration) -> Time {
    Time::Running { until: now + left }
}
