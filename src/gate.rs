//! The router's gate: who may come in (asked of the games API), and what a browser may do there.

mod doubts;
mod signatures;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use games_client::{Error, GamesClient};
use wamp::{Dict, Secret, error, uri};
use wamp_transport::{
    Admission, Claim, Gate, Introduction, Operation, Permission, Proof, Request, SessionInfo,
};

pub use doubts::settle;
pub use signatures::{Signatures, Signed, secret_of};

use crate::dispatch::{STAFF, is_open, presence, spoken};
use crate::foreign::user_of;
use crate::game::Hosted;
use crate::sight::Online;
use crate::users::Users;

/// The role of everybody who is not staff.
const BROWSER: &str = "browser";
/// Who vouches for somebody who came by password or ticket.
const BY_TICKET: &str = "games-api";
/// Who vouches for somebody who signed a challenge: the word of the original.
const BY_SIGNATURE: &str = "dynamic";

/// Lets users of the games API in: by their password, a ticket that the games API has signed, or a signature of their own.
#[derive(Debug)]
pub struct Door {
    client: GamesClient,
    users: Users,
    online: Arc<Online>,
    signatures: Signatures,
    games: OnceLock<Vec<Arc<Hosted>>>,
}

impl Door {
    /// A gate that asks `client` for passwords and `signatures` for signatures, and tells `online` who comes and goes.
    #[must_use]
    pub fn new(
        client: GamesClient,
        users: Users,
        online: Arc<Online>,
        signatures: Signatures,
    ) -> Self {
        Self {
            client,
            users,
            online,
            signatures,
            games: OnceLock::new(),
        }
    }

    /// Names the games whose topics browsers may publish to; before that they may publish to none.
    pub fn open(&self, games: Vec<Arc<Hosted>>) {
        // Opened once, by the one service that made it.
        let _ = self.games.set(games);
    }

    /// Lets somebody in by a password or a ticket of the games API, who comes from `peer`.
    pub(crate) async fn admit(
        &self,
        authid: &str,
        ticket: &str,
        peer: Option<SocketAddr>,
    ) -> Admission {
        let from = peer.map(|peer| peer.ip());
        let known = match self.client.authcheck_from(authid, ticket, from).await {
            Ok(Some((pk, _))) => pk,
            Ok(None) => {
                return deny(
                    error::NOT_AUTHORIZED,
                    "the user, the password or the ticket is wrong",
                );
            }
            Err(reason) => {
                tracing::warn!(%reason, "a login could not be checked");
                return deny(
                    error::AUTHORIZATION_FAILED,
                    "the login cannot be checked at the moment; try again shortly",
                );
            }
        };
        self.welcome(known, BY_TICKET, true).await
    }

    /// Who somebody is that signs as `authid`, and the secret that they have to sign with: for a router that checks signatures itself.
    pub(crate) async fn signer(&self, authid: &str) -> (Admission, Option<Secret>) {
        let user = user_of(authid);
        let secret = user.and_then(|user| Some((user, self.signatures.secret(user)?)));
        match secret {
            Some((user, (secret, whose))) => {
                let is_own = whose == Signed::Own;
                (self.welcome(user, BY_SIGNATURE, is_own).await, Some(secret))
            }
            None => {
                let message =
                    "sign in by WAMP-CRA with a user id, where the service has wamp.cra_key";
                (deny(error::NOT_AUTHORIZED, message), None)
            }
        }
    }

    async fn admit_signed(&self, authid: &str, challenge: &Dict, signature: &Secret) -> Admission {
        // One user has one name; 0 is nobody's.
        let user = authid.parse().unwrap_or(0_u64);
        let signed = match user.to_string() == authid {
            true => self.signatures.check(user, challenge, signature),
            false => Signed::Wrong,
        };
        match signed {
            Signed::Own => self.welcome(user, BY_SIGNATURE, true).await,
            // Anybody can sign so, as anybody.
            Signed::Shared => self.welcome(user, BY_SIGNATURE, false).await,
            Signed::Wrong => deny(error::NOT_AUTHORIZED, "WAMP-CRA signature is invalid"),
        }
    }

