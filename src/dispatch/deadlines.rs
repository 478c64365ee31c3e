//! What leaders do with the time of a run, a world or a scenario: `extend`, `pause`, `resume` and `force`.

use std::sync::Arc;
use std::time::Duration;

use games_contract::Resource;
use serde_json::Value;
use simpl::{Overdue, Rejected, TimeLimit};

use super::arguments::{Arguments, not_expected};
use super::call::key;
use super::caller::{leaders, posted};
use super::procedures::ScopeProcedure;
use super::{Dispatcher, Invocation, Next};
use crate::deadlines::Command;
use crate::game::{Hosted, Reached};

impl Dispatcher {
    pub(super) fn lead(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        procedure: &ScopeProcedure,
        (resource, pk): (Resource, u64),
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        leaders(reached, "change the time of a world")?;
        let command = command(procedure, arguments)?;
        let key = key(arguments.kwargs.get("_key"))?;
        let caller = self.caller(game, invocation);
        let queued = if resource == Resource::Run {
            let worlds = arguments.worlds(&reached.run.view.load().worlds)?;
            let run = reached.run.clone();
            reached.run.mailbox.try_post(move |state| {
                Box::pin(async move {
                    let told = state.lead(&run, command, worlds, key).await;
                    caller.hears(told.map(Value::from)).await;
                })
            })
        } else {
            let branch = reached.run.branch(reached.place.owner);
            let branch = branch.ok_or_else(|| Rejected::no_such_procedure(&invocation.uri))?;
            let only = (resource == Resource::Scenario).then_some(pk);
            branch.mailbox.try_post(move |state| {
                Box::pin(async move {
                    let told = state.lead(command, only, key.as_deref()).await;
                    caller.hears(told.map(Value::from)).await;
                })
            })
        };
        posted(queued)
    }
}

fn command(procedure: &ScopeProcedure, arguments: &Arguments) -> Result<Command, Rejected> {
    match procedure {
        ScopeProcedure::Extend => seconds(arguments.first("seconds")).map(Command::Extend),
        ScopeProcedure::Pause => Ok(Command::Pause),
        ScopeProcedure::Resume => Ok(Command::Resume),
        _ => then(arguments.first("then")).map(Command::Force),
    }
}

/// So many seconds, as a number or as the text of a form field.
fn seconds(given: &Value) -> Result<Duration, Rejected> {
    let number = match given {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_f64(),
    };
    let number = number.filter(|seconds| *seconds > 0.0 && *seconds <= TimeLimit::LONGEST.into());
    let seconds = number.and_then(|seconds: f64| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| not_expected("seconds", "a number above 0 and at most 2592000", given))
}

/// What is to count for silent seats; null for what the limit says.
fn then(given: &Value) -> Result<Option<Overdue>, Rejected> {
    let expected = "\"default\", \"last\", \"bot\" or \"skip\"";
    let refused = || not_expected("then", expected, given);
    match given {
        Value::Null => Ok(None),
        Value::String(word) => match Overdue::from_name(word).ok_or_else(refused)? {
            Overdue::Wait => Err(refused()),
            then => Ok(Some(then)),
        },
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn seconds_are_a_number_or_the_text_of_one() {
        for (given, expected) in [(json!(60), 60.0), (json!(1.5), 1.5), (json!(" 30 "), 30.0)] {
            assert_eq!(seconds(&given).unwrap().as_secs_f64(), expected, "{given}");
        }
        for odd in [
            json!(null),
            json!(0),
            json!(-5),
            json!("NaN"),
            json!("inf"),
            json!(2_592_001),
            json!([60]),
        ] {
            assert_eq!(
                seconds(&odd).unwrap_err().code(),
                "invalid_argument",
                "{odd}"
            );
        }
    }

    #[test]
    fn a_period_that_a_leader_ends_does_not_wait() {
        assert_eq!(then(&Value::Null).unwrap(), None);
        assert_eq!(then(&json!("skip")).unwrap(), Some(Overdue::Skip));
        assert_eq!(then(&json!("bot")).unwrap(), Some(Overdue::Bot));
        for odd in [json!("wait"), json!("never"), json!(1)] {
            assert_eq!(then(&odd).unwrap_err().code(), "invalid_argument", "{odd}");
        }
    }
}
