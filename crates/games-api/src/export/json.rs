//! A list of objects, each with all columns.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

use super::{Sheets, Table, cell::Cell, unwritable};
use crate::refusal::Refusal;

/// Bytes that are written together.
const BUFFER: usize = 64 * 1024;

/// A table as JSON.
#[derive(Debug)]
pub(super) struct Json {
    writer: BufWriter<File>,
    /// The names of the columns as JSON writes them.
    names: Vec<String>,
    rows: u64,
}

impl Json {
    pub(super) fn new(file: File) -> Self {
        Self {
            writer: BufWriter::with_capacity(BUFFER, file),
            names: Vec::new(),
            rows: 0,
        }
    }

    fn write_row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        let to = &mut self.writer;
        let mut before: &[u8] = if self.rows == 0 { b"\n{" } else { b",\n{" };
        for (name, cell) in self.names.iter().zip(cells) {
            to.write_all(before)?;
            to.write_all(name.as_bytes())?;
            to.write_all(b":")?;
            match cell {
                Cell::Empty => to.write_all(b"null")?,
                Cell::Flag(flag) => write!(to, "{flag}")?,
                Cell::Integer(number) => write!(to, "{number}")?,
                Cell::Number(text) => to.write_all(text.as_bytes())?,
                Cell::Text(text) => serde_json::to_writer(&mut *to, text)?,
                Cell::Nested(text) => to.write_all(text.as_bytes())?,
            }
            before = b",";
        }
        to.write_all(b"}")
    }
}

impl Sheets for Json {
    fn begin(&mut self, _: Table, columns: &[String]) -> Result<(), Refusal> {
        let name = |column: &String| serde_json::Value::from(column.as_str()).to_string();
        self.names = columns.iter().map(name).collect();
        self.writer
            .write_all(b"[")
            .map_err(|error| unwritable(&error))
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), Refusal> {
        self.write_row(cells).map_err(|error| unwritable(&error))?;
        self.rows += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<File, Refusal> {
        self.writer
            .write_all(b"\n]\n")
            .map_err(|error| unwritable(&error))?;
        self.writer
            .into_inner()
            .map_err(|error| unwritable(error.error()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};

    use serde_json::json;

    use super::*;

    #[test]
    fn every_row_has_every_column_and_values_keep_their_kind() {
        let mut sheets = Box::new(Json::new(tempfile::tempfile().unwrap()));
        let columns = super::super::names(&["a", "data.\"b\"", "c"]);
        sheets.begin(Table::Results, &columns).unwrap();
        let row = [Cell::Number("1.50"), "=\"x\"\n".into(), Cell::Empty];
        sheets.row(&row).unwrap();
        let row = [
            Cell::Flag(false),
            Cell::Nested("[1]".into()),
            Cell::Integer(-7),
        ];
        sheets.row(&row).unwrap();
        let mut file = sheets.finish().unwrap();
        file.rewind().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        assert!(text.contains(r#"{"a":1.50,"#), "{text}");
        let rows: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            rows,
            json!([
                {"a": 1.5, "data.\"b\"": "=\"x\"\n", "c": null},
                {"a": false, "data.\"b\"": [1], "c": -7},
            ])
        );
    }

    #[test]
    fn a_table_without_rows_is_an_empty_list() {
        let mut sheets = Box::new(Json::new(tempfile::tempfile().unwrap()));
        sheets.begin(Table::Grades, &[]).unwrap();
        let mut file = sheets.finish().unwrap();
        file.rewind().unwrap();
        let rows: Vec<serde_json::Value> = serde_json::from_reader(file).unwrap();
        assert!(rows.is_empty());
    }
}
