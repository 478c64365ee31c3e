//! The people of a run, leaders included.

use super::{Reading, Sheets, Table, cell::Cell, names, number::number};
use crate::refusal::Refusal;

const COLUMNS: [&str; 11] = [
    "runuser_id",
    "external_id",
    "email",
    "first_name",
    "last_name",
    "world_id",
    "world",
    "role",
    "leader",
    "active",
    "created",
];
const PLAYERS: &str = r#"SELECT m."id", u."external_id", u."email", u."first_name", u."last_name", m."world", w."name", r."name",
        m."leader", m."active", m."created", m."data"
    FROM "runuser" AS m
    JOIN "user" AS u ON u."id" = m."user"
    LEFT JOIN "world" AS w ON w."id" = m."world"
    LEFT JOIN "role" AS r ON r."id" = m."role"
    WHERE m."run" = $1 ORDER BY m."id""#;

/// Writes the run users in the order of their numbers.
pub(super) fn write(reading: &mut Reading<'_>, to: &mut dyn Sheets) -> Result<(), Refusal> {
    to.begin(Table::Players, &names(&COLUMNS))?;
    reading.each(PLAYERS, |row| {
        let (who, rest) = row.split_at(8);
        let mut cells = vec![Cell::of(&who[0]), number(&who[1], &rest[3])];
        cells.extend(who[2..].iter().map(Cell::of));
        cells.extend(rest[..2].iter().map(Cell::flag));
        cells.push(Cell::of(&rest[2]));
        to.row(&cells)
    })
}
