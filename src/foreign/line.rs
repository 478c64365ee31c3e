//! Publishing through a foreign router, as long as there is a session on it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use serde_json::json;
use tokio::sync::watch;
use wamp::Payload;
use wamp_transport::{PublishOptions, Session};

use super::People;
use super::pulse::within;
use crate::sight::Audience;

/// What somebody is told whose session is ended.
const SHOWN_OUT: &str = "wamp.close.killed";

/// The way to a foreign router. What is published while there is none is lost: whoever listens there has lost the router, too, and reads the
/// tree again.
#[derive(Debug)]
pub struct Line {
    /// Who is there.
    pub people: People,
    session: ArcSwapOption<Session>,
    up: watch::Sender<bool>,
}

impl Line {
    /// A line with nobody at its end.
    #[must_use]
    pub fn new(people: People) -> Self {
        Self {
            people,
            session: ArcSwapOption::empty(),
            up: watch::Sender::new(false),
        }
    }

    /// Whether the service is on the router, as it changes.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<bool> {
        self.up.subscribe()
    }

    pub(super) fn opened(&self, session: Session) {
        self.session.store(Some(Arc::new(session)));
        self.up.send_replace(true);
    }

    pub(super) fn lost(&self) {
        self.session.store(None);
        self.up.send_replace(false);
    }

    /// Could anybody hear an event? Which topics are subscribed to, only the router knows.
    #[must_use]
    pub fn has_listeners(&self) -> bool {
        self.session.load().is_some() && self.people.has_any()
    }

    /// Publishes to those sessions alone that may hear it. For nobody nothing is published: to routers in the field an empty list means
    /// everybody.
    pub async fn publish(&self, topic: &str, payload: Payload, audience: &Audience) {
        let eligible = self.people.eligible(audience);
        if eligible.is_empty() {
            return;
        }
        let Some(session) = self.session.load_full() else {
            tracing::debug!(topic, "the router is away; an event was not published");
            return;
        };
        let options = PublishOptions::only_sessions(eligible);
        match within(session.publish(topic, options, payload)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(topic, %error, "an event was not published"),
            Err(_) => session.give_up("the router takes no more messages"),
        }
    }

    /// Has the router end the sessions of a user, who hears and does nothing from now on even where it will not.
    pub async fn show_out(&self, user: u64) -> usize {
        let sessions = self.people.bar(user);
        let Some(line) = self.session.load_full() else {
            return 0;
        };
        let mut ended = 0;
        for id in sessions {
            let message = "you may not be here any more";
            let payload = Payload::json(&[id], &json!({"reason": SHOWN_OUT, "message": message}));
            let Ok(payload) = payload else { continue };
            match within(line.call("wamp.session.kill", payload)).await {
                Ok(Ok(_)) => ended += 1,
                Ok(Err(error)) => {
                    tracing::warn!(user, session = id, %error, "the router does not end a session; it hears nothing, and its calls are refused");
                }
                Err(_) => line.give_up("the router does not answer"),
            }
        }
        ended
    }
}
