//! The router itself: what comes in is sorted by the state of its session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use time::OffsetDateTime;
use wamp::{Dict, Id, Kind, Message, Payload};

use crate::action::{Action, AskId, Input};
use crate::broker::Broker;
use crate::deadlines::{Deadlines, Due};
use crate::dealer::Dealer;
use crate::features::Features;
use crate::session::{Session, Stage};
use crate::task::Refusal;
use crate::{Disclosure, HistoryRule, Limits, Listeners, SessionInfo};

/// Where random ids come from.
pub trait Ids: Send {
    /// An id drawn uniformly from 1 to 2^53, from a generator that nobody can predict: knowing a
    /// session id is part of what lets one address the session.
    fn draw(&mut self) -> Id;
}

/// A way for a client to prove who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthMethod {
    /// With a password or token, sent in answer to CHALLENGE.
    Ticket,
    /// With a secret that is not sent: what CHALLENGE holds is signed with it.
    WampCra,
    /// With a key pair: what CHALLENGE holds is signed with its private half.
    CryptoSign,
    /// Not at all.
    Anonymous,
}

impl AuthMethod {
    /// The word for it in HELLO and WELCOME.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::WampCra => wamp::cra::METHOD,
            Self::CryptoSign => wamp::cryptosign::METHOD,
            Self::Anonymous => "anonymous",
        }
    }
}

/// The realm a router serves.
#[derive(Clone, Debug)]
pub struct RealmConfig {
    /// Its name.
    pub name: String,
    /// How clients may prove who they are.
    pub auth_methods: Vec<AuthMethod>,
    /// Whether callees and subscribers learn who calls and publishes.
    pub disclosure: Disclosure,
    /// Topics whose events are kept.
    pub history: Vec<HistoryRule>,
    /// The date of time zero. Without it nothing that the router tells has a date.
    pub epoch: Option<OffsetDateTime>,
    /// What a session may hold and how long things may take.
    pub limits: Limits,
}

impl Default for RealmConfig {
    fn default() -> Self {
        Self {
            name: String::from("realm1"),
            auth_methods: vec![AuthMethod::Ticket],
            disclosure: Disclosure::default(),
            history: Vec::new(),
            epoch: None,
            limits: Limits::default(),
        }
    }
}

/// There are as many sessions as there may be, or the router is stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the router takes no more sessions now; try again later")]
pub struct Full;

/// One realm with its broker and dealer.
///
/// Time is the time since some fixed moment, and must not run backwards.
pub struct Router {
    pub(crate) config: RealmConfig,
    pub(crate) sessions: HashMap<Id, Session>,
    pub(crate) broker: Broker,
    pub(crate) dealer: Dealer,
    pub(crate) deadlines: Deadlines,
    pub(crate) last_ask: AskId,
    /// How many sessions each user has, those in process aside.
    pub(crate) users: HashMap<String, usize>,
    /// Whether nobody is let in any more.
    pub(crate) stopping: bool,
    /// The time of the input at hand.
    pub(crate) now: Duration,
    /// What the input at hand leads to.
    pub(crate) actions: Vec<Action>,
    pub(crate) ids: Box<dyn Ids>,
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router")
            .field("realm", &self.config.name)
            .field("sessions", &self.sessions.len())
            .finish_non_exhaustive()
    }
}

impl Router {
    /// A router for one realm, with nobody in it.
    #[must_use]
    pub fn new(config: RealmConfig, ids: Box<dyn Ids>) -> Self {
        Self {
            broker: Broker::new(&config.history),
            config,
            sessions: HashMap::default(),
            dealer: Dealer::default(),
            deadlines: Deadlines::default(),
            last_ask: 0,
            users: HashMap::default(),
            stopping: false,
            now: Duration::ZERO,
            actions: Vec::new(),
            ids,
        }
    }

    /// A connection has opened; nothing has been said yet. Returns the id under which the router
    /// knows it, which becomes its session id.
    ///
    /// # Errors
    /// [`Full`] when there are too many sessions already.
    pub fn open(&mut self, now: Duration, peer: Option<SocketAddr>) -> Result<Id, Full> {
        if self.stopping || self.sessions.len() >= self.config.limits.sessions {
            return Err(Full);
        }
        let id = self.draw_session_id();
        let mut session = Session::new(peer, Stage::Opened);
        let timeout = self.config.limits.handshake_timeout;
        session.deadline = Some(self.deadlines.set(now + timeout, Due::Handshake(id)));
        self.sessions.insert(id, session);
        Ok(id)
    }

    /// A session joins from within the process: trusted, without handshake or questions.
    pub fn join(&mut self, now: Duration, authid: &str, authrole: &str) -> (Id, Vec<Action>) {
        self.now = now;
        let id = self.draw_session_id();
        let info = Arc::new(SessionInfo {
            id,
            authid: authid.to_owned(),
            authrole: authrole.to_owned(),
            authmethod: String::from("trusted"),
            authprovider: String::from("process"),
            extra: Dict::new(),
            trusted: true,
            peer: None,
        });
        let mut session = Session::new(None, Stage::Joined(Arc::clone(&info)));
        session.features = Features::IN_PROCESS;
        self.sessions.insert(id, session);
        self.actions.push(Action::Joined(Arc::clone(&info)));
        self.tell_join(&info);
        (id, self.take_actions())
    }

