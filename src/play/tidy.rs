//! What was played as tidy rows: one observation a row, as statistics programs want it.
//!
//! `world,period,role,seat,variable,value`: the world and the period from 1, or the period 0 for what a game begins with; the role and which
//! of its seats, from 1, or both empty where a row is of the whole world; `decision.<member>`, `outcome.<member>`, `part.<member>` for what a
//! seat sees alone, or `score`; and its value. Members of members are joined by dots,
//! items of lists are numbered from 0: `outcome.prices.0`. A value is written as JSON writes it, a text without quotes unless it would be taken
//! for something else then, and null as nothing.

use std::io::{self, Write};

use serde_json::{Map, Value};
use simpl::Seat;
use simpl::testing::Record;

/// The columns.
pub const COLUMNS: [&str; 6] = ["world", "period", "role", "seat", "variable", "value"];

/// Where a row belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The world, from 1.
    pub world: u32,
    /// The period's order, from 1; 0 for what the game begins with.
    pub period: u32,
}

/// Which seat of its role one is, from 1; `at` is its place among all.
#[must_use]
pub fn in_role(seats: &[Seat], at: usize) -> u32 {
    let same = |seat: &&Seat| Some(&seat.role) == seats.get(at).map(|seat| &seat.role);
    let count = seats.iter().take(at + 1).filter(same).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A writer of such rows, as CSV with a header.
#[derive(Debug)]
pub struct Tidy<W: Write> {
    csv: csv::Writer<W>,
    rows: u64,
    variable: String,
}

impl<W: Write> Tidy<W> {
    /// Writes the names of the columns.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn begin(to: W) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(to);
        csv.write_record(COLUMNS)?;
        Ok(Self {
            csv,
            rows: 0,
            variable: String::new(),
        })
    }

    /// Writes what is stored of a period.
    ///
    /// # Errors
    /// The rows cannot be written.
    pub fn period(&mut self, place: Place, seats: &[Seat], record: &Record) -> io::Result<()> {
        for (at, decision) in &record.decisions {
            self.seat("decision", place, seats, *at, decision)?;
        }
        if let Some(outcome) = &record.outcome {
            self.value("outcome", place, ("", None), outcome)?;
        }
        for (at, part) in &record.parts {
            self.seat("part", place, seats, *at, part)?;
        }
        for (at, points) in &record.scores {
            self.seat("score", place, seats, *at, &Value::from(*points))?;
        }
        Ok(())
    }

    fn seat(
        &mut self,
        variable: &str,
        place: Place,
        seats: &[Seat],
        at: usize,
        value: &Value,
    ) -> io::Result<()> {
        let role = seats.get(at).map_or("", |seat| &seat.role);
        self.value(variable, place, (role, Some(in_role(seats, at))), value)
    }

    fn value(
        &mut self,
        variable: &str,
        place: Place,
        seat: (&str, Option<u32>),
        value: &Value,
    ) -> io::Result<()> {
        self.variable.clear();
        self.variable.push_str(variable);
        self.below(place, seat, value)
    }

    /// Rows for everything below the variable that stands there.
    fn below(&mut self, place: Place, seat: (&str, Option<u32>), value: &Value) -> io::Result<()> {
        let length = self.variable.len();
        match value {
            Value::Object(members) if !members.is_empty() => {
                for (name, member) in members {
                    self.variable.push('.');
                    self.variable.push_str(name);
                    self.below(place, seat, member)?;
                    self.variable.truncate(length);
                }
                Ok(())
            }
            Value::Array(items) if !items.is_empty() => {
                for (at, item) in items.iter().enumerate() {
                    self.variable.push('.');
                    self.variable.push_str(&at.to_string());
                    self.below(place, seat, item)?;
                    self.variable.truncate(length);
                }
                Ok(())
            }
            value => {
                self.rows += 1;
                let (role, number) = seat;
                let fields = [
                    place.world.to_string(),
                    place.period.to_string(),
                    role.to_owned(),
                    number.map_or_else(String::new, |number| number.to_string()),
                    self.variable.clone(),
                    written(value),
                ];
                Ok(self.csv.write_record(fields)?)
            }
        }
    }

    /// Writes what is not written yet, and says how many rows there were.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn end(mut self) -> io::Result<u64> {
        self.csv.flush()?;
        Ok(self.rows)
    }
}

/// A value as it stands in its column.
fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if read(text) == *value => text.clone(),
        value => value.to_string(),
    }
}

/// The value that stands in a column.
pub(super) fn read(text: &str) -> Value {
    if text.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

/// Puts a value at its place below `whole`, where names and numbers are joined by dots.
pub(super) fn put(whole: &mut Value, path: &str, value: Value) {
    if path.is_empty() {
        *whole = value;
        return;
    }
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let number = name.parse::<usize>().ok();
    if let (Some(at), Value::Null | Value::Array(_)) = (number, &*whole) {
        if whole.is_null() {
            *whole = Value::Array(Vec::new());
        }
        if let Value::Array(items) = whole {
            // Rows come in order; a gap of any size in a file would take memory of that size.
            if at == items.len() {
                items.push(Value::Null);
            }
            if let Some(item) = items.get_mut(at) {
                put(item, rest, value);
            }
        }
        return;
    }
    if !whole.is_object() {
        *whole = Value::Object(Map::new());
    }
    if let Value::Object(members) = whole {
        put(members.entry(name).or_insert(Value::Null), rest, value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_read_as_it_was_written() {
        for value in [
            json!(null),
            json!(true),
            json!(12),
            json!(0.1),
            json!(1e300),
            json!(-0.0),
            json!(""),
            json!("North"),
            json!("12"),
            json!("true"),
            json!("a,\"b\"\nc"),
            json!({}),
            json!([]),
        ] {
            assert_eq!(read(&written(&value)), value, "{value}");
        }
        assert_eq!(written(&json!("North")), "North");
        assert_eq!(written(&json!("12")), "\"12\"");
    }

    #[test]
    fn what_is_nested_is_taken_apart_and_put_together_again() {
        let whole = json!({"price": 2.5, "stops": [{"town": 1}, {"town": 2}], "none": [], "way": {"by": "sea"}});
        let mut tidy = Tidy::begin(Vec::new()).unwrap();
        let place = Place {
            world: 3,
            period: 4,
        };
        tidy.value("outcome", place, ("Firm", Some(2)), &whole)
            .unwrap();
        let bytes = tidy.csv.into_inner().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.contains("3,4,Firm,2,outcome.stops.1.town,2\n"),
            "{text}"
        );
        let mut again = Value::Null;
        for line in text.lines().skip(1) {
            let mut fields = line.splitn(6, ',').skip(4);
            let (path, value) = (fields.next().unwrap(), fields.next().unwrap());
            let path = path.strip_prefix("outcome.").unwrap();
            put(&mut again, path, read(value));
        }
        assert_eq!(again, whole);
    }
}
