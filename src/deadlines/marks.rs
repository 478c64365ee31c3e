//! Who made a decision: `data._turn.by` of its row. Nothing there is the player; `default`, `last` and `skip` are what counts for a
//! seat that was silent when its time was over; `bot` is a bot, which `data._turn.bot` names.

use serde_json::{Value, json};
use simpl::Overdue;

use crate::scopes::Row;
use crate::scopes::service_state::{TURN, change};

/// Was nothing decided for the seat, so that the period goes on without it?
#[must_use]
pub fn is_skipped(decision: &Row) -> bool {
    by(decision.data()).is_some_and(|by| by == Overdue::Skip.name())
}

/// Did the player decide?
pub(crate) fn is_players(decision: &Row) -> bool {
    by(decision.data()).is_none()
}

fn by(data: &Value) -> Option<&str> {
    data.get("_turn")?.get("by")?.as_str()
}

/// A decision as it is stored that was made for a seat; `bot` is the bot that makes it, where one does. One that is no object has no
/// place for the mark.
pub(crate) fn marked(mut decision: Value, by: Overdue, bot: Option<&str>) -> Value {
    if let Value::Object(members) = &mut decision {
        let turn = match (by, bot) {
            (Overdue::Bot, Some(bot)) => json!({"by": by.name(), "bot": bot}),
            _ => json!({"by": by.name()}),
        };
        members.insert("_turn".to_owned(), turn);
    }
    decision
}

/// Takes the mark away: the player has decided after all.
pub fn unmark(data: &mut Value) {
    change(data, TURN, |turn| {
        turn.shift_remove("by");
        turn.shift_remove("bot");
    });
}

#[cfg(test)]
mod tests {
    use games_contract::Resource;

    use super::*;

    fn row(data: &Value) -> Row {
        let json = json!({"id": 17, "data": data});
        crate::scopes::row(Resource::Decision, json)
    }

    #[test]
    fn a_decision_tells_who_made_it() {
        assert!(is_players(&row(&json!({"operand": 1}))));
        let made = marked(json!({"operand": 1}), Overdue::Default, Some("random"));
        assert_eq!(made, json!({"operand": 1, "_turn": {"by": "default"}}));
        assert!(!is_players(&row(&made)) && !is_skipped(&row(&made)));
        assert!(is_skipped(&row(&marked(json!({}), Overdue::Skip, None))));
        let mut taken_back = made;
        unmark(&mut taken_back);
        assert_eq!(taken_back, json!({"operand": 1}));
        let mut played = marked(json!({"operand": 1}), Overdue::Bot, Some("random"));
        assert_eq!(played["_turn"], json!({"by": "bot", "bot": "random"}));
        unmark(&mut played);
        assert_eq!(played, json!({"operand": 1}));
    }
}
