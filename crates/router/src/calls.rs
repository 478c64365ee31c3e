//! Calls on their way from a caller to a callee and back.

use std::time::Duration;

use serde_json::Value;
use wamp::{Dict, Id, Kind, MatchPolicy, Message, Payload, error};

use crate::SessionInfo;
use crate::deadlines::{DeadlineKey, Due};
use crate::router::Router;
use crate::task::Refusal;

/// A call that its callee has not answered; filed with the callee under the invocation id.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Id,
    pub(crate) request: Id,
    pub(crate) deadline: DeadlineKey,
}

impl Router {
    /// CALL: becomes an INVOCATION, or is refused at once.
    pub(crate) fn call(
        &mut self,
        caller: Id,
        request: Id,
        procedure: &str,
        timeout: Option<Duration>,
        payload: Payload,
    ) {
        let (callee, registration, details) = match self.route_call(caller, procedure) {
            Ok(route) => route,
            Err(refusal) => return self.refuse(caller, Kind::Call, request, &refusal),
        };
        let Some(state) = self.sessions.get_mut(&callee) else {
            return;
        };
        // Invocation ids count from 1 in every callee's session.
        state.last_invocation += 1;
        let invocation = state.last_invocation;
        let limit = self.config.limits.call_timeout;
        let at = self.now + timeout.map_or(limit, |timeout| timeout.min(limit));
        let call = Call {
            caller,
            request,
            deadline: self.deadlines.set(at, Due::Call { callee, invocation }),
        };
        state.invocations.insert(invocation, call);
        if let Some(caller) = self.sessions.get_mut(&caller) {
            caller.calls.insert((callee, invocation));
        }
        self.send(
            callee,
            Message::Invocation {
                request: invocation,
                registration,
                details,
                payload,
            },
        );
    }

    /// Where a call goes: callee, registration and the details of its INVOCATION.
    fn route_call(&self, caller: Id, procedure: &str) -> Result<(Id, Id, Dict), Refusal> {
        let registration = self.dealer.best(procedure).ok_or_else(|| {
            let message = format!("no callee registered for procedure <{procedure}>");
            Refusal::new(error::NO_SUCH_PROCEDURE, message)
        })?;
        let callee = registration.callee;
        if self
            .sessions
            .get(&callee)
            .is_none_or(|callee| callee.congested)
        {
            let message = format!(
                "the callee of procedure <{procedure}> has too much waiting to take this call; \
                 try again in a moment"
            );
            return Err(Refusal::new(error::NO_AVAILABLE_CALLEE, message));
        }
        let limit = self.config.limits.calls;
        let state = self.sessions.get(&caller);
        let Some(state) = state.filter(|state| state.calls.len() < limit) else {
            let message = format!(
                "expected at most {limit} calls of a session to wait for their answers; \
                 try again when some have come"
            );
            return Err(Refusal::new(error::LIMIT_EXCEEDED, message));
        };
        let procedure = (registration.policy != MatchPolicy::Exact).then_some(procedure);
        let details = invocation_details(state.info().map(AsRef::as_ref), procedure);
        Ok((callee, registration.id, details))
    }

    /// YIELD: becomes the RESULT, if anybody still waits for it.
    pub(crate) fn yielded(&mut self, callee: Id, invocation: Id, payload: Payload) {
        if let Some(call) = self.settle(callee, invocation) {
            let result = Message::Result {
                request: call.request,
                details: Dict::new(),
                payload,
            };
            self.send(call.caller, result);
        }
    }

    /// ERROR of a callee: goes to the caller as it is.
    pub(crate) fn failed(&mut self, callee: Id, invocation: Id, error: String, payload: Payload) {
        if let Some(call) = self.settle(callee, invocation) {
            let answer = Message::Error {
                request_kind: Kind::Call,
                request: call.request,
                details: Dict::new(),
                error,
                payload,
            };
            self.send(call.caller, answer);
        }
    }

    /// The callee has not answered in time. If it still does, nobody waits for it.
    pub(crate) fn call_overdue(&mut self, callee: Id, invocation: Id) {
        if let Some(call) = self.settle(callee, invocation) {
            let refusal = Refusal::new(error::TIMEOUT, "the callee has not answered in time");
            self.refuse(call.caller, Kind::Call, call.request, &refusal);
        }
    }

    /// The callee has gone with these calls unanswered.
    pub(crate) fn cancel(&mut self, callee: Id, calls: impl IntoIterator<Item = (Id, Call)>) {
        for (invocation, call) in calls {
            self.deadlines.clear(call.deadline);
            if let Some(caller) = self.sessions.get_mut(&call.caller) {
                caller.calls.remove(&(callee, invocation));
                let message = "the callee has gone before it answered";
                let refusal = Refusal::new(error::CANCELED, message);
                self.refuse(call.caller, Kind::Call, call.request, &refusal);
            }
        }
    }

    /// Ends a call, whichever way; whoever asked for that tells the caller. `None` if it has ended before.
    pub(crate) fn settle(&mut self, callee: Id, invocation: Id) -> Option<Call> {
        let call = self
            .sessions
            .get_mut(&callee)?
            .invocations
            .remove(&invocation)?;
        self.deadlines.clear(call.deadline);
        if let Some(caller) = self.sessions.get_mut(&call.caller) {
            caller.calls.remove(&(callee, invocation));
        }
        Some(call)
    }
}

fn invocation_details(caller: Option<&SessionInfo>, procedure: Option<&str>) -> Dict {
    let mut details = Dict::new();
    if let Some(procedure) = procedure {
        details.insert("procedure".to_owned(), Value::from(procedure));
    }
    if let Some(caller) = caller {
        details.insert("caller".to_owned(), Value::from(caller.id));
        details.insert("caller_authid".to_owned(), Value::from(&*caller.authid));
        details.insert("caller_authrole".to_owned(), Value::from(&*caller.authrole));
    }
    details
}
