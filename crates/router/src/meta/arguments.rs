//! What a procedure of the router is called with.

use serde_json::Value;
use wamp::uri::{self, Strictness};
use wamp::{Dict, Id, MatchPolicy, Payload, close, error};

use crate::options::{invalid, match_policy, whole_number};
use crate::task::Refusal;

/// The arguments of a call, and who called.
#[derive(Debug)]
pub(super) struct Arguments {
    pub(super) caller: Id,
    /// The call, to be answered later where more has to be asked first.
    pub(super) request: Id,
    args: Vec<Value>,
    kwargs: Dict,
}

impl Arguments {
    pub(super) fn read(caller: Id, request: Id, payload: &Payload) -> Result<Self, Refusal> {
        let unread = |error: wamp::PayloadError| invalid(error.to_string());
        Ok(Self {
            caller,
            request,
            args: payload.args().map_err(unread)?,
            kwargs: payload.kwargs().map_err(unread)?,
        })
    }

    /// The first argument, an id.
    pub(super) fn id(&self, of: &str) -> Result<Id, Refusal> {
        let id = self.args.first().and_then(whole_number);
        id.ok_or_else(|| self.wrong(&format!("the id of a {of}")))
    }

    /// The first argument, a text.
    pub(super) fn text(&self, what: &str) -> Result<&str, Refusal> {
        let text = self.args.first().and_then(Value::as_str);
        text.ok_or_else(|| self.wrong(what))
    }

    /// The first argument, a list of texts; `None` where there is none.
    pub(super) fn texts(&self, what: &str) -> Result<Option<Vec<&str>>, Refusal> {
        match self.args.first() {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) => {
                let texts: Option<Vec<_>> = items.iter().map(Value::as_str).collect();
                texts.map(Some).ok_or_else(|| self.wrong(what))
            }
            Some(_) => Err(self.wrong(what)),
        }
    }

    /// How the URI is meant: `match` of the options, the second argument.
    pub(super) fn policy(&self) -> Result<MatchPolicy, Refusal> {
        match self.args.get(1) {
            None | Some(Value::Null) => Ok(MatchPolicy::Exact),
            Some(Value::Object(options)) => match_policy(options),
            Some(other) => Err(invalid(format!(
                "expected options as second argument, got {other}"
            ))),
        }
    }

    /// With which reason and sentence sessions are to be ended.
    pub(super) fn farewell(&self) -> Result<(String, String), Refusal> {
        let reason = self.named_text("reason")?.unwrap_or(close::KILLED);
        if !uri::is_valid(reason, Strictness::Loose) {
            let message = format!("expected reason to be a URI, got <{reason}>");
            return Err(Refusal::new(error::INVALID_URI, message));
        }
        let message = self.named_text("message")?;
        let message = message.unwrap_or("your session was ended by an operator");
        Ok((reason.to_owned(), message.to_owned()))
    }

    /// An argument by its place, from 0.
    pub(super) fn get(&self, place: usize) -> Option<&Value> {
        self.args.get(place)
    }

    /// An argument by its name.
    pub(super) fn named(&self, name: &str) -> Option<&Value> {
        self.kwargs.get(name)
    }

    /// An argument by its name, a text.
    pub(super) fn named_text(&self, name: &str) -> Result<Option<&str>, Refusal> {
        match self.named(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(invalid(format!(
                "expected {name} to be a string, got {other}"
            ))),
        }
    }

    /// An argument by its name, a whole number that is not negative.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        whole(name, self.named(name))
    }

    /// The second argument, a whole number that is not negative.
    pub(super) fn second_number(&self) -> Result<Option<u64>, Refusal> {
        whole("the second argument", self.get(1))
    }

    /// An argument by its name, off by default.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.named(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(on)) => Ok(*on),
            Some(other) => Err(invalid(format!(
                "expected {name} to be true or false, got {other}"
            ))),
        }
    }

    fn wrong(&self, expected: &str) -> Refusal {
        let got = self
            .args
            .first()
            .map_or("nothing".to_owned(), Value::to_string);
        invalid(format!("expected {expected} as first argument, got {got}"))
    }
}

fn whole(name: &str, value: Option<&Value>) -> Result<Option<u64>, Refusal> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => whole_number(value)
            .map(Some)
            .ok_or_else(|| invalid(format!("expected {name} to be a whole number, got {value}"))),
    }
}
