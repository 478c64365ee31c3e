//! Requests that need permission, checked for form before anybody is asked.

use std::sync::Arc;
use std::time::Duration;

use wamp::{Dict, Id, Kind, MatchPolicy, Message, Payload, error};

use crate::audience::Audience;
use crate::invoke::Invoke;
use crate::meta::Events;
use crate::options::{self, check_not_reserved, check_pattern, check_uri};
use crate::router::Router;
use crate::session::Then;
use crate::testaments::Testament;
use crate::{Operation, Question, Request};

/// A request that is well formed.
#[derive(Debug)]
pub(crate) enum Task {
    Publish(Publish),
    Subscribe(Subscribe),
    Register(Register),
    Call(CallRequest),
    /// What a call of the router's own `wamp.subscription.get_events` wants.
    Events(Events),
    /// What a call of the router's own `wamp.session.add_testament` wants.
    Testament(Testament),
}

/// A SUBSCRIBE, its options understood.
#[derive(Debug)]
pub(crate) struct Subscribe {
    pub(crate) request: Id,
    pub(crate) policy: MatchPolicy,
    pub(crate) topic: String,
    /// Whether the last events are wanted that were published before.
    pub(crate) get_retained: bool,
}

/// A REGISTER, its options understood.
#[derive(Debug)]
pub(crate) struct Register {
    pub(crate) request: Id,
    pub(crate) policy: MatchPolicy,
    pub(crate) procedure: String,
    pub(crate) invoke: Invoke,
    /// Whether to take the procedure from whoever has it (`force_reregister`).
    pub(crate) force: bool,
    /// Whether the callee wants to know who calls.
    pub(crate) disclose_caller: bool,
}

/// A CALL, its options understood.
#[derive(Clone, Debug)]
pub(crate) struct CallRequest {
    pub(crate) request: Id,
    pub(crate) procedure: String,
    pub(crate) timeout: Option<Duration>,
    /// Whether the caller takes progressive results.
    pub(crate) receive_progress: bool,
    /// Whether more CALLs of this request follow.
    pub(crate) progress: bool,
    pub(crate) disclose_me: bool,
    /// Options for the callee, unchanged.
    pub(crate) passthru: Dict,
    pub(crate) payload: Payload,
}

/// A PUBLISH, its options understood.
#[derive(Debug)]
pub(crate) struct Publish {
    pub(crate) request: Id,
    pub(crate) acknowledge: bool,
    pub(crate) topic: String,
    pub(crate) audience: Audience,
    pub(crate) disclose_me: bool,
    /// Whether it is kept for those who subscribe later.
    pub(crate) retain: bool,
    /// Options for the subscribers, unchanged.
    pub(crate) passthru: Dict,
    pub(crate) payload: Payload,
}

impl Publish {
    pub(crate) fn read(
        request: Id,
        options: &Dict,
        topic: String,
        payload: Payload,
    ) -> Result<Self, Refusal> {
        check_uri(&topic)?;
        check_not_reserved(&topic)?;
        Ok(Self {
            request,
            acknowledge: options::flag(options, "acknowledge"),
            audience: Audience::read(options)?,
            disclose_me: options::flag(options, "disclose_me"),
            retain: options::flag(options, "retain"),
            passthru: options::passthru(options),
            topic,
            payload,
        })
    }

