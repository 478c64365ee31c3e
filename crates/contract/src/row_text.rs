//! A row as text.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::Map;

/// A row's JSON as it was written. For whoever holds many rows, or passes them on: a map of the same row takes five times the memory.
///
/// `Debug` shows the size only, because rows carry what players must not see.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowText(Box<RawValue>);

impl RowText {
    /// The JSON.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Its members, as often as it is asked for.
    ///
    /// # Errors
    /// It is no object, or says something that Rust has no value for, such as the number `1e999`.
    pub fn members(&self) -> serde_json::Result<Map> {
        serde_json::from_str(self.as_str())
    }
}

impl From<Map> for RowText {
    fn from(members: Map) -> Self {
        let text = serde_json::value::to_raw_value(&members);
        Self(text.expect("JSON values always serialize"))
    }
}

/// Equal letter by letter. The same members may be written in another way.
impl PartialEq for RowText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for RowText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowText")
            .field("bytes", &self.as_str().len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_stays_as_it_was_written_and_its_members_can_be_had() {
        let text = r#"{"b":1.0,"a":{"_private":"\u00e9"}}"#;
        let row: RowText = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&row).unwrap(), text);
        let members = row.members().unwrap();
        assert_eq!(members["a"]["_private"], "é");
        let again = RowText::from(members);
        assert_ne!(again, row);
        assert_eq!(again.members().unwrap(), row.members().unwrap());
        assert_eq!(format!("{again:?}"), "RowText { bytes: 31 }");
    }

    #[test]
    fn what_is_no_row_has_no_members() {
        for text in ["[1]", r#"{"a":1e999}"#] {
            let row: RowText = serde_json::from_str(text).unwrap();
            assert!(row.members().is_err(), "{text}");
        }
    }
}
