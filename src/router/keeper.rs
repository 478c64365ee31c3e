//! The gate of a realm of the settings: lets in whom the settings or an authenticator know, to do what rules or an authorizer allow.

use std::net::IpAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use games_api::Clock;
use time::UtcOffset;
use time::macros::format_description;
use wamp::cra::Challenge;
use wamp::{Dict, Secret, cryptosign, error};
use wamp_transport::{
    Admission, AuthMethod, Claim, Gate, Introduction, Node, Permission, Proof, Request, SessionInfo,
};

use super::asking::{self, Asking, Known};
use super::attempts::Attempts;
use super::open::anonymous;
use super::policy::{Policy, Wish};
use super::rules::Judgment;

/// Random bytes of a nonce.
const NONCE_BYTES: usize = 48;
/// Who vouches for somebody of the settings.
const BY_SETTINGS: &str = "static";
/// Who vouches for somebody whom an authenticator knows.
const BY_ASKING: &str = "dynamic";

/// Guards one realm.
#[derive(Debug)]
pub struct Keeper {
    realm: String,
    policy: ArcSwap<Policy>,
    attempts: Attempts,
    asking: Asking,
    clock: Arc<dyn Clock>,
}

/// Why somebody is not let in.
enum Refused {
    /// What they said is wrong.
    Wrong,
    /// It could not be found out.
    Unknown(String),
}

impl Keeper {
    /// A gate that goes by `policy`.
    #[must_use]
    pub fn new(realm: &str, policy: Policy, clock: Arc<dyn Clock>) -> Self {
        Self {
            realm: realm.to_owned(),
            policy: ArcSwap::from_pointee(policy),
            attempts: Attempts::default(),
            asking: Asking::default(),
            clock,
        }
    }

    /// Names the node that it guards, whose procedures it may have to call.
    pub fn serve(&self, node: Node) {
        self.asking.serve(node);
    }

    /// Goes by another policy from now on. Sessions stay, with the roles that they have.
    pub fn follow(&self, policy: Policy) {
        self.policy.store(Arc::new(policy));
    }

    /// What a program that comes by HTTP signs with, and its role.
    #[must_use]
    pub fn http_key(&self, name: &str) -> Option<(Secret, String)> {
        self.policy.load().http_keys.get(name).cloned()
    }

    /// Whether something that `name` has to prove is looked at, when it comes from there.
    ///
    /// # Errors
    /// It is not, for so many seconds: too much of it was wrong.
    pub fn may_try(&self, from: IpAddr, name: &str) -> Result<(), u64> {
        let allowed = self.policy.load().wrong_logins;
        self.attempts.check(from, name, allowed)
    }

    /// What `name` was to prove was wrong.
    pub fn was_wrong(&self, from: IpAddr, name: &str) {
        self.attempts.wrong(from, name);
    }

    /// Who says to be `authid`: of the settings, else as the authenticator has it.
    async fn find(&self, authid: &str, details: Dict) -> Result<(Known, &'static str), Refused> {
        let policy = self.policy.load_full();
        if let Some(principal) = policy.principals.named(authid) {
            let known = Known {
                authid: authid.to_owned(),
                principal: principal.clone(),
                extra: Dict::new(),
            };
            return Ok((known, BY_SETTINGS));
        }
        let Some(authenticator) = &policy.authenticator else {
            return Err(Refused::Wrong);
        };
        let asked = (self.realm.as_str(), authid, details);
        match self.asking.who(authenticator, asked).await {
            Ok(Some(known)) => Ok((known, BY_ASKING)),
            Ok(None) => Err(Refused::Wrong),
            Err(reason) => Err(Refused::Unknown(reason)),
        }
    }

    /// Who this is, when they have proved it.
    async fn prove(&self, claim: Claim) -> Result<(Known, &'static str), Refused> {
        let details = |method| asking::details(method, claim.session, claim.peer);
        match claim.proof {
            Proof::Ticket { authid, ticket } => {
                let mut details = details(AuthMethod::Ticket);
                details.insert("ticket".to_owned(), ticket.reveal().into());
                let (known, by) = self.find(&authid, details).await?;
                // Whoever is asked has seen the ticket, and would have refused a wrong one.
                let right = by == BY_ASKING || known.principal.has_ticket(&ticket);
                right.then_some((known, by)).ok_or(Refused::Wrong)
            }
            Proof::WampCra {
                authid,
                challenge,
                signature,
            } => {
                let (known, by) = self.find(&authid, details(AuthMethod::WampCra)).await?;
                let right = known.principal.has_signed(&challenge, &signature);
                right.then_some((known, by)).ok_or(Refused::Wrong)
            }
            Proof::CryptoSign {
                authid,
                public_key,
                challenge,
                signature,
            } => {
                let key = public_key.as_deref();
                let mut details = details(AuthMethod::CryptoSign);
                if let Some(key) = key {
                    details.insert("pubkey".to_owned(), key.into());
                }
                let policy = self.policy.load_full();
                let owner = key.filter(|_| authid.is_empty());
                let owner = owner.and_then(|key| policy.principals.owner(key));
                let (known, by) = self.find(owner.unwrap_or(&authid), details).await?;
                let right = known.principal.has_key(key, &challenge, &signature);
                right.then_some((known, by)).ok_or(Refused::Wrong)
            }
            _ => Err(Refused::Wrong),
        }
    }

