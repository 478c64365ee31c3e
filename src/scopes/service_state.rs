//! What the service keeps in a row's `data` beside what the game has there: `_turn`, which those who see the row may see, and `_private`,
//! which nobody is told.

use games_client::Map;
use serde_json::Value;

/// The member of `data` that everybody sees who sees the row.
pub(crate) const TURN: &str = "_turn";
/// The member of `data` that never leaves the service.
pub(crate) const PRIVATE: &str = "_private";

/// Changes one of the two; one that is empty then is left out. Data that is no object has no place for it and stays as it is.
pub(crate) fn change(data: &mut Value, part: &str, change: impl FnOnce(&mut Map)) {
    let Value::Object(members) = data else { return };
    let mut kept = match members.shift_remove(part) {
        Some(Value::Object(kept)) => kept,
        _ => Map::new(),
    };
    change(&mut kept);
    if !kept.is_empty() {
        members.insert(part.to_owned(), kept.into());
    }
}

/// Sets a member of one of the two, or takes it away.
pub(crate) fn set(data: &mut Value, part: &str, name: &str, value: Option<Value>) {
    change(data, part, |kept| {
        match value {
            Some(value) => kept.insert(name.to_owned(), value),
            None => kept.shift_remove(name),
        };
    });
}

/// Data to be written over `held`, its `_turn` changed and everything else as it was; data that is no object becomes one.
pub(crate) fn with_turn(held: &Value, to: impl FnOnce(&mut Map)) -> Value {
    let mut data = object(held);
    change(&mut data, TURN, to);
    data
}

/// As [`with_turn`], for one member of it, which is set or taken away.
pub(crate) fn with_turn_member(held: &Value, name: &str, value: Option<Value>) -> Value {
    let mut data = object(held);
    set(&mut data, TURN, name, value);
    data
}

fn object(held: &Value) -> Value {
    Value::Object(held.as_object().cloned().unwrap_or_default())
}

/// The game's data with what the service keeps in `held`: the game's cannot bring any of its own.
pub(crate) fn with_service_state(held: &Value, data: &Value) -> Value {
    let mut data = data.clone();
    if let Value::Object(data) = &mut data {
        for name in [TURN, PRIVATE] {
            match held.get(name) {
                Some(state) => data.insert(name.to_owned(), state.clone()),
                None => data.shift_remove(name),
            };
        }
    }
    data
}

/// What is the game's.
pub(crate) fn public(data: &Value) -> Value {
    let mut data = data.clone();
    strip(&mut data);
    data
}

/// Leaves what is the game's.
pub(crate) fn strip(data: &mut Value) {
    if let Value::Object(members) = data {
        members.retain(|name, _| name != TURN && name != PRIVATE);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_comes_and_goes_and_the_rest_stays() {
        let held = json!({"a": 1, "_turn": {"limit": 60}, "_private": {"seed": 7}});
        let noted = with_turn_member(&held, "over", Some(true.into()));
        assert_eq!(
            noted,
            json!({"a": 1, "_turn": {"limit": 60, "over": true}, "_private": {"seed": 7}})
        );
        assert_eq!(with_turn_member(&noted, "over", None), held);
        assert_eq!(
            with_turn(&held, Map::clear),
            json!({"a": 1, "_private": {"seed": 7}})
        );
    }

    #[test]
    fn data_that_is_no_object_becomes_one_or_is_left_alone() {
        assert_eq!(with_turn_member(&Value::Null, "over", None), json!({}));
        let mut decision = json!(5);
        set(&mut decision, TURN, "by", Some("bot".into()));
        assert_eq!(decision, 5);
    }

    #[test]
    fn the_services_own_state_is_kept_and_cannot_be_forged() {
        let held = json!({"a": 1, "_turn": {"keys": ["k"]}});
        let forged = json!({"a": 2, "_turn": {}, "_private": {"seed": 1}});
        assert_eq!(
            with_service_state(&held, &forged),
            json!({"a": 2, "_turn": {"keys": ["k"]}})
        );
        assert_eq!(with_service_state(&Value::Null, &forged), json!({"a": 2}));
        assert_eq!(with_service_state(&held, &json!(5)), json!(5));
        assert_eq!(public(&forged), json!({"a": 2}));
    }
}
