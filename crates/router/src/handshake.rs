//! From HELLO to WELCOME.

use std::sync::Arc;

use serde_json::Value;
use wamp::{Dict, Id, Message, Secret, error};

use crate::action::{Action, CloseReason};
use crate::features::Features;
use crate::router::{AuthMethod, Router};
use crate::session::{Claimed, Stage, Then};
use crate::{Admission, Claim, Introduction, Proof, Question, SessionInfo, welcome};

/// How long an authid may be, in bytes: more than any e-mail address has.
const LONGEST_AUTHID: usize = 320;

impl Router {
    /// HELLO of a session that has said nothing yet.
    pub(crate) fn hello(&mut self, session: Id, realm: &str, details: &Dict) {
        if realm != self.config.name {
            let message = format!("no realm <{realm}> here");
            return self.abort(
                session,
                error::NO_SUCH_REALM,
                &message,
                CloseReason::Refused,
            );
        }
        let roles = details.get("roles").and_then(Value::as_object);
        let Some(roles) = roles.filter(|roles| !roles.is_empty()) else {
            let message = "expected HELLO to announce the client's roles, got none";
            return self.abort(session, error::NO_SUCH_ROLE, message, CloseReason::Refused);
        };
        if let Some(state) = self.sessions.get_mut(&session) {
            state.features = Features::read(roles);
        }
        let authid = details.get("authid").and_then(Value::as_str);
        let Some(method) = self.choose_method(details) else {
            let message = self.methods_refused(details);
            let reason = error::NO_MATCHING_AUTH_METHOD;
            return self.abort(session, reason, &message, CloseReason::Refused);
        };
        let public_key = public_key(details);
        let authid = match (method, authid) {
            (AuthMethod::Anonymous, _) => {
                return self.ask_admission(session, method, Proof::Anonymous);
            }
            (_, Some(authid)) if authid.len() > LONGEST_AUTHID => {
                let length = authid.len();
                let message =
                    format!("expected an authid of at most {LONGEST_AUTHID} bytes, got {length}");
                let reason = error::NO_SUCH_PRINCIPAL;
                return self.abort(session, reason, &message, CloseReason::Refused);
            }
            (_, Some(authid)) => authid.to_owned(),
            // A key is enough to know somebody by.
            (AuthMethod::CryptoSign, None) if public_key.is_some() => String::new(),
            (_, None) => {
                let message = "no authid assigned: HELLO has to say who wants to join";
                let reason = error::NO_SUCH_PRINCIPAL;
                return self.abort(session, reason, message, CloseReason::Refused);
            }
        };
        let claimed = Claimed {
            authid,
            method,
            public_key,
        };
        match method {
            AuthMethod::Ticket => self.challenge(session, claimed, Dict::new()),
            _ => self.ask_challenge(session, claimed),
        }
    }

    /// Sends CHALLENGE; AUTHENTICATE is expected from now on.
    pub(crate) fn challenge(&mut self, session: Id, claimed: Claimed, extra: Dict) {
        let Some(state) = self.sessions.get_mut(&session) else {
            return;
        };
        let method = claimed.method.as_str().to_owned();
        state.stage = Stage::Challenged {
            claimed,
            challenge: extra.clone(),
        };
        self.send(session, Message::Challenge { method, extra });
    }

    /// AUTHENTICATE of a session that was challenged.
    pub(crate) fn authenticate(&mut self, session: Id, signature: Secret) {
        let Some(state) = self.sessions.get(&session) else {
            return;
        };
        let Stage::Challenged { claimed, challenge } = state.stage.clone() else {
            return;
        };
        let authid = claimed.authid;
        let proof = match claimed.method {
            AuthMethod::WampCra => Proof::WampCra {
                authid,
                challenge,
                signature,
            },
            AuthMethod::CryptoSign => Proof::CryptoSign {
                authid,
                public_key: claimed.public_key,
                challenge,
                signature,
            },
            AuthMethod::Ticket | AuthMethod::Anonymous => Proof::Ticket {
                authid,
                ticket: signature,
            },
        };
        self.ask_admission(session, claimed.method, proof);
    }

