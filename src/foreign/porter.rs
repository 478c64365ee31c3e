//! What a router asks that leaves logins and rights to the service: Crossbar.io's dynamic authenticators and authorizers.
//!
//! An authenticator is called with the realm, the authid and details (`authmethod`, `transport`, and for a ticket `ticket`). It answers with
//! `role` and `authid`, for WAMP-CRA also with the `secret` that the router then checks signatures with. An authorizer is called with
//! details of the session (`authrole`), a URI, what is to be done with it and options; it answers with `allow`, `disclose` and `cache`.

use std::future::ready;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use wamp::{Id, MatchPolicy, Payload, error};
use wamp_transport::{Admission, Inbound, Operation, Session, WampError};

use super::{Address, Fault};
use crate::gate::Door;

/// The role with which Crossbar.io itself asks, and which it gives to nobody from outside.
const ASKING: &str = "trusted";
/// How many logins are checked at once; the games API checks one password after another.
const LOGINS: usize = 512;

/// Answers the router.
#[derive(Debug)]
pub(super) struct Porter {
    door: Arc<Door>,
    session: Session,
    authenticator: Option<Id>,
    authorizer: Option<Id>,
    logins: Arc<Semaphore>,
    tasks: TaskTracker,
}

impl Porter {
    /// Offers what the address names.
    pub(super) async fn register(
        at: &Address,
        door: Arc<Door>,
        session: Session,
        tasks: TaskTracker,
    ) -> Result<Self, Fault> {
        let offer = async |uri: &Option<String>| {
            let Some(uri) = uri else { return Ok(None) };
            let registered = session.register(uri, MatchPolicy::Exact).await;
            registered
                .map(Some)
                .map_err(|error| Fault::refused("register", uri, &error))
        };
        Ok(Self {
            authenticator: offer(&at.authenticator).await?,
            authorizer: offer(&at.authorizer).await?,
            door,
            session: session.clone(),
            logins: Arc::new(Semaphore::new(LOGINS)),
            tasks,
        })
    }

    /// Takes what the router asks; what is for somebody else is given back.
    pub(super) fn take(&self, inbound: Inbound) -> Option<Inbound> {
        let Inbound::Invocation {
            id,
            registration,
            caller_authrole,
            payload,
            ..
        } = &inbound
        else {
            return Some(inbound);
        };
        let (is_login, is_right) = (
            self.authenticator == Some(*registration),
            self.authorizer == Some(*registration),
        );
        if !is_login && !is_right {
            return Some(inbound);
        }
        let id = *id;
        let args = payload.args().unwrap_or_default();
        // Who asks learns secrets.
        let asks = caller_authrole.as_deref();
        if asks != Some(ASKING) {
            let message = format!(
                "only the router itself asks this, with its disclosed role `{ASKING}`, got {asks:?}; with Crossbar.io, set authenticator-role to that"
            );
            let refused = Err(WampError::new(error::NOT_AUTHORIZED, &message));
            self.answer(id, ready(refused));
        } else if is_right {
            self.answer(id, ready(Ok(Payload::from_args(&[self.may(&args)]))));
        } else {
            self.log_in(id, args);
        }
        None
    }

    /// Whether somebody may do something.
    fn may(&self, args: &[Value]) -> Value {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let role = args.first().and_then(|details| details.get("authrole"));
        let (Some(role), Some(uri), Some(action)) =
            (text(role), text(args.get(1)), text(args.get(2)))
        else {
            return json!({"allow": false});
        };
        let operation = match action.as_str() {
            "call" => Operation::Call,
            "register" => Operation::Register,
            "publish" => Operation::Publish,
            "subscribe" => Operation::Subscribe,
            _ => return json!({"allow": false}),
        };
        let allow = match self.door.permits_elsewhere(&role, operation, &uri) {
            Ok(()) => true,
            Err(reason) => {
                tracing::debug!(role, uri, action, reason, "refused to the router");
                false
            }
        };
        // It depends on the role alone, and what is refused is not to fill the router's memory.
        json!({"allow": allow, "disclose": true, "cache": allow})
    }

    fn log_in(&self, id: Id, args: Vec<Value>) {
        let Ok(permit) = self.logins.clone().try_acquire_owned() else {
            let message = "too many people sign in at this moment; try again shortly";
            let refused = Err(WampError::new(error::AUTHORIZATION_FAILED, message));
            return self.answer(id, ready(refused));
        };
        let door = self.door.clone();
        self.answer(id, async move {
            let answer = who(&door, &args).await;
            drop(permit);
            answer
        });
    }

    fn answer(
        &self,
        id: Id,
        answer: impl Future<Output = Result<Payload, WampError>> + Send + 'static,
    ) {
        let session = self.session.clone();
        // The socket may be full, and whoever reads it must not wait for that.
        self.tasks.spawn(async move {
            if session.answer(id, answer.await).await.is_err() {
                tracing::debug!("the router is gone; it got no answer");
            }
        });
    }
}

/// Who somebody is.
async fn who(door: &Door, args: &[Value]) -> Result<Payload, WampError> {
    let details = args.get(2);
    let text = |key: &str| details.and_then(|it| it.get(key)).and_then(Value::as_str);
    let Some(authid) = args.get(1).and_then(Value::as_str) else {
        let message = "say who you are: with a ticket your e-mail address or user id, with WAMP-CRA your user id";
        return Err(WampError::new(error::NOT_AUTHORIZED, message));
    };
    let (admission, secret) = match (text("authmethod"), text("ticket")) {
        (Some("ticket"), Some(ticket)) => (door.admit(authid, ticket, peer(details)).await, None),
        (Some("wampcra"), _) => door.signer(authid).await,
        (other, _) => {
            let message = format!("sign in with `ticket` or `wampcra`, got {other:?}");
            return Err(WampError::new(error::NOT_AUTHORIZED, &message));
        }
    };
    match admission {
        Admission::Welcome {
            authid, authrole, ..
        } => {
            let mut answer = json!({"authid": authid, "role": authrole});
            if let Some(secret) = secret {
                answer["secret"] = secret.reveal().into();
            }
            Ok(Payload::from_args(&[answer]))
        }
        Admission::Deny { reason, message } => Err(WampError::new(reason, &message)),
    }
}

/// Where somebody connects from, as Crossbar.io has it: `tcp4:127.0.0.1:50123`.
fn peer(details: Option<&Value>) -> Option<SocketAddr> {
    let peer = details?.get("transport")?.get("peer")?.as_str()?;
    let (_, address) = peer.split_once(':')?;
    address.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_where_somebody_connects_from() {
        let of = |peer: &str| super::peer(Some(&json!({"transport": {"peer": peer}})));
        assert_eq!(of("tcp4:127.0.0.1:50123"), "127.0.0.1:50123".parse().ok());
        assert_eq!(of("tcp6:[::1]:50123"), "[::1]:50123".parse().ok());
        assert_eq!(of("unix"), None);
        assert_eq!(super::peer(None), None);
    }
}
