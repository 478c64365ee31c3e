//! The members of rows' data as columns: a column for each, what is below stays JSON.

use std::borrow::Cow;

use indexmap::{IndexMap, IndexSet};
use serde_json::{Value as Json, value::RawValue};

use super::cell::Cell;
use crate::rest::hide_private;

/// What the service keeps in a row's data for itself.
const OF_THE_SERVICE: [&str; 2] = ["_private", "_turn"];
/// Members that have a column of their own at most. Games have a few; what has none is in the last column.
const LARGEST: usize = 1_000;
/// The last column: data that have no members, or the members that have no column of their own.
const REST: &str = "data";

/// The data of one row.
#[derive(Debug)]
pub(super) struct Data<'a> {
    text: &'a str,
    /// None where it is no object.
    members: Option<IndexMap<String, &'a RawValue>>,
}

impl<'a> Data<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            members: serde_json::from_str(text).ok(),
        }
    }

    /// Who made a decision, where the service has noted it: a person made the others.
    pub(super) fn made_by(&self) -> Option<String> {
        let turn = self.members.as_ref()?.get("_turn")?;
        let turn: Json = serde_json::from_str(turn.get()).ok()?;
        Some(turn.get("by")?.as_str()?.to_owned())
    }

    fn shown(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        let all = self.members.iter().flatten();
        all.map(|(name, value)| (name.as_str(), *value))
            .filter(|(name, _)| !OF_THE_SERVICE.contains(name))
    }
}

/// The columns of a table's data, in the order in which the members first appear.
#[derive(Debug, Default)]
pub(super) struct Members {
    names: IndexSet<String>,
    /// Some data do not fit into the columns.
    rest: bool,
}

impl Members {
    /// Takes note of what a row has.
    pub(super) fn note(&mut self, data: &Data<'_>) {
        self.rest |= data.members.is_none();
        for (name, _) in data.shown() {
            if self.names.contains(name) {
            } else if self.names.len() < LARGEST {
                self.names.insert(name.to_owned());
            } else {
                self.rest = true;
            }
        }
    }

    /// The names of the columns. A member's name stands behind a word of ours, so that no column of data is taken for another one.
    pub(super) fn columns(&self) -> impl Iterator<Item = String> {
        let names = self.names.iter().map(|name| format!("{REST}.{name}"));
        names.chain(self.rest.then(|| REST.to_owned()))
    }

    /// Adds the cells of a row.
    pub(super) fn add<'a>(&self, data: &Data<'a>, cells: &mut Vec<Cell<'a>>) {
        let first = cells.len();
        let columns = self.names.len() + usize::from(self.rest);
        cells.resize(first + columns, Cell::Empty);
        let mut rest = serde_json::Map::new();
        for (name, value) in data.shown() {
            match self.names.get_index_of(name) {
                Some(at) => cells[first + at] = without_private(Cell::of_json(value)),
                None => {
                    let value = serde_json::from_str(value.get()).unwrap_or(Json::Null);
                    rest.insert(name.to_owned(), value);
                }
            }
        }
        let whole: Option<&RawValue> = match data.members {
            None => serde_json::from_str(data.text).ok(),
            Some(_) => None,
        };
        let rest = match (whole, rest.is_empty()) {
            (Some(whole), _) => Cell::of_json(whole),
            (None, false) => Cell::Nested(Json::Object(rest).to_string().into()),
            (None, true) => return,
        };
        if let Some(last) = cells.last_mut().filter(|_| self.rest) {
            *last = without_private(rest);
        }
    }
}

/// A cell without what never leaves, however deep.
fn without_private(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        // An escape may write any letter of the name.
        Cell::Nested(text) if text.contains("_private") || text.contains(r"\u") => {
            let mut value = serde_json::from_str(&text).unwrap_or(Json::Null);
            hide_private(&mut value);
            Cell::Nested(Cow::Owned(value.to_string()))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[&str]) -> (Vec<String>, Vec<Vec<String>>) {
        let mut members = Members::default();
        rows.iter().for_each(|row| members.note(&Data::of(row)));
        let cells = |row: &&str| {
            let mut cells = vec![Cell::Integer(7)];
            let data = Data::of(row);
            members.add(&data, &mut cells);
            let text = |cell: &Cell<'_>| match cell {
                Cell::Empty => String::new(),
                Cell::Flag(flag) => flag.to_string(),
                Cell::Integer(number) => number.to_string(),
                Cell::Number(text) => (*text).to_owned(),
                Cell::Text(text) | Cell::Nested(text) => text.to_string(),
            };
            cells.iter().map(text).collect()
        };
        let rows = rows.iter().map(cells).collect();
        (members.columns().collect(), rows)
    }

    #[test]
    fn each_member_has_a_column_in_the_order_of_its_first_appearance() {
        let (columns, rows) = table(&[
            r#"{"operand": 1.50, "_turn": {"by": "bot"}}"#,
            r#"{"why": "so", "operand": 2, "_private": {"seed": 7}}"#,
            "{}",
        ]);
        assert_eq!(columns, ["data.operand", "data.why"]);
        assert_eq!(rows[0], ["7", "1.50", ""]);
        assert_eq!(rows[1], ["7", "2", "so"]);
        assert_eq!(rows[2], ["7", "", ""]);
    }

    #[test]
    fn what_is_below_a_member_stays_json_without_what_is_private() {
        let (_, rows) =
            table(&[r#"{"a": {"b": [1, {"_private": 2, "c": 3}]}, "d": [{"\u005fprivate": 4}]}"#]);
        assert_eq!(rows[0], ["7", r#"{"b":[1,{"c":3}]}"#, "[{}]"]);
    }

    #[test]
    fn data_without_members_have_a_column_of_their_own() {
        let (columns, rows) = table(&["[1, {\"_private\": 2}]", r#"{"a": 1}"#, "12", "null"]);
        assert_eq!(columns, ["data.a", "data"]);
        assert_eq!(rows[0], ["7", "", "[1,{}]"]);
        assert_eq!(rows[1], ["7", "1", ""]);
        assert_eq!(rows[2], ["7", "", "12"]);
        assert_eq!(rows[3], ["7", "", ""]);
    }

    #[test]
    fn members_beyond_the_columns_are_kept_together() {
        let many: Vec<String> = (0..LARGEST).map(|n| format!(r#""m{n}": {n}"#)).collect();
        let many = format!("{{{}}}", many.join(","));
        let more = r#"{"m0": 0, "x": {"_private": 1, "y": 2}, "z": 3}"#;
        let (columns, rows) = table(&[&many, more]);
        assert_eq!(columns.len(), LARGEST + 1);
        assert_eq!(rows[0].last().unwrap(), "");
        assert_eq!(rows[1].last().unwrap(), r#"{"x":{"y":2},"z":3}"#);
        assert_eq!(rows[1][1], "0");
    }

    #[test]
    fn who_made_a_decision_is_what_the_service_has_noted() {
        let by = |text| Data::of(text).made_by();
        assert_eq!(by(r#"{"_turn": {"by": "bot"}}"#).unwrap(), "bot");
        for text in ["{}", "[]", r#"{"_turn": 7}"#, r#"{"_turn": {"by": null}}"#] {
            assert_eq!(by(text), None);
        }
    }
}