    /// The gate has said whether the session may join.
    pub(crate) fn admitted(&mut self, session: Id, method: AuthMethod, admission: Admission) {
        match admission {
            Admission::Welcome {
                authid,
                authrole,
                authprovider,
                extra,
            } => {
                let most = self.config.limits.sessions_per_user;
                if self.users.get(&authid).is_some_and(|there| *there >= most) {
                    let message = format!(
                        "expected at most {most} sessions of one user at once, got one more; close some"
                    );
                    let reason = error::LIMIT_EXCEEDED;
                    return self.abort(session, reason, &message, CloseReason::Refused);
                }
                let Some(state) = self.sessions.get_mut(&session) else {
                    return;
                };
                *self.users.entry(authid.clone()).or_default() += 1;
                let info = Arc::new(SessionInfo {
                    id: session,
                    authid,
                    authrole,
                    authmethod: method.as_str().to_owned(),
                    authprovider,
                    extra,
                    trusted: false,
                    peer: state.peer,
                });
                state.stage = Stage::Joined(Arc::clone(&info));
                if let Some(deadline) = state.deadline.take() {
                    self.deadlines.clear(deadline);
                }
                let details = welcome::details(&self.config, &info);
                self.send(session, Message::Welcome { session, details });
                self.actions.push(Action::Joined(Arc::clone(&info)));
                self.tell_join(&info);
            }
            Admission::Deny { reason, message } => {
                self.abort(session, &reason, &message, CloseReason::Refused);
            }
        }
    }

    /// The session has not joined in time.
    pub(crate) fn handshake_overdue(&mut self, session: Id) {
        let limit = self.config.limits.handshake_timeout.as_secs_f64();
        let message = format!("expected the handshake to be over within {limit} s, it is not");
        self.abort(session, error::TIMEOUT, &message, CloseReason::Refused);
    }

    fn ask_challenge(&mut self, session: Id, claimed: Claimed) {
        let Some(state) = self.sessions.get(&session) else {
            return;
        };
        let question = Question::Challenge(Introduction {
            session,
            realm: self.config.name.clone(),
            peer: state.peer,
            authid: claimed.authid.clone(),
            method: claimed.method,
        });
        self.ask(session, question, Then::Challenge(claimed));
    }

    fn ask_admission(&mut self, session: Id, method: AuthMethod, proof: Proof) {
        let Some(state) = self.sessions.get(&session) else {
            return;
        };
        let question = Question::Authenticate(Claim {
            session,
            realm: self.config.name.clone(),
            peer: state.peer,
            proof,
        });
        self.ask(session, question, Then::Welcome(method));
    }

    /// The client's first method that is allowed here. A client that names none is anonymous.
    fn choose_method(&self, details: &Dict) -> Option<AuthMethod> {
        let allowed = |word: &str| {
            let mut methods = self.config.auth_methods.iter();
            methods.find(|method| method.as_str() == word).copied()
        };
        match offered_methods(details) {
            [] => allowed(AuthMethod::Anonymous.as_str()),
            offered => offered.iter().filter_map(Value::as_str).find_map(allowed),
        }
    }

    fn methods_refused(&self, details: &Dict) -> String {
        let allowed: Vec<_> = self
            .config
            .auth_methods
            .iter()
            .map(|m| m.as_str())
            .collect();
        let offered: Vec<_> = offered_methods(details)
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let offered = match offered.is_empty() {
            true => String::from("none"),
            false => offered.join(", "),
        };
        format!(
            "expected authmethods with one of {}, got {offered}",
            allowed.join(", ")
        )
    }
}

/// The public key in HELLO, when it could be one.
fn public_key(details: &Dict) -> Option<String> {
    let key = details
        .get("authextra")?
        .get(wamp::cryptosign::PUBLIC_KEY)?
        .as_str()?;
    wamp::cryptosign::is_public_key(key).then(|| key.to_ascii_lowercase())
}

fn offered_methods(details: &Dict) -> &[Value] {
    match details.get("authmethods") {
        Some(Value::Array(methods)) => methods,
        _ => &[],
    }
}
