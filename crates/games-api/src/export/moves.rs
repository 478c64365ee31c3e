//! Decisions and results: what was played, a row for each.

use games_contract::Resource;

use super::{
    Reading, Sheets, Table,
    cell::Cell,
    members::{Data, Members},
    names,
    seats::{Place, Seats},
};
use crate::refusal::Refusal;

/// Who made a decision of which nothing is noted.
pub(super) const PERSON: &str = "person";
const COLUMNS: [&str; 12] = [
    "id",
    "world_id",
    "world",
    "scenario_id",
    "scenario",
    "period",
    "role",
    "name",
    "runuser_id",
    "email",
    "created",
    "updated",
];

/// Writes the decisions, or the results, of a run in the order of their numbers.
pub(super) fn write(
    reading: &mut Reading<'_>,
    resource: Resource,
    to: &mut dyn Sheets,
) -> Result<(), Refusal> {
    let is_decision = resource == Resource::Decision;
    let table = if is_decision {
        Table::Decisions
    } else {
        Table::Results
    };
    let seats = Seats::read(reading)?;
    let mut members = Members::default();
    let all_data =
        format!(r#"SELECT t."data" FROM "{resource}" AS t WHERE t."run" = $1 ORDER BY t."id""#);
    reading.each(&all_data, |row| {
        members.note(&Data::of(row[0].text().unwrap_or_default()));
        Ok(())
    })?;
    let mut columns = names(&COLUMNS);
    if is_decision {
        columns.push("made_by".to_owned());
    }
    columns.extend(members.columns());
    to.begin(table, &columns)?;
    reading.each(&rows_of(resource), |row| {
        let (whose, shown) = row.split_at(3);
        let (shown, times) = shown.split_at(8);
        let data = Data::of(whose[0].text().unwrap_or_default());
        let seat = seats.at(Place {
            alone: whose[1].integer(),
            role: whose[2].integer(),
            world: shown[1].integer(),
            name: shown[7].text().unwrap_or_default(),
        });
        let mut cells: Vec<Cell<'_>> = shown.iter().map(Cell::of).collect();
        cells.push(seat.map_or(Cell::Empty, |seat| Cell::Integer(seat.runuser)));
        cells.push(seat.map(|seat| seat.email.as_str()).into());
        cells.extend(times.iter().map(Cell::of));
        if is_decision {
            let by = data.made_by();
            cells.push(Cell::Text(by.map_or(PERSON.into(), Into::into)));
        }
        members.add(&data, &mut cells);
        to.row(&cells)
    })
}

/// What says whose a row is, then what is shown of it, in this order.
fn rows_of(resource: Resource) -> String {
    format!(
        r#"SELECT t."data", s."runuser", t."role",
            t."id", s."world", w."name", s."id", s."name", p."order", r."name", t."name", t."created", t."updated"
        FROM "{resource}" AS t
        JOIN "period" AS p ON p."id" = t."period"
        JOIN "scenario" AS s ON s."id" = p."scenario"
        LEFT JOIN "world" AS w ON w."id" = s."world"
        LEFT JOIN "role" AS r ON r."id" = t."role"
        WHERE t."run" = $1 ORDER BY t."id""#
    )
}
