//! What leaders do with the time of worlds: give more of it, stop it, let it go on, and end a period now.

use std::sync::Arc;
use std::time::Duration;

use games_contract::Resource;
use serde_json::{Value, json};
use simpl::{Overdue, Rejected, TimeLimit};
use time::OffsetDateTime;

use super::end::NotEnded;
use super::keep::{running, seconds};
use super::time::{Ended, Pausing, Time, between};
use crate::game::{BranchState, RunActor, RunState, Told, sum_up};
use crate::refusal;
use crate::scopes::{Node, Owner};
use crate::turns::once;

/// What a leader wants done with the period that is open now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Command {
    /// So much more time. Where none runs, it begins.
    Extend(Duration),
    /// The time stands still; decisions are taken.
    Pause,
    /// It goes on. Where it was over and the world waits, it begins again.
    Resume,
    /// The period ends now; something else than the limit says may count for seats that are silent.
    Force(Option<Overdue>),
}

impl BranchState {
    /// Does what a leader wants with this world, or with one of its scenarios, and tells where the time stands then. What was done under
    /// `key` before is not done again.
    ///
    /// # Errors
    /// Nothing is open here, or it cannot be done; where there are several scenarios, with none of them.
    pub async fn lead(
        &mut self,
        command: Command,
        only: Option<u64>,
        key: Option<&str>,
    ) -> Result<Vec<Value>, Rejected> {
        let scenarios = self.scenarios().into_iter();
        let scenarios = scenarios.filter(|pk| only.is_none_or(|only| only == *pk));
        let mut told = Vec::new();
        for scenario in scenarios.collect::<Vec<_>>() {
            told.push((scenario, self.lead_one(command, scenario, key).await));
        }
        let told = told
            .into_iter()
            .map(|(scenario, told)| (json!({"scenario": scenario}), told));
        sum_up(told.collect())
    }

    async fn lead_one(&mut self, command: Command, scenario: u64, key: Option<&str>) -> Told {
        if !matches!(self.owner, Owner::World(_)) {
            return Err(Rejected::because(
                "only worlds play against time: nobody else waits for this scenario",
            ));
        }
        if let Some(key) = key
            && let Some(period) = self.done_under(scenario, key)
        {
            return Ok(self.told(scenario, &period));
        }
        let period = self.open_period(scenario).ok_or_else(|| {
            Rejected::because("no period is open here: the last one has its result").with(
                "no_open_period",
                "an open period",
                Value::Null,
            )
        })?;
        let limit = self.time_limit();
        if let Command::Force(then) = command {
            let then = then.unwrap_or_else(|| match limit.map(|limit| limit.then) {
                // Who ends a period does not want to wait.
                None | Some(Overdue::Wait) => Overdue::Default,
                Some(then) => then,
            });
            let ended = self.end(scenario, &period, Ended::Leader, then, key).await;
            ended.map_err(|not| match not {
                NotEnded::Waits(_, reason) => reason,
                NotEnded::Stored(error) => refusal::not_stored("the end of the period", &error),
            })?;
        } else {
            let now = self.hosted.clock.now();
            let open = self.open_phase().is_ok();
            let time = Time::of(&period.row);
            if let Some(time) = after(command, time, now, limit, open)? {
                let stored = self.set_time(&period, time, key).await;
                stored.map_err(|error| refusal::not_stored("the time", &error))?;
            }
        }
        let now = self.branch.node(Resource::Period, period.row.pk);
        let now = now.ok_or_else(|| refusal::gone("period"))?;
        Ok(self.told(scenario, now))
    }

    /// The period with which something was done under this key.
    fn done_under(&self, scenario: u64, key: &str) -> Option<Arc<Node>> {
        let scenario = self.branch.node(Resource::Scenario, scenario)?;
        let mut from_the_end = scenario.children.iter().rev();
        let done = from_the_end.find(|period| once::knows(period.row.data(), key));
        done.cloned()
    }

    fn told(&self, scenario: u64, period: &Node) -> Value {
        let mut told = Time::of(&period.row).members();
        let world = match self.owner {
            Owner::World(world) => Some(world),
            Owner::Run | Owner::RunUser(_) => None,
        };
        told.extend([
            ("world".to_owned(), world.into()),
            ("scenario".to_owned(), scenario.into()),
            ("period".to_owned(), period.row.pk.into()),
            ("order".to_owned(), period.row.order().into()),
            ("now".to_owned(), self.hosted.now().into()),
        ]);
        told.into()
    }
}

impl RunState {
    /// Does what a leader wants with some worlds of the run, or with all of them, and tells where the time of each stands then.
    ///
    /// # Errors
    /// It can be done with none of them.
    pub async fn lead(
        &mut self,
        run: &RunActor,
        command: Command,
        worlds: Option<Vec<u64>>,
        key: Option<String>,
    ) -> Result<Vec<Value>, Rejected> {
        run.with_worlds(worlds.as_deref(), move |state| {
            let key = key.clone();
            Box::pin(async move {
                let told = state.lead(command, None, key.as_deref()).await;
                told.map(Value::from)
            })
        })
        .await
    }
}

