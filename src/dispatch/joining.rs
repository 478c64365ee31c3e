//! What leaders do about joining: `open_joining`, `close_joining`, `get_joining`, `approve`, `refuse`, `import_roster` and `get_links`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use simpl::Rejected;

use super::arguments::{Arguments, not_expected};
use super::caller::posted;
use super::procedures::ScopeProcedure;
use super::{Dispatcher, Invocation, Next};
use crate::game::{Hosted, Reached};
use crate::joining::{Listed, Named, Opening, Wish, import, read_roster};
use crate::refusal;

/// People let in or turned away in one call at most.
const MANY: usize = 2_000;
/// How long a roster may take.
const IMPORT: Duration = Duration::from_secs(120);

impl Dispatcher {
    pub(super) fn joining(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        procedure: &ScopeProcedure,
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let looks = *procedure == ScopeProcedure::GetJoining;
        if !(reached.standing.leads() || looks && reached.standing.oversees()) {
            let rank = reached.standing.rank;
            return Err(refusal::leaders_only("see and say who joins it", rank));
        }
        let caller = self.caller(game, invocation);
        if *procedure == ScopeProcedure::ImportRoster {
            let roster = roster(game, arguments)?;
            let (game, run, viewer) = (game.clone(), reached.run.clone(), invocation.viewer);
            self.tasks.spawn(async move {
                let imported = import(&game, &run, roster, viewer);
                let told = tokio::time::timeout(IMPORT, imported).await;
                let told = told.unwrap_or_else(|_| Err(refusal::too_slow("the import", IMPORT)));
                caller.hears(told).await;
            });
            return Ok(Next::Queued);
        }
        let links = *procedure == ScopeProcedure::GetLinks;
        let wish = wish(procedure, arguments)?;
        let queued = reached.run.mailbox.try_post(move |state| {
            Box::pin(async move {
                let told = match links {
                    true => state.links().await,
                    false => state.lead_joining(wish).await,
                };
                caller.hears(told).await;
            })
        });
        posted(queued)
    }
}

/// Who is on the roster that was sent.
fn roster(game: &Hosted, arguments: &Arguments) -> Result<Vec<Listed>, Rejected> {
    let given = arguments.first("csv");
    let text = given.as_str();
    let text = text.ok_or_else(|| not_expected("csv", "the text of a CSV file", given))?;
    let catalogue = game.catalogue.load();
    let roles = catalogue.roles.iter();
    let roles = roles.map(|role| (role.text("name").into_owned(), role.pk));
    read_roster(text, &roles.collect())
}

fn wish(procedure: &ScopeProcedure, arguments: &Arguments) -> Result<Wish, Rejected> {
    match procedure {
        ScopeProcedure::OpenJoining => Ok(Wish::Open(Opening {
            nicknames: choice(arguments, "nicknames")?,
            student_number: choice(arguments, "student_number")?,
            approval: choice(arguments, "approval")?,
            new_code: choice(arguments, "new_code")?.unwrap_or_default(),
        })),
        ScopeProcedure::CloseJoining => Ok(Wish::Close),
        ScopeProcedure::Approve => named(arguments).map(Wish::Approve),
        ScopeProcedure::Refuse => named(arguments).map(Wish::Refuse),
        _ => Ok(Wish::Look),
    }
}

/// Yes, no, or nothing said.
fn choice(arguments: &Arguments, name: &str) -> Result<Option<bool>, Rejected> {
    match arguments.kwargs.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(yes)) => Ok(Some(*yes)),
        Some(other) => Err(not_expected(name, "true or false", other)),
    }
}

/// Names or numbers of those who wait: one, or a list.
fn named(arguments: &Arguments) -> Result<Vec<Named>, Rejected> {
    let given = arguments.first("waiting");
    let expected = "a nickname, the number of a request, or a list of 1 to 2000 of them";
    let refused = || not_expected("waiting", expected, given);
    let one = |value: &Value| match value {
        Value::String(name) => Some(Named::Name(name.clone())),
        other => other.as_u64().map(Named::Number),
    };
    let named: Option<Vec<Named>> = match given {
        Value::Array(several) => several.iter().map(one).collect(),
        single => one(single).map(|one| vec![one]),
    };
    let named = named.filter(|named| (1..=MANY).contains(&named.len()));
    named.ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wamp::Payload;

    use super::*;

    fn arguments(args: &Value, kwargs: &Value) -> Arguments {
        Arguments::of(&Payload::json(args, kwargs).unwrap()).unwrap()
    }

    #[test]
    fn whoever_waits_is_named_by_nickname_or_number_alone_or_with_others() {
        let of = |given: Value| named(&arguments(&json!([given]), &json!({})));
        assert_eq!(of(json!("Ada")).unwrap(), [Named::Name("Ada".to_owned())]);
        let both = [Named::Number(3), Named::Name("Ada".to_owned())];
        assert_eq!(of(json!([3, "Ada"])).unwrap(), both);
        for odd in [json!(null), json!([]), json!(-1), json!([[1]]), json!({})] {
            assert_eq!(of(odd).unwrap_err().code(), "invalid_argument");
        }
    }

    #[test]
    fn what_is_not_said_about_joining_is_left_open() {
        let of = |kwargs: Value| {
            wish(
                &ScopeProcedure::OpenJoining,
                &arguments(&json!([]), &kwargs),
            )
        };
        assert_eq!(of(json!({})).unwrap(), Wish::Open(Opening::default()));
        let opening = Opening {
            approval: Some(false),
            new_code: true,
            ..Opening::default()
        };
        let said = json!({"approval": false, "new_code": true, "nicknames": null});
        assert_eq!(of(said).unwrap(), Wish::Open(opening));
        let odd = of(json!({"approval": "yes"})).unwrap_err();
        assert_eq!(odd.code(), "invalid_argument");
    }
}
