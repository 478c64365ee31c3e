//! What rewinds have taken out of play, a row for each row.

use std::{borrow::Cow, collections::HashMap};

use games_contract::Map;
use serde_json::Value as Json;

use super::{Reading, Sheets, Table, cell::Cell, names};
use crate::{refusal::Refusal, rest::hide_private};

const COLUMNS: [&str; 16] = [
    "id",
    "superseded",
    "rewind",
    "user_id",
    "email",
    "world_id",
    "world",
    "scenario_id",
    "period",
    "resource",
    "row_id",
    "role",
    "name",
    "created",
    "updated",
    "data",
];
const ROLES: &str = r#"SELECT r."id", r."name" FROM "role" AS r JOIN "run" AS u ON u."game" = r."game" WHERE u."id" = $1"#;
const SUPERSEDED: &str = r#"SELECT t."data", t."id", t."created", t."rewind", t."user", u."email", s."world", w."name", t."scenario", t."order", t."resource"
    FROM "superseded" AS t
    JOIN "scenario" AS s ON s."id" = t."scenario"
    LEFT JOIN "world" AS w ON w."id" = s."world"
    LEFT JOIN "user" AS u ON u."id" = t."user"
    WHERE t."run" = $1 ORDER BY t."id""#;

/// Writes the rows in the order in which they were taken out.
pub(super) fn write(reading: &mut Reading<'_>, to: &mut dyn Sheets) -> Result<(), Refusal> {
    let mut roles: HashMap<i64, String> = HashMap::new();
    reading.each(ROLES, |mut row| {
        let name = row.pop().and_then(crate::storage::Value::into_text);
        roles.extend(row[0].integer().zip(name));
        Ok(())
    })?;
    to.begin(Table::Superseded, &names(&COLUMNS))?;
    reading.each(SUPERSEDED, |row| {
        let (was, shown) = row.split_first().ok_or_else(Refusal::no_row)?;
        let mut was: Map = serde_json::from_str(was.text().unwrap_or_default())
            .map_err(|error| Refusal::Failed(error.to_string()))?;
        let mut data = was.shift_remove("data").unwrap_or(Json::Null);
        hide_private(&mut data);
        let text = |name: &str| Cell::from(was.get(name).and_then(Json::as_str));
        let mut cells: Vec<Cell<'_>> = shown.iter().map(Cell::of).collect();
        let pk = was.get("id").and_then(Json::as_i64);
        cells.push(pk.map_or(Cell::Empty, Cell::Integer));
        let role = was.get("role").and_then(Json::as_i64);
        let role = role.and_then(|role| roles.get(&role));
        cells.push(role.map(String::as_str).into());
        cells.extend(["name", "created", "updated"].map(text));
        cells.push(Cell::Nested(Cow::Owned(data.to_string())));
        to.row(&cells)
    })
}
