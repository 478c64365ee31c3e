//! Registrations: who offers which procedure.

use std::collections::HashMap;

use wamp::{Id, Kind, MatchPolicy, Message, error};

use crate::patterns::Patterns;
use crate::router::Router;
use crate::task::Refusal;

/// Who offers what.
#[derive(Debug, Default)]
pub(crate) struct Dealer {
    pub(crate) registrations: HashMap<Id, Registration>,
    index: Patterns<Id>,
    last_id: Id,
}

/// One procedure or pattern, offered by one session.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) id: Id,
    pub(crate) policy: MatchPolicy,
    pub(crate) callee: Id,
    pub(crate) pattern: String,
}

impl Dealer {
    fn add(&mut self, callee: Id, policy: MatchPolicy, pattern: &str) -> Id {
        self.last_id += 1;
        let id = self.last_id;
        self.index.insert(policy, pattern, id);
        let registration = Registration {
            id,
            policy,
            callee,
            pattern: pattern.to_owned(),
        };
        self.registrations.insert(id, registration);
        id
    }

    pub(crate) fn remove(&mut self, id: Id) -> Option<Registration> {
        let registration = self.registrations.remove(&id)?;
        self.index
            .remove(registration.policy, &registration.pattern);
        Some(registration)
    }

    /// The registration of exactly this pattern.
    pub(crate) fn id_of(&self, policy: MatchPolicy, pattern: &str) -> Option<Id> {
        self.index.get(policy, pattern).copied()
    }

    /// The registration that a call to this procedure goes to.
    pub(crate) fn best(&self, procedure: &str) -> Option<&Registration> {
        self.registrations.get(self.index.best(procedure)?)
    }
}

impl Router {
    pub(crate) fn register(
        &mut self,
        session: Id,
        request: Id,
        policy: MatchPolicy,
        procedure: &str,
    ) {
        let Some(state) = self.sessions.get_mut(&session) else {
            return;
        };
        let limit = self.config.limits.registrations;
        if self.dealer.id_of(policy, procedure).is_some() {
            let message = format!("procedure <{procedure}> (match {policy}) is registered already");
            let refusal = Refusal::new(error::PROCEDURE_ALREADY_EXISTS, message);
            return self.refuse(session, Kind::Register, request, &refusal);
        }
        if state.registrations.len() >= limit {
            let message = format!("expected at most {limit} registrations per session");
            let refusal = Refusal::new(error::LIMIT_EXCEEDED, message);
            return self.refuse(session, Kind::Register, request, &refusal);
        }
        let registration = self.dealer.add(session, policy, procedure);
        state.registrations.insert(registration);
        self.send(
            session,
            Message::Registered {
                request,
                registration,
            },
        );
        self.tell_register(session, registration);
    }

    pub(crate) fn unregister(&mut self, session: Id, request: Id, registration: Id) {
        let state = self.sessions.get_mut(&session);
        if state.is_some_and(|state| state.registrations.remove(&registration)) {
            let ended = self.dealer.remove(registration);
            self.send(session, Message::Unregistered { request });
            if let Some(ended) = ended {
                self.tell_unregister(&ended);
            }
        } else {
            let message = format!("no registration {registration} in this session");
            let refusal = Refusal::new(error::NO_SUCH_REGISTRATION, message);
            self.refuse(session, Kind::Unregister, request, &refusal);
        }
    }
}
