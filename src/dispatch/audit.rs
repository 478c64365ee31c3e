//! Reading the audit log, and saying something to a run or a world: what an assistant may do, too.

use std::sync::Arc;

use games_contract::Resource;
use serde_json::Value;
use simpl::Rejected;

use super::arguments::{Arguments, not_expected};
use super::{Dispatcher, Invocation, Next};
use crate::audit::{Asked, short};
use crate::game::{Hosted, Reached};
use crate::refusal;
use crate::scopes::Owner;
use crate::sight::Audience;

/// Lines in a page: as many as usual, and at most.
const USUAL: u32 = 100;
const MOST: u32 = 500;
/// Characters of a message at most.
const MESSAGE: usize = 2_000;

impl Dispatcher {
    /// The lines of a run, for those who oversee it, or those that concern a world; its players see them in short.
    pub(super) fn get_audit(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        (resource, pk): (Resource, u64),
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let oversees = reached.standing.oversees();
        if resource == Resource::Run && !oversees {
            let rank = reached.standing.rank;
            return Err(refusal::leaders_only("read its audit log", rank));
        }
        let number = |name: &str| arguments.kwargs.get(name).unwrap_or(&Value::Null);
        let asked = Asked {
            world: (resource == Resource::World).then_some(pk),
            page: between("page", number("page"), 1, u32::MAX)?,
            limit: between("limit", number("limit"), USUAL, MOST)?,
        };
        let caller = self.caller(game, invocation);
        let game = game.clone();
        let run = reached.run.pk;
        self.tasks.spawn(async move {
            let lines = game.audit(run, asked).await.map(|lines| {
                let lines = lines.into_iter();
                match oversees {
                    true => lines.collect(),
                    false => lines.map(|line| short(&line)).collect::<Value>(),
                }
            });
            caller.hears(lines).await;
        });
        Ok(Next::Queued)
    }

    /// Tells everybody in a run, or at a world's table, what somebody who oversees it has to say.
    pub(super) fn message(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        (resource, pk): (Resource, u64),
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        if !reached.standing.oversees() {
            let rank = reached.standing.rank;
            return Err(refusal::leaders_only("send a message", rank));
        }
        let text = text(arguments.first("text"))?.to_owned();
        let owner = match resource {
            Resource::World => Owner::World(pk),
            _ => Owner::Run,
        };
        let audience = Audience::of(&reached.run.view.load(), owner);
        let from = invocation.viewer.user();
        let caller = self.caller(game, invocation);
        let game = game.clone();
        self.tasks.spawn(async move {
            game.say((resource, pk), &text, from, &audience).await;
            caller.hears(Ok(Value::Null)).await;
        });
        Ok(Next::Queued)
    }
}

/// A whole number from 1 to `most`; what is usual when it is null.
fn between(name: &str, given: &Value, usual: u32, most: u32) -> Result<u32, Rejected> {
    if given.is_null() {
        return Ok(usual);
    }
    let number = given.as_u64().and_then(|number| u32::try_from(number).ok());
    number
        .filter(|number| (1..=most).contains(number))
        .ok_or_else(|| {
            let message =
                format!("{name}: a whole number from 1 to {most} is expected, got {given}");
            Rejected::invalid_argument(message, most, given.clone())
        })
}

/// Plain text: what a page can show as it is.
fn text(given: &Value) -> Result<&str, Rejected> {
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    let text = given.as_str().map(str::trim);
    text.filter(|text| (1..=MESSAGE).contains(&text.chars().count()) && text.chars().all(is_plain))
        .ok_or_else(|| not_expected("text", "1 to 2000 characters of plain text", given))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_plain_text_of_some_length() {
        assert_eq!(text(&json!(" Five minutes.\n")).unwrap(), "Five minutes.");
        assert!(text(&json!("ü".repeat(MESSAGE))).is_ok());
        for odd in [
            json!(null),
            json!(5),
            json!("  "),
            json!("a\u{7}b"),
            json!("x".repeat(MESSAGE + 1)),
        ] {
            assert_eq!(text(&odd).unwrap_err().code(), "invalid_argument", "{odd}");
        }
    }

    #[test]
    fn a_page_has_a_bounded_number_of_lines() {
        let limit = |given: Value| between("limit", &given, USUAL, MOST);
        assert_eq!(limit(Value::Null).unwrap(), USUAL);
        assert_eq!(limit(json!(500)).unwrap(), 500);
        for odd in [json!(0), json!(501), json!(-1), json!("5"), json!(1.5)] {
            assert!(limit(odd).is_err());
        }
    }
}
