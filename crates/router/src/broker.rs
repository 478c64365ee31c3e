//! Subscriptions, and publications to them.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use wamp::{Id, Kind, MatchPolicy, Message, error, uri};

use crate::action::Action;
use crate::disclosure;
use crate::router::Router;
use crate::task::{Publish, Refusal};
use crate::{Listeners, SessionInfo};

/// Who has subscribed to what.
#[derive(Debug, Default)]
pub(crate) struct Broker {
    pub(crate) subscriptions: HashMap<Id, Subscription>,
    pub(crate) listeners: Listeners,
    last_id: Id,
}

/// One topic or pattern, shared by everybody who has subscribed to it.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) policy: MatchPolicy,
    pub(crate) pattern: String,
    pub(crate) sessions: BTreeSet<Id>,
}

/// A session's part in a subscription that has ended.
#[derive(Debug)]
pub(crate) struct Removed {
    pub(crate) id: Id,
    /// Whether the subscription is to what the router tells.
    pub(crate) reserved: bool,
    /// Whether the subscription has ended with it.
    pub(crate) last: bool,
}

impl Broker {
    /// The subscription to exactly this pattern.
    pub(crate) fn id_of(&self, policy: MatchPolicy, pattern: &str) -> Option<Id> {
        self.listeners.read().get(policy, pattern).copied()
    }

    fn add(&mut self, session: Id, policy: MatchPolicy, pattern: &str) -> Id {
        let id = self.id_of(policy, pattern).unwrap_or_else(|| {
            self.last_id += 1;
            let mut listeners = self.listeners.write();
            listeners.insert(policy, pattern, self.last_id);
            self.last_id
        });
        let subscription = self
            .subscriptions
            .entry(id)
            .or_insert_with(|| Subscription {
                policy,
                pattern: pattern.to_owned(),
                sessions: BTreeSet::new(),
            });
        subscription.sessions.insert(session);
        id
    }

    /// Takes a session out of a subscription, which ends with its last session.
    pub(crate) fn remove(&mut self, session: Id, id: Id) -> Option<Removed> {
        let subscription = self.subscriptions.get_mut(&id)?;
        subscription.sessions.remove(&session);
        let removed = Removed {
            id,
            reserved: uri::is_reserved(&subscription.pattern),
            last: subscription.sessions.is_empty(),
        };
        if removed.last {
            let mut listeners = self.listeners.write();
            listeners.remove(subscription.policy, &subscription.pattern);
            self.subscriptions.remove(&id);
        }
        Some(removed)
    }

    /// The subscriptions that a topic belongs to.
    pub(crate) fn matching(&self, topic: &str) -> impl Iterator<Item = (Id, &Subscription)> {
        let ids: Vec<Id> = self.listeners.read().matching(topic).copied().collect();
        ids.into_iter()
            .filter_map(|id| Some((id, self.subscriptions.get(&id)?)))
    }
}

impl Router {
    pub(crate) fn subscribe(&mut self, session: Id, request: Id, policy: MatchPolicy, topic: &str) {
        let Some(state) = self.sessions.get_mut(&session) else {
            return;
        };
        let limit = self.config.limits.subscriptions;
        let has_it = self
            .broker
            .id_of(policy, topic)
            .is_some_and(|id| state.subscriptions.contains(&id));
        if !has_it && state.subscriptions.len() >= limit {
            let message = format!("expected at most {limit} subscriptions per session");
            let refusal = Refusal::new(error::LIMIT_EXCEEDED, message);
            return self.refuse(session, Kind::Subscribe, request, &refusal);
        }
        let known = self.broker.id_of(policy, topic).is_some();
        let subscription = self.broker.add(session, policy, topic);
        state.subscriptions.insert(subscription);
        self.send(
            session,
            Message::Subscribed {
                request,
                subscription,
            },
        );
        if !has_it {
            self.tell_subscribe(session, subscription, !known);
        }
    }

    pub(crate) fn unsubscribe(&mut self, session: Id, request: Id, subscription: Id) {
        let state = self.sessions.get_mut(&session);
        if state.is_some_and(|state| state.subscriptions.remove(&subscription)) {
            let removed = self.broker.remove(session, subscription);
            self.send(session, Message::Unsubscribed { request });
            if let Some(removed) = removed {
                self.tell_unsubscribe(session, &removed);
            }
        } else {
            let message = format!("no subscription {subscription} in this session");
            let refusal = Refusal::new(error::NO_SUCH_SUBSCRIPTION, message);
            self.refuse(session, Kind::Unsubscribe, request, &refusal);
        }
    }

    pub(crate) fn publish(&mut self, session: Id, publish: &Publish) {
        let disclosed = match self.config.disclosure.applies(publish.disclose_me, false) {
            Ok(disclosed) => disclosed,
            Err(refusal) if publish.acknowledge => {
                return self.refuse(session, Kind::Publish, publish.request, &refusal);
            }
            Err(_) => return,
        };
        let publication = self.draw_id();
        if publish.acknowledge {
            // Before the events: a publisher that is its own subscriber hears this first.
            let request = publish.request;
            self.send(
                session,
                Message::Published {
                    request,
                    publication,
                },
            );
        }
        let Some(publisher) = self.sessions.get(&session).and_then(|s| s.info()) else {
            return;
        };
        for (id, subscription) in self.broker.matching(&publish.topic) {
            let sessions: Vec<Id> = subscription
                .sessions
                .iter()
                .filter(|subscriber| self.receives(**subscriber, publisher, publish))
                .copied()
                .collect();
            if sessions.is_empty() {
                continue;
            }
            let mut details = publish.passthru.clone();
            if disclosed {
                disclosure::name(&mut details, "publisher", publisher);
            }
            if subscription.policy != MatchPolicy::Exact {
                details.insert("topic".to_owned(), Value::from(&*publish.topic));
            }
            let message = Message::Event {
                subscription: id,
                publication,
                details,
                payload: publish.payload.clone(),
            };
            self.actions.push(Action::Broadcast { sessions, message });
        }
    }

    fn receives(&self, subscriber: Id, publisher: &SessionInfo, publish: &Publish) -> bool {
        let Some(state) = self.sessions.get(&subscriber) else {
            return false;
        };
        let Some(info) = state.info() else {
            return false;
        };
        // A client that floods a session in process must not bring it down: such a session loses
        // events of clients while it is behind. Any other session is fed or closed.
        let spared = state.congested && info.trusted && !publisher.trusted;
        !spared && publish.audience.admits(publisher.id, info)
    }
}
