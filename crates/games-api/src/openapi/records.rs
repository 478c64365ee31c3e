//! What is kept of deeds: the audit log of a run, and what rewinds have taken out of play.

use games_contract::Resource;
use serde_json::{Value, json};

use super::{
    answers::Answer,
    operation::{Operation, refer},
};

const NUMBER: &str = "int64";

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let number = || json!({"type": "integer", "format": NUMBER});
    let maybe = || json!({"type": ["integer", "null"], "format": NUMBER});
    let line = (
        "AuditLine",
        json!({
            "type": "object",
            "description": "What somebody has done with a run or one of its worlds.",
            "properties": {
                "id": number(),
                "created": {"type": "string", "format": "date-time"},
                "run": number(),
                "world": maybe(),
                "user": maybe(),
                "email": {"type": ["string", "null"], "description": "The user's, as it is now."},
                "what": {"type": "string", "description": "The name of a procedure."},
                "detail": {"type": "object"},
            },
            "required": ["id", "created", "run", "world", "user", "email", "what", "detail"],
            "additionalProperties": false,
        }),
    );
    let row = (
        "SupersededRow",
        json!({
            "type": "object",
            "description": "A row as it was when a rewind took it out of play.",
            "properties": {
                "id": number(),
                "created": {"type": "string", "format": "date-time", "description": "When it was taken out."},
                "scenario": number(),
                "rewind": {"type": "integer", "minimum": 1, "description": "By which rewind of the scenario."},
                "user": maybe(),
                "order": {"type": "integer", "description": "Of its period."},
                "resource": {"type": "string", "enum": ["period", "decision", "result"]},
                "row": {"type": "object"},
            },
            "required": ["id", "created", "scenario", "rewind", "user", "order", "resource", "row"],
            "additionalProperties": false,
        }),
    );
    vec![line, row]
}

/// The operation of a batch that takes a scenario back.
pub(super) fn rewind() -> Value {
    json!({
        "type": "object",
        "title": "rewind",
        "description": "Takes a scenario back to one of its periods, and keeps what goes as history.",
        "properties": {
            "op": {"const": "rewind"},
            "scenario": refer("schemas/Target"),
            "order": {"type": "integer", "format": NUMBER, "description": "The order of the period that is to be the last, without decisions and results."},
            "user": {"type": ["integer", "null"], "minimum": 0, "description": "Who does it."},
        },
        "required": ["op", "scenario", "order"],
        "additionalProperties": false,
    })
}

pub(super) fn history() -> Value {
    let parameters = ["page", "page_size"].map(|name| refer(&format!("parameters/{name}")));
    let rows = json!({"type": "array", "items": refer("schemas/SupersededRow")});
    let get = Operation::new(
        "scenarioHistory",
        Resource::Scenario.collection(),
        "What rewinds have taken out of play",
    )
    .about("The oldest first. For staff, and for those who lead the run or look on as assistants.")
    .parameters(parameters.into())
    .refused(Answer::NotFound)
    .done(200, "A page of rows.", rows)
    .header(200, "Link");
    json!({"parameters": [refer("parameters/id")], "get": get.build()})
}

/// The operation of a batch that adds a line.
pub(super) fn record() -> Value {
    json!({
        "type": "object",
        "title": "record",
        "description": "Adds a line to the audit log of a run.",
        "properties": {
            "op": {"const": "record"},
            "run": refer("schemas/Target"),
            "world": {"type": ["integer", "null"], "minimum": 0, "description": "The world that it concerns; null for all of the run."},
            "user": {"type": ["integer", "null"], "minimum": 0, "description": "Who did it."},
            "what": {"type": "string", "minLength": 1, "maxLength": 100},
            "detail": {"type": "object", "description": "At most 16 KiB of JSON."},
            "key": {"type": ["string", "null"], "minLength": 1, "maxLength": 300, "description": "A line that is there already under this key is not added again."},
        },
        "required": ["op", "run", "what"],
        "additionalProperties": false,
    })
}

pub(super) fn audit() -> Value {
    let mut parameters = vec![
        json!({"name": "world", "in": "query", "description": "Only lines of this world and of the run as a whole.", "schema": {"type": "integer"}}),
        json!({"name": "ordering", "in": "query", "description": "`-id`: the newest first.", "schema": {"type": "string", "enum": ["id", "-id"]}}),
    ];
    parameters.extend(["page", "page_size"].map(|name| refer(&format!("parameters/{name}"))));
    let lines = json!({"type": "array", "items": refer("schemas/AuditLine")});
    let get = Operation::new("auditRun", Resource::Run.collection(), "What was done in a run by those who lead it")
        .about("The oldest first. Lines are added by batches and never change. For staff, and for those who lead the run or look on as assistants.")
        .parameters(parameters)
        .refused(Answer::NotFound)
        .done(200, "A page of lines.", lines)
        .header(200, "Link");
    json!({"parameters": [refer("parameters/id")], "get": get.build()})
}
