//! The router's meta API: procedures and events about sessions, registrations and subscriptions.
//!
//! Who may call and subscribe is the gate's to say, as of everything else. What an event tells reaches only subscriptions whose own
//! pattern is the router's (`wamp` or below), so that no pattern for something else brings it along.

mod arguments;
mod events;
mod history;
mod registrations;
mod sessions;
mod subscriptions;
mod testaments;

use serde_json::Value;
use wamp::{Dict, Id, Kind, Message, Payload};

use crate::router::Router;
use crate::task::{Refusal, Task};
use crate::testaments::Scope;
use arguments::Arguments;
pub(crate) use history::Events;

/// How many ids a list may hold; where there are more, it is refused.
const LISTED: usize = 100_000;

/// What a procedure answers.
type Answer = Result<Outcome, Refusal>;
type Procedure = fn(&Router, &Arguments) -> Answer;

/// The procedures by name.
const PROCEDURES: [(&str, Procedure); 22] = [
    ("wamp.session.count", sessions::count),
    ("wamp.session.list", sessions::list),
    ("wamp.session.get", sessions::get),
    ("wamp.session.kill", sessions::kill),
    ("wamp.session.kill_by_authid", sessions::kill_by_authid),
    ("wamp.session.kill_by_authrole", sessions::kill_by_authrole),
    ("wamp.session.kill_all", sessions::kill_all),
    ("wamp.session.add_testament", testaments::add),
    ("wamp.session.flush_testaments", testaments::flush),
    ("wamp.registration.list", registrations::list),
    ("wamp.registration.lookup", registrations::lookup),
    ("wamp.registration.match", registrations::matching),
    ("wamp.registration.get", registrations::get),
    (
        "wamp.registration.list_callees",
        registrations::list_callees,
    ),
    (
        "wamp.registration.count_callees",
        registrations::count_callees,
    ),
    ("wamp.subscription.list", subscriptions::list),
    ("wamp.subscription.lookup", subscriptions::lookup),
    ("wamp.subscription.match", subscriptions::matching),
    ("wamp.subscription.get", subscriptions::get),
    (
        "wamp.subscription.list_subscribers",
        subscriptions::list_subscribers,
    ),
    (
        "wamp.subscription.count_subscribers",
        subscriptions::count_subscribers,
    ),
    ("wamp.subscription.get_events", history::get_events),
];

/// The names of the router's own procedures.
pub fn meta_procedures() -> impl Iterator<Item = &'static str> {
    PROCEDURES.iter().map(|(name, _)| *name)
}

pub use events::META_TOPICS;

/// What a procedure leads to.
#[derive(Debug)]
enum Outcome {
    /// It is answered.
    Answer(Value),
    /// It is answered, and then sessions are ended.
    Dismiss(Value, Dismissal),
    /// Being allowed to call it is not enough.
    Needs(Task),
    /// The caller's testaments are forgotten.
    Flush(Scope),
}

/// Sessions to be ended, and what they are told.
#[derive(Debug)]
struct Dismissal {
    sessions: Vec<Id>,
    reason: String,
    message: String,
}

impl From<Value> for Outcome {
    fn from(value: Value) -> Self {
        Self::Answer(value)
    }
}

impl Router {
    /// Answers a call of one of the router's own procedures; `false` when it is none of them.
    pub(crate) fn answer_meta(
        &mut self,
        caller: Id,
        request: Id,
        procedure: &str,
        payload: &Payload,
    ) -> bool {
        let Some((_, work)) = PROCEDURES.iter().find(|(name, _)| *name == procedure) else {
            return false;
        };
        let arguments = Arguments::read(caller, request, payload);
        match arguments.and_then(|arguments| work(self, &arguments)) {
            Ok(Outcome::Answer(value)) => self.answer(caller, request, value),
            Ok(Outcome::Dismiss(value, dismissal)) => {
                self.answer(caller, request, value);
                // After the answer, so that the caller hears first what has been done, and then of it.
                for session in dismissal.sessions {
                    self.dismiss(session, &dismissal.reason, &dismissal.message);
                }
            }
            Ok(Outcome::Needs(task)) => self.take_up(caller, task),
            Ok(Outcome::Flush(scope)) => {
                if let Some(state) = self.sessions.get_mut(&caller) {
                    state.testaments.retain(|made| made.scope != scope);
                }
                self.answer(caller, request, Value::Null);
            }
            Err(refusal) => self.refuse(caller, Kind::Call, request, &refusal),
        }
        true
    }

    fn answer(&mut self, caller: Id, request: Id, value: Value) {
        let result = Message::Result {
            request,
            details: Dict::new(),
            payload: Payload::from_args(&[value]),
        };
        self.send(caller, result);
    }
}

/// A list of ids as a value.
fn ids(ids: impl IntoIterator<Item = Id>) -> Value {
    ids.into_iter().map(Value::from).collect()
}

/// The ids of `all` by how they match, as `list` of registrations and of subscriptions answers.
fn by_policy<'a>(all: impl ExactSizeIterator<Item = (&'a Id, wamp::MatchPolicy)>) -> Answer {
    use wamp::MatchPolicy::{Exact, Prefix, Wildcard};
    if all.len() > LISTED {
        let message = format!(
            "expected at most {LISTED} ids to list, got {}; look them up one by one",
            all.len()
        );
        return Err(Refusal::new(wamp::error::LIMIT_EXCEEDED, message));
    }
    let mut sorted: Vec<_> = all.collect();
    sorted.sort_unstable_by_key(|(id, _)| **id);
    let of = |policy| {
        let found = sorted.iter().filter(|(_, other)| *other == policy);
        ids(found.map(|(id, _)| **id))
    };
    let lists = [Exact, Prefix, Wildcard].map(|policy| (policy.as_str().to_owned(), of(policy)));
    Ok(Value::Object(lists.into_iter().collect()).into())
}
