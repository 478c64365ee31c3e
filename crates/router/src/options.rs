//! Options of requests, understood or refused.

use std::time::Duration;

use serde_json::Value;
use wamp::uri::{self, Strictness};
use wamp::{Dict, MAX_ID, MatchPolicy, error};

use crate::invoke::Invoke;
use crate::task::Refusal;

/// What peers tell each other about a payload that only they can read.
const PASSTHRU: [&str; 4] = ["ppt_scheme", "ppt_serializer", "ppt_cipher", "ppt_keyid"];

/// Whether an option that is off by default is on.
pub(crate) fn flag(options: &Dict, key: &str) -> bool {
    options.get(key) == Some(&Value::Bool(true))
}

/// How the URI is meant: `match`.
pub(crate) fn match_policy(options: &Dict) -> Result<MatchPolicy, Refusal> {
    match options.get("match") {
        None | Some(Value::Null) => Ok(MatchPolicy::Exact),
        Some(Value::String(word)) => word
            .parse()
            .map_err(|error: uri::UnknownPolicy| invalid(error.to_string())),
        Some(_) => Err(invalid("expected match to be a string".to_owned())),
    }
}

/// The timeout a caller asks for, in milliseconds on the wire; 0 means none.
pub(crate) fn call_timeout(options: &Dict) -> Result<Option<Duration>, Refusal> {
    match options.get("timeout") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match whole_number(value) {
            Some(0) => Ok(None),
            Some(milliseconds) => Ok(Some(Duration::from_millis(milliseconds))),
            None => Err(invalid(format!(
                "expected timeout to be whole milliseconds, got {value}"
            ))),
        },
    }
}

/// A whole number that is not negative. Programs that have no integers of 64 bits write those of more than 32 as floats.
pub(crate) fn whole_number(value: &Value) -> Option<u64> {
    let whole = |float: &f64| float.fract() == 0.0 && (0.0..=MAX_ID as f64).contains(float);
    let of_float = || value.as_f64().filter(whole).map(|float| float as u64);
    value.as_u64().or_else(of_float)
}

/// How the callees of a registration share its calls: `invoke`.
pub(crate) fn invoke(options: &Dict) -> Result<Invoke, Refusal> {
    let unknown = |got: &Value| {
        invalid(format!(
            "expected invoke to be \"single\", \"first\", \"last\", \"roundrobin\" or \"random\", got {got}"
        ))
    };
    match options.get("invoke") {
        None | Some(Value::Null) => Ok(Invoke::Single),
        Some(value) => {
            let word = value.as_str().and_then(|word| word.parse().ok());
            word.ok_or_else(|| unknown(value))
        }
    }
}

/// What travels unchanged from options to details.
pub(crate) fn passthru(options: &Dict) -> Dict {
    let known = options.iter();
    let known = known.filter(|(key, _)| PASSTHRU.contains(&key.as_str()));
    known
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A topic or procedure, complete.
pub(crate) fn check_uri(uri: &str) -> Result<(), Refusal> {
    check_pattern(MatchPolicy::Exact, uri)
}

pub(crate) fn check_pattern(policy: MatchPolicy, pattern: &str) -> Result<(), Refusal> {
    if uri::is_valid_pattern(policy, pattern, Strictness::Loose) {
        return Ok(());
    }
    Err(Refusal::new(
        error::INVALID_URI,
        format!("expected a valid URI (match {policy}), got <{pattern}>"),
    ))
}

/// Not one of the router's own.
pub(crate) fn check_not_reserved(uri: &str) -> Result<(), Refusal> {
    if !uri::is_reserved(uri) {
        return Ok(());
    }
    Err(Refusal::new(
        error::INVALID_URI,
        format!("expected a URI of yours, got <{uri}>: `wamp` is the router's"),
    ))
}

pub(crate) fn invalid(message: String) -> Refusal {
    Refusal::new(error::INVALID_ARGUMENT, message)
}
