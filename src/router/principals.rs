//! Who there is in a realm, and whether somebody has proved to be one of them.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wamp::cra::{self, Salting};
use wamp::{Dict, Secret, cryptosign};
use wamp_transport::AuthMethod;

use crate::settings::{RealmUserSettings, SettingsError};

/// The users of a realm by authid.
#[derive(Debug, Default)]
pub struct Principals {
    users: HashMap<String, Principal>,
    /// Whose key it is.
    keys: HashMap<String, String>,
    /// What salts are made from for those who do not exist.
    seed: [u8; 32],
}

/// Somebody who may come in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal {
    /// Their role.
    pub role: String,
    /// Their ticket.
    pub ticket: Option<Secret>,
    /// What they sign with, and how they derive it from what they know.
    pub secret: Option<(Secret, Option<Salting>)>,
    /// The public halves of their keys, in lower-case hexadecimal.
    pub keys: Vec<String>,
}

impl Principal {
    /// Somebody as the settings have them. Reads the files that the settings name.
    ///
    /// # Errors
    /// A file cannot be read, or a key or a salt is none.
    pub fn of(settings: &RealmUserSettings) -> Result<Self, SettingsError> {
        let (ticket, secret) = settings.secrets()?;
        let salting = (!settings.salt.is_empty()).then(|| Salting {
            salt: settings.salt.clone(),
            iterations: settings.iterations,
            key_bytes: settings.key_bytes,
        });
        let wrong = |key, got: String, expected: &str| SettingsError::Value {
            key,
            got,
            expected: expected.to_owned(),
        };
        if salting
            .as_ref()
            .is_some_and(|salting| !salting.is_bounded())
        {
            let got = format!(
                "{} with key_bytes = {}",
                settings.iterations, settings.key_bytes
            );
            let expected = format!(
                "a number of iterations from 1 to {} and of key_bytes from 1 to {}",
                Salting::MOST_ITERATIONS,
                Salting::LONGEST_KEY
            );
            let key = "router.realms.<name>.users.<authid>.iterations";
            return Err(wrong(key, got, &expected));
        }
        let keys = settings.keys.iter().map(|key| {
            let key = key.to_ascii_lowercase();
            match cryptosign::is_public_key(&key) {
                true => Ok(key),
                false => Err(wrong(
                    "router.realms.<name>.users.<authid>.keys",
                    key,
                    "the public half of an Ed25519 key, as 64 hexadecimal digits",
                )),
            }
        });
        Ok(Self {
            role: settings.role.clone(),
            ticket,
            secret: secret.map(|secret| (secret, salting)),
            keys: keys.collect::<Result<_, _>>()?,
        })
    }

    /// Is this their ticket? Takes as long for a wrong one as for the right one.
    #[must_use]
    pub fn has_ticket(&self, ticket: &Secret) -> bool {
        let digest = |secret: &Secret| Sha256::digest(secret.reveal());
        let own = self.ticket.as_ref().map_or_else(Default::default, digest);
        own.ct_eq(&digest(ticket)).into()
    }

    /// Did they sign this challenge with their secret?
    #[must_use]
    pub fn has_signed(&self, challenge: &Dict, signature: &Secret) -> bool {
        let text = challenge.get(cra::CHALLENGE).and_then(|it| it.as_str());
        match (&self.secret, text) {
            (Some((secret, _)), Some(text)) => cra::verify(secret, text, signature),
            _ => false,
        }
    }

    /// Did they sign this challenge with one of their keys, the named one where one is named?
    #[must_use]
    pub fn has_key(&self, named: Option<&str>, challenge: &Dict, signature: &Secret) -> bool {
        let text = challenge.get(cryptosign::CHALLENGE);
        let Some(text) = text.and_then(|it| it.as_str()) else {
            return false;
        };
        let keys = self.keys.iter().map(String::as_str);
        keys.filter(|key| named.is_none_or(|named| named == *key))
            .any(|key| cryptosign::verify(key, text, signature))
    }
}

