//! What requests may ask for besides what they are about.

use std::time::Duration;

use serde_json::Value;
use wamp::{Dict, Id, MatchPolicy};
use wamp_router::Invoke;

/// How a procedure is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegisterOptions {
    /// How the procedure is meant.
    pub policy: MatchPolicy,
    /// How calls are shared with others who offer it.
    pub invoke: Invoke,
    /// Take it from whoever offers it now.
    pub force: bool,
}

impl From<MatchPolicy> for RegisterOptions {
    fn from(policy: MatchPolicy) -> Self {
        Self {
            policy,
            ..Self::default()
        }
    }
}

impl RegisterOptions {
    pub(super) fn into_dict(self) -> Dict {
        let mut dict = match_option(self.policy);
        if self.invoke != Invoke::Single {
            dict.insert("invoke".to_owned(), self.invoke.as_str().into());
        }
        set_if(&mut dict, "force_reregister", self.force);
        dict
    }
}

/// How a topic is subscribed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SubscribeOptions {
    /// How the topic is meant.
    pub policy: MatchPolicy,
    /// Send the last event that was published to be retained, if there is one.
    pub get_retained: bool,
}

impl From<MatchPolicy> for SubscribeOptions {
    fn from(policy: MatchPolicy) -> Self {
        Self {
            policy,
            ..Self::default()
        }
    }
}

impl SubscribeOptions {
    pub(super) fn into_dict(self) -> Dict {
        let mut dict = match_option(self.policy);
        set_if(&mut dict, "get_retained", self.get_retained);
        dict
    }
}

/// What to tell the router about a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// How long the callee may take, as far as the router permits.
    pub timeout: Option<Duration>,
    /// Whether the result may come in parts.
    pub receive_progress: bool,
    /// Whether more of the call follows with [`Call::send`](super::Call::send).
    pub more: bool,
}

impl CallOptions {
    pub(super) fn into_dict(self) -> Dict {
        let mut dict = Dict::new();
        if let Some(timeout) = self.timeout {
            // 0 would mean none.
            let milliseconds = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
            dict.insert("timeout".to_owned(), milliseconds.max(1).into());
        }
        set_if(&mut dict, "receive_progress", self.receive_progress);
        set_if(&mut dict, "progress", self.more);
        dict
    }
}

/// How a call is given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CancelMode {
    /// The callee is not told; the call ends at once.
    Skip,
    /// The callee is told to stop; the call ends with what it answers.
    Kill,
    /// The callee is told to stop; the call ends at once.
    #[default]
    KillNoWait,
}

impl CancelMode {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Kill => "kill",
            Self::KillNoWait => "killnowait",
        }
    }
}

/// What to tell the router about a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishOptions {
    /// Only these sessions receive it; `None` is everybody, an empty list is nobody.
    pub eligible: Option<Vec<Id>>,
    /// Only sessions of these users receive it; `None` is everybody, an empty list is nobody.
    pub eligible_authid: Option<Vec<String>>,
    /// Only sessions of this role receive it.
    pub eligible_authrole: Option<String>,
    /// Sessions of this role do not receive it, whoever they are.
    pub exclude_authrole: Option<String>,
    /// Wait until the router has published it, and learn of a refusal.
    pub acknowledge: bool,
    /// Keep it for those who subscribe later and ask for it.
    pub retain: bool,
    /// Whether this session itself is left out, as is usual.
    pub exclude_me: bool,
}

impl Default for PublishOptions {
    fn default() -> Self {
        Self {
            eligible: None,
            eligible_authid: None,
            eligible_authrole: None,
            exclude_authrole: None,
            acknowledge: false,
            retain: false,
            exclude_me: true,
        }
    }
}

impl PublishOptions {
    /// For the sessions of these users only. Nobody named, nobody reached.
    #[must_use]
    pub fn only(authids: Vec<String>) -> Self {
        Self {
            eligible_authid: Some(authids),
            ..Self::default()
        }
    }

    /// For these sessions only. None named, nobody reached.
    #[must_use]
    pub fn only_sessions(sessions: Vec<Id>) -> Self {
        Self {
            eligible: Some(sessions),
            ..Self::default()
        }
    }

    /// Whether nobody at all may receive it. On the wire an empty list would mean no restriction.
    pub(super) fn is_for_nobody(&self) -> bool {
        self.eligible.as_ref().is_some_and(Vec::is_empty)
            || self.eligible_authid.as_ref().is_some_and(Vec::is_empty)
    }

    pub(super) fn into_dict(self) -> Dict {
        let mut dict = Dict::new();
        if let Some(sessions) = self.eligible {
            dict.insert("eligible".to_owned(), Value::from(sessions));
        }
        if let Some(authids) = self.eligible_authid {
            dict.insert("eligible_authid".to_owned(), Value::from(authids));
        }
        for (option, role) in [
            ("eligible_authrole", self.eligible_authrole),
            ("exclude_authrole", self.exclude_authrole),
        ] {
            if let Some(role) = role {
                dict.insert(option.to_owned(), Value::from(vec![role]));
            }
        }
        set_if(&mut dict, "acknowledge", self.acknowledge);
        set_if(&mut dict, "retain", self.retain);
        if !self.exclude_me {
            dict.insert("exclude_me".to_owned(), Value::from(false));
        }
        dict
    }
}

fn match_option(policy: MatchPolicy) -> Dict {
    let mut options = Dict::new();
    if policy != MatchPolicy::Exact {
        options.insert("match".to_owned(), Value::from(policy.as_str()));
    }
    options
}

/// Sets an option that is off by default.
pub(super) fn set_if(options: &mut Dict, key: &str, on: bool) {
    if on {
        options.insert(key.to_owned(), Value::from(true));
    }
}
