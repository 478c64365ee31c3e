//! What is published for a session when it has ended.

use std::sync::Arc;

use wamp::{Dict, Id, Kind, Message, Payload, error};

use crate::SessionInfo;
use crate::router::Router;
use crate::task::{Publish, Refusal};

/// When a testament is published. Sessions cannot be resumed here, so that both come when the session ends, `Detached` first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Detached,
    Destroyed,
}

/// What is to be published.
#[derive(Debug)]
pub(crate) struct Testament {
    /// The call that made it.
    pub(crate) request: Id,
    pub(crate) scope: Scope,
    pub(crate) publish: Publish,
}

impl Router {
    /// A session that may publish it leaves a testament.
    pub(crate) fn leave_testament(&mut self, session: Id, testament: Testament) {
        let limits = &self.config.limits;
        let Some(state) = self.sessions.get_mut(&session) else {
            return;
        };
        let request = testament.request;
        let held: usize = state
            .testaments
            .iter()
            .map(|made| made.publish.size())
            .sum();
        if state.testaments.len() >= limits.testaments
            || held + testament.publish.size() > limits.testament_bytes
        {
            let message = format!(
                "expected at most {} testaments and {} bytes of them per session; \
                 flush those that are no longer meant",
                limits.testaments, limits.testament_bytes
            );
            let refusal = Refusal::new(error::LIMIT_EXCEEDED, message);
            return self.refuse(session, Kind::Call, request, &refusal);
        }
        state.testaments.push(testament);
        let result = Message::Result {
            request,
            details: Dict::new(),
            payload: Payload::empty(),
        };
        self.send(session, result);
    }

    /// A session has ended: its testaments are published.
    pub(crate) fn publish_testaments(
        &mut self,
        info: &Arc<SessionInfo>,
        testaments: Vec<Testament>,
    ) {
        let (detached, destroyed): (Vec<_>, Vec<_>) = testaments
            .into_iter()
            .partition(|testament| testament.scope == Scope::Detached);
        for Testament { publish, .. } in detached.into_iter().chain(destroyed) {
            let publication = self.draw_id();
            let disclosed = self.config.disclosure.applies(publish.disclose_me, false);
            self.distribute(info, publication, disclosed.unwrap_or(false), &publish);
        }
    }
}