    /// Lets a user in who has proved to be that user; as staff only if `may_be_staff`.
    async fn welcome(&self, user: u64, authprovider: &str, may_be_staff: bool) -> Admission {
        match self.users.get(user).await {
            Ok(user) if user.active => {
                let staff = user.staff && may_be_staff;
                Admission::Welcome {
                    authid: user.pk.to_string(),
                    authrole: if staff { STAFF } else { BROWSER }.to_owned(),
                    authprovider: authprovider.to_owned(),
                    extra: Dict::new(),
                }
            }
            Ok(_) => deny(
                error::NOT_AUTHORIZED,
                "this account is switched off; ask the leader",
            ),
            Err(reason) if matches!(*reason, Error::NotFound { .. }) => {
                let message = format!("there is no user {user} in the games API");
                deny(error::NOT_AUTHORIZED, &message)
            }
            Err(reason) => {
                tracing::warn!(%reason, "a user could not be read");
                deny(
                    error::AUTHORIZATION_FAILED,
                    "the login cannot be checked at the moment; try again shortly",
                )
            }
        }
    }

    /// May a session of this role do this? Rights on scopes are decided at dispatch, where the scope is known.
    ///
    /// # Errors
    /// It may not: a sentence that says what it may.
    pub(crate) fn permits(
        &self,
        authrole: &str,
        operation: Operation,
        name: &str,
    ) -> Result<(), &'static str> {
        let games = self.games.get().map_or(&[][..], Vec::as_slice);
        match operation {
            Operation::Call | Operation::Subscribe if uri::is_reserved(name) => match authrole {
                STAFF => Ok(()),
                _ => Err(
                    "only staff may ask the router about sessions, registrations and subscriptions",
                ),
            },
            Operation::Call => Ok(()),
            Operation::Register => Err("only services may register procedures"),
            Operation::Publish
                if games
                    .iter()
                    .any(|game| presence::is_open(game, name) || is_open(game, name)) =>
            {
                Ok(())
            }
            Operation::Publish => Err(
                "browsers may publish `connected`, `disconnected`, `hello_game` and what the game has subscribed to",
            ),
            // Who hears an event is decided when it is published; a pattern must still name what it is about.
            Operation::Subscribe if games.iter().any(|game| names_a_scope(&game.root, name)) => {
                Ok(())
            }
            Operation::Subscribe => Err(
                "subscribe to `<root topic>.model.<resource>.<pk>.<event>` or `<root topic>.error.<user id>`, with the pk in full",
            ),
        }
    }

    /// As [`permits`](Self::permits), where the router hands on to everybody what browsers publish: what they say is not to be listened to.
    /// Other procedures than those of the games are not this service's to permit.
    ///
    /// # Errors
    /// As [`permits`](Self::permits).
    pub(crate) fn permits_elsewhere(
        &self,
        authrole: &str,
        operation: Operation,
        name: &str,
    ) -> Result<(), &'static str> {
        self.permits(authrole, operation, name)?;
        if uri::is_reserved(name) {
            return Ok(());
        }
        let mut games = self.games.get().into_iter().flatten();
        match operation {
            Operation::Call if !games.any(|game| is_below(&game.root, name)) => {
                Err("only the procedures of games may be called")
            }
            Operation::Subscribe if games.any(|game| brings_what_browsers_say(game, name)) => {
                Err("what others say to the service is not for listening")
            }
            _ => Ok(()),
        }
    }
}

/// Is `uri` one of those that begin with this root topic?
fn is_below(root: &str, uri: &str) -> bool {
    let rest = uri.strip_prefix(root);
    rest.is_some_and(|rest| rest.starts_with('.'))
}