    async fn challenge_to_sign(&self, introduction: &Introduction) -> Option<Dict> {
        let details = asking::details(AuthMethod::WampCra, introduction.session, introduction.peer);
        let authid = &introduction.authid;
        let salting = match self.find(authid, details).await {
            Ok((known, _)) => known.principal.secret.and_then(|(_, salting)| salting),
            Err(Refused::Wrong) => self.policy.load().principals.salting_of_nobody(authid),
            Err(Refused::Unknown(reason)) => {
                tracing::warn!(reason, "a login could not be checked");
                return None;
            }
        };
        let mut nonce = [0; NONCE_BYTES];
        fill(&mut nonce)?;
        let format = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        let now = self.clock.now().to_offset(UtcOffset::UTC).format(format);
        let challenge = Challenge {
            authid: authid.clone(),
            // The same for everybody: a challenge tells nobody who exists.
            authrole: "user".to_owned(),
            authprovider: BY_SETTINGS.to_owned(),
            session: introduction.session,
            nonce: STANDARD.encode(nonce),
            timestamp: now.unwrap_or_default(),
        };
        let mut extra = challenge.extra();
        if let Some(salting) = salting {
            salting.tell(&mut extra);
        }
        Some(extra)
    }

    /// What the authorizer says, or has said a moment ago.
    async fn ask(&self, policy: &Policy, authorizer: &str, request: &Request) -> Permission {
        let wish: Wish = (
            request.session.authid.clone(),
            request.session.authrole.clone(),
            request.operation,
            request.uri.clone(),
            request.match_policy,
        );
        if let Some(answers) = &policy.answers
            && let Some(permission) = answers.get(&wish).await
        {
            return permission;
        }
        match self.asking.may(authorizer, request).await {
            Ok((permission, keep)) => {
                if let Some(answers) = policy.answers.as_ref().filter(|_| keep) {
                    answers.insert(wish, permission.clone()).await;
                }
                permission
            }
            Err(reason) => {
                tracing::warn!(authorizer, reason, "the authorizer could not be asked");
                Permission::Forbid {
                    error: error::AUTHORIZATION_FAILED.to_owned(),
                    message: "could not find out whether this is allowed; try again later"
                        .to_owned(),
                }
            }
        }
    }
}

#[async_trait]
impl Gate for Keeper {
    async fn challenge(&self, introduction: Introduction) -> Option<Dict> {
        match introduction.method {
            AuthMethod::CryptoSign => {
                let mut random = [0; 32];
                fill(&mut random)?;
                Some(cryptosign::challenge(random))
            }
            _ => self.challenge_to_sign(&introduction).await,
        }
    }

    async fn authenticate(&self, claim: Claim) -> Admission {
        let policy = self.policy.load_full();
        if let Proof::Anonymous = claim.proof {
            return match &policy.anonymous {
                Some(role) => anonymous(&claim, role),
                None => deny(
                    error::NOT_AUTHORIZED,
                    "this realm lets nobody in without a name",
                ),
            };
        }
        let peer = claim.peer.map(|peer| peer.ip());
        let name = match &claim.proof {
            Proof::CryptoSign {
                authid,
                public_key: Some(key),
                ..
            } if authid.is_empty() => key.clone(),
            Proof::Ticket { authid, .. }
            | Proof::WampCra { authid, .. }
            | Proof::CryptoSign { authid, .. } => authid.clone(),
            _ => String::new(),
        };
        if let Some(from) = peer
            && let Err(seconds) = self.attempts.check(from, &name, policy.wrong_logins)
        {
            let message = format!("too many wrong logins; try again in {seconds} s");
            return deny(error::LIMIT_EXCEEDED, &message);
        }
        match self.prove(claim).await {
            Ok((known, by)) => {
                if let Some(from) = peer {
                    self.attempts.right(from, &name);
                }
                Admission::Welcome {
                    authid: known.authid,
                    authrole: known.principal.role,
                    authprovider: by.to_owned(),
                    extra: known.extra,
                }
            }
            Err(Refused::Wrong) => {
                if let Some(from) = peer {
                    self.attempts.wrong(from, &name);
                }
                deny(
                    error::NOT_AUTHORIZED,
                    "the user, or what was to prove it, is wrong",
                )
            }
            Err(Refused::Unknown(reason)) => {
                tracing::warn!(reason, "a login could not be checked");
                deny(
                    error::AUTHORIZATION_FAILED,
                    "the login cannot be checked at the moment; try again shortly",
                )
            }
        }
    }

    async fn authorize(&self, request: Request) -> Permission {
        let policy = self.policy.load_full();
        let Request {
            session,
            operation,
            uri,
            match_policy,
        } = &request;
        let role = &session.authrole;
        match policy.rules.judge(role, *operation, uri, *match_policy) {
            Judgment::Allowed { disclose: true } => Permission::AllowNamed,
            Judgment::Allowed { disclose: false } => Permission::Allow,
            Judgment::Forbidden => asking::forbidden(&request),
            Judgment::Unsaid => match &policy.authorizer {
                Some(authorizer) => self.ask(&policy, authorizer, &request).await,
                None => asking::forbidden(&request),
            },
        }
    }

    fn joined(&self, _: &SessionInfo) {}

    fn left(&self, _: &SessionInfo) {}
}

/// Random bytes; `None` when the system has none.
fn fill(bytes: &mut [u8]) -> Option<()> {
    let filled = getrandom::fill(bytes);
    filled
        .inspect_err(|error| {
            tracing::error!(%error, "the system has no random numbers, so nobody can sign in");
        })
        .ok()
}

fn deny(reason: &str, message: &str) -> Admission {
    Admission::Deny {
        reason: reason.to_owned(),
        message: message.to_owned(),
    }
}
