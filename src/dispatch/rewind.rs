//! `rewind`: what a leader says to take a run, a world or a scenario back; and `branch`, to have a copy of a world.

use std::sync::Arc;

use games_contract::Resource;
use serde_json::Value;
use simpl::Rejected;

use super::arguments::{Arguments, not_expected};
use super::call::key;
use super::caller::{leaders, posted};
use super::{Dispatcher, Invocation, Next};
use crate::game::{Hosted, Reached};
use crate::rewind::{Back, WhatIf};

/// Characters of a world's name at most.
const NAME: usize = 100;

impl Dispatcher {
    pub(super) fn rewind(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        (resource, pk): (Resource, u64),
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        leaders(reached, "take a game back")?;
        let back = Back {
            order: order(arguments.first("order"))?,
            by: invocation.viewer.user(),
            key: key(arguments.kwargs.get("_key"))?,
        };
        let caller = self.caller(game, invocation);
        let queued = if resource == Resource::Run {
            let worlds = arguments.worlds(&reached.run.view.load().worlds)?;
            let run = reached.run.clone();
            reached.run.mailbox.try_post(move |_| {
                Box::pin(async move {
                    let told = run.with_worlds(worlds.as_deref(), move |state| {
                        let back = back.clone();
                        Box::pin(async move { state.rewind(&back, None).await.map(Value::from) })
                    });
                    let told = told.await.map(Value::from);
                    caller.hears(told).await;
                })
            })
        } else {
            let branch = reached.run.branch(reached.place.owner);
            let branch = branch.ok_or_else(|| Rejected::no_such_procedure(&invocation.uri))?;
            let only = (resource == Resource::Scenario).then_some(pk);
            branch.mailbox.try_post(move |state| {
                Box::pin(async move {
                    let told = state.rewind(&back, only).await.map(Value::from);
                    caller.hears(told).await;
                })
            })
        };
        posted(queued)
    }

    pub(super) fn branch_off(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        world: u64,
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        leaders(reached, "have a world copied")?;
        let up_to = arguments.args.get(1).or(arguments.kwargs.get("order"));
        let up_to = up_to.filter(|order| !order.is_null());
        let wish = WhatIf {
            world,
            name: name(arguments.first("name"))?,
            order: up_to.map(order).transpose()?,
            key: key(arguments.kwargs.get("_key"))?,
        };
        let (caller, run) = (self.caller(game, invocation), reached.run.clone());
        let queued = reached.run.mailbox.try_post(move |state| {
            Box::pin(async move {
                let told = state.branch_world(&run, &wish).await;
                caller.hears(told).await;
            })
        });
        posted(queued)
    }
}

/// What a world is called.
fn name(given: &Value) -> Result<String, Rejected> {
    let name = given.as_str().map(str::trim);
    let name = name.filter(|name| (1..=NAME).contains(&name.chars().count()));
    let expected = "a name of 1 to 100 characters for the copy";
    name.map(str::to_owned)
        .ok_or_else(|| not_expected("name", expected, given))
}

/// The order of a period, as a number or as the text of a form field.
pub(super) fn order(given: &Value) -> Result<i64, Rejected> {
    let number = match given {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    };
    number.ok_or_else(|| not_expected("order", "the number of a period", given))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_order_is_a_number_or_the_text_of_one() {
        assert_eq!(order(&json!(3)).unwrap(), 3);
        assert_eq!(order(&json!(" 3 ")).unwrap(), 3);
        for odd in [json!(null), json!(1.5), json!("three"), json!([3])] {
            assert_eq!(order(&odd).unwrap_err().code(), "invalid_argument", "{odd}");
        }
    }
}
