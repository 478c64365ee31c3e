//! Requests that need permission, checked for form before anybody is asked.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use wamp::uri::{self, Strictness};
use wamp::{Dict, Id, Kind, MatchPolicy, Message, Payload, error};

use crate::audience::Audience;
use crate::router::Router;
use crate::session::Then;
use crate::{Operation, Question, Request, SessionInfo};

/// A request that is well formed.
#[derive(Debug)]
pub(crate) enum Task {
    Publish(Publish),
    Subscribe {
        request: Id,
        policy: MatchPolicy,
        topic: String,
    },
    Register {
        request: Id,
        policy: MatchPolicy,
        procedure: String,
    },
    Call {
        request: Id,
        procedure: String,
        timeout: Option<Duration>,
        payload: Payload,
    },
}

/// A PUBLISH, its options understood.
#[derive(Debug)]
pub(crate) struct Publish {
    pub(crate) request: Id,
    pub(crate) acknowledge: bool,
    pub(crate) topic: String,
    pub(crate) audience: Audience,
    pub(crate) payload: Payload,
}

/// Why a request is not carried out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) error: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(error: &str, message: impl Into<String>) -> Self {
        Self {
            error: error.to_owned(),
            message: message.into(),
        }
    }
}

impl Task {
    fn kind(&self) -> Kind {
        match self {
            Self::Publish(_) => Kind::Publish,
            Self::Subscribe { .. } => Kind::Subscribe,
            Self::Register { .. } => Kind::Register,
            Self::Call { .. } => Kind::Call,
        }
    }

    /// What it needs permission for: operation, URI, and how the URI is meant.
    fn needs(&self) -> (Operation, &str, MatchPolicy) {
        match self {
            Self::Publish(publish) => (Operation::Publish, &publish.topic, MatchPolicy::Exact),
            Self::Subscribe { policy, topic, .. } => (Operation::Subscribe, topic, *policy),
            Self::Register {
                policy, procedure, ..
            } => (Operation::Register, procedure, *policy),
            Self::Call { procedure, .. } => (Operation::Call, procedure, MatchPolicy::Exact),
        }
    }

    /// The request to answer, if it is one that gets answers.
    fn answerable(&self) -> Option<Id> {
        match self {
            Self::Publish(publish) => publish.acknowledge.then_some(publish.request),
            Self::Subscribe { request, .. }
            | Self::Register { request, .. }
            | Self::Call { request, .. } => Some(*request),
        }
    }

    /// Understands a request, or says what is wrong with it.
    fn read(message: Message) -> Result<Self, Refusal> {
        match message {
            Message::Publish {
                request,
                options,
                topic,
                payload,
            } => {
                check_uri(&topic)?;
                check_not_reserved(&topic)?;
                Ok(Self::Publish(Publish {
                    request,
                    acknowledge: wants_acknowledgement(&options),
                    audience: Audience::read(&options)?,
                    topic,
                    payload,
                }))
            }
            Message::Subscribe {
                request,
                options,
                topic,
            } => {
                let policy = match_policy(&options)?;
                check_pattern(policy, &topic)?;
                Ok(Self::Subscribe {
                    request,
                    policy,
                    topic,
                })
            }
            Message::Register {
                request,
                options,
                procedure,
            } => {
                let policy = match_policy(&options)?;
                check_pattern(policy, &procedure)?;
                check_not_reserved(&procedure)?;
                check_invocation_policy(&options)?;
                Ok(Self::Register {
                    request,
                    policy,
                    procedure,
                })
            }
            Message::Call {
                request,
                options,
                procedure,
                payload,
            } => {
                check_uri(&procedure)?;
                Ok(Self::Call {
                    request,
                    timeout: call_timeout(&options)?,
                    procedure,
                    payload,
                })
            }
            other => Err(Refusal::new(
                error::INVALID_ARGUMENT,
                format!("{} is not a request that needs permission", other.kind()),
            )),
        }
    }
}