impl Principals {
    /// The users of the settings.
    ///
    /// # Errors
    /// One of them cannot be used.
    pub fn of<'a>(
        settings: impl IntoIterator<Item = (&'a String, &'a RealmUserSettings)>,
    ) -> Result<Self, SettingsError> {
        let mut all = Self::default();
        let mut seed = Sha256::new();
        for (authid, settings) in settings {
            let user = Principal::of(settings)?;
            seed.update(authid);
            for secret in user
                .secret
                .iter()
                .map(|(secret, _)| secret)
                .chain(&user.ticket)
            {
                seed.update(Sha256::digest(secret.reveal()));
            }
            for key in &user.keys {
                if let Some(other) = all.keys.insert(key.clone(), authid.clone()) {
                    return Err(SettingsError::Value {
                        key: "router.realms.<name>.users.<authid>.keys",
                        got: key.clone(),
                        expected: format!(
                            "a key that one user has: it is one of both {other} and {authid}"
                        ),
                    });
                }
            }
            all.users.insert(authid.clone(), user);
        }
        all.seed = seed.finalize().into();
        Ok(all)
    }

    /// The user of that name.
    #[must_use]
    pub fn named(&self, authid: &str) -> Option<&Principal> {
        self.users.get(authid)
    }

    /// Whose key this is.
    #[must_use]
    pub fn owner(&self, key: &str) -> Option<&str> {
        self.keys.get(key).map(String::as_str)
    }

    /// The ways in which at least one of them can prove who they are.
    pub fn methods(&self) -> impl Iterator<Item = AuthMethod> {
        let has =
            |method, test: fn(&Principal) -> bool| self.users.values().any(test).then_some(method);
        [
            has(AuthMethod::Ticket, |user| user.ticket.is_some()),
            has(AuthMethod::WampCra, |user| user.secret.is_some()),
            has(AuthMethod::CryptoSign, |user| !user.keys.is_empty()),
        ]
        .into_iter()
        .flatten()
    }

    /// How somebody who does not exist would derive their secret: so that nobody learns from it who does.
    #[must_use]
    pub fn salting_of_nobody(&self, authid: &str) -> Option<Salting> {
        let users = self.users.values();
        let saltings = users.filter_map(|user| user.secret.as_ref()?.1.as_ref());
        let like = saltings.min_by_key(|salting| &salting.salt)?;
        let digest = Sha256::new().chain_update(self.seed).chain_update(authid);
        let salt: String = digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Some(Salting {
            salt: salt
                .chars()
                .cycle()
                .take(like.salt.chars().count())
                .collect(),
            ..like.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(change: impl FnOnce(&mut RealmUserSettings)) -> RealmUserSettings {
        let mut user = RealmUserSettings {
            role: "player".to_owned(),
            ..RealmUserSettings::default()
        };
        change(&mut user);
        user
    }

    fn of(users: &[(&str, RealmUserSettings)]) -> Result<Principals, SettingsError> {
        let users: Vec<_> = users.iter().map(|(a, u)| ((*a).to_owned(), u)).collect();
        Principals::of(users.iter().map(|(authid, user)| (authid, *user)))
    }

    #[test]
    fn a_ticket_is_right_or_wrong_and_nobody_has_an_empty_one() {
        let user = settings(|user| user.ticket.0 = "right".to_owned());
        let user = Principal::of(&user).unwrap();
        assert!(user.has_ticket(&Secret::from("right")));
        assert!(!user.has_ticket(&Secret::from("wrong")));
        let without = Principal::of(&settings(|_| {})).unwrap();
        assert!(!without.has_ticket(&Secret::from("")));
        assert!(!without.has_signed(&Dict::new(), &Secret::from("")));
    }

    #[test]
    fn ways_to_come_in_are_those_that_somebody_has() {
        let ticket = settings(|user| user.ticket.0 = "right".to_owned());
        let signs = settings(|user| user.secret.0 = "s".to_owned());
        let methods = |users: &[_]| of(users).unwrap().methods().collect::<Vec<_>>();
        assert_eq!(methods(&[("a", ticket.clone())]), [AuthMethod::Ticket]);
        let both = [("a", ticket), ("b", signs)];
        assert_eq!(methods(&both), [AuthMethod::Ticket, AuthMethod::WampCra]);
    }

    #[test]
    fn who_does_not_exist_is_salted_as_those_who_do_and_always_alike() {
        let salted = |salt: &str, secret: &str| {
            settings(|user| {
                user.secret.0 = secret.to_owned();
                user.salt = salt.to_owned();
            })
        };
        let users = of(&[("a", salted("0123456789abcdef", "x"))]).unwrap();
        let nobody = users.salting_of_nobody("nobody").unwrap();
        assert_eq!((nobody.salt.len(), nobody.iterations), (16, 100_000));
        assert_eq!(users.salting_of_nobody("nobody"), Some(nobody.clone()));
        assert_ne!(users.salting_of_nobody("other").unwrap().salt, nobody.salt);
        let elsewhere = of(&[("a", salted("0123456789abcdef", "y"))]).unwrap();
        assert_ne!(
            elsewhere.salting_of_nobody("nobody").unwrap().salt,
            nobody.salt
        );
        let plain = settings(|user| user.secret.0 = "s".to_owned());
        assert_eq!(of(&[("a", plain)]).unwrap().salting_of_nobody("b"), None);
    }

    #[test]
    fn what_cannot_be_a_key_or_belongs_to_two_is_refused_by_its_setting() {
        let key = "1adfc8bfe1d35616e64dffbd900096f23b066f914c8c2ffbb66f6075b96e116d";
        let with = |key: &str| settings(|user| user.keys = vec![key.to_owned()]);
        let users = of(&[("a", with(&key.to_uppercase()))]).unwrap();
        assert_eq!(users.owner(key), Some("a"));
        let told = of(&[("a", with("12"))]).unwrap_err().to_string();
        assert!(told.contains("keys") && told.contains("64"), "{told}");
        let told = of(&[("a", with(key)), ("b", with(key))]).unwrap_err();
        assert!(told.to_string().contains("both a and b"), "{told}");
        let endless = settings(|user| {
            user.secret.0 = "s".to_owned();
            user.salt = "salt".to_owned();
            user.iterations = u32::MAX;
        });
        let told = of(&[("a", endless)]).unwrap_err().to_string();
        assert!(told.contains("iterations"), "{told}");
    }
}
