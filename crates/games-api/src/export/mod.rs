//! A run as tidy tables: one row for one thing, the same rows in every format.
//!
//! The tables are written into a file without a name while the database is seen at one moment; whoever asked is sent that file at their
//! own pace, and keeps nobody waiting. Memory grows with the people of the run and with the members that data have, never with what was
//! played.
//!
//! * [`Wanted`]: which table, in which format;
//! * `moves`, `players`, `grades`, `events`, `superseded`: what the tables hold; `seats` says who sits where;
//! * `members`: the columns that the members of rows' data have; `cell`: a value on its way into any format;
//! * `csv`, `json`, `xlsx`: the formats.
//!
//! Deliberately absent: HTTP, and who may export a run.

mod cell;
mod csv;
mod events;
mod grades;
mod json;
mod members;
mod moves;
mod number;
mod players;
mod reading;
mod scores;
mod seats;
mod superseded;
mod tables;
mod wanted;
mod xlsx;

pub(crate) use reading::Reading;
pub(crate) use tables::{Format, Table};
pub(crate) use wanted::Wanted;

use std::{
    fs::File,
    io::{self, Seek},
};

use games_contract::Resource;

use self::{cell::Cell, csv::Csv, json::Json, xlsx::Xlsx};
use crate::refusal::Refusal;

/// A format that takes tables row by row.
trait Sheets {
    /// Begins a table with these columns. Formats that hold one table are begun once.
    fn begin(&mut self, table: Table, columns: &[String]) -> Result<(), Refusal>;

    /// Adds a row to the table that was begun last: a cell for each column.
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), Refusal>;

    /// Ends the last table; the file.
    fn finish(self: Box<Self>) -> Result<File, Refusal>;
}

/// Writes the wanted tables of a run into a file that goes when it is closed, and returns it at its beginning.
pub(crate) fn write(reading: &mut Reading<'_>, wanted: Wanted) -> Result<File, Refusal> {
    let file = tempfile::tempfile().map_err(|error| unwritable(&error))?;
    let mut sheets: Box<dyn Sheets> = match wanted.format {
        Format::Csv => Box::new(Csv::new(file)?),
        Format::Json => Box::new(Json::new(file)),
        Format::Xlsx => Box::new(Xlsx::new(file)),
    };
    let to = sheets.as_mut();
    for table in wanted.tables() {
        match table {
            Table::Decisions => moves::write(reading, Resource::Decision, to)?,
            Table::Results => moves::write(reading, Resource::Result, to)?,
            Table::Players => players::write(reading, to)?,
            Table::Grades => grades::write(reading, to)?,
            Table::Events => events::write(reading, to)?,
            Table::Superseded => superseded::write(reading, to)?,
        }
    }
    let mut file = sheets.finish()?;
    file.rewind().map_err(|error| unwritable(&error))?;
    Ok(file)
}

/// The names of columns that are always there.
fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|name| (*name).to_owned()).collect()
}

/// The file cannot be written.
fn unwritable(error: &io::Error) -> Refusal {
    Refusal::Failed(format!(
        "expected to write an export into the folder for temporary files, got: {error}"
    ))
}
