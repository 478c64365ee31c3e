//! How long a world of a run has for a period: the run's own word, or the game's.
//!
//! A run has one of its own in `data._turn.limit`: `{"seconds": 30, "then": "default"}`, or null for as long as it takes. With
//! `"bot_after": 3` a bot takes a seat for which time was over three times in a row.

use serde_json::Value;
use simpl::{Game, Overdue, TimeLimit};

use crate::scopes::Row;

/// The time limit of a run; `None` for as long as it takes. A limit that cannot be read does not count.
#[must_use]
pub fn limit(game: &Game, run: &Row) -> Option<TimeLimit> {
    game.model()?;
    match own(run) {
        None => game.time_limit(),
        Some(Value::Null) => None,
        Some(own) => read(own).ok().or(game.time_limit()),
    }
}

/// Says in the log that the limit of a run cannot be used: for whoever takes in the run's row.
pub fn look_at_limit(run: &Row) {
    if let Some(own) = own(run).filter(|own| !own.is_null())
        && let Err(reason) = read(own)
    {
        tracing::warn!(run = run.pk, limit = %own, reason, "the time limit of a run cannot be used; that of the game counts");
    }
}

/// The periods in a row in which a seat may be silent before a bot takes it; `None` where a run does not say so.
#[must_use]
pub fn bot_after(run: &Row) -> Option<u32> {
    own(run).and_then(|own| silences(own).ok()?)
}

/// What a run says of its time limit.
fn own(run: &Row) -> Option<&Value> {
    run.data().get("_turn")?.get("limit")
}

/// Can a run have this limit?
///
/// # Errors
/// What is expected of it.
pub fn readable(limit: &Value) -> Result<(), &'static str> {
    read(limit)?;
    silences(limit).map(drop)
}

fn read(limit: &Value) -> Result<TimeLimit, &'static str> {
    let seconds = limit.get("seconds").and_then(Value::as_u64);
    let seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
    let seconds = seconds.filter(|seconds| (1..=TimeLimit::LONGEST).contains(seconds));
    let then = match limit.get("then") {
        None => Some(Overdue::Wait),
        Some(then) => then.as_str().and_then(Overdue::from_name),
    };
    match (seconds, then) {
        (None, _) => Err("`seconds` has to be a whole number from 1 to 2592000"),
        (_, None) => Err("`then` has to be default, last, bot, skip or wait"),
        (Some(seconds), Some(then)) => Ok(TimeLimit { seconds, then }),
    }
}

fn silences(limit: &Value) -> Result<Option<u32>, &'static str> {
    let given = limit.get("bot_after").filter(|given| !given.is_null());
    let Some(given) = given else {
        return Ok(None);
    };
    let periods = given.as_u64().filter(|periods| (1..=100).contains(periods));
    let periods = periods.and_then(|periods| u32::try_from(periods).ok());
    periods
        .map(Some)
        .ok_or("`bot_after` has to be a whole number of periods from 1 to 100")
}

#[cfg(test)]
mod tests {
    use games_contract::Resource;
    use serde_json::json;

    use super::*;

    fn of(data: &Value) -> Option<TimeLimit> {
        let json = json!({"id": 5, "data": data});
        let own = TimeLimit {
            seconds: 60,
            then: Overdue::Default,
        };
        let game = div::game().with_time_limit(Some(own));
        limit(&game, &crate::scopes::row(Resource::Run, json))
    }

    #[test]
    fn a_run_may_have_another_limit_or_none() {
        let limit = |seconds, then| Some(TimeLimit { seconds, then });
        let run = |own: Value| of(&json!({"_turn": {"limit": own}}));
        assert_eq!(of(&json!({})), limit(60, Overdue::Default));
        assert_eq!(of(&Value::Null), limit(60, Overdue::Default));
        assert_eq!(run(Value::Null), None);
        assert_eq!(
            run(json!({"seconds": 5, "then": "skip"})),
            limit(5, Overdue::Skip)
        );
        assert_eq!(
            run(json!({"seconds": 5, "then": "bot"})),
            limit(5, Overdue::Bot)
        );
        assert_eq!(run(json!({"seconds": 5})), limit(5, Overdue::Wait));
    }

    #[test]
    fn a_run_may_say_after_how_many_silent_periods_a_bot_plays() {
        let run = |limit: &Value| {
            let json = json!({"id": 5, "data": {"_turn": {"limit": limit}}});
            bot_after(&crate::scopes::row(Resource::Run, json))
        };
        let with = |bot_after: Value| json!({"seconds": 5, "bot_after": bot_after});
        assert_eq!(run(&with(json!(3))), Some(3));
        assert_eq!(readable(&with(json!(3))), Ok(()));
        assert_eq!(run(&json!({"seconds": 5})), None);
        assert_eq!(run(&with(Value::Null)), None);
        for odd in [json!(0), json!(101), json!(1.5), json!("two")] {
            assert_eq!(run(&with(odd.clone())), None);
            assert!(readable(&with(odd)).is_err());
        }
    }

    #[test]
    fn a_limit_that_nothing_can_work_with_does_not_count() {
        for odd in [
            json!(30),
            json!({}),
            json!({"seconds": 0}),
            json!({"seconds": 2.5}),
            json!({"seconds": 2_592_001}),
            json!({"seconds": 5, "then": "cat"}),
            json!({"seconds": 5, "then": 5}),
        ] {
            let limit = of(&json!({"_turn": {"limit": odd}}));
            assert_eq!(limit.map(|limit| limit.seconds), Some(60), "{odd}");
        }
    }
}
