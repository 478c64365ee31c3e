//! `wamp.subscription.*`: who hears what.

use serde_json::{Value, json};
use time::OffsetDateTime;
use wamp::{Dict, Id, error};

use super::{Answer, Arguments, by_policy, ids};
use crate::broker::Subscription;
use crate::calendar;
use crate::router::Router;
use crate::task::Refusal;

/// `list() → {exact, prefix, wildcard}`
pub(super) fn list(router: &Router, _: &Arguments) -> Answer {
    let all = router.broker.subscriptions.iter();
    by_policy(all.map(|(id, subscription)| (id, subscription.policy)))
}

/// `lookup(topic, [options]) → id or null`: the subscription to exactly this pattern.
pub(super) fn lookup(router: &Router, arguments: &Arguments) -> Answer {
    let topic = arguments.text("a topic")?;
    let id = router.broker.id_of(arguments.policy()?, topic);
    Ok(json!(id).into())
}

/// `match(topic) → ids or null`: every subscription that a publication would reach.
pub(super) fn matching(router: &Router, arguments: &Arguments) -> Answer {
    let found = router.broker.matching(arguments.text("a topic")?);
    let found: Vec<Id> = found.map(|(id, _)| id).collect();
    let none = found.is_empty();
    Ok(if none { Value::Null } else { ids(found) }.into())
}

/// `get(id) → details`
pub(super) fn get(router: &Router, arguments: &Arguments) -> Answer {
    let (id, subscription) = found(router, arguments)?;
    Ok(Value::Object(details(router.config.epoch, id, subscription)).into())
}

/// `list_subscribers(id) → ids`
pub(super) fn list_subscribers(router: &Router, arguments: &Arguments) -> Answer {
    let (_, subscription) = found(router, arguments)?;
    Ok(ids(subscription.sessions.iter().copied()).into())
}

/// `count_subscribers(id) → number`
pub(super) fn count_subscribers(router: &Router, arguments: &Arguments) -> Answer {
    let (_, subscription) = found(router, arguments)?;
    Ok(json!(subscription.sessions.len()).into())
}

/// A subscription by the names of the specification; without `created` in a realm without a calendar.
pub(super) fn details(epoch: Option<OffsetDateTime>, id: Id, subscription: &Subscription) -> Dict {
    let members = [
        ("id", id.into()),
        ("uri", Value::from(&*subscription.pattern)),
        ("match", subscription.policy.as_str().into()),
    ];
    let members = members.map(|(name, value)| (name.to_owned(), value));
    let mut details: Dict = members.into_iter().collect();
    if let Some(date) = calendar::date(epoch, subscription.created) {
        details.insert("created".to_owned(), date.into());
    }
    details
}

pub(super) fn found<'r>(
    router: &'r Router,
    arguments: &Arguments,
) -> Result<(Id, &'r Subscription), Refusal> {
    let id = arguments.id("subscription")?;
    let subscription = router.broker.subscriptions.get(&id);
    subscription.map(|found| (id, found)).ok_or_else(|| {
        let message = format!("expected the id of a subscription in this realm, got {id}");
        Refusal::new(error::NO_SUCH_SUBSCRIPTION, message)
    })
}
