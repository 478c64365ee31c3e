//! Asking procedures of the realm itself: who somebody is, and what they may do.
//!
//! An authenticator is called with the realm, the authid and details (`authmethod`, `session`, `peer`, and `ticket` or `pubkey`). It
//! answers with the role, or with `{"role": …}` and what else it has to say: `authid`, `extra`, for WAMP-CRA `secret` (with `salt`, `iterations` and
//! `keylen`), for cryptosign `pubkey`. For a ticket its answer says that it is right; anything else but a role refuses.
//!
//! An authorizer is called with who wants something (`session`, `authid`, `authrole`), the URI, the action and options (`match`). It answers
//! with `true` or `false`, or with `{"allow": …, "disclose": …, "cache": …}`.

use serde_json::{Value, json};
use tokio::sync::OnceCell;
use wamp::cra::Salting;
use wamp::{Dict, Payload, Secret, cryptosign, error};
use wamp_transport::{
    AuthMethod, CallError, Closed, Inbox, Node, Operation, Permission, Request, Session,
};

use super::principals::Principal;

/// The name under which the router calls.
const OWN_AUTHID: &str = "router";

/// The router's own session, opened when there is first something to ask.
#[derive(Debug, Default)]
pub struct Asking {
    node: OnceCell<Node>,
    session: OnceCell<Session>,
}

/// Somebody whom the authenticator knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Who they are from now on.
    pub authid: String,
    /// What they prove it with.
    pub principal: Principal,
    /// What they are told as `authextra`.
    pub extra: Dict,
}

impl Asking {
    /// Names the node whose procedures are called; before that none can be.
    pub fn serve(&self, node: Node) {
        // Named once, by the router that made both.
        let _ = self.node.set(node);
    }

    async fn session(&self) -> Result<&Session, Closed> {
        let node = self.node.get().ok_or_else(|| Closed {
            reason: "the router is starting".to_owned(),
        })?;
        let join = || async {
            let (session, inbox) = node.join(OWN_AUTHID, "trusted").await?;
            tokio::spawn(hear(inbox));
            Ok(session)
        };
        self.session.get_or_try_init(join).await
    }

