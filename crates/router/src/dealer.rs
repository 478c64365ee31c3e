//! Registrations: who offers which procedure.

use std::time::Duration;

use foldhash::HashMap;
use serde_json::Value;
use wamp::{Dict, Id, Kind, MatchPolicy, Message, error, uri};

use crate::invoke::{Callees, Invoke};
use crate::patterns::Patterns;
use crate::router::Router;
use crate::task::{Refusal, Register};

/// Who offers what.
#[derive(Debug, Default)]
pub(crate) struct Dealer {
    pub(crate) registrations: HashMap<Id, Registration>,
    index: Patterns<Id>,
    last_id: Id,
}

/// One procedure or pattern, offered by one session or shared by several.
#[derive(Debug)]
pub(crate) struct Registration {
    pub(crate) id: Id,
    pub(crate) policy: MatchPolicy,
    pub(crate) pattern: String,
    pub(crate) created: Duration,
    pub(crate) callees: Callees,
    /// Whether its callees asked to be told who calls.
    pub(crate) disclose_caller: bool,
}

/// A session's part in a registration that has ended.
#[derive(Debug)]
pub(crate) struct Withdrawn {
    pub(crate) id: Id,
    pub(crate) callee: Id,
    /// Whether the registration has ended with it.
    pub(crate) last: bool,
}

impl Dealer {
    fn create(&mut self, now: Duration, callee: Id, register: &Register) -> Id {
        self.last_id += 1;
        let id = self.last_id;
        let (policy, pattern) = (register.policy, &*register.procedure);
        self.index.insert(policy, pattern, id);
        let registration = Registration {
            id,
            policy,
            pattern: pattern.to_owned(),
            created: now,
            callees: Callees::new(register.invoke, callee),
            disclose_caller: register.disclose_caller,
        };
        self.registrations.insert(id, registration);
        id
    }

    /// Takes a callee out of a registration, which ends with its last callee.
    pub(crate) fn remove(&mut self, callee: Id, id: Id) -> Option<Withdrawn> {
        let registration = self.registrations.get_mut(&id)?;
        registration.callees.remove(callee);
        let last = registration.callees.sessions().is_empty();
        if last {
            self.index
                .remove(registration.policy, &registration.pattern);
            self.registrations.remove(&id);
        }
        Some(Withdrawn { id, callee, last })
    }

    /// The registration of exactly this pattern.
    pub(crate) fn id_of(&self, policy: MatchPolicy, pattern: &str) -> Option<Id> {
        self.index.get(policy, pattern).copied()
    }

    /// The registration that a call to this procedure goes to. What is the router's goes to none, however wide its pattern is.
    pub(crate) fn best(&self, procedure: &str) -> Option<&Registration> {
        if uri::is_reserved(procedure) {
            return None;
        }
        self.registrations.get(self.index.best(procedure)?)
    }
}

impl Router {
    pub(crate) fn register(&mut self, session: Id, register: &Register) {
        let request = register.request;
        let existing = self.dealer.id_of(register.policy, &register.procedure);
        let shared = match self.check_register(session, register, existing) {
            Ok(shared) => shared,
            Err(refusal) => return self.refuse(session, Kind::Register, request, &refusal),
        };
        let withdrawn = match existing {
            Some(id) if shared.is_none() => self.revoke(id),
            _ => Vec::new(),
        };
        let (registration, joins) = match shared {
            Some(id) => (id, self.join_callees(session, id)),
            None => (self.dealer.create(self.now, session, register), true),
        };
        if let Some(state) = self.sessions.get_mut(&session) {
            state.registrations.insert(registration);
        }
        self.send(
            session,
            Message::Registered {
                request,
                registration,
            },
        );
        for part in withdrawn {
            self.tell_unregister(&part);
        }
        if joins {
            self.tell_register(session, registration, shared.is_none());
        }
    }

