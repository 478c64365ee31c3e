//! What is kept of a run beside its rows: its audit log, and what rewinds have taken out of play.

use games_contract::{Map, Resource};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{
    ArchiveError,
    file::{Archive, Draft},
    places::Places,
};
use crate::{
    people::Traces,
    storage::{Value, Write},
};

/// Records read at once.
const PAGE: usize = 500;
/// The number of a world that is not in the archive: no world has it.
const NOWHERE: i64 = 0;

/// A kind of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Record {
    /// A line of the audit log.
    Audit,
    /// A row that a rewind has taken out of play.
    Superseded,
}

impl Record {
    const ALL: [Self; 2] = [Self::Audit, Self::Superseded];

    const fn table(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Superseded => "superseded",
        }
    }

    /// Its columns beside its number and its run.
    const fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Audit => &["world", "user", "what", "detail", "key", "created"],
            Self::Superseded => &[
                "scenario", "rewind", "user", "order", "resource", "data", "created",
            ],
        }
    }
}

/// Writes the records of a run.
pub(super) fn save(write: &mut Write<'_>, run: i64, draft: &mut Draft) -> Result<(), ArchiveError> {
    for record in Record::ALL {
        let columns: Vec<String> = record
            .columns()
            .iter()
            .map(|c| format!(r#""{c}""#))
            .collect();
        let sql = format!(
            r#"SELECT "id", {} FROM "{}" WHERE "run" = $1 AND "id" > $2 ORDER BY "id" LIMIT {PAGE}"#,
            columns.join(", "),
            record.table()
        );
        let mut after = 0;
        loop {
            let found = write.query(&sql, &[run.into(), after.into()])?;
            for row in &found {
                after = row[0].integer().unwrap_or_default();
                let kept = record.columns().iter().zip(&row[1..]);
                let kept = kept.map(|(column, value)| ((*column).to_owned(), json_of(value)));
                draft.add_record(record, &kept.collect())?;
            }
            if found.len() < PAGE {
                break;
            }
        }
    }
    Ok(())
}

/// Stores the records of an archive, with the numbers that its rows have now, without those who were erased since.
pub(super) fn put(
    write: &mut Write<'_>,
    archive: &Archive,
    places: &Places,
    run: i64,
    erased: &[Traces],
) -> Result<(), ArchiveError> {
    archive.each_record(|record, kept| {
        let columns = record.columns();
        let mut row: Vec<Value> = vec![run.into()];
        for column in columns {
            let value = kept.get(*column).unwrap_or(&Json::Null);
            row.push(stored(column, value, places, erased));
        }
        let columns: Vec<String> = columns.iter().map(|c| format!(r#""{c}""#)).collect();
        let into = format!(
            r#"INSERT INTO "{}" ("run", {}) VALUES"#,
            record.table(),
            columns.join(", ")
        );
        let width = row.len();
        write.insert_all(&into, width, &row)
    })
}

fn stored(column: &str, value: &Json, places: &Places, erased: &[Traces]) -> Value {
    let number = value.as_i64();
    let leads = |to: Resource| number.and_then(|pk| places.leads(to, pk));
    match (column, value) {
        ("world", Json::Number(_)) => leads(Resource::World).unwrap_or(NOWHERE).into(),
        ("user", _) => leads(Resource::User).into(),
        ("scenario", _) => leads(Resource::Scenario).into(),
        ("detail" | "data", Json::String(text)) => {
            let Ok(mut json) = serde_json::from_str(text) else {
                return text.as_str().into();
            };
            for traces in erased {
                traces.scrub(&mut json);
            }
            if let (true, Json::Object(row)) = (column == "data", &mut json) {
                lead(row, places);
            }
            json.to_string().into()
        }
        (_, Json::String(text)) => text.as_str().into(),
        _ => number.into(),
    }
}

/// What a row refers to that is in the archive has its number of now; a period that is gone keeps the one that it had.
fn lead(row: &mut Map, places: &Places) {
    for (member, to) in [
        ("role", Resource::Role),
        ("scenario", Resource::Scenario),
        ("period", Resource::Period),
    ] {
        let now = row.get(member).and_then(Json::as_i64);
        if let Some(now) = now.and_then(|pk| places.leads(to, pk)) {
            row.insert(member.to_owned(), now.into());
        }
    }
}

fn json_of(value: &Value) -> Json {
    match (value.integer(), value.text()) {
        (Some(number), _) => number.into(),
        (None, Some(text)) => text.into(),
        (None, None) => Json::Null,
    }
}