    /// Who this is, as `authenticator` has it; `None` when it knows nobody like that.
    ///
    /// # Errors
    /// It could not be asked, or answered with nothing that can be understood.
    pub async fn who(
        &self,
        authenticator: &str,
        (realm, authid, details): (&str, &str, Dict),
    ) -> Result<Option<Known>, String> {
        let session = self.session().await.map_err(|error| error.to_string())?;
        let args = [realm.into(), authid.into(), Value::Object(details)];
        match session.call(authenticator, Payload::from_args(&args)).await {
            Ok(answer) => {
                let answer = answer.args().ok().and_then(|args| args.into_iter().next());
                known(authid, answer.unwrap_or_default()).map(Some)
            }
            Err(CallError::Refused(refusal)) if !is_absent(&refusal.uri) => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Whether `authorizer` permits this, and whether its answer may be kept.
    ///
    /// # Errors
    /// It could not be asked, or answered with nothing that can be understood.
    pub async fn may(
        &self,
        authorizer: &str,
        request: &Request,
    ) -> Result<(Permission, bool), String> {
        let session = self.session().await.map_err(|error| error.to_string())?;
        let who = json!({
            "session": request.session.id,
            "authid": request.session.authid,
            "authrole": request.session.authrole,
        });
        let options = json!({"match": request.match_policy.as_str()});
        let args = [
            who,
            request.uri.as_str().into(),
            word(request.operation).into(),
            options,
        ];
        let answer = session.call(authorizer, Payload::from_args(&args)).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let answer = answer.args().ok().and_then(|args| args.into_iter().next());
        permission(&answer.unwrap_or_default(), request)
    }
}

/// Whether an error means that there is nobody to ask, rather than a no.
fn is_absent(uri: &str) -> bool {
    [
        error::NO_SUCH_PROCEDURE,
        error::NO_AVAILABLE_CALLEE,
        error::UNAVAILABLE,
        error::CANCELED,
        error::TIMEOUT,
    ]
    .contains(&uri)
}

/// Takes what the router's own session hears, which is nothing but its end.
async fn hear(mut inbox: Inbox) {
    while inbox.recv().await.is_some() {}
}

/// The word for an operation in rules, and to authorizers.
#[must_use]
pub fn word(operation: Operation) -> &'static str {
    match operation {
        Operation::Call => "call",
        Operation::Register => "register",
        Operation::Publish => "publish",
        Operation::Subscribe => "subscribe",
    }
}

/// What to tell the authenticator of somebody's way to prove who they are.
#[must_use]
pub fn details(method: AuthMethod, session: u64, peer: Option<std::net::SocketAddr>) -> Dict {
    let mut details = Dict::new();
    details.insert("authmethod".to_owned(), method.as_str().into());
    details.insert("session".to_owned(), session.into());
    if let Some(peer) = peer {
        details.insert("peer".to_owned(), peer.to_string().into());
    }
    details
}

/// Reads an authenticator's answer.
fn known(asked: &str, answer: Value) -> Result<Known, String> {
    let told = match answer {
        Value::String(role) => Dict::from_iter([("role".to_owned(), role.into())]),
        Value::Object(told) => told,
        _ => {
            return Err(
                "expected a role or an object with a role from the authenticator".to_owned(),
            );
        }
    };
    let text = |key: &str| told.get(key).and_then(Value::as_str);
    let role = text("role").filter(|role| !role.is_empty());
    let role = role.ok_or("expected a role from the authenticator, got none")?;
    let secret = match text("secret") {
        None => None,
        Some(secret) => Some((Secret::from(secret), Salting::read(&told)?)),
    };
    let keys = text("pubkey").map(str::to_ascii_lowercase);
    let keys: Vec<String> = keys.into_iter().collect();
    if !keys.iter().all(|key| cryptosign::is_public_key(key)) {
        return Err("expected a pubkey of 64 hexadecimal digits from the authenticator".to_owned());
    }
    let authid = text("authid").unwrap_or(asked);
    if authid.is_empty() {
        return Err(
            "expected an authid from the authenticator, as only a key was named".to_owned(),
        );
    }
    let extra = told.get("extra").and_then(Value::as_object).cloned();
    Ok(Known {
        authid: authid.to_owned(),
        extra: extra.unwrap_or_default(),
        principal: Principal {
            role: role.to_owned(),
            ticket: None,
            secret,
            keys,
        },
    })
}

/// Reads an authorizer's answer.
fn permission(answer: &Value, request: &Request) -> Result<(Permission, bool), String> {
    let flag = |key: &str, otherwise: bool| match answer.get(key) {
        None | Some(Value::Null) => Some(otherwise),
        Some(value) => value.as_bool(),
    };
    let (allow, disclose, cache) = match answer {
        Value::Bool(allow) => (Some(*allow), Some(false), Some(true)),
        Value::Object(_) => (
            answer.get("allow").and_then(Value::as_bool),
            flag("disclose", false),
            flag("cache", true),
        ),
        _ => (None, None, None),
    };
    let (Some(allow), Some(disclose), Some(cache)) = (allow, disclose, cache) else {
        return Err("expected true, false or an object with allow from the authorizer".to_owned());
    };
    let permission = match (allow, disclose) {
        (true, true) => Permission::AllowNamed,
        (true, false) => Permission::Allow,
        (false, _) => forbidden(request),
    };
    Ok((permission, cache))
}

/// The refusal of what is not allowed.
#[must_use]
pub fn forbidden(request: &Request) -> Permission {
    Permission::Forbid {
        error: error::NOT_AUTHORIZED.to_owned(),
        message: format!(
            "the role `{}` may not {} <{}>; the rules of this realm say who may",
            request.session.authrole,
            match request.operation {
                Operation::Call => "call",
                Operation::Register => "register",
                Operation::Publish => "publish to",
                Operation::Subscribe => "subscribe to",
            },
            request.uri
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wamp::MatchPolicy;
    use wamp_transport::SessionInfo;

    use super::*;

    #[test]
    fn an_authenticator_answers_with_a_role_or_with_more() {
        let plain = known("ann", json!("player")).unwrap();
        assert_eq!((&*plain.authid, &*plain.principal.role), ("ann", "player"));
        let more = json!({
            "role": "player", "authid": "7", "extra": {"x": 1}, "secret": "s",
            "salt": "salt", "iterations": 10, "keylen": 32,
        });
        let more = known("ann", more).unwrap();
        assert_eq!((&*more.authid, &more.extra["x"]), ("7", &json!(1)));
        let (_, salting) = more.principal.secret.unwrap();
        assert_eq!(salting.unwrap().iterations, 10);
        for wrong in [
            json!(null),
            json!({}),
            json!({"role": ""}),
            json!({"role": "player", "secret": "s", "salt": "salt"}),
            json!({"role": "player", "pubkey": "12"}),
        ] {
            assert!(known("ann", wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_authorizer_answers_with_yes_or_no_or_with_more() {
        let request = Request {
            session: Arc::new(SessionInfo {
                id: 1,
                authid: "ann".to_owned(),
                authrole: "player".to_owned(),
                authmethod: "ticket".to_owned(),
                authprovider: "static".to_owned(),
                extra: Dict::new(),
                trusted: false,
                peer: None,
            }),
            operation: Operation::Publish,
            uri: "com.news".to_owned(),
            match_policy: MatchPolicy::Exact,
        };
        let read = |answer: Value| permission(&answer, &request);
        assert_eq!(read(json!(true)), Ok((Permission::Allow, true)));
        assert_eq!(
            read(json!({"allow": true, "disclose": true, "cache": false})),
            Ok((Permission::AllowNamed, false))
        );
        let Ok((Permission::Forbid { message, .. }, true)) = read(json!({"allow": false})) else {
            panic!("a refusal");
        };
        assert!(
            message.contains("`player` may not publish to <com.news>"),
            "{message}"
        );
        for wrong in [
            json!(null),
            json!("yes"),
            json!({}),
            json!({"allow": 1}),
            json!({"allow": true, "cache": "no"}),
        ] {
            assert!(read(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
