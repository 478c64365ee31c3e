//! A row as a handler may read it.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::bind;
use crate::rejected::Reply;
use crate::scope::ScopeKind;

/// A row as the caller of a handler may see it, at the moment of asking. What the service keeps in its `data` for itself is not there.
#[derive(Clone, PartialEq)]
pub struct Row {
    /// What it is a row of.
    pub kind: ScopeKind,
    /// Primary key.
    pub pk: u64,
    members: Map<String, Value>,
}

impl Row {
    /// A row of these members, as the games API has them. `_turn` and `_private` in its `data` are left out.
    #[must_use]
    pub fn new(kind: ScopeKind, pk: u64, mut members: Map<String, Value>) -> Self {
        if let Some(Value::Object(data)) = members.get_mut("data") {
            data.retain(|name, _| !is_reserved(name));
        }
        Self { kind, pk, members }
    }

    /// A member as the games API has it; null where there is none of that name.
    #[must_use]
    pub fn member(&self, name: &str) -> &Value {
        self.members.get(name).unwrap_or(&Value::Null)
    }

    /// The pk that a member refers to, such as `world` of a scenario; none where it refers to nothing.
    #[must_use]
    pub fn reference(&self, name: &str) -> Option<u64> {
        self.member(name).as_u64()
    }

    /// Its name; empty where it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        self.member("name").as_str().unwrap_or_default()
    }

    /// Its `data`, read as the game's type.
    ///
    /// # Errors
    /// It is of another shape; the message names the field.
    pub fn data<T: DeserializeOwned>(&self) -> Reply<T> {
        let data = self.member("data");
        bind::stored(data).map_err(|no| no.about(&format!("the data of {} {}", self.kind, self.pk)))
    }
}

impl fmt::Debug for Row {
    /// Leaves out what it says: what players submit is not for the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row({} {})", self.kind, self.pk)
    }
}

/// Is it a member of `data` that belongs to the service?
pub(crate) fn is_reserved(name: &str) -> bool {
    matches!(name, "_turn" | "_private")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_service_keeps_in_a_row_is_not_shown() {
        let Value::Object(members) = json!({"id": 7, "name": "World 1", "run": 5,
            "data": {"price": 3, "_private": {"seed": 1}, "_turn": {}}})
        else {
            panic!("an object");
        };
        let row = Row::new(ScopeKind::World, 7, members);
        assert_eq!(row.member("data"), &json!({"price": 3}));
        assert_eq!((row.name(), row.reference("run")), ("World 1", Some(5)));
        assert_eq!(
            row.data::<Value>().map(|data| data["price"].clone()),
            Ok(json!(3))
        );
        let no = row.data::<Vec<u8>>().unwrap_err().message();
        assert!(no.starts_with("the data of world 7: "), "{no}");
        assert_eq!(format!("{row:?}"), "Row(world 7)");
    }
}