impl Router {
    /// Takes up a request: asks whether it is allowed, unless the session is trusted.
    pub(crate) fn request(&mut self, session: Id, info: &Arc<SessionInfo>, message: Message) {
        let answerable = answerable(&message);
        let kind = message.kind();
        let task = match Task::read(message) {
            Ok(task) => task,
            Err(refusal) => {
                // Publishing without acknowledgement must never be answered.
                if let Some(request) = answerable {
                    self.refuse(session, kind, request, &refusal);
                }
                return;
            }
        };
        if info.trusted {
            return self.perform(session, task);
        }
        let (operation, uri, match_policy) = task.needs();
        let question = Question::Authorize(Request {
            session: Arc::clone(info),
            operation,
            uri: uri.to_owned(),
            match_policy,
        });
        self.ask(session, question, Then::Perform(task));
    }

    /// Carries out what is allowed.
    pub(crate) fn perform(&mut self, session: Id, task: Task) {
        match task {
            Task::Publish(publish) => self.publish(session, &publish),
            Task::Subscribe {
                request,
                policy,
                topic,
            } => self.subscribe(session, request, policy, &topic),
            Task::Register {
                request,
                policy,
                procedure,
            } => self.register(session, request, policy, &procedure),
            Task::Call {
                request,
                procedure,
                timeout,
                payload,
            } => {
                if !self.answer_meta(session, request, &procedure, &payload) {
                    self.call(session, request, &procedure, timeout, payload);
                }
            }
        }
    }

    /// Tells the session that its request is not carried out, if it is to be told.
    pub(crate) fn turn_down(&mut self, session: Id, task: &Task, refusal: &Refusal) {
        if let Some(request) = task.answerable() {
            self.refuse(session, task.kind(), request, refusal);
        }
    }
}

fn answerable(message: &Message) -> Option<Id> {
    match message {
        Message::Publish {
            request, options, ..
        } => wants_acknowledgement(options).then_some(*request),
        Message::Subscribe { request, .. }
        | Message::Register { request, .. }
        | Message::Call { request, .. } => Some(*request),
        _ => None,
    }
}

fn wants_acknowledgement(options: &Dict) -> bool {
    options.get("acknowledge").and_then(Value::as_bool) == Some(true)
}

pub(crate) fn match_policy(options: &Dict) -> Result<MatchPolicy, Refusal> {
    let invalid = |message: String| Refusal::new(error::INVALID_ARGUMENT, message);
    match options.get("match") {
        None | Some(Value::Null) => Ok(MatchPolicy::Exact),
        Some(Value::String(word)) => word
            .parse()
            .map_err(|error: uri::UnknownPolicy| invalid(error.to_string())),
        Some(_) => Err(invalid(String::from("expected match to be a string"))),
    }
}

/// The timeout a caller asks for, in milliseconds on the wire; 0 means none.
fn call_timeout(options: &Dict) -> Result<Option<Duration>, Refusal> {
    match options.get("timeout") {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_u64() {
            Some(0) => Ok(None),
            Some(milliseconds) => Ok(Some(Duration::from_millis(milliseconds))),
            None => Err(Refusal::new(
                error::INVALID_ARGUMENT,
                format!("expected timeout to be whole milliseconds, got {value}"),
            )),
        },
    }
}

fn check_invocation_policy(options: &Dict) -> Result<(), Refusal> {
    match options.get("invoke") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(policy)) if policy == "single" => Ok(()),
        Some(other) => Err(Refusal::new(
            error::FEATURE_NOT_SUPPORTED,
            format!("expected invoke to be \"single\" (no shared registrations here), got {other}"),
        )),
    }
}

fn check_uri(uri: &str) -> Result<(), Refusal> {
    check_pattern(MatchPolicy::Exact, uri)
}

fn check_pattern(policy: MatchPolicy, pattern: &str) -> Result<(), Refusal> {
    if uri::is_valid_pattern(policy, pattern, Strictness::Loose) {
        return Ok(());
    }
    Err(Refusal::new(
        error::INVALID_URI,
        format!("expected a valid URI (match {policy}), got <{pattern}>"),
    ))
}

fn check_not_reserved(uri: &str) -> Result<(), Refusal> {
    if !uri::is_reserved(uri) {
        return Ok(());
    }
    Err(Refusal::new(
        error::INVALID_URI,
        format!("expected a URI of yours, got <{uri}>: `wamp` is the router's"),
    ))
}
