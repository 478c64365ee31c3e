//! The secrets with which browsers sign the router's challenge (WAMP-CRA).
//!
//! A user's own secret is derived from the key of the settings, so it is stored nowhere, and whoever holds the key (the server that makes
//! a front end's pages) can hand a signed-in user theirs. For front ends made for the original there is the secret that all of its
//! installations share; who signs with that is whoever they say, and therefore never staff.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use games_api::Clock;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::UtcOffset;
use time::macros::format_description;
use wamp::cra::{self, Challenge};
use wamp::{Dict, Secret};
use wamp_transport::Introduction;

/// The secret of everybody in every installation of the original.
const SHARED: &str = "nopassword";
/// Random bytes of a nonce.
const NONCE_BYTES: usize = 48;

/// Whose secret a signature was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The user's own.
    Own,
    /// The one that everybody knows.
    Shared,
    /// None that counts.
    Wrong,
}

/// Poses challenges and checks signatures.
#[derive(Debug)]
pub struct Signatures {
    key: Option<Secret>,
    shared: bool,
    clock: Arc<dyn Clock>,
    /// Whether the log has been told that the shared secret is tried in vain.
    told: AtomicBool,
}

/// The WAMP-CRA secret of a user: HMAC-SHA256 of `wampcra:<user id>` under the key, as 64 hexadecimal digits.
#[must_use]
pub fn secret_of(key: &Secret, user: u64) -> Secret {
    let mac = Hmac::<Sha256>::new_from_slice(key.reveal().as_bytes());
    let mac = mac.expect("HMAC takes keys of every length");
    let digest = mac.chain_update(format!("wampcra:{user}")).finalize();
    let digits = digest
        .into_bytes()
        .into_iter()
        .map(|byte| format!("{byte:02x}"));
    Secret::new(digits.collect::<String>())
}

impl Signatures {
    /// Signatures with secrets derived from `key`, where there is one, and with the shared secret, where `shared` says so.
    #[must_use]
    pub fn new(key: Option<Secret>, shared: bool, clock: Arc<dyn Clock>) -> Self {
        Self {
            key,
            shared,
            clock,
            told: AtomicBool::new(false),
        }
    }

    /// What a client is to sign; `None` when the system has no randomness. It says the same of users who exist and who do not.
    pub(super) fn challenge(&self, introduction: Introduction) -> Option<Dict> {
        let mut nonce = [0; NONCE_BYTES];
        if let Err(error) = getrandom::fill(&mut nonce) {
            tracing::error!(%error, "the system has no random numbers, so nobody can sign in by WAMP-CRA");
            return None;
        }
        let format = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        let challenge = Challenge {
            authid: introduction.authid,
            authrole: super::BROWSER.to_owned(),
            authprovider: super::BY_SIGNATURE.to_owned(),
            session: introduction.session,
            nonce: STANDARD.encode(nonce),
            timestamp: self
                .clock
                .now()
                .to_offset(UtcOffset::UTC)
                .format(format)
                .unwrap_or_default(),
        };
        Some(challenge.extra())
    }

    /// The secret that a user has to sign with, and whose it is: the user's own, where there is a key.
    pub(super) fn secret(&self, user: u64) -> Option<(Secret, Signed)> {
        match &self.key {
            Some(key) => Some((secret_of(key, user), Signed::Own)),
            None => self.shared.then(|| (Secret::from(SHARED), Signed::Shared)),
        }
    }

    /// Whose secret `signature` was made with, for a client who says to be `user` and was sent `challenge`.
    pub(super) fn check(&self, user: u64, challenge: &Dict, signature: &Secret) -> Signed {
        let Some(text) = challenge.get(cra::CHALLENGE).and_then(|text| text.as_str()) else {
            return Signed::Wrong;
        };
        let fits = |secret: &Secret| cra::verify(secret, text, signature);
        if self
            .key
            .as_ref()
            .is_some_and(|key| fits(&secret_of(key, user)))
        {
            return Signed::Own;
        }
        if !fits(&Secret::from(SHARED)) {
            return Signed::Wrong;
        }
        if self.shared {
            return Signed::Shared;
        }
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                user,
                "a browser signed with the secret that all front ends of the original share, and was refused; \
                 service.compat = \"simpl\" accepts it (told once)"
            );
        }
        Signed::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wamp_transport::AuthMethod;

    fn signatures(key: Option<&str>, shared: bool) -> Signatures {
        Signatures::new(
            key.map(Secret::from),
            shared,
            Arc::new(games_api::SystemClock),
        )
    }

    fn challenge(signatures: &Signatures) -> Dict {
        let introduction = Introduction {
            session: 5,
            realm: "realm1".to_owned(),
            peer: None,
            authid: "7".to_owned(),
            method: AuthMethod::WampCra,
        };
        signatures.challenge(introduction).unwrap()
    }

    fn signed(signatures: &Signatures, user: u64, secret: &Secret) -> Signed {
        let challenge = challenge(signatures);
        let text = challenge[cra::CHALLENGE].as_str().unwrap();
        signatures.check(user, &challenge, &cra::sign(secret, text))
    }

    #[test]
    fn a_users_secret_can_be_computed_by_whoever_holds_the_key() {
        // From `printf wampcra:7 | openssl dgst -sha256 -hmac 'a key of some length'`.
        assert_eq!(
            secret_of(&Secret::from("a key of some length"), 7).reveal(),
            "293639469484ed264b73103050839b6286098394525b1209d1d08f983a5f16d3"
        );
    }

    #[test]
    fn a_user_signs_with_the_own_secret_and_not_with_anothers() {
        let key = Secret::from("k");
        let signatures = signatures(Some("k"), false);
        assert_eq!(signed(&signatures, 7, &secret_of(&key, 7)), Signed::Own);
        assert_eq!(signed(&signatures, 7, &secret_of(&key, 8)), Signed::Wrong);
        assert_eq!(signed(&signatures, 7, &Secret::from("")), Signed::Wrong);
    }

    #[test]
    fn the_shared_secret_counts_only_where_the_settings_say_so() {
        let shared = Secret::from(SHARED);
        assert_eq!(signed(&signatures(None, false), 7, &shared), Signed::Wrong);
        assert_eq!(signed(&signatures(None, true), 7, &shared), Signed::Shared);
        assert_eq!(
            signed(&signatures(Some("k"), true), 7, &shared),
            Signed::Shared
        );
    }

    #[test]
    fn no_challenge_is_posed_twice() {
        let signatures = signatures(None, false);
        let (one, two) = (challenge(&signatures), challenge(&signatures));
        assert_ne!(one, two);
        let said: Dict = serde_json::from_str(one[cra::CHALLENGE].as_str().unwrap()).unwrap();
        assert_eq!(said["authrole"], "browser");
        assert_eq!(said["authprovider"], "dynamic");
        assert_eq!(said["nonce"].as_str().unwrap().len(), 64);
        assert_eq!(
            said["timestamp"].as_str().unwrap().len(),
            "2026-11-21T09:06:17.265Z".len()
        );
    }
}
