//! Subscriptions, and publications to them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use serde_json::Value;
use wamp::{Dict, Id, Kind, MatchPolicy, Message, error, uri};

use crate::action::Action;
use crate::disclosure;
use crate::history::{History, HistoryRule};
use crate::publication::Publication;
use crate::retained::Retained;
use crate::router::Router;
use crate::task::{Publish, Refusal, Subscribe};
use crate::{Listeners, SessionInfo};

/// Who has subscribed to what, and what is kept of it.
#[derive(Debug, Default)]
pub(crate) struct Broker {
    pub(crate) subscriptions: HashMap<Id, Subscription>,
    /// Subscription → its events. Those subscriptions are there from the beginning, and stay.
    pub(crate) histories: HashMap<Id, History>,
    retained: Retained,
    pub(crate) listeners: Listeners,
    last_id: Id,
}

/// One topic or pattern, shared by everybody who has subscribed to it.
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) policy: MatchPolicy,
    pub(crate) pattern: String,
    pub(crate) created: Duration,
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
    /// A broker that keeps the events of these topics.
    pub(crate) fn new(rules: &[HistoryRule]) -> Self {
        let mut broker = Self::default();
        for rule in rules {
            let id = broker.find_or_create(rule.match_policy, &rule.topic, Duration::ZERO);
            broker.histories.insert(id, History::new(rule));
        }
        broker
    }

    /// The subscription to exactly this pattern.
    pub(crate) fn id_of(&self, policy: MatchPolicy, pattern: &str) -> Option<Id> {
        self.listeners.read().get(policy, pattern).copied()
    }

    fn find_or_create(&mut self, policy: MatchPolicy, pattern: &str, now: Duration) -> Id {
        if let Some(id) = self.id_of(policy, pattern) {
            return id;
        }
        self.last_id += 1;
        self.listeners.write().insert(policy, pattern, self.last_id);
        let subscription = Subscription {
            policy,
            pattern: pattern.to_owned(),
            created: now,
            sessions: BTreeSet::new(),
        };
        self.subscriptions.insert(self.last_id, subscription);
        self.last_id
    }

    /// Takes a session out of a subscription, which ends with its last session.
    pub(crate) fn remove(&mut self, session: Id, id: Id) -> Option<Removed> {
        let subscription = self.subscriptions.get_mut(&id)?;
        subscription.sessions.remove(&session);
        let removed = Removed {
            id,
            reserved: uri::is_reserved(&subscription.pattern),
            last: subscription.sessions.is_empty() && !self.histories.contains_key(&id),
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
    pub(crate) fn subscribe(&mut self, session: Id, wanted: &Subscribe) {
        let Subscribe {
            request,
            policy,
            topic,
            get_retained,
        } = wanted;
        let Some(state) = self.sessions.get_mut(&session) else {
            return;
        };
        let limit = self.config.limits.subscriptions;
        let known = self.broker.id_of(*policy, topic);
        let has_it = known.is_some_and(|id| state.subscriptions.contains(&id));
        if !has_it && state.subscriptions.len() >= limit {
            let message = format!("expected at most {limit} subscriptions per session");
            let refusal = Refusal::new(error::LIMIT_EXCEEDED, message);
            return self.refuse(session, Kind::Subscribe, *request, &refusal);
        }
        let id = self.broker.find_or_create(*policy, topic, self.now);
        if let Some(subscription) = self.broker.subscriptions.get_mut(&id) {
            subscription.sessions.insert(session);
        }
        state.subscriptions.insert(id);
        self.send(
            session,
            Message::Subscribed {
                request: *request,
                subscription: id,
            },
        );
        if *get_retained {
            self.send_retained(session, id, *policy, topic);
        }
        if !has_it {
            self.tell_subscribe(session, id, known.is_none());
        }
    }

    /// The last events of what a session has just subscribed to.
    fn send_retained(&mut self, session: Id, subscription: Id, policy: MatchPolicy, topic: &str) {
        let Some(viewer) = self.sessions.get(&session).and_then(|state| state.info()) else {
            return;
        };
        for kept in self.broker.retained.of(policy, topic, viewer) {
            let mut details = kept.details(policy);
            details.insert("retained".to_owned(), Value::from(true));
            let event = Message::Event {
                subscription,
                publication: kept.id,
                details,
                payload: kept.payload.clone(),
            };
            self.send(session, event);
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
        let publisher = self.sessions.get(&session).and_then(|s| s.info()).cloned();
        if let Some(publisher) = publisher {
            self.distribute(&publisher, publication, disclosed, publish);
        }
    }

    /// Sends the events of a publication, and keeps it where it is to be kept. Its publisher may have gone.
    pub(crate) fn distribute(
        &mut self,
        publisher: &Arc<SessionInfo>,
        publication: Id,
        disclosed: bool,
        publish: &Publish,
    ) {
        let details = |policy| {
            let mut details = publish.passthru.clone();
            if disclosed {
                disclosure::name(&mut details, disclosure::PUBLISHER, publisher);
            }
            if policy != MatchPolicy::Exact {
                details.insert("topic".to_owned(), Value::from(&*publish.topic));
            }
            details
        };
        let mut histories = Vec::new();
        for (id, subscription) in self.broker.matching(&publish.topic) {
            // Looked up only where there are any.
            if !self.broker.histories.is_empty() && self.broker.histories.contains_key(&id) {
                histories.push(id);
            }
            let sessions: Vec<Id> = subscription
                .sessions
                .iter()
                .filter(|subscriber| self.receives(**subscriber, publisher, publish))
                .copied()
                .collect();
            if sessions.is_empty() {
                continue;
            }
            let message = Message::Event {
                subscription: id,
                publication,
                details: details(subscription.policy),
                payload: publish.payload.clone(),
            };
            self.actions.push(Action::Broadcast { sessions, message });
        }
        let retain = publish.retain && self.config.limits.retained_events > 0;
        if retain || !histories.is_empty() {
            let publisher = Arc::clone(publisher);
            let details = details(MatchPolicy::Exact);
            self.keep(publication, publisher, details, publish, &histories);
        }
    }

    fn keep(
        &mut self,
        id: Id,
        publisher: Arc<SessionInfo>,
        details: Dict,
        publish: &Publish,
        histories: &[Id],
    ) {
        let publication = Arc::new(Publication {
            id,
            at: self.now,
            topic: publish.topic.clone(),
            publisher,
            audience: publish.audience.clone(),
            details,
            payload: publish.payload.detached(),
        });
        if !publish.audience.names_sessions() {
            for history in histories {
                if let Some(history) = self.broker.histories.get_mut(history) {
                    history.keep(&publication);
                }
            }
        }
        if publish.retain {
            let limits = &self.config.limits;
            self.broker.retained.keep(&publication, limits);
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
