//! Keys of submissions: what is sent twice counts once.
//!
//! A decision's row keeps the last keys under which it was stored, in `data._private.keys`. So a repeated call is recognised after a
//! restart, too, and when the period has been stepped meanwhile.

use serde_json::Value;

use crate::scopes::service_state::{PRIVATE, change};

/// Keys kept for each decision; a call is repeated within moments, not after so many others.
const KEPT: usize = 8;

/// Has this decision been stored under that key?
pub(crate) fn knows(data: &Value, key: &str) -> bool {
    let keys = data.pointer("/_private/keys").and_then(Value::as_array);
    keys.is_some_and(|keys| keys.iter().any(|known| known == key))
}

/// Notes the key in what is about to be stored. A decision that is no object has no place for it.
pub(crate) fn note(data: &mut Value, key: &str) {
    change(data, PRIVATE, |private| {
        let keys = private
            .entry("keys")
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(keys) = keys {
            keys.push(key.into());
            let surplus = keys.len().saturating_sub(KEPT);
            keys.drain(..surplus);
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_keys_are_known_and_the_rest_of_the_secrets_stays() {
        let mut data = json!({"operand": 1, "_private": {"seed": 7}});
        for n in 0..20 {
            note(&mut data, &format!("key {n}"));
        }
        assert!(knows(&data, "key 19") && knows(&data, "key 12"));
        assert!(!knows(&data, "key 11") && !knows(&data, "other"));
        assert_eq!(data["_private"]["seed"], 7);
        assert_eq!(data["_private"]["keys"].as_array().unwrap().len(), KEPT);
    }

    #[test]
    fn a_decision_that_is_no_object_is_left_as_it_is() {
        let mut data = json!(5);
        note(&mut data, "a");
        assert_eq!(data, 5);
        assert!(!knows(&data, "a"));
    }
}