    /// Roughly what it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        let passthru = serde_json::to_vec(&self.passthru).map_or(0, |text| text.len());
        self.topic.len() + passthru + self.audience.size() + self.payload.len()
    }
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
            Self::Subscribe(_) => Kind::Subscribe,
            Self::Register(_) => Kind::Register,
            Self::Call(_) | Self::Events(_) | Self::Testament(_) => Kind::Call,
        }
    }

    /// What it needs permission for: operation, URI, and how the URI is meant.
    fn needs(&self) -> (Operation, &str, MatchPolicy) {
        match self {
            Self::Publish(publish) | Self::Testament(Testament { publish, .. }) => {
                (Operation::Publish, &publish.topic, MatchPolicy::Exact)
            }
            Self::Subscribe(wanted) => (Operation::Subscribe, &wanted.topic, wanted.policy),
            Self::Events(events) => (Operation::Subscribe, &events.pattern, events.policy),
            Self::Register(register) => (Operation::Register, &register.procedure, register.policy),
            Self::Call(call) => (Operation::Call, &call.procedure, MatchPolicy::Exact),
        }
    }

    /// The request to answer, if it is one that gets answers.
    fn answerable(&self) -> Option<Id> {
        match self {
            Self::Publish(publish) => publish.acknowledge.then_some(publish.request),
            Self::Subscribe(wanted) => Some(wanted.request),
            Self::Events(events) => Some(events.request),
            Self::Testament(testament) => Some(testament.request),
            Self::Register(register) => Some(register.request),
            Self::Call(call) => Some(call.request),
        }
    }

    /// Tells whom it calls or publishes to who it is.
    pub(crate) fn name_who_acts(&mut self) {
        match self {
            Self::Publish(publish) | Self::Testament(Testament { publish, .. }) => {
                publish.disclose_me = true;
            }
            Self::Call(call) => call.disclose_me = true,
            Self::Subscribe(_) | Self::Register(_) | Self::Events(_) => {}
        }
    }

    /// Keeps what it publishes from clients.
    pub(crate) fn keep_inside(&mut self) {
        if let Self::Publish(publish) | Self::Testament(Testament { publish, .. }) = self {
            publish.audience.inside();
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
            } => Publish::read(request, &options, topic, payload).map(Self::Publish),
            Message::Subscribe {
                request,
                options,
                topic,
            } => {
                let policy = options::match_policy(&options)?;
                check_pattern(policy, &topic)?;
                Ok(Self::Subscribe(Subscribe {
                    request,
                    policy,
                    topic,
                    get_retained: options::flag(&options, "get_retained"),
                }))
            }
            Message::Register {
                request,
                options,
                procedure,
            } => {
                let policy = options::match_policy(&options)?;
                check_pattern(policy, &procedure)?;
                check_not_reserved(&procedure)?;
                Ok(Self::Register(Register {
                    request,
                    policy,
                    procedure,
                    invoke: options::invoke(&options)?,
                    force: options::flag(&options, "force_reregister"),
                    disclose_caller: options::flag(&options, "disclose_caller"),
                }))
            }
            Message::Call {
                request,
                options,
                procedure,
                payload,
            } => {
                check_uri(&procedure)?;
                Ok(Self::Call(CallRequest {
                    request,
                    procedure,
                    timeout: options::call_timeout(&options)?,
                    receive_progress: options::flag(&options, "receive_progress"),
                    progress: options::flag(&options, "progress"),
                    disclose_me: options::flag(&options, "disclose_me"),
                    passthru: options::passthru(&options),
                    payload,
                }))
            }
            other => Err(Refusal::new(
                error::INVALID_ARGUMENT,
                format!("{} is not a request that needs permission", other.kind()),
            )),
        }
    }
}

impl Router {
    /// Takes up a request, if it is well formed.
    pub(crate) fn request(&mut self, session: Id, message: Message) {
        let answerable = answerable(&message);
        let kind = message.kind();
        let more =
            matches!(&message, Message::Call { options, .. } if options::flag(options, "progress"));
        let task = match Task::read(message) {
            Ok(task) => task,
            Err(refusal) => {
                // Publishing without acknowledgement must never be answered.
                if let Some(request) = answerable {
                    if more {
                        self.expect_rest(session, request);
                    }
                    self.refuse(session, kind, request, &refusal);
                }
                return;
            }
        };
        self.take_up(session, task);
    }

    /// Asks whether the session may do this, unless it is trusted, and does it.
    pub(crate) fn take_up(&mut self, session: Id, task: Task) {
        let Some(info) = self.sessions.get(&session).and_then(|state| state.info()) else {
            return;
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
            Task::Subscribe(wanted) => self.subscribe(session, &wanted),
            Task::Events(events) => self.answer_events(session, &events),
            Task::Testament(testament) => self.leave_testament(session, testament),
            Task::Register(register) => self.register(session, &register),
            Task::Call(call) => {
                if !self.answer_meta(session, call.request, &call.procedure, &call.payload) {
                    self.call(session, call);
                } else if call.progress {
                    self.expect_rest(session, call.request);
                }
            }
        }
    }

    /// Tells the session that its request is not carried out, if it is to be told.
    pub(crate) fn turn_down(&mut self, session: Id, task: &Task, refusal: &Refusal) {
        if let Task::Call(call) = task
            && call.progress
        {
            self.expect_rest(session, call.request);
        }
        if let Some(request) = task.answerable() {
            self.refuse(session, task.kind(), request, refusal);
        }
    }
}

fn answerable(message: &Message) -> Option<Id> {
    match message {
        Message::Publish {
            request, options, ..
        } => options::flag(options, "acknowledge").then_some(*request),
        Message::Subscribe { request, .. }
        | Message::Register { request, .. }
        | Message::Call { request, .. } => Some(*request),
        _ => None,
    }
}
