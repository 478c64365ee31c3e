//! The audit log of a run: what was done with it, a row for each line.

use std::borrow::Cow;

use super::{Reading, Sheets, Table, cell::Cell, names};
use crate::refusal::Refusal;

const COLUMNS: [&str; 8] = [
    "id", "created", "world_id", "world", "user_id", "email", "what", "detail",
];
const EVENTS: &str = r#"SELECT a."id", a."created", a."world", w."name", a."user", u."email", a."what", a."detail"
    FROM "audit" AS a
    LEFT JOIN "world" AS w ON w."id" = a."world"
    LEFT JOIN "user" AS u ON u."id" = a."user"
    WHERE a."run" = $1 ORDER BY a."id""#;

/// Writes the lines in the order in which they were added.
pub(super) fn write(reading: &mut Reading<'_>, to: &mut dyn Sheets) -> Result<(), Refusal> {
    to.begin(Table::Events, &names(&COLUMNS))?;
    reading.each(EVENTS, |row| {
        let (detail, shown) = row.split_last().ok_or_else(Refusal::no_row)?;
        let mut cells: Vec<Cell<'_>> = shown.iter().map(Cell::of).collect();
        let detail = detail.text().unwrap_or_default();
        cells.push(Cell::Nested(Cow::Borrowed(detail)));
        to.row(&cells)
    })
}
