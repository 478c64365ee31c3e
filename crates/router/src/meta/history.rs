//! `wamp.subscription.get_events`: what was published before.

use serde::Serialize;
use serde_json::value::RawValue;
use wamp::{Dict, Id, Kind, MatchPolicy, Message, Payload};

use super::{Answer, Arguments, Outcome, subscriptions};
use crate::calendar;
use crate::history::{Side, Wanted, unavailable};
use crate::options::invalid;
use crate::router::Router;
use crate::task::{Refusal, Task};

/// The events that somebody wants, and what they must be allowed to subscribe to.
#[derive(Debug)]
pub(crate) struct Events {
    pub(crate) request: Id,
    pub(crate) subscription: Id,
    pub(crate) policy: MatchPolicy,
    pub(crate) pattern: String,
    wanted: Wanted,
}

/// One event, by the names of the specification.
#[derive(Serialize)]
struct Event {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<String>,
    subscription: Id,
    publication: Id,
    details: Dict,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kwargs: Option<Box<RawValue>>,
}

/// `get_events(id, [limit]; reverse, limit, topic, {from,after,before,until}_{time,publication}) → events`
pub(super) fn get_events(router: &Router, arguments: &Arguments) -> Answer {
    let (subscription, there) = subscriptions::found(router, arguments)?;
    if !router.broker.histories.contains_key(&subscription) {
        return Err(unavailable(subscription));
    }
    Ok(Outcome::Needs(Task::Events(Events {
        request: arguments.request,
        subscription,
        policy: there.policy,
        pattern: there.pattern.clone(),
        wanted: wanted(router, arguments)?,
    })))
}

fn wanted(router: &Router, arguments: &Arguments) -> Result<Wanted, Refusal> {
    let limit = arguments.number("limit")?.or(arguments.second_number()?);
    let mut wanted = Wanted {
        reverse: arguments.flag("reverse")?,
        limit: limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)),
        topic: arguments.named_text("topic")?.map(str::to_owned),
        ..Wanted::default()
    };
    for (word, side) in Side::ALL {
        if let Some(id) = arguments.number(&format!("{word}_publication"))? {
            wanted.publications.push((side, id));
        }
        let name = format!("{word}_time");
        if let Some(date) = arguments.named_text(&name)? {
            let Some(epoch) = router.config.epoch else {
                return Err(invalid(format!(
                    "expected no {name}: this realm knows no calendar; ask by publication"
                )));
            };
            let time = calendar::since(epoch, date);
            let time = time.ok_or_else(|| {
                invalid(format!(
                    "expected {name} to be a date as in RFC 3339, got {date:?}"
                ))
            })?;
            wanted.times.push((side, time));
        }
    }
    Ok(wanted)
}

impl Router {
    /// Answers with the events that the session may see; that it may subscribe to them is known.
    pub(crate) fn answer_events(&mut self, session: Id, events: &Events) {
        let request = events.request;
        match self.past_events(session, events) {
            Ok(payload) => {
                let details = Dict::new();
                let result = Message::Result {
                    request,
                    details,
                    payload,
                };
                self.send(session, result);
            }
            Err(refusal) => self.refuse(session, Kind::Call, request, &refusal),
        }
    }

    fn past_events(&self, session: Id, events: &Events) -> Result<Payload, Refusal> {
        let Events {
            subscription,
            policy,
            wanted,
            ..
        } = events;
        let gone = || unavailable(*subscription);
        let viewer = self.sessions.get(&session).and_then(|state| state.info());
        let history = self.broker.histories.get(subscription);
        let (Some(viewer), Some(history)) = (viewer, history) else {
            return Err(gone());
        };
        let found = history.select(wanted, viewer)?;
        let found = found.into_iter().map(|kept| Event {
            timestamp: calendar::date(self.config.epoch, kept.at),
            subscription: *subscription,
            publication: kept.id,
            details: kept.details(*policy),
            args: part(kept.payload.raw_args(), || kept.payload.args_as().ok()),
            kwargs: part(kept.payload.raw_kwargs(), || kept.payload.kwargs_as().ok()),
        });
        let found: Vec<_> = found.collect();
        Payload::json(&(found,), &()).map_err(|error| invalid(error.to_string()))
    }
}

/// Arguments as they came, letter by letter, where there are any.
fn part(raw: &[u8], read: impl FnOnce() -> Option<Box<RawValue>>) -> Option<Box<RawValue>> {
    if raw.is_empty() { None } else { read() }
}
