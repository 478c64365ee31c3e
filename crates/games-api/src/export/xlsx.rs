//! A workbook: a sheet for each table. Rows go to the disk as they come.

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter},
};

use rust_xlsxwriter::{ColNum, Format, RowNum, Workbook, Worksheet, XlsxError};

use super::{Sheets, Table, cell::Cell, unwritable};
use crate::refusal::Refusal;

/// Rows of a sheet, the names of the columns included.
const ROWS: RowNum = 1_048_576;
/// UTF-16 units of a cell's text.
const LETTERS: usize = 32_767;
/// What stands for the end of a text that a cell does not hold.
const CUT: &str = "…";
/// Digits of a number that a cell holds exactly.
const DIGITS: usize = 15;

/// Tables as a workbook.
pub(super) struct Xlsx {
    workbook: Workbook,
    file: File,
    /// Where the table that was begun last is, and its next row.
    sheet: usize,
    row: RowNum,
}

impl fmt::Debug for Xlsx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Xlsx")
            .field("sheet", &self.sheet)
            .field("row", &self.row)
            .finish_non_exhaustive()
    }
}

impl Xlsx {
    pub(super) fn new(file: File) -> Self {
        Self {
            workbook: Workbook::new(),
            file,
            sheet: 0,
            row: 0,
        }
    }
}

impl Sheets for Xlsx {
    fn begin(&mut self, table: Table, columns: &[String]) -> Result<(), Refusal> {
        self.sheet = self.workbook.worksheets().len();
        let bold = Format::new().set_bold();
        let worksheet = self.workbook.add_worksheet_with_constant_memory();
        let worksheet = worksheet.and_then(|worksheet| worksheet.set_name(table.name()));
        let worksheet = worksheet.and_then(|worksheet| worksheet.set_freeze_panes(1, 0));
        let worksheet = worksheet.map_err(|error| failed(&error))?;
        for (column, name) in (0..).zip(columns) {
            let written = worksheet.write_string_with_format(0, column, fitting(name), &bold);
            written.map_err(|error| failed(&error))?;
        }
        self.row = 1;
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), Refusal> {
        if self.row == ROWS {
            let words = format!(
                "Expected at most {} rows in a table, as many as a sheet holds, got more: ask for format=csv.",
                ROWS - 1
            );
            return Err(Refusal::field("format", words));
        }
        let worksheet = self.workbook.worksheet_from_index(self.sheet);
        let worksheet = worksheet.map_err(|error| failed(&error))?;
        for (column, cell) in (0..).zip(cells) {
            write(worksheet, self.row, column, cell).map_err(|error| failed(&error))?;
        }
        self.row += 1;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<File, Refusal> {
        let mut writer = BufWriter::new(self.file);
        let saved = self.workbook.save_to_writer(&mut writer);
        saved.map_err(|error| failed(&error))?;
        writer
            .into_inner()
            .map_err(|error| unwritable(error.error()))
    }
}

fn write(
    worksheet: &mut Worksheet,
    row: RowNum,
    column: ColNum,
    cell: &Cell<'_>,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => return Ok(()),
        Cell::Flag(flag) => worksheet.write_boolean(row, column, *flag),
        Cell::Integer(number) => match exact(&number.to_string()) {
            Some(number) => worksheet.write_number(row, column, number),
            None => worksheet.write_string(row, column, number.to_string()),
        },
        Cell::Number(text) => match exact(text) {
            Some(number) => worksheet.write_number(row, column, number),
            None => worksheet.write_string(row, column, *text),
        },
        Cell::Text(text) | Cell::Nested(text) => worksheet.write_string(row, column, fitting(text)),
    }
    .map(drop)
}

/// A number as cells hold it; none for a whole number of which a cell would lose digits: those are names of something.
fn exact(text: &str) -> Option<f64> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let whole = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-');
    if whole && digits > DIGITS {
        return None;
    }
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// As much of a text as a cell holds.
fn fitting(text: &str) -> String {
    // No character has more units than bytes.
    if text.len() <= LETTERS || text.encode_utf16().count() <= LETTERS {
        return text.to_owned();
    }
    let mut units = CUT.encode_utf16().count();
    let fits = |c: &char| {
        units += c.len_utf16();
        units <= LETTERS
    };
    let mut fitting: String = text.chars().take_while(fits).collect();
    fitting.push_str(CUT);
    fitting
}

fn failed(error: &XlsxError) -> Refusal {
    unwritable(&io::Error::other(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Seek};

    use calamine::{Data, Reader, Xlsx as Opened};

    use super::*;

    #[test]
    fn a_workbook_can_be_read_and_has_a_sheet_for_each_table() {
        let mut sheets = Box::new(Xlsx::new(tempfile::tempfile().unwrap()));
        let columns = super::super::names(&["a", "b", "c", "d", "e"]);
        sheets.begin(Table::Decisions, &columns).unwrap();
        let long = "x".repeat(LETTERS + 1);
        let row = [
            Cell::Integer(7),
            Cell::Number("-1.50"),
            Cell::Flag(true),
            Cell::Empty,
            "=1+1".into(),
        ];
        sheets.row(&row).unwrap();
        let row = [
            Cell::Integer(i64::MAX),
            Cell::Number("1234567890123456"),
            Cell::Number("0.1234567890123456789"),
            Cell::Nested(r#"{"a": "<&>"}"#.into()),
            long.as_str().into(),
        ];
        sheets.row(&row).unwrap();
        sheets.begin(Table::Grades, &columns[..1]).unwrap();
        let mut file = sheets.finish().unwrap();
        file.rewind().unwrap();
        let mut opened = Opened::new(BufReader::new(file)).unwrap();
        assert_eq!(opened.sheet_names(), ["decisions", "grades"]);
        let range = opened.worksheet_range("decisions").unwrap();
        let rows: Vec<&[Data]> = range.rows().collect();
        let text = |text: &str| Data::String(text.to_owned());
        assert_eq!(rows[0], ["a", "b", "c", "d", "e"].map(text));
        let first = [
            Data::Float(7.0),
            Data::Float(-1.5),
            Data::Bool(true),
            Data::Empty,
            text("=1+1"),
        ];
        assert_eq!(rows[1], first);
        let second = [
            text("9223372036854775807"),
            text("1234567890123456"),
            Data::Float(0.123_456_789_012_345_68),
            text(r#"{"a": "<&>"}"#),
            text(&format!("{}{CUT}", &long[..LETTERS - 1])),
        ];
        assert_eq!(rows[2], second);
        assert!(opened.worksheet_formula("decisions").unwrap().is_empty());
    }

    #[test]
    fn more_rows_than_a_sheet_has_are_refused_with_a_word_for_another_format() {
        let mut sheets = Xlsx::new(tempfile::tempfile().unwrap());
        sheets.begin(Table::Results, &[]).unwrap();
        sheets.row = ROWS - 1;
        sheets.row(&[Cell::Integer(1)]).unwrap();
        let told = sheets.row(&[Cell::Integer(1)]).unwrap_err();
        let told = format!("{told:?}");
        assert!(
            told.contains("at most 1048575 rows") && told.contains("format=csv"),
            "{told}"
        );
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        let text = "😀".repeat(LETTERS);
        let fitting = fitting(&text);
        assert!(fitting.encode_utf16().count() <= LETTERS);
        assert!(fitting.ends_with("😀…"));
    }
}
