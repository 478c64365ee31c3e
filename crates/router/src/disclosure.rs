//! Whether callees and subscribers learn who calls and publishes.

use serde_json::Value;
use wamp::{Dict, error};

use crate::SessionInfo;
use crate::task::Refusal;

/// What a realm tells of callers and publishers: session id, authid and authrole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disclosure {
    /// Always. A callee can rely on it.
    #[default]
    Always,
    /// To whoever the caller or publisher wants to be known to (`disclose_me`), and to callees that asked for it when they registered
    /// (`disclose_caller`).
    Requested,
    /// Never. Who asks for it is refused.
    Never,
}

impl Disclosure {
    /// Whether to tell, when who acts has asked for it (`disclose_me`) or the callee has.
    pub(crate) fn applies(self, disclose_me: bool, callee_asked: bool) -> Result<bool, Refusal> {
        match self {
            Self::Always => Ok(true),
            Self::Requested => Ok(disclose_me || callee_asked),
            Self::Never if disclose_me => Err(Refusal::new(
                error::DISCLOSE_ME,
                "expected no disclose_me: this realm tells nobody who calls or publishes",
            )),
            Self::Never => Ok(false),
        }
    }
}

/// The names of a caller in the details of INVOCATION: its session, authid and authrole.
pub(crate) const CALLER: [&str; 3] = ["caller", "caller_authid", "caller_authrole"];
/// The names of a publisher in the details of EVENT.
pub(crate) const PUBLISHER: [&str; 3] = ["publisher", "publisher_authid", "publisher_authrole"];

/// Adds who it is, under these names.
pub(crate) fn name(details: &mut Dict, names: [&str; 3], who: &SessionInfo) {
    let [session, authid, authrole] = names.map(str::to_owned);
    details.insert(session, Value::from(who.id));
    details.insert(authid, Value::from(&*who.authid));
    details.insert(authrole, Value::from(&*who.authrole));
}
