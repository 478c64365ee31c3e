//! The audit log of a run: what those who lead it have done, kept by the games API where it announces that it does.
//!
//! A line is written after the deed and before whoever asked for it is answered: it never delays what was done, nor undoes it. That it
//! could not be written is said in the operator's log.

use games_client::{Error, Map, Operation, Target};
use serde_json::Value;
use simpl::Rejected;

use crate::game::{Groups, Hosted};
use crate::refusal;

/// What was done, and by whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The run's pk.
    pub run: u64,
    /// The worlds that it concerns, each of which gets a line; none for all of the run.
    pub worlds: Vec<u64>,
    /// The user's pk; none for the service itself.
    pub user: Option<u64>,
    /// The name of the procedure.
    pub what: String,
    /// What it was called with, and what it answered, without secrets.
    pub detail: Map,
    /// What the caller called it, so that a call that is sent twice has one line.
    pub key: Option<String>,
}

/// Which lines are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Those that concern this world, or the run as a whole; none for all.
    pub world: Option<u64>,
    /// Which page of them, from 1, the newest lines first.
    pub page: u32,
    /// How many lines a page has.
    pub limit: u32,
}

impl Hosted {
    /// Does the games API keep an audit log?
    #[must_use]
    pub fn keeps_audit(&self) -> bool {
        self.groups.as_ref().is_some_and(Groups::keep_audit)
    }

    /// Writes a line, and says in the operator's log when that fails.
    pub async fn record(&self, line: Line) {
        let Some(groups) = self.groups.as_ref().filter(|groups| groups.keep_audit()) else {
            return;
        };
        let (run, what) = (line.run, line.what.clone());
        if let Err(error) = groups.write(line.operations()).await {
            tracing::warn!(run, what, %error, "a line of the audit log could not be written");
        }
    }

    /// The lines of a run as they are stored, the newest first.
    ///
    /// # Errors
    /// The games API keeps none, or does not answer.
    pub async fn audit(&self, run: u64, asked: Asked) -> Result<Vec<Map>, Rejected> {
        if !self.keeps_audit() {
            return Err(Rejected::because(
                "this games API keeps no audit log: use one that announces `audit`",
            )
            .with("not_offered", "a games API with an audit log", Value::Null));
        }
        let Asked { world, page, limit } = asked;
        match self.client.audit(run, world, page, limit).await {
            // A page beyond the last one.
            Err(Error::NotFound { .. }) => Ok(Vec::new()),
            lines => lines.map_err(|error| refusal::not_read("the audit log", &error)),
        }
    }
}

impl Line {
    fn operations(self) -> Vec<Operation> {
        let Self {
            run,
            worlds,
            user,
            what,
            detail,
            key,
        } = self;
        let line = |world: Option<u64>| {
            let world_of_key = world.map_or(String::new(), |world| world.to_string());
            Operation::Record {
                run: Target::Pk(run),
                world,
                user,
                what: what.clone(),
                detail: detail.clone(),
                key: key.as_ref().map(|key| format!("{key}/{world_of_key}")),
            }
        };
        match worlds.is_empty() {
            true => vec![line(None)],
            false => worlds.into_iter().map(|world| line(Some(world))).collect(),
        }
    }
}

/// A line as players see it: what and when, and of a message what it says.
#[must_use]
pub fn short(line: &Map) -> Map {
    let shown = ["id", "created", "world", "what"];
    let mut short: Map = shown
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), line.get(*name)?.clone())))
        .collect();
    if line.get("what").is_some_and(|what| what == "message") {
        let detail = line.get("detail");
        let text = detail.and_then(|detail| {
            let named = || detail.pointer("/kwargs/text");
            detail.pointer("/args/0").or_else(named)
        });
        short.insert("text".to_owned(), text.cloned().unwrap_or_default());
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(json: &Value) -> Map {
        json.as_object().cloned().unwrap()
    }

    #[test]
    fn each_world_that_is_named_has_a_line_and_the_run_has_one() {
        let line = |worlds: Vec<u64>| Line {
            run: 5,
            worlds,
            user: Some(6),
            what: "force".to_owned(),
            detail: Map::new(),
            key: Some("6/force/k".to_owned()),
        };
        let found = line(vec![10, 11]).operations();
        let expected = [10, 11].map(|world| json!({"op": "record", "run": 5, "world": world, "user": 6, "what": "force", "key": format!("6/force/k/{world}")}));
        assert_eq!(json!(found), json!(expected));
        let found = line(Vec::new()).operations();
        let expected =
            json!([{"op": "record", "run": 5, "user": 6, "what": "force", "key": "6/force/k/"}]);
        assert_eq!(json!(found), expected);
    }

    #[test]
    fn players_see_what_and_when_and_the_words_of_messages() {
        let line = json!({"id": 1, "created": "2026", "run": 5, "world": 10, "user": 6, "email": "l@x.edu",
            "what": "extend", "detail": {"args": [60]}});
        let expected = json!({"id": 1, "created": "2026", "world": 10, "what": "extend"});
        assert_eq!(short(&map(&line)), map(&expected));
        let said =
            json!({"id": 2, "what": "message", "user": 6, "detail": {"kwargs": {"text": "Hurry"}}});
        let expected = json!({"id": 2, "what": "message", "text": "Hurry"});
        assert_eq!(short(&map(&said)), map(&expected));
    }
}
