//! What callees answer.

use wamp::{Dict, Id, Kind, Message, Payload, error};

use super::{Call, Kept};
use crate::options;
use crate::router::Router;
use crate::task::Refusal;

impl Router {
    /// YIELD: becomes the RESULT, if anybody still waits for it.
    pub(crate) fn yielded(&mut self, callee: Id, invocation: Id, given: &Dict, payload: Payload) {
        if options::flag(given, "progress") {
            return self.progressed(callee, invocation, given, payload);
        }
        if let Some(call) = self.settle(callee, invocation) {
            let result = Message::Result {
                request: call.request,
                details: options::passthru(given),
                payload,
            };
            self.send(call.caller, result);
        }
    }

    /// ERROR of a callee: goes to the caller as it is, unless another callee can be tried.
    pub(crate) fn failed(
        &mut self,
        callee: Id,
        invocation: Id,
        given: &Dict,
        error: String,
        payload: Payload,
    ) {
        let Some(mut call) = self.settle(callee, invocation) else {
            return;
        };
        let unavailable = [error::UNAVAILABLE, error::NO_AVAILABLE_CALLEE].contains(&&*error);
        if unavailable && !call.interrupted && self.call_another(callee, &mut call) {
            return;
        }
        let error = match unavailable {
            true => error::NO_AVAILABLE_CALLEE.to_owned(),
            false => error,
        };
        let answer = Message::Error {
            request_kind: Kind::Call,
            request: call.request,
            details: options::passthru(given),
            error,
            payload,
        };
        self.send(call.caller, answer);
    }

    /// Gives a call that `callee` cannot take to another callee of the same registration. `false` when there is none left.
    fn call_another(&mut self, callee: Id, call: &mut Call) -> bool {
        let Some(Kept::Elsewhere {
            registration,
            request,
            mut tried,
        }) = call.kept.take().map(|kept| *kept)
        else {
            return false;
        };
        tried.push(callee);
        let Ok(route) = self.route_by(registration, call.caller, &request, &tried) else {
            return false;
        };
        // The caller's time runs on.
        let (at, _) = call.deadline;
        self.invoke(call.caller, route, request, at, tried);
        true
    }

    /// The callee has not answered in time. If it still does, nobody waits for it.
    pub(crate) fn call_overdue(&mut self, callee: Id, invocation: Id) {
        let refusal = Refusal::new(error::TIMEOUT, "the callee has not answered in time");
        self.give_up(callee, invocation, &refusal);
    }

    /// The callee has gone with these calls unanswered.
    pub(crate) fn callee_gone(&mut self, calls: impl IntoIterator<Item = Call>) {
        for call in calls {
            self.close_books(&call);
            if self.sessions.contains_key(&call.caller) {
                let message = "the callee has gone before it answered";
                let refusal = Refusal::new(error::CANCELED, message);
                self.refuse(call.caller, Kind::Call, call.request, &refusal);
            }
        }
    }
}
