//! Who may come into a realm and what they may do there, as the settings have it.

use std::collections::HashSet;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use wamp::MatchPolicy;
use wamp::uri::{self, Strictness};

use super::layers::{MOST, SHORTEST_KEY};
use super::password_file::password_in;
use super::router::check_pattern;
use super::{Match, RealmSettings, Secret, SettingsError};

/// Section `[router.realms.<name>.users.<authid>]`: somebody, and every way in which they may prove who they are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RealmUserSettings {
    /// Their role.
    pub role: String,
    /// Their ticket or password; empty for none.
    pub ticket: Secret,
    /// A file with it.
    pub ticket_file: PathBuf,
    /// Their secret for WAMP-CRA; empty for none. With a salt, what is derived from their password, in base64.
    pub secret: Secret,
    /// A file with it.
    pub secret_file: PathBuf,
    /// What the secret is derived with; empty when it is the password itself.
    pub salt: String,
    /// Rounds of that derivation.
    pub iterations: u32,
    /// Bytes of the derived key.
    pub key_bytes: usize,
    /// The public halves of their keys for cryptosign, in hexadecimal.
    pub keys: Vec<String>,
}

/// Section `[router.realms.<name>.http_keys.<key>]`: a program that publishes and calls over HTTP.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpKeySettings {
    /// Its role.
    pub role: String,
    /// What it signs its requests with.
    pub secret: Secret,
    /// A file with it.
    pub secret_file: PathBuf,
}

/// One of the rules of `[router.realms.<name>.roles]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSettings {
    /// The topic or procedure, or a pattern of them.
    pub uri: String,
    /// How it is meant.
    #[serde(default, rename = "match")]
    pub policy: Match,
    /// What may be done with it; nothing takes it out of a wider rule.
    pub allow: Vec<Allowed>,
    /// Whether those who are called or published to learn who it is.
    #[serde(default)]
    pub disclose: bool,
}

/// What a rule allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Allowed {
    /// To call it.
    Call,
    /// To offer it.
    Register,
    /// To publish to it.
    Publish,
    /// To listen to it, and to read what is kept of it.
    Subscribe,
}

impl Default for RealmUserSettings {
    fn default() -> Self {
        Self {
            role: String::new(),
            ticket: Secret::default(),
            ticket_file: PathBuf::new(),
            secret: Secret::default(),
            secret_file: PathBuf::new(),
            salt: String::new(),
            iterations: 100_000,
            key_bytes: 32,
            keys: Vec::new(),
        }
    }
}

impl HttpKeySettings {
    /// Its secret, from the file where one is named.
    ///
    /// # Errors
    /// The file cannot be read, or the secret could be guessed.
    pub fn secret(&self) -> Result<wamp::Secret, SettingsError> {
        let key = "router.realms.<name>.http_keys.<key>.secret_file";
        let in_file = password_in(&self.secret_file, key, "set secret")?;
        let secret = in_file.unwrap_or_else(|| self.secret.clone()).0;
        match secret.chars().count() {
            got if got < SHORTEST_KEY => Err(SettingsError::ShortKey {
                key: "router.realms.<name>.http_keys.<key>.secret",
                got,
            }),
            _ => Ok(secret.into()),
        }
    }
}

impl RealmUserSettings {
    /// Their ticket and their secret, from the files where files are named.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn secrets(&self) -> Result<(Option<wamp::Secret>, Option<wamp::Secret>), SettingsError> {
        let of = |path, key, instead, own: &Secret| {
            let found = password_in(path, key, instead)?.unwrap_or_else(|| own.clone());
            Ok((!found.0.is_empty()).then(|| wamp::Secret::new(found.0)))
        };
        let ticket = of(
            &self.ticket_file,
            "router.realms.<name>.users.<authid>.ticket_file",
            "set ticket",
            &self.ticket,
        )?;
        let secret = of(
            &self.secret_file,
            "router.realms.<name>.users.<authid>.secret_file",
            "set secret",
            &self.secret,
        )?;
        Ok((ticket, secret))
    }
}

impl RealmSettings {
    /// Looks for users and rules that cannot mean anything.
    pub(super) fn check_people(&self) -> Result<(), SettingsError> {
        let wrong = |key, got: &str, expected: &str| {
            Err(SettingsError::Value {
                key,
                got: format!("{got:?}"),
                expected: expected.to_owned(),
            })
        };
        for rules in self.roles.values() {
            let mut seen = HashSet::new();
            for rule in rules {
                let key = "router.realms.<name>.roles.<role>.uri";
                // The prefix of everything is the one URI that may be empty.
                if !(rule.uri.is_empty() && rule.policy == Match::Prefix) {
                    check_pattern(key, rule.policy, &rule.uri)?;
                }
                if !seen.insert((rule.policy, &rule.uri)) {
                    let got = format!("{} twice", rule.uri);
                    return wrong(key, &got, "one rule of a role for a URI and how it matches");
                }
            }
        }
        let known = |role: &String| self.roles.contains_key(role) || !self.authorizer.is_empty();
        let expected =
            "a role under [router.realms.<name>.roles], or an authorizer for those that are not";
        if !self.anonymous.is_empty() && !known(&self.anonymous) {
            return wrong("router.realms.<name>.anonymous", &self.anonymous, expected);
        }
        for (authid, user) in &self.users {
            if authid.is_empty() {
                return wrong("router.realms.<name>.users.<authid>", authid, "a name");
            }
            if user.role.is_empty() || !known(&user.role) {
                let key = "router.realms.<name>.users.<authid>.role";
                return wrong(key, &user.role, expected);
            }
        }
        for key in self.http_keys.values() {
            if key.role.is_empty() || !known(&key.role) {
                let setting = "router.realms.<name>.http_keys.<key>.role";
                return wrong(setting, &key.role, expected);
            }
        }
        for (key, procedure) in [
            ("router.realms.<name>.authenticator", &self.authenticator),
            ("router.realms.<name>.authorizer", &self.authorizer),
        ] {
            let fits = uri::is_valid_pattern(MatchPolicy::Exact, procedure, Strictness::Loose);
            if !procedure.is_empty() && !fits {
                return wrong(key, procedure, "the URI of a procedure");
            }
        }
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        if !(1..=most).contains(&self.wrong_logins) {
            let (key, got) = ("router.realms.<name>.wrong_logins", self.wrong_logins);
            let expected = format!("a number between 1 and {MOST}");
            return wrong(key, &got.to_string(), &expected);
        }
        Ok(())
    }
}
