//! A table that somebody has saved from a spreadsheet: columns by name, rows with the lines they stand in.

use super::file::LineError;

/// A table as CSV has it, separated by commas, semicolons or tabs, with or without a byte order mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The names of its columns in small letters, with `_` for blanks and hyphens.
    pub columns: Vec<String>,
    /// Its rows.
    pub rows: Vec<SheetRow>,
    /// The lines that are no rows of it.
    pub errors: Vec<LineError>,
}

/// One row of a [`Sheet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetRow {
    /// The line that it begins in, from 1, which names the columns.
    pub line: u64,
    /// Its values without blanks around them, as many as there are columns.
    pub values: Vec<String>,
}

impl Sheet {
    /// Reads at most one row more than `most`; `None` when there is no line that names columns.
    #[must_use]
    pub fn read(text: &str, most: usize) -> Option<Self> {
        // Lines are counted by their \n, which the reader would leave to the next one.
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(text.lines().next().unwrap_or_default()))
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let columns = reader.headers().ok()?.iter();
        let mut sheet = Self {
            columns: columns
                .map(|name| name.to_lowercase().replace([' ', '-'], "_"))
                .collect(),
            ..Self::default()
        };
        for record in reader.records() {
            match record {
                Err(error) => sheet.errors.push(broken(&error)),
                Ok(record) => sheet.rows.push(SheetRow {
                    line: record.position().map_or(0, csv::Position::line),
                    values: record.iter().map(str::to_owned).collect(),
                }),
            }
            if sheet.rows.len() + sheet.errors.len() > most {
                break;
            }
        }
        Some(sheet)
    }

    /// Which column has that name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }
}

impl SheetRow {
    /// The value in a column; empty when there is no such column.
    #[must_use]
    pub fn value(&self, column: Option<usize>) -> &str {
        let value = column.and_then(|at| self.values.get(at));
        value.map_or("", String::as_str)
    }
}

/// What separates the columns: spreadsheets in half of Europe write semicolons.
fn delimiter(first: &str) -> u8 {
    let count = |c: char| first.matches(c).count();
    let most = [';', '\t', ','].into_iter().max_by_key(|c| count(*c));
    most.and_then(|c| u8::try_from(c).ok()).unwrap_or(b',')
}

fn broken(error: &csv::Error) -> LineError {
    let line = error.position().map_or(0, csv::Position::line);
    let reason = match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("expected {expected_len} columns, got {len}"),
        _ => error.to_string(),
    };
    LineError { line, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it() {
        for text in [
            "Last name,E-Mail\nLovelace,\"a,b\"\n",
            "\u{feff}last_name;e_mail\r\n Lovelace ;a,b\r\n",
            "last name\te-mail\nLovelace\ta,b",
        ] {
            let sheet = Sheet::read(text, 10).unwrap();
            assert_eq!(sheet.columns, ["last_name", "e_mail"]);
            assert_eq!((sheet.rows.len(), sheet.rows[0].line), (1, 2));
            assert_eq!(sheet.rows[0].value(sheet.column("e_mail")), "a,b");
            assert_eq!(sheet.rows[0].value(sheet.column("seat")), "");
        }
    }

    #[test]
    fn no_more_is_read_than_is_wanted_and_what_is_no_row_is_named() {
        let sheet = Sheet::read("a,b\n1,2\n3\n4,5\n6,7\n8,9\n", 3).unwrap();
        assert_eq!((sheet.rows.len(), sheet.errors.len()), (3, 1));
        assert_eq!(sheet.errors[0].line, 3);
    }
}
