//! Calls on their way from a caller to a callee and back.

mod answers;
mod cancel;
mod progress;

use std::time::Duration;

use wamp::{Dict, Id, Kind, MatchPolicy, Message, error};

use crate::deadlines::{DeadlineKey, Due};
use crate::disclosure;
use crate::router::Router;
use crate::task::{CallRequest, Refusal};

/// A call that its callee has not answered; filed with the callee under the invocation id.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) caller: Id,
    pub(crate) request: Id,
    deadline: DeadlineKey,
    /// Whether the caller takes progressive results.
    receive_progress: bool,
    /// Whether the callee was told to stop and the caller waits for what it says to that.
    interrupted: bool,
    /// What has to be kept to go on with the call: nothing, for most.
    kept: Option<Box<Kept>>,
}

/// What more there may be to a call than one CALL to one callee.
#[derive(Debug)]
enum Kept {
    /// The caller sends more; each INVOCATION says the same as the first.
    Sending { registration: Id, details: Dict },
    /// Another callee may have to be tried.
    Elsewhere {
        registration: Id,
        request: CallRequest,
        /// Those who have said that they cannot take it.
        tried: Vec<Id>,
    },
}

/// Where a call goes.
struct Route {
    callee: Id,
    registration: Id,
    /// Of the INVOCATION.
    details: Dict,
    /// Whether there are other callees.
    shared: bool,
}

impl Router {
    /// CALL: becomes an INVOCATION, or is refused at once.
    pub(crate) fn call(&mut self, caller: Id, call: CallRequest) {
        let (request, more) = (call.request, call.progress);
        let state = self.sessions.get(&caller).filter(|_| more);
        if state.is_some_and(|state| !state.features.makes_progressive_calls) {
            let message = "expected a CALL without progress: HELLO did not announce progressive_call_invocations";
            return self.violation(caller, message);
        }
        let route = self.find_route(caller, &call);
        match route.and_then(|route| self.check_caller(caller).map(|()| route)) {
            Ok(route) => {
                let limit = self.config.limits.call_timeout;
                let at = self.now + call.timeout.map_or(limit, |timeout| timeout.min(limit));
                self.invoke(caller, route, call, at, Vec::new());
            }
            Err(refusal) => {
                if more {
                    self.expect_rest(caller, request);
                }
                self.refuse(caller, Kind::Call, request, &refusal);
            }
        }
    }

    fn find_route(&mut self, caller: Id, call: &CallRequest) -> Result<Route, Refusal> {
        let procedure = &call.procedure;
        let registration = self.dealer.best(procedure).ok_or_else(|| {
            let message = format!("no callee registered for procedure <{procedure}>");
            Refusal::new(error::NO_SUCH_PROCEDURE, message)
        })?;
        let id = registration.id;
        self.route_by(id, caller, call, &[])
    }

    /// The way to a callee of this registration that none of `tried` is.
    fn route_by(
        &mut self,
        registration: Id,
        caller: Id,
        call: &CallRequest,
        tried: &[Id],
    ) -> Result<Route, Refusal> {
        let procedure = &call.procedure;
        let busy = || {
            let message = format!(
                "the callee of procedure <{procedure}> has too much waiting to take this call; \
                 try again in a moment"
            );
            Refusal::new(error::NO_AVAILABLE_CALLEE, message)
        };
        let there = self.dealer.registrations.get_mut(&registration);
        let there = there.ok_or_else(busy)?;
        let (sessions, ids) = (&self.sessions, &mut self.ids);
        let callee = there.callees.next(
            || ids.draw(),
            |callee| {
                let state = sessions.get(&callee);
                state.is_some_and(|state| !state.congested) && !tried.contains(&callee)
            },
        );
        let callee = callee.ok_or_else(busy)?;
        let takes_more = sessions
            .get(&callee)
            .is_some_and(|state| state.features.takes_progressive_calls);
        if call.progress && !takes_more {
            let message = format!(
                "the callee of procedure <{procedure}> takes a call as a whole only; \
                 expected a CALL without progress"
            );
            return Err(Refusal::new(error::FEATURE_NOT_SUPPORTED, message));
        }
        let disclosure = self.config.disclosure;
        let disclosed = disclosure.applies(call.disclose_me, there.disclose_caller)?;

        let mut details = call.passthru.clone();
        if there.policy != MatchPolicy::Exact {
            details.insert("procedure".to_owned(), procedure.as_str().into());
        }
        let caller = sessions.get(&caller).and_then(|state| state.info());
        if let Some(caller) = caller.filter(|_| disclosed) {
            disclosure::name(&mut details, disclosure::CALLER, caller);
        }
        for (key, on) in [
            ("receive_progress", call.receive_progress),
            ("progress", call.progress),
        ] {
            if on {
                details.insert(key.to_owned(), true.into());
            }
        }
        Ok(Route {
            callee,
            registration,
            details,
            shared: there.callees.sessions().len() > 1,
        })
    }

    /// Whether a caller may have one call more.
    fn check_caller(&self, caller: Id) -> Result<(), Refusal> {
        let limit = self.config.limits.calls;
        let state = self.sessions.get(&caller);
        if state.is_some_and(|state| state.calls.len() < limit) {
            return Ok(());
        }
        let message = format!(
            "expected at most {limit} calls of a session to wait for their answers; \
             try again when some have come"
        );
        Err(Refusal::new(error::LIMIT_EXCEEDED, message))
    }

    /// Sends the INVOCATION; its answer is awaited until `at`.
    fn invoke(
        &mut self,
        caller: Id,
        route: Route,
        mut call: CallRequest,
        at: Duration,
        tried: Vec<Id>,
    ) {
        let Route {
            callee,
            registration,
            details,
            shared,
        } = route;
        let Some(state) = self.sessions.get_mut(&callee) else {
            return;
        };
        // Invocation ids count from 1 in every callee's session.
        state.last_invocation += 1;
        let invocation = state.last_invocation;
        let (request, receive_progress) = (call.request, call.receive_progress);
        let payload = match shared {
            true => call.payload.clone(),
            false => std::mem::take(&mut call.payload),
        };
        let kept = match (call.progress, shared) {
            (true, _) => Some(Kept::Sending {
                registration,
                details: details.clone(),
            }),
            (false, true) => Some(Kept::Elsewhere {
                registration,
                request: call,
                tried,
            }),
            (false, false) => None,
        };
        let filed = Call {
            caller,
            request,
            deadline: self.deadlines.set(at, Due::Call { callee, invocation }),
            receive_progress,
            interrupted: false,
            kept: kept.map(Box::new),
        };
        state.invocations.insert(invocation, filed);
        if let Some(caller) = self.sessions.get_mut(&caller) {
            caller.calls.insert(request, (callee, invocation));
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

    /// Ends a call, whichever way; whoever asked for that tells the caller. `None` if it has ended before.
    fn settle(&mut self, callee: Id, invocation: Id) -> Option<Call> {
        let state = self.sessions.get_mut(&callee)?;
        let call = state.invocations.remove(&invocation)?;
        self.close_books(&call);
        Some(call)
    }

    /// Forgets what waits for a call, except its callee.
    fn close_books(&mut self, call: &Call) {
        self.deadlines.clear(call.deadline);
        if let Some(caller) = self.sessions.get_mut(&call.caller) {
            caller.calls.remove(&call.request);
        }
        if matches!(call.kept.as_deref(), Some(Kept::Sending { .. })) {
            self.expect_rest(call.caller, call.request);
        }
    }
}
