//! `wamp.session.add_testament` and `flush_testaments`: what is published when a session has ended.

use serde_json::{Map, Value};
use wamp::Payload;

use super::{Answer, Arguments, Outcome};
use crate::options::invalid;
use crate::router::Router;
use crate::task::{Publish, Refusal, Task};
use crate::testaments::{Scope, Testament};

/// `add_testament(topic, [args], [kwargs]; publish_options, scope)`
pub(super) fn add(_: &Router, arguments: &Arguments) -> Answer {
    let topic = arguments.text("a topic")?;
    let args = match arguments.get(1) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(args)) => args.clone(),
        Some(other) => return Err(wrong("a list of arguments as second", other)),
    };
    let kwargs = match arguments.get(2) {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(kwargs)) => kwargs.clone(),
        Some(other) => return Err(wrong("an object of keywords as third", other)),
    };
    let options = match arguments.named("publish_options") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(options)) => options.clone(),
        Some(other) => return Err(wrong("an object as publish_options", other)),
    };
    let payload = Payload::json(&args, &kwargs).map_err(|error| invalid(error.to_string()))?;
    let publish = Publish::read(arguments.request, &options, topic.to_owned(), payload)?;
    Ok(Outcome::Needs(Task::Testament(Testament {
        request: arguments.request,
        scope: scope(arguments)?,
        publish,
    })))
}

/// `flush_testaments(; scope)`
pub(super) fn flush(_: &Router, arguments: &Arguments) -> Answer {
    Ok(Outcome::Flush(scope(arguments)?))
}

fn scope(arguments: &Arguments) -> Result<Scope, Refusal> {
    match arguments.named_text("scope")? {
        None | Some("destroyed") => Ok(Scope::Destroyed),
        Some("detached") => Ok(Scope::Detached),
        Some(other) => Err(invalid(format!(
            "expected scope to be \"destroyed\" or \"detached\", got {other:?}"
        ))),
    }
}

fn wrong(expected: &str, got: &Value) -> Refusal {
    invalid(format!("expected {expected}, got {got}"))
}
