//! Questions, their answers, and what waits meanwhile.
//!
//! At most one question about a session is open. What the session says in the meantime waits, so
//! that its requests are served in order.

use wamp::{Id, Message, Payload, error};

use crate::action::{Action, AskId, CloseReason};
use crate::deadlines::Due;
use crate::router::Router;
use crate::session::{OpenAsk, Then};
use crate::task::Refusal;
use crate::{Disclosure, Permission, Question, Verdict};

impl Router {
    /// A session said something: it is taken up now, or waits its turn.
    pub(crate) fn hear(&mut self, session: Id, message: Message) {
        let Some(state) = self.sessions.get_mut(&session) else {
            return;
        };
        if state.ask.is_none() {
            return self.process(session, message);
        }
        let limits = &self.config.limits;
        state.waiting_bytes += message.payload().map_or(0, Payload::len);
        state.waiting.push_back(message);
        if state.waiting.len() > limits.waiting_messages
            || state.waiting_bytes > limits.waiting_bytes
        {
            let message = format!(
                "expected at most {} messages or {} bytes to wait for an answer, got more; \
                 wait for answers before sending on",
                limits.waiting_messages, limits.waiting_bytes,
            );
            self.abort(
                session,
                error::LIMIT_EXCEEDED,
                &message,
                CloseReason::TooMuchWaiting,
            );
        }
    }

    /// Asks something about a session; it goes on with `then` if the answer is yes.
    pub(crate) fn ask(&mut self, session: Id, question: Question, then: Then) {
        let Some(state) = self.sessions.get_mut(&session) else {
            return;
        };
        self.last_ask += 1;
        let id = self.last_ask;
        let at = self.now + self.config.limits.patience(&question);
        let deadline = self.deadlines.set(at, Due::Ask(session));
        state.ask = Some(OpenAsk { id, deadline, then });
        self.actions.push(Action::Ask {
            id,
            session,
            question,
        });
    }

    /// An answer has come. One that is not waited for is ignored: it came too late.
    pub(crate) fn answered(&mut self, session: Id, ask: AskId, verdict: Option<Verdict>) {
        let Some(state) = self.sessions.get_mut(&session) else {
            return;
        };
        let Some(open) = state.ask.take_if(|open| open.id == ask) else {
            return;
        };
        self.deadlines.clear(open.deadline);
        match (open.then, verdict) {
            (Then::Challenge(claimed), Some(Verdict::Challenge(challenge))) => {
                self.challenge(session, claimed, challenge);
            }
            (Then::Welcome(method), Some(Verdict::Admission(admission))) => {
                self.admitted(session, method, admission);
            }
            (Then::Perform(task), Some(Verdict::Permission(Permission::Allow))) => {
                self.perform(session, task);
            }
            (Then::Perform(mut task), Some(Verdict::Permission(Permission::AllowNamed))) => {
                if self.config.disclosure != Disclosure::Never {
                    task.name_who_acts();
                }
                self.perform(session, task);
            }
            (Then::Perform(mut task), Some(Verdict::Permission(Permission::AllowInside))) => {
                task.keep_inside();
                self.perform(session, task);
            }
            (
                Then::Perform(task),
                Some(Verdict::Permission(Permission::Forbid { error, message })),
            ) => {
                self.turn_down(session, &task, &Refusal { error, message });
            }
            (then, _) => self.gate_failed(session, then),
        }
        self.resume(session);
    }

    /// No answer has come in time.
    pub(crate) fn ask_overdue(&mut self, session: Id) {
        let state = self.sessions.get_mut(&session);
        let Some(open) = state.and_then(|state| state.ask.take()) else {
            return;
        };
        self.gate_failed(session, open.then);
        self.resume(session);
    }

    /// Whether the session may could not be found out.
    fn gate_failed(&mut self, session: Id, then: Then) {
        let message = "could not find out whether this is allowed; try again later";
        match then {
            Then::Challenge(_) | Then::Welcome(_) => {
                let reason = error::AUTHORIZATION_FAILED;
                self.abort(session, reason, message, CloseReason::Refused);
            }
            Then::Perform(task) => {
                let refusal = Refusal::new(error::AUTHORIZATION_FAILED, message);
                self.turn_down(session, &task, &refusal);
            }
        }
    }

    /// Takes up what has waited, up to the next question.
    fn resume(&mut self, session: Id) {
        while let Some(state) = self.sessions.get_mut(&session) {
            if state.ask.is_some() {
                return;
            }
            let Some(message) = state.waiting.pop_front() else {
                return;
            };
            state.waiting_bytes -= message.payload().map_or(0, Payload::len);
            self.process(session, message);
        }
    }
}
