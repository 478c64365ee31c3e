//! What the router cannot decide alone: questions to whoever embeds it, and their answers.

use std::net::SocketAddr;
use std::sync::Arc;

use wamp::{Dict, Id, MatchPolicy, Secret};

use crate::{AuthMethod, SessionInfo};

/// Something the router must know before it goes on with a session.
#[derive(Clone, Debug)]
pub enum Question {
    /// What is this client to sign?
    Challenge(Introduction),
    /// Is this who they say?
    Authenticate(Claim),
    /// May this session do that?
    Authorize(Request),
}

/// Somebody who wants to join by signing a challenge.
#[derive(Clone, Debug)]
pub struct Introduction {
    /// The id the session will have.
    pub session: Id,
    /// The realm they want to join.
    pub realm: String,
    /// Where they connect from, if over a network.
    pub peer: Option<SocketAddr>,
    /// Who they say they are; with a key pair it may be empty, as the key says it.
    pub authid: String,
    /// How they want to prove it.
    pub method: AuthMethod,
}

/// What somebody who wants to join says of themselves.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The id the session will have.
    pub session: Id,
    /// The realm they want to join.
    pub realm: String,
    /// Where they connect from, if over a network.
    pub peer: Option<SocketAddr>,
    /// Who they say they are, and how they prove it.
    pub proof: Proof,
}

/// How somebody proves who they are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Proof {
    /// Not at all.
    Anonymous,
    /// With a password or a token.
    Ticket {
        /// Who they say they are.
        authid: String,
        /// The password or token.
        ticket: Secret,
    },
    /// They signed the challenge: [`wamp::cra`].
    WampCra {
        /// Who they say they are.
        authid: String,
        /// What they were sent: the answer to [`Question::Challenge`].
        challenge: Dict,
        /// The signature.
        signature: Secret,
    },
    /// They signed the challenge with a key: [`wamp::cryptosign`].
    CryptoSign {
        /// Who they say they are; empty when only the key says it.
        authid: String,
        /// The public half of their key, in hexadecimal, when they named it.
        public_key: Option<String>,
        /// What they were sent: the answer to [`Question::Challenge`].
        challenge: Dict,
        /// The signature.
        signature: Secret,
    },
}

/// Whether somebody may join.
#[derive(Clone, Debug, PartialEq)]
pub enum Admission {
    /// They may, as this.
    Welcome {
        /// Who they are from now on; need not be what they called themselves.
        authid: String,
        /// Their role.
        authrole: String,
        /// Who vouched for them.
        authprovider: String,
        /// Sent to them as `authextra` unless empty.
        extra: Dict,
    },
    /// They may not.
    Deny {
        /// The reason URI of ABORT, usually [`wamp::error::NOT_AUTHORIZED`].
        reason: String,
        /// A sentence for whoever reads it.
        message: String,
    },
}

/// What a session wants to do.
#[derive(Clone, Debug)]
pub struct Request {
    /// Who.
    pub session: Arc<SessionInfo>,
    /// What.
    pub operation: Operation,
    /// With which topic, procedure or pattern.
    pub uri: String,
    /// How `uri` is meant; always exact for a publication or a call.
    pub match_policy: MatchPolicy,
}

/// What a session can be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Publish to a topic.
    Publish,
    /// Subscribe to a topic or pattern.
    Subscribe,
    /// Offer a procedure or pattern.
    Register,
    /// Call a procedure.
    Call,
}

/// Whether a session may do what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// It may.
    Allow,
    /// It may, and whoever it calls or publishes to learns who it is, unless the realm tells that to nobody.
    AllowNamed,
    /// It may; what it publishes reaches only sessions in process, so that clients cannot talk to one another.
    AllowInside,
    /// It may not, and is told so (unless it published without asking for an answer).
    Forbid {
        /// The error URI it gets, usually [`wamp::error::NOT_AUTHORIZED`].
        error: String,
        /// The sentence it gets as first argument.
        message: String,
    },
}

/// The answer to a [`Question`], of its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// To [`Question::Challenge`]: the extra of CHALLENGE, which comes back in the proof. It should tell nobody whether
    /// there is such a user.
    Challenge(Dict),
    /// To [`Question::Authenticate`].
    Admission(Admission),
    /// To [`Question::Authorize`].
    Permission(Permission),
}
