//! Calls that end before their callee has answered.

use serde_json::Value;
use wamp::{Dict, Id, Kind, Message, error};

use super::Call;
use crate::options::invalid;
use crate::router::Router;
use crate::task::Refusal;

/// How a caller wants a call to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// The callee is not told.
    Skip,
    /// The callee is told, and what it says to that is awaited.
    Kill,
    /// The callee is told, and what it says is dropped.
    KillNoWait,
}

impl Mode {
    fn read(options: &Dict) -> Result<Self, Refusal> {
        match options.get("mode") {
            None | Some(Value::Null) => Ok(Self::KillNoWait),
            Some(Value::String(word)) if word == "skip" => Ok(Self::Skip),
            Some(Value::String(word)) if word == "kill" => Ok(Self::Kill),
            Some(Value::String(word)) if word == "killnowait" => Ok(Self::KillNoWait),
            Some(other) => Err(invalid(format!(
                "expected mode to be \"skip\", \"kill\" or \"killnowait\", got {other}"
            ))),
        }
    }
}

impl Router {
    /// CANCEL. For a call that has ended, or never was, it does nothing: it races with the answer.
    pub(crate) fn cancel(&mut self, caller: Id, request: Id, options: &Dict) {
        let mode = match Mode::read(options) {
            Ok(mode) => mode,
            Err(refusal) => return self.refuse(caller, Kind::Cancel, request, &refusal),
        };
        let state = self.sessions.get(&caller);
        let Some(&(callee, invocation)) = state.and_then(|state| state.calls.get(&request)) else {
            return;
        };
        let refusal = Refusal::new(error::CANCELED, "the call was canceled by its caller");
        match mode {
            Mode::Kill if self.takes_interrupt(callee) => self.kill(callee, invocation),
            Mode::Skip => {
                if let Some(call) = self.settle(callee, invocation) {
                    self.refuse(call.caller, Kind::Call, request, &refusal);
                }
            }
            Mode::Kill | Mode::KillNoWait => self.give_up(callee, invocation, &refusal),
        }
    }

    /// Tells the callee to stop; the caller gets what it says to that.
    fn kill(&mut self, callee: Id, invocation: Id) {
        let state = self.sessions.get_mut(&callee);
        let call = state.and_then(|state| state.invocations.get_mut(&invocation));
        if call.is_some_and(|call| !std::mem::replace(&mut call.interrupted, true)) {
            self.interrupt(callee, invocation, "kill", error::CANCELED);
        }
    }

    /// Ends a call with an error for its caller; its callee is told to stop.
    pub(super) fn give_up(&mut self, callee: Id, invocation: Id, refusal: &Refusal) {
        if let Some(call) = self.stop(callee, invocation, &refusal.error) {
            self.refuse(call.caller, Kind::Call, call.request, refusal);
        }
    }

    /// The caller has gone: its callee is told to stop, and what it still answers is dropped.
    pub(crate) fn caller_gone(&mut self, callee: Id, invocation: Id) {
        self.stop(callee, invocation, error::CANCELED);
    }

    /// Ends a call whose answer nobody waits for any more.
    fn stop(&mut self, callee: Id, invocation: Id, reason: &str) -> Option<Call> {
        let call = self.settle(callee, invocation)?;
        if !call.interrupted && self.takes_interrupt(callee) {
            self.interrupt(callee, invocation, "killnowait", reason);
        }
        Some(call)
    }

    fn takes_interrupt(&self, callee: Id) -> bool {
        let state = self.sessions.get(&callee);
        state.is_some_and(|state| state.features.call_canceling)
    }

    fn interrupt(&mut self, callee: Id, invocation: Id, mode: &str, reason: &str) {
        let options = [("mode", mode), ("reason", reason)];
        let options = options.map(|(key, value)| (key.to_owned(), Value::from(value)));
        let message = Message::Interrupt {
            request: invocation,
            options: options.into_iter().collect(),
        };
        self.send(callee, message);
    }
}
