//! A file of users: columns by name, one line for each.

use std::{collections::HashMap, fmt};

use games_contract::Map;

use super::sheet::{Sheet, SheetRow};

/// The columns that are read; the first three have to be there.
const COLUMNS: [&str; 5] = [
    "email",
    "first_name",
    "last_name",
    "password",
    "external_id",
];
const REQUIRED: usize = 3;
/// Lines in a file at most.
const LINES: usize = 20_000;

/// Why a file of users was not taken. Nothing of it is stored then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The names of the columns are not there.
    #[error(
        "expected a first line with the columns email, first_name and last_name, and perhaps password and external_id, got {found:?}: add it"
    )]
    Columns {
        /// The first line.
        found: String,
    },
    /// Some lines are wrong.
    #[error("expected a user in every line, got {}: correct these lines; nothing is imported", listed(.0))]
    Lines(Vec<LineError>),
    /// It cannot be stored.
    #[error("expected to store the users, got {0}: look at the disk, or try again")]
    Store(String),
}

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Which line, from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

fn listed(errors: &[LineError]) -> String {
    let listed: Vec<String> = errors.iter().map(ToString::to_string).collect();
    listed.join(" / ")
}

/// One user of a file.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) email: String,
    /// In clear; none when the file has none.
    pub(super) password: Option<String>,
    /// Everything but the password, as a request's body has it.
    pub(super) members: Map,
}

/// The users of a file and the names of the columns that are not read.
pub(super) fn read(text: &str) -> Result<(Vec<Line>, Vec<String>), ImportError> {
    let first = text.trim_start_matches('\u{feff}').lines().next();
    let no_columns = || ImportError::Columns {
        found: first.unwrap_or_default().to_owned(),
    };
    let sheet = Sheet::read(text, LINES).ok_or_else(no_columns)?;
    let places = COLUMNS.map(|column| sheet.column(column));
    if places[..REQUIRED].contains(&None) {
        return Err(no_columns());
    }
    let ignored = sheet.columns.iter();
    let ignored = ignored.filter(|name| !COLUMNS.contains(&name.as_str()));
    let ignored = ignored.cloned().collect();
    if sheet.rows.len() + sheet.errors.len() > LINES {
        return Err(ImportError::Store(format!("more than {LINES} lines")));
    }
    let mut errors = sheet.errors;
    let mut seen = HashMap::new();
    let mut lines = Vec::new();
    for row in &sheet.rows {
        let line = line(row, places);
        if let Some(before) = seen.insert(line.email.to_lowercase(), line.number) {
            errors.push(LineError {
                line: line.number,
                reason: format!("the same e-mail address as in line {before}"),
            });
        }
        lines.push(line);
    }
    if errors.is_empty() {
        return Ok((lines, ignored));
    }
    errors.sort_by_key(|error| error.line);
    Err(ImportError::Lines(errors))
}

fn line(row: &SheetRow, places: [Option<usize>; 5]) -> Line {
    let value = |column: usize| row.value(places[column]).to_owned();
    let mut members: Map = (0..REQUIRED)
        .map(|column| (COLUMNS[column].to_owned(), value(column).into()))
        .collect();
    let external = value(4);
    if !external.is_empty() {
        members.insert(COLUMNS[4].to_owned(), external.into());
    }
    Line {
        number: row.line,
        email: value(0),
        password: Some(value(3)).filter(|password| !password.is_empty()),
        members,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_found_by_name_in_any_order() {
        for text in [
            "Last name,First-Name,Email,Seat,Password\nLovelace,Ada,ada@x.edu,3,\"a,b\"\n",
            "\u{feff}last_name;first_name;email;seat;password\r\nLovelace; Ada ;ada@x.edu;3;a,b\r\n",
        ] {
            let (lines, ignored) = read(text).unwrap();
            assert_eq!(ignored, ["seat"]);
            assert_eq!(lines.len(), 1);
            assert_eq!((lines[0].number, lines[0].email.as_str()), (2, "ada@x.edu"));
            assert_eq!(lines[0].password.as_deref(), Some("a,b"));
            assert_eq!(
                json!(lines[0].members),
                json!({"email": "ada@x.edu", "first_name": "Ada", "last_name": "Lovelace"})
            );
        }
    }

    #[test]
    fn every_wrong_line_is_named() {
        let text = "email,first_name,last_name\na@x.edu,A,B\nb@x.edu,B\nA@x.edu,A,B\n";
        let refused = read(text).unwrap_err().to_string();
        assert!(
            refused.contains("line 3: expected 3 columns, got 2"),
            "{refused}"
        );
        assert!(refused.contains("line 4: the same e-mail address as in line 2"));
        for text in ["", "a@x.edu,A,B\n", "email,first_name\n"] {
            let refused = read(text).unwrap_err().to_string();
            assert!(refused.contains("expected a first line"), "{refused}");
        }
    }
}