/// Could a subscription to `uri`, exact or as a pattern, bring what browsers publish about the scope that it names?
fn brings_what_browsers_say(game: &Hosted, uri: &str) -> bool {
    let Some(scope) = uri
        .strip_prefix(game.root.as_str())
        .and_then(|rest| rest.strip_prefix(".model."))
    else {
        return false;
    };
    let parts = scope.splitn(3, '.').collect::<Vec<_>>();
    let (kind, name) = match parts.as_slice() {
        ["game", name, ..] => ("game", *name),
        [kind, _, name] => (*kind, *name),
        _ => return true,
    };
    spoken(game, kind).any(|spoken| spoken.starts_with(name))
}

/// Does this topic or pattern fix root, resource and the whole pk, or is it the error topic?
fn names_a_scope(root: &str, uri: &str) -> bool {
    let Some(rest) = uri.strip_prefix(root) else {
        return false;
    };
    if let Some(rest) = rest.strip_prefix(".error") {
        return rest.is_empty() || rest.starts_with('.');
    }
    let Some(rest) = rest.strip_prefix(".model.") else {
        return false;
    };
    let mut parts = rest.split('.');
    match parts.next() {
        Some("game") => parts.next().is_some_and(|name| !name.is_empty()),
        Some(resource) if games_contract::Resource::from_name(resource).is_some() => {
            // A further part ends the pk, so that a prefix on world 1 cannot bring world 10.
            parts.next().is_some_and(|pk| pk.parse::<u64>().is_ok()) && parts.next().is_some()
        }
        _ => false,
    }
}

fn deny(reason: &str, message: &str) -> Admission {
    Admission::Deny {
        reason: reason.to_owned(),
        message: message.to_owned(),
    }
}

#[async_trait]
impl Gate for Door {
    async fn challenge(&self, introduction: Introduction) -> Option<Dict> {
        self.signatures.challenge(introduction)
    }

    async fn authenticate(&self, claim: Claim) -> Admission {
        match claim.proof {
            Proof::Ticket { authid, ticket } => {
                self.admit(&authid, ticket.reveal(), claim.peer).await
            }
            Proof::WampCra {
                authid,
                challenge,
                signature,
            } => self.admit_signed(&authid, &challenge, &signature).await,
            _ => deny(
                error::NOT_AUTHORIZED,
                "log in with a ticket: your e-mail address or user id, and your password or a ticket of the games API",
            ),
        }
    }

    async fn authorize(&self, request: Request) -> Permission {
        match self.permits(&request.session.authrole, request.operation, &request.uri) {
            // What a front end says of itself is for the service, which tells those who may know.
            Ok(()) if request.operation == Operation::Publish => Permission::AllowInside,
            Ok(()) => Permission::Allow,
            Err(message) => Permission::Forbid {
                error: error::NOT_AUTHORIZED.to_owned(),
                message: message.to_owned(),
            },
        }
    }

    fn joined(&self, session: &SessionInfo) {
        if let Ok(user) = session.authid.parse() {
            self.online.joined(user, session.authrole == STAFF);
        }
    }

    fn left(&self, session: &SessionInfo) {
        if let Ok(user) = session.authid.parse() {
            self.online.left(user, session.authrole == STAFF);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::names_a_scope;

    #[test]
    fn a_subscription_names_root_resource_and_the_whole_pk() {
        let root = "world.simpl.sims.div";
        for good in [
            "model.world.1.add_child",
            "model.world.1.",
            "error.7",
            "error",
            "model.game.hello_game",
        ] {
            assert!(names_a_scope(root, &format!("{root}.{good}")), "{good}");
        }
        for bad in [
            "model.world.1",
            "model.world.",
            "model.world..add_child",
            "model",
            "model.planet.1.x",
            "errors",
        ] {
            assert!(!names_a_scope(root, &format!("{root}.{bad}")), "{bad}");
        }
        assert!(!names_a_scope(
            root,
            "world.simpl.sims.other.model.world.1.add_child"
        ));
    }
}
