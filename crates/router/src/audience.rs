//! Who receives a publication, besides having subscribed.

use std::collections::HashSet;
use std::hash::Hash;

use serde_json::Value;
use wamp::{Dict, Id, error};

use crate::SessionInfo;
use crate::options::whole_number;
use crate::task::Refusal;

/// Whom a PUBLISH is for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Audience {
    include_me: bool,
    /// Whether only sessions in process may hear it.
    inside: bool,
    /// Absent for most publications, which are for everybody.
    lists: Option<Box<Lists>>,
}

/// The whitelists and blacklists of a PUBLISH. They combine by AND, so that exclusion wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Lists {
    eligible: Option<HashSet<Id>>,
    exclude: Option<HashSet<Id>>,
    eligible_authid: Option<HashSet<String>>,
    exclude_authid: Option<HashSet<String>>,
    eligible_authrole: Option<HashSet<String>>,
    exclude_authrole: Option<HashSet<String>>,
}

impl Audience {
    /// Reads the options of a PUBLISH. A list that cannot be read is an error, because ignoring it
    /// would tell more people than was meant.
    pub(crate) fn read(options: &Dict) -> Result<Self, Refusal> {
        let ids = |key| list(options, key, "session ids", whole_number);
        let words = |key| list(options, key, "strings", |v| v.as_str().map(str::to_owned));
        let lists = Lists {
            eligible: ids("eligible")?,
            exclude: ids("exclude")?,
            eligible_authid: words("eligible_authid")?,
            exclude_authid: words("exclude_authid")?,
            eligible_authrole: words("eligible_authrole")?,
            exclude_authrole: words("exclude_authrole")?,
        };
        Ok(Self {
            include_me: options.get("exclude_me").and_then(Value::as_bool) == Some(false),
            inside: false,
            lists: (lists != Lists::default()).then(|| Box::new(lists)),
        })
    }

    /// Keeps it from clients.
    pub(crate) fn inside(&mut self) {
        self.inside = true;
    }

    /// Whether `subscriber` is to receive what `publisher` publishes.
    pub(crate) fn admits(&self, publisher: Id, subscriber: &SessionInfo) -> bool {
        if subscriber.id == publisher && !self.include_me {
            return false;
        }
        self.shows(subscriber)
    }

    /// Whether somebody may see it who was not there: as [`admits`](Self::admits), except that publishers see what they published.
    pub(crate) fn shows(&self, viewer: &SessionInfo) -> bool {
        let lists = self.lists.as_ref();
        (viewer.trusted || !self.inside) && lists.is_none_or(|lists| lists.admit(viewer))
    }

    /// Whether there is anybody whom it is kept from, the publisher excepted.
    pub(crate) fn is_restricted(&self) -> bool {
        self.inside || self.lists.is_some()
    }

    /// Whether it is for certain sessions, or not for them.
    pub(crate) fn names_sessions(&self) -> bool {
        let lists = self.lists.as_ref();
        lists.is_some_and(|lists| lists.eligible.is_some() || lists.exclude.is_some())
    }

    /// Roughly what its lists take, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.lists.as_ref().map_or(0, |lists| lists.size())
    }
}

impl Lists {
    fn size(&self) -> usize {
        let ids = [&self.eligible, &self.exclude].into_iter().flatten();
        let texts = [
            &self.eligible_authid,
            &self.exclude_authid,
            &self.eligible_authrole,
            &self.exclude_authrole,
        ];
        let texts = texts.into_iter().flatten().flatten();
        let ids: usize = ids.map(|ids| ids.len() * size_of::<Id>()).sum();
        let texts: usize = texts.map(|text| text.len() + size_of::<String>()).sum();
        // A table has room to grow.
        2 * (ids + texts)
    }

    fn admit(&self, subscriber: &SessionInfo) -> bool {
        let SessionInfo {
            id,
            authid,
            authrole,
            ..
        } = subscriber;
        allows(&self.eligible, id)
            && allows(&self.eligible_authid, authid)
            && allows(&self.eligible_authrole, authrole)
            && spares(&self.exclude, id)
            && spares(&self.exclude_authid, authid)
            && spares(&self.exclude_authrole, authrole)
    }
}

fn allows<T: Hash + Eq>(whitelist: &Option<HashSet<T>>, key: &T) -> bool {
    whitelist.as_ref().is_none_or(|list| list.contains(key))
}

fn spares<T: Hash + Eq>(blacklist: &Option<HashSet<T>>, key: &T) -> bool {
    blacklist.as_ref().is_none_or(|list| !list.contains(key))
}

/// A list option. An empty one is no restriction, as routers in the field have it.
fn list<T: Hash + Eq>(
    options: &Dict,
    key: &str,
    of: &str,
    read: impl Fn(&Value) -> Option<T>,
) -> Result<Option<HashSet<T>>, Refusal> {
    let wrong = || {
        let message = format!("expected {key} to be a list of {of}");
        Refusal::new(error::INVALID_ARGUMENT, message)
    };
    match options.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(values)) if values.is_empty() => Ok(None),
        Some(Value::Array(values)) => {
            let set: Option<HashSet<T>> = values.iter().map(read).collect();
            set.map(Some).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}
