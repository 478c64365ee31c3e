//! Every way a session ends.

use std::time::Duration;

use serde_json::Value;
use wamp::{Dict, Id, Message, close, error};

use crate::action::{Action, CloseReason};
use crate::deadlines::Due;
use crate::router::Router;
use crate::session::{Session, Stage};

impl Router {
    /// Stops the router: GOODBYE to every session, and nobody is let in any more. Sessions are gone
    /// when they have answered, or when their time to answer is over.
    pub fn shutdown(&mut self, now: Duration) -> Vec<Action> {
        self.now = now;
        self.stopping = true;
        let everybody = self.chosen(|_| true);
        for session in everybody {
            self.dismiss(session, close::SYSTEM_SHUTDOWN, "the router stops");
        }
        self.take_actions()
    }

    /// Ends every client session of a user, for example because their rights have changed. Returns
    /// how many there were.
    pub fn close_user(&mut self, now: Duration, authid: &str) -> (usize, Vec<Action>) {
        self.now = now;
        let theirs = self.chosen(|state| {
            let info = state.info();
            info.is_some_and(|info| info.authid == authid && !info.trusted)
        });
        for session in &theirs {
            self.dismiss(
                *session,
                close::KILLED,
                "your session was ended; log in again",
            );
        }
        (theirs.len(), self.take_actions())
    }

    /// GOODBYE of a client: answered, and that is the last it hears.
    pub(crate) fn client_says_goodbye(&mut self, session: Id) {
        self.send(session, goodbye(close::GOODBYE_AND_OUT, None));
        self.forget(session);
        self.close(session, CloseReason::Goodbye);
    }

    /// A client has answered our GOODBYE.
    pub(crate) fn goodbye_answered(&mut self, session: Id) {
        self.forget(session);
        self.close(session, CloseReason::Dismissed);
    }

    /// A client has not answered our GOODBYE.
    pub(crate) fn goodbye_overdue(&mut self, session: Id) {
        self.forget(session);
        self.close(session, CloseReason::Unanswered);
    }

    /// ABORT of a client: it wants no answer.
    pub(crate) fn client_aborts(&mut self, session: Id) {
        self.forget(session);
        self.close(session, CloseReason::Refused);
    }

    /// The client broke the protocol.
    pub(crate) fn violation(&mut self, session: Id, what: &str) {
        self.abort(
            session,
            error::PROTOCOL_VIOLATION,
            what,
            CloseReason::Violation,
        );
    }

    /// Ends a session with ABORT.
    pub(crate) fn abort(&mut self, session: Id, reason: &str, message: &str, why: CloseReason) {
        if !self.sessions.contains_key(&session) {
            return;
        }
        let abort = Message::Abort {
            details: message_details(Some(message)),
            reason: reason.to_owned(),
        };
        self.send(session, abort);
        self.forget(session);
        self.close(session, why);
    }

    /// Takes a session and all it holds out of the realm.
    pub(crate) fn forget(&mut self, session: Id) {
        if let Some(state) = self.sessions.remove(&session) {
            self.release(session, state);
        }
    }

    /// GOODBYE to a session, which then has some time to answer.
    pub(crate) fn dismiss(&mut self, session: Id, reason: &str, message: &str) {
        let Some(state) = self.sessions.get(&session) else {
            return;
        };
        let peer = state.peer;
        match &state.stage {
            Stage::Leaving => {}
            // Who has not joined has nothing to say goodbye to.
            Stage::Opened | Stage::Challenged { .. } => {
                self.abort(session, reason, message, CloseReason::Refused);
            }
            Stage::Joined(info) if info.trusted => {
                self.send(session, goodbye(reason, Some(message)));
                self.forget(session);
                self.close(session, CloseReason::Dismissed);
            }
            Stage::Joined(_) => {
                self.send(session, goodbye(reason, Some(message)));
                self.forget(session);
                let mut leaving = Session::new(peer, Stage::Leaving);
                let at = self.now + self.config.limits.goodbye_timeout;
                leaving.deadline = Some(self.deadlines.set(at, Due::Goodbye(session)));
                self.sessions.insert(session, leaving);
            }
        }
    }

    /// Undoes everything a session has done. The session itself is no longer in `sessions`.
    fn release(&mut self, session: Id, state: Session) {
        let deadlines = state.deadline.into_iter();
        for deadline in deadlines.chain(state.ask.map(|open| open.deadline)) {
            self.deadlines.clear(deadline);
        }
        for subscription in state.subscriptions {
            if let Some(removed) = self.broker.remove(session, subscription) {
                self.tell_unsubscribe(session, &removed);
            }
        }
        for registration in state.registrations {
            if let Some(withdrawn) = self.dealer.remove(session, registration) {
                self.tell_unregister(&withdrawn);
            }
        }
        // Nobody waits any more for what it called; the answers will find no call and be dropped.
        for (callee, invocation) in state.calls.into_values() {
            self.caller_gone(callee, invocation);
        }
        self.callee_gone(state.invocations.into_values());
        if let Stage::Joined(info) = state.stage {
            if let Some(there) = self.users.get_mut(&info.authid).filter(|_| !info.trusted) {
                *there -= 1;
                if *there == 0 {
                    self.users.remove(&info.authid);
                }
            }
            self.publish_testaments(&info, state.testaments);
            self.tell_leave(&info);
            self.actions.push(Action::Left(info));
        }
    }

    fn close(&mut self, session: Id, reason: CloseReason) {
        self.actions.push(Action::Close { session, reason });
    }

    /// Sessions in a fixed order, whatever the order of the map.
    pub(crate) fn chosen(&self, which: impl Fn(&Session) -> bool) -> Vec<Id> {
        let chosen = self.sessions.iter().filter(|(_, state)| which(state));
        let mut ids: Vec<Id> = chosen.map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids
    }
}

fn goodbye(reason: &str, message: Option<&str>) -> Message {
    Message::Goodbye {
        details: message_details(message),
        reason: reason.to_owned(),
    }
}

fn message_details(message: Option<&str>) -> Dict {
    let message = message.map(|text| ("message".to_owned(), Value::from(text)));
    message.into_iter().collect()
}
