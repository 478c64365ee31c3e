//! The number under which a gradebook knows somebody.

use serde::Deserialize;

use super::cell::Cell;
use crate::storage::Value;

/// The part of a run user's data that the model service keeps for people who have joined without an account of their own.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    #[serde(rename = "_private")]
    private: Private,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Private {
    join: Join,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Join {
    student_number: Option<String>,
}

/// The account's number of elsewhere, else the student number that they have given when they joined.
pub(super) fn number<'a>(external_id: &'a Value, data: &Value) -> Cell<'a> {
    match external_id {
        Value::Null => {
            let data: Data =
                serde_json::from_str(data.text().unwrap_or_default()).unwrap_or_default();
            let given = data.private.join.student_number;
            given.map_or(Cell::Empty, |number| Cell::Text(number.into()))
        }
        known => Cell::of(known),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_own_number_counts_before_the_one_that_was_typed() {
        let data = Value::from(r#"{"_private":{"join":{"student_number":"0012"}}}"#.to_owned());
        let text = |text: &'static str| Cell::Text(text.into());
        let known = Value::from("77".to_owned());
        assert_eq!(number(&known, &data), text("77"));
        assert_eq!(number(&Value::Null, &data), text("0012"));
        for nothing in [
            "{}",
            "[]",
            r#"{"_private":7}"#,
            r#"{"_private":{"join":{}}}"#,
        ] {
            assert_eq!(
                number(&Value::Null, &nothing.to_owned().into()),
                Cell::Empty
            );
        }
    }
}