    /// Something happened to a session. Inputs for sessions that are gone lead to nothing.
    pub fn handle(&mut self, now: Duration, session: Id, input: Input) -> Vec<Action> {
        self.now = now;
        match input {
            Input::Message(message) => self.hear(session, message),
            Input::Violation(what) => self.violation(session, &what),
            Input::Closed => self.forget(session),
            Input::Slow(slow) => self.tell_slow(session, slow),
            Input::Answer { ask, verdict } => self.answered(session, ask, verdict),
            Input::Congested(congested) => {
                if let Some(session) = self.sessions.get_mut(&session) {
                    session.congested = congested;
                }
            }
        }
        self.take_actions()
    }

    /// When [`Router::tick`] has something to do, if nothing else happens before.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        self.deadlines.next()
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration) -> Vec<Action> {
        self.now = now;
        while let Some(due) = self.deadlines.pop_due(now) {
            match due {
                Due::Handshake(session) => self.handshake_overdue(session),
                Due::Ask(session) => self.ask_overdue(session),
                Due::Goodbye(session) => self.goodbye_overdue(session),
                Due::Call { callee, invocation } => self.call_overdue(callee, invocation),
            }
        }
        self.take_actions()
    }

    /// From now on clients may prove who they are in these ways. Who has joined stays.
    pub fn offer(&mut self, methods: Vec<AuthMethod>) {
        self.config.auth_methods = methods;
    }

    /// How many messages of this session wait for the answer to a question.
    #[must_use]
    pub fn waiting(&self, session: Id) -> usize {
        self.sessions.get(&session).map_or(0, |s| s.waiting.len())
    }

    /// Which topics somebody listens to, for publishers in the same process.
    #[must_use]
    pub fn listeners(&self) -> Listeners {
        self.broker.listeners.clone()
    }

    /// How many connections there are, those still shaking hands included.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// Takes up one message of a session about which nothing is being asked.
    pub(crate) fn process(&mut self, session: Id, message: Message) {
        let Some(state) = self.sessions.get(&session) else {
            return;
        };
        match (&state.stage, message) {
            (_, Message::Abort { .. }) => self.client_aborts(session),
            (Stage::Opened, Message::Hello { realm, details }) => {
                self.hello(session, &realm, &details);
            }
            (Stage::Challenged { .. }, Message::Authenticate { signature, .. }) => {
                self.authenticate(session, signature);
            }
            (Stage::Joined(_), message) => self.serve(session, message),
            (Stage::Leaving, Message::Goodbye { .. }) => self.goodbye_answered(session),
            // It may not have seen our GOODBYE when it sent this.
            (Stage::Leaving, _) => {}
            (Stage::Opened, other) => {
                let kind = other.kind();
                self.violation(session, &format!("expected HELLO first, got {kind}"));
            }
            (Stage::Challenged { .. }, other) => {
                let kind = other.kind();
                self.violation(session, &format!("expected AUTHENTICATE, got {kind}"));
            }
        }
    }

    /// Takes up one message of a session in the realm.
    fn serve(&mut self, session: Id, message: Message) {
        match message {
            Message::Yield {
                request,
                options,
                payload,
            } => self.yielded(session, request, &options, payload),
            Message::Error {
                request_kind: Kind::Invocation,
                request,
                details,
                error,
                payload,
            } => self.failed(session, request, &details, error, payload),
            Message::Cancel { request, options } => self.cancel(session, request, &options),
            Message::Call {
                request,
                options,
                payload,
                ..
            } if self.has_called(session, request) => {
                self.call_on(session, request, &options, payload);
            }
            Message::Unsubscribe {
                request,
                subscription,
            } => self.unsubscribe(session, request, subscription),
            Message::Unregister {
                request,
                registration,
            } => self.unregister(session, request, registration),
            Message::Goodbye { .. } => self.client_says_goodbye(session),
            Message::Publish { .. }
            | Message::Subscribe { .. }
            | Message::Register { .. }
            | Message::Call { .. } => self.request(session, message),
            other => {
                let kind = other.kind();
                self.violation(
                    session,
                    &format!("{kind} is not for a client in the realm to send"),
                );
            }
        }
    }

    pub(crate) fn send(&mut self, session: Id, message: Message) {
        self.actions.push(Action::Send { session, message });
    }

    /// Answers a request with an error.
    pub(crate) fn refuse(&mut self, session: Id, kind: Kind, request: Id, refusal: &Refusal) {
        self.send(
            session,
            Message::Error {
                request_kind: kind,
                request,
                details: Dict::new(),
                error: refusal.error.clone(),
                payload: Payload::text(&refusal.message),
            },
        );
    }

    /// An id for a publication.
    pub(crate) fn draw_id(&mut self) -> Id {
        self.ids.draw()
    }

    fn draw_session_id(&mut self) -> Id {
        loop {
            let id = self.ids.draw();
            if !self.sessions.contains_key(&id) {
                return id;
            }
        }
    }

    pub(crate) fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }
}
