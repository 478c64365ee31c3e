//! How calls go, in numbers: how many there were of each procedure, how they ended, how long they took. `GET /metrics` tells them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use games_api::{Exposition, Histogram, Kind};
use serde_json::Value;
use simpl::Rejected;

/// All calls since the start. There are as many kinds as there are procedures: a stranger cannot make more.
#[derive(Debug, Default)]
pub struct Figures(RwLock<BTreeMap<String, Arc<Calls>>>);

/// How the calls of one procedure went.
#[derive(Debug, Default)]
struct Calls {
    done: AtomicU64,
    refused: AtomicU64,
    /// Refused because too much was waiting.
    busy: AtomicU64,
    took: Histogram,
}

impl Figures {
    /// Counts a call that was answered.
    pub fn note(&self, procedure: &str, reply: &Result<Value, Rejected>, took: Duration) {
        let calls = self.of(procedure);
        let outcome = match reply {
            Ok(_) => &calls.done,
            Err(rejected) if rejected.code() == "busy" => &calls.busy,
            Err(_) => &calls.refused,
        };
        outcome.fetch_add(1, Relaxed);
        calls.took.note(took);
    }

    fn of(&self, procedure: &str) -> Arc<Calls> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(calls) = known.get(procedure) {
            return calls.clone();
        }
        drop(known);
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.entry(procedure.to_owned()).or_default().clone()
    }

    /// Adds them to a text.
    pub fn tell(&self, text: &mut Exposition) {
        const TOTAL: &str = "modelservice_calls_total";
        const TOOK: &str = "modelservice_call_seconds";
        let all = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        text.family(
            TOTAL,
            Kind::Counter,
            "Calls answered, by procedure and outcome; busy are those for which there was no room.",
        );
        for (procedure, calls) in &all {
            for (outcome, count) in [
                ("ok", &calls.done),
                ("refused", &calls.refused),
                ("busy", &calls.busy),
            ] {
                let labels = [("procedure", procedure.as_str()), ("outcome", outcome)];
                text.sample(TOTAL, &labels, count.load(Relaxed));
            }
        }
        text.family(
            TOOK,
            Kind::Histogram,
            "From a call to its answer, by procedure.",
        );
        for (procedure, calls) in &all {
            text.histogram(TOOK, &[("procedure", procedure)], &calls.took);
        }
    }
}

/// What a procedure is counted as: `period.submit_decision` for `<root topic>.model.period.17.submit_decision`.
#[must_use]
pub fn name_of(root: &str, uri: &str) -> String {
    let path = uri
        .strip_prefix(root)
        .map_or(uri, |path| path.trim_start_matches('.'));
    let path = path.strip_prefix("model.").unwrap_or(path);
    match path.split_once('.') {
        Some((resource, rest)) => {
            let name = rest.rsplit_once('.').map_or(rest, |(_, name)| name);
            format!("{resource}.{name}")
        }
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn procedures_are_counted_by_what_they_are_called_of_whatever_scope() {
        let root = "world.simpl.sims.div";
        for (path, name) in [
            ("model.period.17.submit_decision", "period.submit_decision"),
            ("model.game.get_seats", "game.get_seats"),
            ("ready", "ready"),
        ] {
            assert_eq!(name_of(root, &format!("{root}.{path}")), name);
        }
    }

    #[test]
    fn calls_are_told_by_outcome_and_time() {
        let figures = Figures::default();
        let took = Duration::from_millis(3);
        figures.note("game.get_seats", &Ok(Value::Null), took);
        figures.note("game.get_seats", &Err(crate::refusal::busy()), took);
        let mut text = Exposition::default();
        figures.tell(&mut text);
        let text = text.into_text();
        for line in [
            r#"modelservice_calls_total{procedure="game.get_seats",outcome="ok"} 1"#,
            r#"modelservice_calls_total{procedure="game.get_seats",outcome="refused"} 0"#,
            r#"modelservice_calls_total{procedure="game.get_seats",outcome="busy"} 1"#,
            r#"modelservice_call_seconds_count{procedure="game.get_seats"} 2"#,
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
    }
}
