//! `wamp.session.*`: who is in the realm, and showing them the door.

use std::sync::Arc;

use serde_json::{Value, json};
use wamp::{Dict, Id, error};

use super::{Answer, Arguments, Dismissal, Outcome, ids};
use crate::SessionInfo;
use crate::router::Router;
use crate::task::Refusal;

/// `count([authroles]) → number`
pub(super) fn count(router: &Router, arguments: &Arguments) -> Answer {
    Ok(json!(of_roles(router, arguments)?.len()).into())
}

/// `list([authroles]) → ids`
pub(super) fn list(router: &Router, arguments: &Arguments) -> Answer {
    Ok(ids(of_roles(router, arguments)?).into())
}

/// `get(id) → details`
pub(super) fn get(router: &Router, arguments: &Arguments) -> Answer {
    let session = joined(router, arguments)?;
    Ok(Value::Object(details(session)).into())
}

/// `kill(id; reason, message)`
pub(super) fn kill(router: &Router, arguments: &Arguments) -> Answer {
    let session = joined(router, arguments)?;
    if session.id == arguments.caller {
        return Err(Refusal::new(
            error::NO_SUCH_SESSION,
            "expected the session of somebody else, got your own; say GOODBYE instead",
        ));
    }
    if session.trusted {
        return Err(Refusal::new(
            error::NOT_AUTHORIZED,
            "expected the session of a client, got one of the router's own process, which ends with it",
        ));
    }
    ended(arguments, Value::Null, vec![session.id])
}

/// `kill_by_authid(authid; reason, message) → number`
pub(super) fn kill_by_authid(router: &Router, arguments: &Arguments) -> Answer {
    let authid = arguments.text("an authid")?;
    kill_all_of(router, arguments, |info| info.authid == authid)
}

/// `kill_by_authrole(authrole; reason, message) → number`
pub(super) fn kill_by_authrole(router: &Router, arguments: &Arguments) -> Answer {
    let authrole = arguments.text("an authrole")?;
    kill_all_of(router, arguments, |info| info.authrole == authrole)
}

/// `kill_all(; reason, message) → number`
pub(super) fn kill_all(router: &Router, arguments: &Arguments) -> Answer {
    kill_all_of(router, arguments, |_| true)
}

/// What others may be told of a session, by the names of the specification.
pub(super) fn details(session: &SessionInfo) -> Dict {
    let mut details = Dict::new();
    details.insert("session".to_owned(), session.id.into());
    for (key, text) in [
        ("authid", &session.authid),
        ("authrole", &session.authrole),
        ("authmethod", &session.authmethod),
        ("authprovider", &session.authprovider),
    ] {
        details.insert(key.to_owned(), Value::from(&**text));
    }
    let peer = session.peer.map(|peer| peer.to_string());
    details.insert("transport".to_owned(), json!({ "peer": peer }));
    details
}

/// Ends the sessions of clients that `which` chooses, the caller's own excepted.
fn kill_all_of(
    router: &Router,
    arguments: &Arguments,
    which: impl Fn(&SessionInfo) -> bool,
) -> Answer {
    let chosen = router.chosen(|state| {
        let info = state.info();
        info.is_some_and(|info| !info.trusted && info.id != arguments.caller && which(info))
    });
    ended(arguments, chosen.len().into(), chosen)
}

fn ended(arguments: &Arguments, answer: Value, sessions: Vec<Id>) -> Answer {
    let (reason, message) = arguments.farewell()?;
    let dismissal = Dismissal {
        sessions,
        reason,
        message,
    };
    Ok(Outcome::Dismiss(answer, dismissal))
}

fn joined<'r>(router: &'r Router, arguments: &Arguments) -> Result<&'r Arc<SessionInfo>, Refusal> {
    let id = arguments.id("session")?;
    let info = router.sessions.get(&id).and_then(|state| state.info());
    info.ok_or_else(|| {
        let message = format!("expected the id of a session in this realm, got {id}");
        Refusal::new(error::NO_SUCH_SESSION, message)
    })
}

fn of_roles(router: &Router, arguments: &Arguments) -> Result<Vec<Id>, Refusal> {
    let roles = arguments.texts("a list of authroles")?;
    let admitted = |info: &SessionInfo| {
        let roles = roles.as_ref();
        roles.is_none_or(|roles| roles.contains(&&*info.authrole))
    };
    Ok(router.chosen(|state| state.info().is_some_and(|info| admitted(info))))
}
