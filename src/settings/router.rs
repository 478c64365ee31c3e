//! Section `[router]`: the router alone, and its realms.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use wamp::MatchPolicy;
use wamp::uri::{self, Strictness};
use wamp_transport::{Disclosure, HistoryRule, Limits, NodeConfig, SlowReaders};

use super::layers::MOST;
use super::{HttpKeySettings, RealmUserSettings, RuleSettings, Settings, SettingsError, Span};

/// Section `[router]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouterSettings {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// The realms by name.
    pub realms: BTreeMap<String, RealmSettings>,
}

/// Section `[router.realms.<name>]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RealmSettings {
    /// The role of those who do not say who they are; empty when they stay out.
    pub anonymous: String,
    /// Who may come in, by authid.
    pub users: BTreeMap<String, RealmUserSettings>,
    /// The procedure that knows further users; empty for none.
    pub authenticator: String,
    /// How many wrong logins a minute one name has from one address.
    pub wrong_logins: u32,
    /// Programs that publish and call over HTTP, by their key.
    pub http_keys: BTreeMap<String, HttpKeySettings>,
    /// What roles may do.
    pub roles: BTreeMap<String, Vec<RuleSettings>>,
    /// The procedure that decides what no rule is about; empty for none.
    pub authorizer: String,
    /// For how long its answers are kept.
    pub answers_kept: Span,
    /// Whether callees and subscribers learn who calls and publishes.
    pub disclose: Disclose,
    /// What becomes of a client that does not take events as fast as they come.
    pub slow_readers: SlowReader,
    /// Topics whose events are kept.
    pub history: Vec<HistorySettings>,
    /// Events that are kept for those who subscribe later.
    pub retained_events: usize,
    /// Their bytes together.
    pub retained_bytes: usize,
}

/// Whether callees and subscribers learn who calls and publishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Disclose {
    /// Always.
    Always,
    /// Where who acts, the callee, or a rule asks for it.
    #[default]
    Requested,
    /// Never.
    Never,
}

/// What becomes of a client that does not take events as fast as they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SlowReader {
    /// It is closed with a reason.
    #[default]
    Close,
    /// Events for it are dropped and counted.
    Drop,
}

/// How a URI of the settings is meant.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Match {
    /// As it is.
    #[default]
    Exact,
    /// As a beginning, letter by letter.
    Prefix,
    /// Its empty components stand for any one.
    Wildcard,
}

/// One of `[[router.realms.<name>.history]]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistorySettings {
    /// The topic, or a pattern of topics.
    pub topic: String,
    /// How it is meant.
    #[serde(default, rename = "match")]
    pub policy: Match,
    /// How many events are kept.
    pub events: usize,
    /// How many bytes they may take together.
    pub bytes: usize,
}

impl Default for RouterSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8090)),
            realms: BTreeMap::new(),
        }
    }
}

impl Default for RealmSettings {
    fn default() -> Self {
        Self {
            anonymous: String::new(),
            users: BTreeMap::new(),
            authenticator: String::new(),
            wrong_logins: 10,
            http_keys: BTreeMap::new(),
            roles: BTreeMap::new(),
            authorizer: String::new(),
            answers_kept: Span::seconds(10),
            disclose: Disclose::default(),
            slow_readers: SlowReader::default(),
            history: Vec::new(),
            retained_events: 1_000,
            retained_bytes: 4 << 20,
        }
    }
}

impl From<Match> for MatchPolicy {
    fn from(policy: Match) -> Self {
        match policy {
            Match::Exact => Self::Exact,
            Match::Prefix => Self::Prefix,
            Match::Wildcard => Self::Wildcard,
        }
    }
}

impl From<Disclose> for Disclosure {
    fn from(disclose: Disclose) -> Self {
        match disclose {
            Disclose::Always => Self::Always,
            Disclose::Requested => Self::Requested,
            Disclose::Never => Self::Never,
        }
    }
}

impl RealmSettings {
    /// The node of this realm, for a router that is otherwise as `node` says.
    #[must_use]
    pub fn node(&self, name: &str, node: NodeConfig) -> NodeConfig {
        let history = self.history.iter().map(|rule| HistoryRule {
            topic: rule.topic.clone(),
            match_policy: rule.policy.into(),
            events: rule.events,
            bytes: rule.bytes,
        });
        NodeConfig {
            realm: name.to_owned(),
            disclosure: self.disclose.into(),
            history: history.collect(),
            slow_readers: match self.slow_readers {
                SlowReader::Close => SlowReaders::Close,
                SlowReader::Drop => SlowReaders::Drop,
            },
            limits: Limits {
                retained_events: self.retained_events,
                retained_bytes: self.retained_bytes,
                ..node.limits
            },
            ..node
        }
    }

