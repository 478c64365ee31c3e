//! Bots in seats: `add_bots` and `remove_bots` of a run, a world, and a run user.

use std::collections::BTreeSet;
use std::sync::Arc;

use games_contract::Resource;
use serde_json::Value;
use simpl::Rejected;

use super::arguments::{Arguments, not_expected};
use super::caller::posted;
use super::procedures::ScopeProcedure;
use super::{Dispatcher, Invocation, Next};
use crate::bots::{Wanted, Who};
use crate::game::{Hosted, Reached};
use crate::refusal;

impl Dispatcher {
    pub(super) fn seat_bots(
        self: &Arc<Self>,
        game: &Arc<Hosted>,
        reached: &Reached,
        procedure: &ScopeProcedure,
        (resource, pk): (Resource, u64),
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Result<Next, Rejected> {
        let adds = *procedure == ScopeProcedure::AddBots;
        let own = reached.standing.seat.map(|seat| seat.runuser);
        // Whoever is back takes their own seat.
        let comes_back = !adds && resource == Resource::RunUser && own == Some(pk);
        if !reached.standing.leads() && !comes_back {
            let rank = reached.standing.rank;
            return Err(refusal::leaders_only("say where bots decide", rank));
        }
        let wanted = match resource {
            Resource::RunUser => Wanted {
                who: Who::Those(BTreeSet::from([pk])),
                worlds: None,
                bot: None,
            },
            Resource::World => Wanted {
                worlds: Some(BTreeSet::from([pk])),
                ..wanted(arguments, adds)?
            },
            _ => {
                let worlds = arguments.worlds(&reached.run.view.load().worlds)?;
                let worlds = worlds.map(BTreeSet::from_iter);
                let wanted = wanted(arguments, adds)?;
                Wanted { worlds, ..wanted }
            }
        };
        let caller = self.caller(game, invocation);
        let queued = reached.run.mailbox.try_post(move |state| {
            Box::pin(async move {
                let told = match adds {
                    true => state.add_bots(wanted).await,
                    false => state.remove_bots(wanted).await,
                };
                caller.hears(told.map(Value::from)).await;
            })
        });
        posted(queued)
    }
}

/// Which seats, and which bot.
fn wanted(arguments: &Arguments, adds: bool) -> Result<Wanted, Rejected> {
    let who = who(arguments.first("who"), adds)?;
    let bot = match arguments
        .args
        .get(1)
        .or_else(|| arguments.kwargs.get("bot"))
    {
        None | Some(Value::Null) => None,
        Some(Value::String(bot)) => Some(bot.clone()),
        Some(other) => return Err(not_expected("bot", "the name of a bot of this game", other)),
    };
    Ok(Wanted {
        who,
        worlds: None,
        bot,
    })
}

fn who(given: &Value, adds: bool) -> Result<Who, Rejected> {
    let refused = || {
        let expected = match adds {
            true => "\"absent\", \"empty\" or a list of pks of run users",
            false => "a list of pks of run users, or nothing for all",
        };
        not_expected("who", expected, given)
    };
    match (given, adds) {
        (Value::Null, true) => Ok(Who::Absent),
        (Value::Null, false) => Ok(Who::Everybody),
        (Value::String(word), true) if word == "absent" => Ok(Who::Absent),
        (Value::String(word), true) if word == "empty" => Ok(Who::Empty),
        (Value::Array(pks), _) => {
            let pks: Option<BTreeSet<u64>> = pks.iter().map(Value::as_u64).collect();
            pks.map(Who::Those).ok_or_else(refused)
        }
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn bots_come_for_the_absent_and_leave_everybody_unless_somebody_is_named() {
        let those = Who::Those(BTreeSet::from([3, 5]));
        for adds in [true, false] {
            assert_eq!(who(&json!([5, 3]), adds).unwrap(), those);
            for odd in [json!(5), json!(["5"]), json!("all"), json!({}), json!([-1])] {
                assert_eq!(
                    who(&odd, adds).unwrap_err().code(),
                    "invalid_argument",
                    "{odd}"
                );
            }
        }
        assert_eq!(who(&json!("empty"), true).unwrap(), Who::Empty);
        assert_eq!(who(&Value::Null, true).unwrap(), Who::Absent);
        assert_eq!(who(&Value::Null, false).unwrap(), Who::Everybody);
        assert!(who(&json!("empty"), false).is_err());
    }
}
