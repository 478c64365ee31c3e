//! What the router knows of one session.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;

use wamp::{Dict, Id, Message};

use crate::SessionInfo;
use crate::action::AskId;
use crate::calls::Call;
use crate::deadlines::DeadlineKey;
use crate::features::Features;
use crate::router::AuthMethod;
use crate::task::Task;
use crate::testaments::Testament;

/// One connection, from the moment it opens until it is forgotten.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) peer: Option<SocketAddr>,
    pub(crate) stage: Stage,
    /// The open question about it, at most one.
    pub(crate) ask: Option<OpenAsk>,
    /// What it said since that question was asked.
    pub(crate) waiting: VecDeque<Message>,
    /// Payload bytes of `waiting`.
    pub(crate) waiting_bytes: usize,
    /// The deadline of its stage: to join, or to answer GOODBYE.
    pub(crate) deadline: Option<DeadlineKey>,
    /// Whether more waits to be sent to it than is good.
    pub(crate) congested: bool,
    pub(crate) subscriptions: BTreeSet<Id>,
    pub(crate) registrations: BTreeSet<Id>,
    /// What is to be published when it has ended.
    pub(crate) testaments: Vec<Testament>,
    /// What it can do beyond the basics.
    pub(crate) features: Features,
    /// Calls it made that wait for an answer: request → (callee, invocation).
    pub(crate) calls: BTreeMap<Id, (Id, Id)>,
    /// Requests of calls that ended while it was still sending them.
    pub(crate) unfinished: BTreeSet<Id>,
    /// Invocations it has not answered.
    pub(crate) invocations: BTreeMap<Id, Call>,
    /// The id of the invocation sent to it last; they count from 1.
    pub(crate) last_invocation: Id,
}

/// How far a session has come.
#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// Connected; HELLO is expected.
    Opened,
    /// CHALLENGE was sent; AUTHENTICATE is expected.
    Challenged {
        claimed: Claimed,
        /// The extra of CHALLENGE.
        challenge: Dict,
    },
    /// In the realm.
    Joined(Arc<SessionInfo>),
    /// Out of the realm again; GOODBYE was sent, its answer is expected.
    Leaving,
}

/// Who somebody says they are in HELLO, and how they will prove it.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    /// Empty when only a key says it.
    pub(crate) authid: String,
    pub(crate) method: AuthMethod,
    /// The public half of their key, when they named it.
    pub(crate) public_key: Option<String>,
}

/// A question that has not been answered.
#[derive(Debug)]
pub(crate) struct OpenAsk {
    pub(crate) id: AskId,
    pub(crate) deadline: DeadlineKey,
    pub(crate) then: Then,
}

/// What to go on with when the answer is yes.
#[derive(Debug)]
pub(crate) enum Then {
    /// Sends CHALLENGE to whoever says to be this.
    Challenge(Claimed),
    Welcome(AuthMethod),
    Perform(Task),
}

impl Session {
    pub(crate) fn new(peer: Option<SocketAddr>, stage: Stage) -> Self {
        Self {
            peer,
            stage,
            ask: None,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            deadline: None,
            congested: false,
            subscriptions: BTreeSet::new(),
            registrations: BTreeSet::new(),
            testaments: Vec::new(),
            features: Features::default(),
            calls: BTreeMap::new(),
            unfinished: BTreeSet::new(),
            invocations: BTreeMap::new(),
            last_invocation: 0,
        }
    }

    /// Who it is, once it has joined and as long as it stays.
    pub(crate) fn info(&self) -> Option<&Arc<SessionInfo>> {
        match &self.stage {
            Stage::Joined(info) => Some(info),
            _ => None,
        }
    }
}
