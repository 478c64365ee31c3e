//! What leaders do, noticed in one place: a call of any procedure that is no reading and no game's own is a deed, and when it was done it
//! becomes a line of the audit log.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use games_contract::{Map, Resource};
use serde_json::{Value, json};
use wamp_transport::Id;

use super::Invocation;
use super::arguments::Arguments;
use super::call::key;
use super::procedures::ScopeProcedure;
use crate::audit::Line;
use crate::game::Reached;
use crate::scopes::Owner;

/// Values of one list that are kept at most; of a longer one its length is.
const LIST: usize = 20;

/// The deeds under way, by the invocation that asked for them.
#[derive(Debug, Default)]
pub(super) struct Deeds(Mutex<HashMap<Id, Deed>>);

/// What somebody wants done.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Deed {
    /// None where it only turns out when it is done.
    run: Option<u64>,
    worlds: Vec<u64>,
    user: Option<u64>,
    what: String,
    detail: Map,
    key: Option<String>,
}

impl Deeds {
    /// A call is under way.
    pub(super) fn expect(&self, invocation: Id, deed: Deed) {
        self.lock().insert(invocation, deed);
    }

    /// It was answered.
    pub(super) fn answered(&self, invocation: Id) -> Option<Deed> {
        self.lock().remove(&invocation)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Deed>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deed {
    /// The deed that a call of a scope's procedure is, if it is one.
    pub(super) fn of_scope(
        procedure: &ScopeProcedure,
        reached: &Reached,
        (resource, pk): (Resource, u64),
        arguments: &Arguments,
        invocation: &Invocation,
    ) -> Option<Self> {
        if matches!(procedure, ScopeProcedure::Author(..)) || is_reading(invocation) {
            return None;
        }
        let named = arguments.kwargs.get("worlds").and_then(Value::as_array);
        let worlds = match (resource, reached.place.owner) {
            (Resource::Run, _) => named
                .into_iter()
                .flatten()
                .filter_map(Value::as_u64)
                .collect(),
            (Resource::RunUser, _) => {
                let run = reached.run.view.load();
                let seated = run.runusers.get(&pk).and_then(|row| row.reference("world"));
                seated.into_iter().collect()
            }
            (_, Owner::World(world)) => vec![world],
            (_, Owner::Run | Owner::RunUser(_)) => Vec::new(),
        };
        let mut deed = Self::of(arguments, invocation, procedure.speaks());
        if !matches!(resource, Resource::Run | Resource::World) {
            deed.detail.insert(resource.name().to_owned(), pk.into());
        }
        Some(Self {
            run: Some(reached.run.pk),
            worlds,
            ..deed
        })
    }

    /// The deed that a call of a procedure of the game as a whole is, if it is one.
    pub(super) fn of_game(arguments: &Arguments, invocation: &Invocation) -> Option<Self> {
        (!is_reading(invocation)).then(|| Self::of(arguments, invocation, false))
    }

    fn of(arguments: &Arguments, invocation: &Invocation, speaks: bool) -> Self {
        let what = name(invocation);
        let user = invocation.viewer.user();
        let mut detail = Map::new();
        let args: Vec<Value> = arguments
            .args
            .iter()
            .map(|value| kept(value, speaks))
            .collect();
        if !args.is_empty() {
            detail.insert("args".to_owned(), args.into());
        }
        let named = arguments.kwargs.iter();
        let named = named.filter(|(name, _)| !name.starts_with('_') && *name != "worlds");
        let kwargs: Map = named
            .map(|(name, value)| (name.clone(), kept(value, speaks)))
            .collect();
        if !kwargs.is_empty() {
            detail.insert("kwargs".to_owned(), kwargs.into());
        }
        // A key that is refused is refused before anything is done.
        let key = key(arguments.kwargs.get("_key")).ok().flatten();
        let uri = &invocation.uri;
        Self {
            run: None,
            worlds: Vec::new(),
            user,
            what: what.to_owned(),
            detail,
            key: key.map(|key| format!("{}/{uri}/{key}", user.unwrap_or_default())),
        }
    }

    /// The line that it becomes; none where nobody can tell which run it was about.
    pub(super) fn done(mut self, answer: &Value) -> Option<Line> {
        let in_short = in_short(answer);
        if !in_short.is_null() {
            self.detail.insert("answer".to_owned(), in_short);
        }
        let run = self.run.or_else(|| {
            let run = answer.get("run")?;
            run.as_u64().or_else(|| run.get("pk")?.as_u64())
        });
        Some(Line {
            run: run?,
            worlds: self.worlds,
            user: self.user,
            what: self.what,
            detail: self.detail,
            key: self.key,
        })
    }
}

/// The last part of a procedure's URI.
fn name(invocation: &Invocation) -> &str {
    invocation.uri.rsplit('.').next().unwrap_or_default()
}

/// Does it only read? Procedures that do say so by their names, those to come as well.
fn is_reading(invocation: &Invocation) -> bool {
    let name = name(invocation);
    ["get_", "list_"].iter().any(|word| name.starts_with(word))
}

/// An argument as it is kept: a text may be a secret, or somebody's name, unless the procedure is there to say something.
fn kept(value: &Value, speaks: bool) -> Value {
    match value {
        Value::String(_) if speaks => value.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        Value::Array(items) if items.len() <= LIST && items.iter().all(Value::is_number) => {
            value.clone()
        }
        Value::Array(items) => json!({"entries": items.len()}),
        Value::String(_) | Value::Object(_) => Value::Null,
    }
}

/// An answer in short: its numbers and flags, and of a list how many were refused.
fn in_short(answer: &Value) -> Value {
    match answer {
        Value::Array(items) => {
            let refused = items.iter().filter(|item| item.get("refused").is_some());
            json!({"entries": items.len(), "refused": refused.count()})
        }
        Value::Object(members) => {
            let plain = members
                .iter()
                .filter(|(_, value)| value.is_number() || value.is_boolean());
            let plain: Map = plain
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            plain.into()
        }
        other => kept(other, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sight::Viewer;

    fn deed(args: &Value, kwargs: &Value, speaks: bool) -> Deed {
        let invocation = Invocation {
            id: 1,
            uri: "world.simpl.sims.div.model.run.5.invite".to_owned(),
            viewer: Viewer::User {
                user: 6,
                staff: false,
            },
            payload: wamp::Payload::empty(),
        };
        let arguments = Arguments {
            args: args.as_array().cloned().unwrap(),
            kwargs: kwargs.as_object().cloned().unwrap(),
        };
        Deed::of(&arguments, &invocation, speaks)
    }

    #[test]
    fn texts_are_kept_only_where_a_procedure_is_there_to_say_something() {
        let args = json!(["a code", 60, [1, 2], ["a", "b"]]);
        let kwargs = json!({"roster": "ada@x.edu", "seats": 2, "_key": "k", "worlds": [1]});
        let found = deed(&args, &kwargs, false);
        let expected = json!({"args": [null, 60, [1, 2], {"entries": 2}], "kwargs": {"roster": null, "seats": 2}});
        assert_eq!(Value::from(found.detail), expected);
        assert_eq!(found.what, "invite");
        let key = "6/world.simpl.sims.div.model.run.5.invite/k";
        assert_eq!(found.key.as_deref(), Some(key));
        let said = deed(&json!(["Hurry"]), &json!({}), true);
        assert_eq!(Value::from(said.detail), json!({"args": ["Hurry"]}));
    }

    #[test]
    fn an_answer_is_kept_in_short_and_tells_which_run_was_made() {
        let created = deed(&json!([]), &json!({}), false);
        let line = created.done(&json!({"run": 9, "code": "X7K", "worlds": [1]}));
        let line = line.unwrap();
        assert_eq!(
            (line.run, line.detail["answer"].clone()),
            (9, json!({"run": 9}))
        );
        let told = json!([{"world": 1, "until": "x"}, {"world": 2, "refused": "no"}]);
        assert_eq!(in_short(&told), json!({"entries": 2, "refused": 1}));
        assert_eq!(in_short(&json!("a secret")), Value::Null);
        let nowhere = deed(&json!([]), &json!({}), false);
        assert_eq!(nowhere.done(&Value::Null), None);
    }
}
