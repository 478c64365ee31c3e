//! A bot in a seat: `data._turn.bot` of a run user, `{"name": "random", "since": "2026-11-21T12:00:00.000Z"}`.
//!
//! A person who is absent keeps run user and user. A seat in which nobody sits has the run user of a user that was made for the bot,
//! with whom nobody can sign in.

use games_contract::BOTS_DOMAIN;
use serde_json::{Value, json};

use crate::scopes::Row;
use crate::scopes::service_state::with_turn_member;

/// The name of the bot that decides for a run user; none where the person does.
#[must_use]
pub fn of(runuser: &Row) -> Option<&str> {
    runuser.data().pointer("/_turn/bot/name")?.as_str()
}

/// Since when it does, as it is written.
pub(super) fn since(runuser: &Row) -> Option<&str> {
    runuser.data().pointer("/_turn/bot/since")?.as_str()
}

/// The data of a run user for whom this bot decides from now on, or the person again; with everything else that is in it.
pub(super) fn with(runuser: &Value, bot: Option<&str>, now: &str) -> Value {
    let bot = bot.map(|bot| json!({"name": bot, "since": now}));
    with_turn_member(runuser, "bot", bot)
}

/// The address of the user made for the bot number `number` of a run.
pub(super) fn address(run: u64, number: u64) -> String {
    format!("bot-{run}-{number}@{BOTS_DOMAIN}")
}

/// The number of the bot that a run user was made for; none where a person may come.
#[must_use]
pub fn number(runuser: &Row) -> Option<u64> {
    let email = runuser.text("email");
    let name = email.strip_suffix(BOTS_DOMAIN)?;
    let (_, number) = name.strip_suffix('@')?.rsplit_once('-')?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use games_contract::Resource;

    use super::*;

    #[test]
    fn a_bot_comes_and_goes_and_the_rest_of_the_seat_stays() {
        let row =
            |data: &Value| crate::scopes::row(Resource::RunUser, json!({"id": 2, "data": data}));
        let held = json!({"name": "Eva", "_turn": {"group": 4}, "_private": {"join": "x"}});
        let botted = with(&held, Some("random"), "noon");
        assert_eq!(
            (of(&row(&botted)), since(&row(&botted))),
            (Some("random"), Some("noon"))
        );
        assert_eq!(botted["_turn"]["group"], 4);
        assert_eq!(botted["_private"], held["_private"]);
        assert_eq!(with(&botted, None, "one"), held);
        assert_eq!(of(&row(&held)), None);
        assert_eq!(
            with(&with(&Value::Null, Some("a"), "noon"), None, "one"),
            json!({})
        );
    }

    #[test]
    fn the_users_of_bots_are_known_by_their_address() {
        let row =
            |email: &str| crate::scopes::row(Resource::RunUser, json!({"id": 2, "email": email}));
        assert_eq!(number(&row(&address(5, 12))), Some(12));
        for person in ["s1@div.edu", "bot-5-12@div.edu", "x@bots.invalid", ""] {
            assert_eq!(number(&row(person)), None, "{person}");
        }
    }
}
