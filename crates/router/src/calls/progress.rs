//! Calls in several pieces: results that come bit by bit, and CALLs that repeat their request.

use wamp::{Dict, Id, Message, Payload, error};

use super::Kept;
use crate::options;
use crate::router::Router;
use crate::task::Refusal;

impl Router {
    /// YIELD with `progress`: part of a result, for a caller that takes parts. Any other is dropped, and the call goes on.
    pub(super) fn progressed(
        &mut self,
        callee: Id,
        invocation: Id,
        given: &Dict,
        payload: Payload,
    ) {
        let state = self.sessions.get(&callee);
        let call = state.and_then(|state| state.invocations.get(&invocation));
        let Some(call) = call.filter(|call| call.receive_progress) else {
            return;
        };
        let (caller, request) = (call.caller, call.request);
        if self.must_be_spared(caller) {
            let message = "the parts of the result come faster than they are read";
            let refusal = Refusal::new(error::LIMIT_EXCEEDED, message);
            return self.give_up(callee, invocation, &refusal);
        }
        let mut details = options::passthru(given);
        details.insert("progress".to_owned(), true.into());
        let part = Message::Result {
            request,
            details,
            payload,
        };
        self.send(caller, part);
    }

    /// A session in process that is behind: no client may bring it down by sending it more. A client that is behind is closed in the end.
    fn must_be_spared(&self, caller: Id) -> bool {
        let state = self.sessions.get(&caller);
        state.is_some_and(|state| state.congested && state.info().is_some_and(|info| info.trusted))
    }

    /// Whether a request id belongs to a call of this session that is open, or of which more CALLs are on their way.
    pub(crate) fn has_called(&self, caller: Id, request: Id) -> bool {
        let state = self.sessions.get(&caller);
        state.is_some_and(|state| {
            state.calls.contains_key(&request) || state.unfinished.contains(&request)
        })
    }

    /// CALL with the request id of a call that was begun before: goes to the same callee as the same invocation. Of its options only
    /// `progress` counts; the others, and the permission, are those of the first.
    pub(crate) fn call_on(&mut self, caller: Id, request: Id, given: &Dict, payload: Payload) {
        let more = options::flag(given, "progress");
        let Some(state) = self.sessions.get_mut(&caller) else {
            return;
        };
        let Some(&(callee, invocation)) = state.calls.get(&request) else {
            // The call has ended meanwhile; what was on its way is dropped.
            if !more {
                state.unfinished.remove(&request);
            }
            return;
        };
        let state = self.sessions.get_mut(&callee);
        let congested = state.as_ref().is_none_or(|state| state.congested);
        let call = state.and_then(|state| state.invocations.get_mut(&invocation));
        let Some(call) = call else {
            return;
        };
        let Some(Kept::Sending {
            registration,
            details,
        }) = call.kept.as_deref()
        else {
            let message =
                format!("expected a new request id in CALL, got {request}, which is in use");
            return self.violation(caller, &message);
        };
        let (registration, mut details) = (*registration, details.clone());
        if !more {
            details.remove("progress");
            call.kept = None;
        }
        if congested {
            let message = "the callee has too much waiting to take more of this call";
            let refusal = Refusal::new(error::NO_AVAILABLE_CALLEE, message);
            return self.give_up(callee, invocation, &refusal);
        }
        let message = Message::Invocation {
            request: invocation,
            registration,
            details,
            payload,
        };
        self.send(callee, message);
    }

    /// A call has ended while its caller was still sending: the rest is on its way, and is no new call.
    pub(crate) fn expect_rest(&mut self, caller: Id, request: Id) {
        let limit = self.config.limits.calls;
        if let Some(state) = self.sessions.get_mut(&caller) {
            state.unfinished.insert(request);
            if state.unfinished.len() > limit {
                state.unfinished.pop_first();
            }
        }
    }
}
