//! `wamp.registration.*`: who offers what.

use serde_json::{Value, json};
use time::OffsetDateTime;
use wamp::{Dict, error};

use super::{Answer, Arguments, by_policy, ids};
use crate::calendar;
use crate::dealer::Registration;
use crate::router::Router;
use crate::task::Refusal;

/// `list() → {exact, prefix, wildcard}`
pub(super) fn list(router: &Router, _: &Arguments) -> Answer {
    let all = router.dealer.registrations.iter();
    by_policy(all.map(|(id, registration)| (id, registration.policy)))
}

/// `lookup(procedure, [options]) → id or null`: the registration of exactly this pattern.
pub(super) fn lookup(router: &Router, arguments: &Arguments) -> Answer {
    let procedure = arguments.text("a procedure")?;
    let id = router.dealer.id_of(arguments.policy()?, procedure);
    Ok(json!(id).into())
}

/// `match(procedure) → id or null`: the registration that a call would go to.
pub(super) fn matching(router: &Router, arguments: &Arguments) -> Answer {
    let registration = router.dealer.best(arguments.text("a procedure")?);
    Ok(json!(registration.map(|registration| registration.id)).into())
}

/// `get(id) → details`
pub(super) fn get(router: &Router, arguments: &Arguments) -> Answer {
    Ok(Value::Object(details(router.config.epoch, found(router, arguments)?)).into())
}

/// `list_callees(id) → ids`
pub(super) fn list_callees(router: &Router, arguments: &Arguments) -> Answer {
    let callees = found(router, arguments)?.callees.sessions();
    Ok(ids(callees.iter().copied()).into())
}

/// `count_callees(id) → number`
pub(super) fn count_callees(router: &Router, arguments: &Arguments) -> Answer {
    let callees = found(router, arguments)?.callees.sessions();
    Ok(json!(callees.len()).into())
}

/// A registration by the names of the specification; without `created` in a realm without a calendar.
pub(super) fn details(epoch: Option<OffsetDateTime>, registration: &Registration) -> Dict {
    let members = [
        ("id", registration.id.into()),
        ("uri", Value::from(&*registration.pattern)),
        ("match", registration.policy.as_str().into()),
        ("invoke", registration.callees.invoke.as_str().into()),
    ];
    let members = members.map(|(name, value)| (name.to_owned(), value));
    let mut details: Dict = members.into_iter().collect();
    if let Some(date) = calendar::date(epoch, registration.created) {
        details.insert("created".to_owned(), date.into());
    }
    details
}

fn found<'r>(router: &'r Router, arguments: &Arguments) -> Result<&'r Registration, Refusal> {
    let id = arguments.id("registration")?;
    router.dealer.registrations.get(&id).ok_or_else(|| {
        let message = format!("expected the id of a registration in this realm, got {id}");
        Refusal::new(error::NO_SUCH_REGISTRATION, message)
    })
}