/// Where the time stands after what a leader wants; `None` when it is so already.
fn after(
    command: Command,
    time: Time,
    now: OffsetDateTime,
    limit: Option<TimeLimit>,
    open: bool,
) -> Result<Option<Time>, Rejected> {
    let goes_on = |left| match open {
        true => running(now, left),
        false => Time::Paused {
            left,
            by: Pausing::Phase,
        },
    };
    let by = Pausing::Leader;
    match (command, time) {
        (Command::Extend(more), time) => extended(more, time, now, goes_on).map(Some),
        (Command::Pause, Time::Running { until }) => {
            let left = between(now, until);
            Ok(Some(Time::Paused { left, by }))
        }
        (
            Command::Pause,
            Time::Paused {
                left,
                by: Pausing::Phase,
            },
        ) => Ok(Some(Time::Paused { left, by })),
        (Command::Resume, Time::Paused { left, by: held }) if held == by => Ok(Some(goes_on(left))),
        (Command::Resume, Time::Waiting { .. }) => {
            let limit = limit.ok_or_else(no_time)?;
            Ok(Some(goes_on(seconds(limit))))
        }
        (_, Time::Unlimited) => Err(no_time()),
        _ => Ok(None),
    }
}

fn extended(
    more: Duration,
    time: Time,
    now: OffsetDateTime,
    goes_on: impl Fn(Duration) -> Time,
) -> Result<Time, Rejected> {
    let longest = Duration::from_secs(TimeLimit::LONGEST.into());
    let sum = |left: Duration| {
        let sum = left.saturating_add(more);
        if sum > longest {
            let message = format!(
                "a period can have {} more seconds at most",
                TimeLimit::LONGEST
            );
            return Err(Rejected::invalid_argument(
                message,
                TimeLimit::LONGEST,
                sum.as_secs(),
            ));
        }
        Ok(sum)
    };
    match time {
        Time::Running { until } => sum(between(now, until)).map(|left| running(now, left)),
        Time::Paused { left, by } => sum(left).map(|left| Time::Paused { left, by }),
        Time::Unlimited | Time::Waiting { .. } => sum(Duration::ZERO).map(goes_on),
        Time::Over { .. } => Err(Rejected::because(
            "this period was ended, and its step is under way: give the next one more time",
        )
        .with("over", "an open period", "one that was ended")),
    }
}

fn no_time() -> Rejected {
    Rejected::because(
        "no time runs here: this run has no limit; `extend` gives the open period some",
    )
    .with("no_time", "a period with a time limit", "one without")
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::super::time::Waits;
    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-21 12:00 UTC);
    const LIMIT: TimeLimit = TimeLimit {
        seconds: 30,
        then: Overdue::Wait,
    };

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn running_for(seconds: u64) -> Time {
        running(NOON, secs(seconds))
    }

    fn paused(seconds: u64, by: Pausing) -> Time {
        let left = secs(seconds);
        Time::Paused { left, by }
    }

    fn waiting() -> Time {
        let why = Waits::Late;
        Time::Waiting { since: NOON, why }
    }

    fn over() -> Time {
        let by = Ended::Deadline;
        Time::Over { at: NOON, by }
    }

    fn in_phase(open: bool, command: Command, time: Time) -> Option<Time> {
        after(command, time, NOON, Some(LIMIT), open).unwrap()
    }

    #[test]
    fn more_time_is_added_to_what_is_left() {
        let more = |time| in_phase(true, Command::Extend(secs(60)), time).unwrap();
        assert_eq!(more(running_for(10)), running_for(70));
        let overdue = Time::Running {
            until: NOON - secs(5),
        };
        assert_eq!(more(overdue), running_for(60));
        assert_eq!(
            more(paused(10, Pausing::Leader)),
            paused(70, Pausing::Leader)
        );
        assert_eq!(more(waiting()), running_for(60));
        assert_eq!(more(Time::Unlimited), running_for(60));
        let closed = in_phase(false, Command::Extend(secs(60)), waiting());
        assert_eq!(closed, Some(paused(60, Pausing::Phase)));
        let refused = after(Command::Extend(secs(60)), over(), NOON, Some(LIMIT), true);
        assert_eq!(refused.unwrap_err().code(), "over");
    }

    #[test]
    fn time_has_an_end_however_often_more_is_given() {
        let longest = u64::from(TimeLimit::LONGEST);
        let more = |time| after(Command::Extend(secs(longest)), time, NOON, None, true);
        assert_eq!(more(Time::Unlimited).unwrap(), Some(running_for(longest)));
        for time in [running_for(1), paused(1, Pausing::Leader)] {
            assert_eq!(more(time).unwrap_err().code(), "invalid_argument");
        }
    }

    #[test]
    fn what_a_leader_has_stopped_only_a_leader_lets_go_on() {
        let (pause, resume) = (Command::Pause, Command::Resume);
        let by_leader = paused(10, Pausing::Leader);
        let by_phase = paused(10, Pausing::Phase);
        assert_eq!(in_phase(true, pause, running_for(10)), Some(by_leader));
        assert_eq!(in_phase(true, pause, by_leader), None);
        assert_eq!(in_phase(false, pause, by_phase), Some(by_leader));
        assert_eq!(in_phase(true, resume, by_leader), Some(running_for(10)));
        assert_eq!(in_phase(false, resume, by_leader), Some(by_phase));
        assert_eq!(in_phase(true, resume, running_for(10)), None);
        assert_eq!(in_phase(true, resume, waiting()), Some(running_for(30)));
    }

    #[test]
    fn where_no_time_runs_nothing_is_stopped() {
        for command in [Command::Pause, Command::Resume] {
            let refused = after(command, Time::Unlimited, NOON, None, true);
            assert_eq!(refused.unwrap_err().code(), "no_time");
        }
        let refused = after(Command::Resume, waiting(), NOON, None, true);
        assert_eq!(refused.unwrap_err().code(), "no_time");
    }
}
