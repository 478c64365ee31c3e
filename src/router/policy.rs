//! What the settings say of a realm, ready to be asked. A new one takes the place of the old one while sessions go on.

use std::collections::HashMap;
use std::time::Duration;

use moka::future::Cache;
use wamp::{MatchPolicy, Secret};
use wamp_transport::{AuthMethod, Operation, Permission};

use super::principals::Principals;
use super::rules::Rules;
use crate::settings::{RealmSettings, SettingsError};

/// How many answers of the authorizer are kept.
const ANSWERS: u64 = 10_000;

/// Who asked for what: authid, role, operation, URI, and how it is meant.
pub type Wish = (String, String, Operation, String, MatchPolicy);

/// Who may come in, and what they may do.
#[derive(Debug)]
pub struct Policy {
    /// The users.
    pub principals: Principals,
    /// Programs that come by HTTP: what each signs with, and its role.
    pub http_keys: HashMap<String, (Secret, String)>,
    /// What roles may do.
    pub rules: Rules,
    /// The role of those who do not say who they are, if they may come in.
    pub anonymous: Option<String>,
    /// The procedure that knows further users.
    pub authenticator: Option<String>,
    /// The procedure that decides what no rule is about.
    pub authorizer: Option<String>,
    /// What the authorizer has answered of late; without one when nothing is kept.
    pub answers: Option<Cache<Wish, Permission>>,
    /// How many wrong logins a minute one name has from one address.
    pub wrong_logins: u32,
}

impl Policy {
    /// What these settings mean. Reads the files that they name.
    ///
    /// # Errors
    /// A file cannot be read, or a user or rule cannot be used.
    pub fn of(settings: &RealmSettings) -> Result<Self, SettingsError> {
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        let keep = settings.answers_kept.0;
        let http_keys = settings.http_keys.iter();
        let http_keys =
            http_keys.map(|(name, key)| Ok((name.clone(), (key.secret()?, key.role.clone()))));
        Ok(Self {
            principals: Principals::of(&settings.users)?,
            http_keys: http_keys.collect::<Result<_, SettingsError>>()?,
            rules: Rules::of(&settings.roles),
            anonymous: some(&settings.anonymous),
            authenticator: some(&settings.authenticator),
            authorizer: some(&settings.authorizer),
            answers: (keep > Duration::ZERO).then(|| {
                Cache::builder()
                    .max_capacity(ANSWERS)
                    .time_to_live(keep)
                    .build()
            }),
            wrong_logins: settings.wrong_logins,
        })
    }

    /// The ways in which somebody could come in.
    #[must_use]
    pub fn methods(&self) -> Vec<AuthMethod> {
        let anonymous = self.anonymous.as_ref().map(|_| AuthMethod::Anonymous);
        if self.authenticator.is_some() {
            // It may know anybody by anything.
            let all = [
                AuthMethod::CryptoSign,
                AuthMethod::WampCra,
                AuthMethod::Ticket,
            ];
            return all.into_iter().chain(anonymous).collect();
        }
        self.principals.methods().chain(anonymous).collect()
    }
}
