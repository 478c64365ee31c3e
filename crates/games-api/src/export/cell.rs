//! A value on its way into any format.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::storage::Value;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Empty,
    Flag(bool),
    Integer(i64),
    /// A number of JSON as it is written, to the last digit.
    Number(&'a str),
    Text(Cow<'a, str>),
    /// A list or an object of JSON.
    Nested(Cow<'a, str>),
}

impl<'a> Cell<'a> {
    /// A column of a database.
    pub(super) fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Empty,
            Value::Boolean(flag) => Self::Flag(*flag),
            Value::Integer(number) => Self::Integer(*number),
            Value::Text(text) => Self::Text(text.into()),
        }
    }

    /// A flag of a database, which SQLite keeps as a number.
    pub(super) fn flag(value: &Value) -> Self {
        Self::Flag(value.flag())
    }

    /// A value of JSON.
    pub(super) fn of_json(json: &'a RawValue) -> Self {
        let text = json.get();
        match text.as_bytes().first() {
            Some(b't' | b'f') => Self::Flag(text == "true"),
            Some(b'"') => Self::Text(serde_json::from_str(text).unwrap_or(Cow::Borrowed(text))),
            Some(b'{' | b'[') => Self::Nested(text.into()),
            Some(b'-' | b'0'..=b'9') => Self::Number(text),
            _ => Self::Empty,
        }
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl<'a> From<Option<&'a str>> for Cell<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Empty, Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_json_keeps_its_kind_and_its_digits() {
        let cases = [
            ("null", Cell::Empty),
            ("false", Cell::Flag(false)),
            ("true", Cell::Flag(true)),
            ("-1.50", Cell::Number("-1.50")),
            (r#""a\"\u00fc""#, Cell::Text("a\"ü".into())),
            (r#"{"a": [1]}"#, Cell::Nested(r#"{"a": [1]}"#.into())),
            ("[]", Cell::Nested("[]".into())),
        ];
        for (text, expected) in cases {
            let json: &RawValue = serde_json::from_str(text).unwrap();
            assert_eq!(Cell::of_json(json), expected);
        }
    }
}
