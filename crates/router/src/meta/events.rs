//! What the router tells of its own accord.

use serde_json::Value;
use wamp::{Dict, Id, MatchPolicy, Message, Payload, uri};

use super::{registrations, sessions, subscriptions};
use crate::SessionInfo;
use crate::action::{Action, Slow};
use crate::broker::Removed;
use crate::dealer::Withdrawn;
use crate::router::Router;

const ON_JOIN: &str = "wamp.session.on_join";
const ON_LEAVE: &str = "wamp.session.on_leave";
/// Not of the specification, which leaves slow readers to the router.
const ON_SLOW: &str = "wamp.session.on_slow";
const ON_REGISTRATION_CREATE: &str = "wamp.registration.on_create";
const ON_REGISTER: &str = "wamp.registration.on_register";
const ON_UNREGISTER: &str = "wamp.registration.on_unregister";
const ON_REGISTRATION_DELETE: &str = "wamp.registration.on_delete";
const ON_SUBSCRIPTION_CREATE: &str = "wamp.subscription.on_create";
const ON_SUBSCRIBE: &str = "wamp.subscription.on_subscribe";
const ON_UNSUBSCRIBE: &str = "wamp.subscription.on_unsubscribe";
const ON_SUBSCRIPTION_DELETE: &str = "wamp.subscription.on_delete";

/// The topics that the router itself publishes to.
pub const META_TOPICS: [&str; 11] = [
    ON_JOIN,
    ON_LEAVE,
    ON_SLOW,
    ON_REGISTRATION_CREATE,
    ON_REGISTER,
    ON_UNREGISTER,
    ON_REGISTRATION_DELETE,
    ON_SUBSCRIPTION_CREATE,
    ON_SUBSCRIBE,
    ON_UNSUBSCRIBE,
    ON_SUBSCRIPTION_DELETE,
];

impl Router {
    /// A session has joined.
    pub(crate) fn tell_join(&mut self, session: &SessionInfo) {
        let details = || vec![Value::Object(sessions::details(session))];
        self.tell_others(session.id, ON_JOIN, details);
    }

    /// A session has left.
    pub(crate) fn tell_leave(&mut self, session: &SessionInfo) {
        let who = || {
            vec![
                session.id.into(),
                Value::from(&*session.authid),
                Value::from(&*session.authrole),
            ]
        };
        self.tell_others(session.id, ON_LEAVE, who);
    }

    /// A session does not take what it is sent: its id, authid and authrole, what becomes of it, and how many events it lost.
    pub(crate) fn tell_slow(&mut self, session: Id, slow: Slow) {
        let state = self.sessions.get(&session);
        let Some(info) = state.and_then(|state| state.info()).cloned() else {
            return;
        };
        let (word, dropped) = match slow {
            Slow::Dropping => ("dropping", 0),
            Slow::CaughtUp { dropped } => ("caught_up", dropped),
            Slow::Closed => ("closed", 0),
        };
        self.tell_others(session, ON_SLOW, || {
            vec![
                session.into(),
                Value::from(&*info.authid),
                Value::from(&*info.authrole),
                word.into(),
                dropped.into(),
            ]
        });
    }

    /// A session has registered, in a registration that is `new` with it or was there.
    pub(crate) fn tell_register(&mut self, callee: Id, registration: Id, new: bool) {
        let Some(made) = self.dealer.registrations.get(&registration) else {
            return;
        };
        if new {
            let details = Value::Object(registrations::details(self.config.epoch, made));
            self.tell_others(callee, ON_REGISTRATION_CREATE, || {
                vec![callee.into(), details]
            });
        }
        let ids = || vec![callee.into(), registration.into()];
        self.tell_others(callee, ON_REGISTER, ids);
    }

    /// A session's part in a registration has ended.
    pub(crate) fn tell_unregister(&mut self, withdrawn: &Withdrawn) {
        let ids = || vec![withdrawn.callee.into(), withdrawn.id.into()];
        self.tell_others(withdrawn.callee, ON_UNREGISTER, ids);
        if withdrawn.last {
            self.tell_others(withdrawn.callee, ON_REGISTRATION_DELETE, ids);
        }
    }

    /// A session has subscribed, to a subscription that is `new` with it or was there.
    pub(crate) fn tell_subscribe(&mut self, subscriber: Id, subscription: Id, new: bool) {
        let Some(made) = self.broker.subscriptions.get(&subscription) else {
            return;
        };
        // Who listens to the router is told to nobody: each event of that kind would cause others.
        if uri::is_reserved(&made.pattern) {
            return;
        }
        if new {
            let details = Value::Object(subscriptions::details(
                self.config.epoch,
                subscription,
                made,
            ));
            self.tell_others(subscriber, ON_SUBSCRIPTION_CREATE, || {
                vec![subscriber.into(), details]
            });
        }
        let ids = || vec![subscriber.into(), subscription.into()];
        self.tell_others(subscriber, ON_SUBSCRIBE, ids);
    }

    /// A session has unsubscribed, or has left.
    pub(crate) fn tell_unsubscribe(&mut self, subscriber: Id, removed: &Removed) {
        if removed.reserved {
            return;
        }
        let ids = || vec![subscriber.into(), removed.id.into()];
        self.tell_others(subscriber, ON_UNSUBSCRIBE, ids);
        if removed.last {
            self.tell_others(subscriber, ON_SUBSCRIPTION_DELETE, ids);
        }
    }

    /// Tells what `about` has done to everybody else who listens.
    fn tell_others(&mut self, about: Id, topic: &str, args: impl FnOnce() -> Vec<Value>) {
        let listening: Vec<(Id, bool, Vec<Id>)> = self
            .broker
            .matching(topic)
            .filter(|(_, subscription)| uri::is_reserved(&subscription.pattern))
            .map(|(id, subscription)| {
                let others = subscription.sessions.iter().copied();
                let others = others.filter(|session| *session != about && self.keeps_up(*session));
                let pattern = subscription.policy != MatchPolicy::Exact;
                (id, pattern, others.collect())
            })
            .filter(|(_, _, sessions): &(_, _, Vec<Id>)| !sessions.is_empty())
            .collect();
        if listening.is_empty() {
            return;
        }
        let payload = Payload::from_args(&args());
        let publication = self.draw_id();
        for (subscription, pattern, sessions) in listening {
            let mut details = Dict::new();
            if pattern {
                details.insert("topic".to_owned(), Value::from(topic));
            }
            let message = Message::Event {
                subscription,
                publication,
                details,
                payload: payload.clone(),
            };
            self.actions.push(Action::Broadcast { sessions, message });
        }
    }

    /// Clients cause these events, so a session in process loses them while it is behind, as it does what clients publish.
    fn keeps_up(&self, session: Id) -> bool {
        let state = self.sessions.get(&session);
        state.is_some_and(|state| {
            !(state.congested && state.info().is_some_and(|info| info.trusted))
        })
    }
}