    fn check(&self) -> Result<(), SettingsError> {
        self.check_people()?;
        for kept in &self.history {
            check_pattern(
                "router.realms.<name>.history.topic",
                kept.policy,
                &kept.topic,
            )?;
        }
        let kept = |key, number: fn(&HistorySettings) -> usize| {
            self.history.iter().map(move |rule| (key, number(rule)))
        };
        let retained = [
            ("router.realms.<name>.retained_events", self.retained_events),
            ("router.realms.<name>.retained_bytes", self.retained_bytes),
        ];
        let events = kept("router.realms.<name>.history.events", |rule| rule.events);
        let bytes = kept("router.realms.<name>.history.bytes", |rule| rule.bytes);
        match retained
            .into_iter()
            .chain(events)
            .chain(bytes)
            .find(|(_, got)| *got > MOST)
        {
            None => Ok(()),
            Some((key, got)) => Err(SettingsError::Value {
                key,
                got: got.to_string(),
                expected: format!("a number of at most {MOST}"),
            }),
        }
    }
}

impl Settings {
    /// Looks at what can be seen of the realms without starting one.
    pub(super) fn check_router(&self) -> Result<(), SettingsError> {
        check_name("wamp.realm", &self.wamp.realm)?;
        for (name, realm) in &self.router.realms {
            check_name("router.realms.<name>", name)?;
            realm.check()?;
        }
        Ok(())
    }
}

/// Whether a realm can be called that.
fn check_name(key: &'static str, name: &str) -> Result<(), SettingsError> {
    if uri::is_valid(name, Strictness::Loose) && !uri::is_reserved(name) {
        return Ok(());
    }
    Err(SettingsError::Value {
        key,
        got: name.to_owned(),
        expected: "a realm's name, which is a URI without spaces, # and empty components, and not `wamp` or below it"
            .to_owned(),
    })
}

/// Whether a URI can mean what it is said to.
pub(super) fn check_pattern(
    key: &'static str,
    policy: Match,
    pattern: &str,
) -> Result<(), SettingsError> {
    if uri::is_valid_pattern(policy.into(), pattern, Strictness::Loose) {
        return Ok(());
    }
    Err(SettingsError::Value {
        key,
        got: format!(
            "{pattern:?} with match = {:?}",
            MatchPolicy::from(policy).as_str()
        ),
        expected:
            "a URI without spaces and #, with empty components only where match = \"wildcard\""
                .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    #[test]
    fn a_realm_is_called_by_a_uri_that_is_not_the_protocols() {
        for name in ["a realm", "", "a..b", "wamp", "wamp.realm"] {
            let in_wamp = format!("[wamp]\nrealm = \"{name}\"");
            let alone = format!("[router.realms.\"{name}\"]");
            for (text, key) in [(in_wamp, "wamp.realm"), (alone, "router.realms.<name>")] {
                let settings: Settings = toml::from_str(&text).unwrap();
                let refused = settings.check().unwrap_err().to_string();
                assert!(refused.contains(key), "{text}: {refused}");
            }
        }
        let settings: Settings = toml::from_str("[wamp]\nrealm = \"wampum.class-1\"").unwrap();
        settings.check().unwrap();
    }

    #[test]
    fn the_commented_realm_can_be_used_as_it_stands() {
        let text = include_str!("../../settings.toml");
        let (_, realm) = text
            .split_once("# The realm of `modelservice router`")
            .unwrap();
        let is_setting = |line: &&str| {
            let word = line.split(" = ").next().unwrap_or_default();
            line.trim_start().starts_with(['[', '{', ']'])
                || line.contains(" = ") && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        };
        let lines = realm.lines().filter_map(|line| line.strip_prefix("# "));
        let lines: Vec<&str> = lines.filter(is_setting).collect();
        let settings: Settings = toml::from_str(&lines.join("\n")).unwrap();
        settings.check().unwrap();
        let realm = &settings.router.realms["realm1"];
        assert_eq!((realm.users.len(), realm.roles.len()), (3, 2));
        assert_eq!(realm.history[0].events, 100);
        assert_eq!(realm.http_keys["shop"].role, "backend");
    }
}
