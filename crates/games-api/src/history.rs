//! What rewinds have taken out of play: rows as they were, marked with when, by whom and by which rewind of their scenario.

use games_contract::{Map, Resource};
use serde_json::{Value as Json, json};

use crate::{
    refusal::Refusal,
    rights::Rights,
    storage::{Connection, Fault, Value, Write},
};

/// The rows of one rewind, on their way.
#[derive(Debug)]
pub(crate) struct Superseded {
    scenario: i64,
    rewind: i64,
    user: Option<i64>,
    rows: Vec<(Resource, i64, String)>,
}

/// The number of a scenario's next rewind that is kept.
pub(crate) fn next(write: &mut Write<'_>, scenario: i64) -> Result<i64, Fault> {
    let sql = r#"SELECT MAX("rewind") FROM "superseded" WHERE "scenario" = $1"#;
    let last = write.query(sql, &[scenario.into()])?;
    let last = last.first().and_then(|row| row[0].integer());
    Ok(last.unwrap_or(0) + 1)
}

impl Superseded {
    pub(crate) const fn of(scenario: i64, rewind: i64, user: Option<i64>) -> Self {
        Self {
            scenario,
            rewind,
            user,
            rows: Vec::new(),
        }
    }

    /// Adds a row as REST shows it, of the period of that order.
    pub(crate) fn add(&mut self, resource: Resource, order: i64, row: String) {
        self.rows.push((resource, order, row));
    }

    /// Stores all of them.
    pub(crate) fn store(self, write: &mut Write<'_>) -> Result<(), Fault> {
        const INTO: &str = r#"INSERT INTO "superseded" ("run", "scenario", "rewind", "user", "order", "resource", "data", "created") VALUES"#;
        const WIDTH: usize = 8;
        let sql = r#"SELECT "run" FROM "scenario" WHERE "id" = $1"#;
        let run = write.query(sql, &[self.scenario.into()])?;
        let run = run.first().map_or(Value::Null, |row| row[0].clone());
        let now = write.stamp().to_owned();
        let values: Vec<Value> = self
            .rows
            .into_iter()
            .flat_map(|(resource, order, row)| -> [Value; WIDTH] {
                [
                    run.clone(),
                    self.scenario.into(),
                    self.rewind.into(),
                    self.user.into(),
                    order.into(),
                    resource.name().into(),
                    row.into(),
                    now.as_str().into(),
                ]
            })
            .collect();
        write.insert_all(INTO, WIDTH, &values)
    }
}

/// At most `limit` rows of a scenario's history after the first `offset`, the oldest first, as somebody may see them.
pub(crate) fn list(
    connection: &mut dyn Connection,
    scenario: i64,
    rights: Rights,
    (limit, offset): (i64, i64),
) -> Result<Vec<Json>, Refusal> {
    let sql = r#"SELECT "id", "created", "scenario", "rewind", "user", "order", "resource", "data"
        FROM "superseded" WHERE "scenario" = $1 ORDER BY "id" LIMIT $2 OFFSET $3"#;
    let rows = connection.query(sql, &[scenario.into(), limit.into(), offset.into()])?;
    let shown = rows.iter().map(|row| {
        let resource = row[6].text().and_then(Resource::from_name);
        let data: Map = serde_json::from_str(row[7].text().unwrap_or_default()).ok()?;
        Some(json!({
            "id": row[0].integer(),
            "created": row[1].text(),
            "scenario": row[2].integer(),
            "rewind": row[3].integer(),
            "user": row[4].integer(),
            "order": row[5].integer(),
            "resource": resource?.name(),
            "row": rights.shown(resource?, data),
        }))
    });
    let shown: Option<Vec<Json>> = shown.collect();
    shown.ok_or_else(|| Refusal::Failed("a row of the history cannot be read".to_owned()))
}