    /// Whether a procedure may be registered, and if so in which registration that exists and is to be shared.
    fn check_register(
        &self,
        session: Id,
        register: &Register,
        existing: Option<Id>,
    ) -> Result<Option<Id>, Refusal> {
        let Register {
            policy, procedure, ..
        } = register;
        let mut shared = None;
        if let Some(there) = existing.and_then(|id| self.dealer.registrations.get(&id)) {
            if register.force {
                self.check_force(session, there)?;
            } else if there.callees.invoke == Invoke::Single {
                let message =
                    format!("procedure <{procedure}> (match {policy}) is registered already");
                return Err(Refusal::new(error::PROCEDURE_ALREADY_EXISTS, message));
            } else if there.callees.invoke != register.invoke {
                let message = format!(
                    "procedure <{procedure}> (match {policy}) is registered already; \
                     expected invoke \"{}\" to share it, got \"{}\"",
                    there.callees.invoke.as_str(),
                    register.invoke.as_str(),
                );
                return Err(Refusal::new(error::INVOCATION_POLICY_CONFLICT, message));
            } else {
                shared = Some(there.id);
            }
        }
        let state = self.sessions.get(&session);
        let (has_it, count) = state.map_or((false, 0), |state| {
            let has_it = shared.is_some_and(|id| state.registrations.contains(&id));
            (has_it, state.registrations.len())
        });
        let limit = self.config.limits.registrations;
        if !has_it && count >= limit {
            let message = format!("expected at most {limit} registrations per session");
            return Err(Refusal::new(error::LIMIT_EXCEEDED, message));
        }
        Ok(shared)
    }

    /// A client does not take a procedure from the router's own process.
    fn check_force(&self, session: Id, there: &Registration) -> Result<(), Refusal> {
        let trusted = |id: &Id| {
            let info = self.sessions.get(id).and_then(|state| state.info());
            info.is_some_and(|info| info.trusted)
        };
        if trusted(&session) || !there.callees.sessions().iter().any(trusted) {
            return Ok(());
        }
        let message = format!(
            "expected a procedure of a client to register anew, got <{}>, which the service itself offers",
            there.pattern
        );
        Err(Refusal::new(error::NOT_AUTHORIZED, message))
    }

    /// Whether the session is new in the registration that it shares.
    fn join_callees(&mut self, session: Id, registration: Id) -> bool {
        let Some(there) = self.dealer.registrations.get_mut(&registration) else {
            return false;
        };
        let new = !there.callees.sessions().contains(&session);
        if new {
            there.callees.add(session);
        }
        new
    }

    /// Takes a registration from all its callees. Calls on their way are still answered.
    fn revoke(&mut self, registration: Id) -> Vec<Withdrawn> {
        let there = self.dealer.registrations.get(&registration);
        let callees = there.map_or(Vec::new(), |there| there.callees.sessions().to_vec());
        let mut withdrawn = Vec::new();
        for callee in callees {
            withdrawn.extend(self.dealer.remove(callee, registration));
            let Some(state) = self.sessions.get_mut(&callee) else {
                continue;
            };
            state.registrations.remove(&registration);
            if state.features.registration_revocation {
                let details = [
                    ("registration", Value::from(registration)),
                    (
                        "reason",
                        "another session has registered the procedure anew".into(),
                    ),
                ];
                let details = details.map(|(key, value)| (key.to_owned(), value));
                let message = Message::Unregistered {
                    request: 0,
                    details: details.into_iter().collect(),
                };
                self.send(callee, message);
            }
        }
        withdrawn
    }

    pub(crate) fn unregister(&mut self, session: Id, request: Id, registration: Id) {
        let state = self.sessions.get_mut(&session);
        if state.is_some_and(|state| state.registrations.remove(&registration)) {
            let withdrawn = self.dealer.remove(session, registration);
            let details = Dict::new();
            self.send(session, Message::Unregistered { request, details });
            if let Some(withdrawn) = withdrawn {
                self.tell_unregister(&withdrawn);
            }
        } else {
            let message = format!("no registration {registration} in this session");
            let refusal = Refusal::new(error::NO_SUCH_REGISTRATION, message);
            self.refuse(session, Kind::Unregister, request, &refusal);
        }
    }
}
