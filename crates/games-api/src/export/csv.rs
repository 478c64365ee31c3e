//! CSV (RFC 4180), in UTF-8 with a byte order mark.

use std::{
    fs::File,
    io::{self, Write},
};

use csv::{Terminator, Writer, WriterBuilder};

use super::{Sheets, Table, cell::Cell, unwritable};
use crate::refusal::Refusal;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// Bytes that are written together.
const BUFFER: usize = 64 * 1024;

/// A table as CSV.
#[derive(Debug)]
pub(super) struct Csv {
    writer: Writer<File>,
}

impl Csv {
    pub(super) fn new(mut file: File) -> Result<Self, Refusal> {
        file.write_all(BYTE_ORDER_MARK)
            .map_err(|error| unwritable(&error))?;
        let writer = WriterBuilder::new()
            .terminator(Terminator::CRLF)
            .buffer_capacity(BUFFER)
            .from_writer(file);
        Ok(Self { writer })
    }

    fn end_of_row(&mut self) -> Result<(), Refusal> {
        self.writer.write_record(None::<&[u8]>).map_err(failed)
    }
}

impl Sheets for Csv {
    fn begin(&mut self, _: Table, columns: &[String]) -> Result<(), Refusal> {
        for column in columns {
            self.writer
                .write_field(harmless(column).concat())
                .map_err(failed)?;
        }
        self.end_of_row()
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), Refusal> {
        for cell in cells {
            let written = match cell {
                Cell::Empty => self.writer.write_field(""),
                Cell::Flag(true) => self.writer.write_field("true"),
                Cell::Flag(false) => self.writer.write_field("false"),
                Cell::Integer(number) => self.writer.write_field(number.to_string()),
                Cell::Number(text) => self.writer.write_field(text),
                Cell::Text(text) => match harmless(text) {
                    ["", text] => self.writer.write_field(text),
                    marked => self.writer.write_field(marked.concat()),
                },
                Cell::Nested(text) => self.writer.write_field(text.as_bytes()),
            };
            written.map_err(failed)?;
        }
        self.end_of_row()
    }

    fn finish(self: Box<Self>) -> Result<File, Refusal> {
        self.writer
            .into_inner()
            .map_err(|error| unwritable(error.error()))
    }
}

/// What a player has typed must not run in the spreadsheet of whoever opens the file: a text that a spreadsheet could take for a formula
/// is written behind an apostrophe. Numbers stay numbers.
fn harmless(text: &str) -> [&str; 2] {
    const BEGINS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if text.starts_with(BEGINS) && !is_number(text) {
        ["'", text]
    } else {
        ["", text]
    }
}

fn is_number(text: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    text.chars().all(digits) && text.parse::<f64>().is_ok()
}

fn failed(error: csv::Error) -> Refusal {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => unwritable(&error),
        other => unwritable(&io::Error::other(format!("{other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek};

    use super::*;

    fn written(columns: &[&str], rows: &[&[Cell<'_>]]) -> String {
        let mut sheets = Box::new(Csv::new(tempfile::tempfile().unwrap()).unwrap());
        let columns = super::super::names(columns);
        sheets.begin(Table::Players, &columns).unwrap();
        rows.iter().for_each(|row| sheets.row(row).unwrap());
        let mut file = sheets.finish().unwrap();
        file.rewind().unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn rows_are_as_rfc_4180_has_them_behind_a_byte_order_mark() {
        let row = [
            Cell::Integer(-7),
            Cell::Number("1.50"),
            Cell::Flag(true),
            Cell::Empty,
            "a,\"b\"\r\nc".into(),
            Cell::Nested(r#"{"a":1}"#.into()),
        ];
        assert_eq!(
            written(&["a", "b", "c", "d", "e", "=f"], &[&row]),
            "\u{feff}a,b,c,d,e,'=f\r\n-7,1.50,true,,\"a,\"\"b\"\"\r\nc\",\"{\"\"a\"\":1}\"\r\n"
        );
        assert_eq!(written(&["a"], &[]), "\u{feff}a\r\n");
    }

    #[test]
    fn what_could_be_a_formula_is_text_and_what_is_a_number_stays_one() {
        for text in [
            "=1+1",
            "+49 170",
            "-x",
            "@a",
            "\t=1",
            "\r=1",
            "\n=1",
            "＝1",
            "-inf",
            "+nan",
            "-",
            "+1-1",
            "-2+3+cmd|' /C calc'!A0",
        ] {
            assert_eq!(harmless(text).concat(), format!("'{text}"));
        }
        for text in ["-1", "+1.5", "-1e5", "-.5", "", "a=1", "12", "'=1"] {
            assert_eq!(harmless(text).concat(), text);
        }
    }
}
