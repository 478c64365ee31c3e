//! What shows a receiver that a delivery comes from here: a secret for each subscription, and a signature with it.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Where the secrets of subscriptions come from: the key of the database. None of them is stored.
#[derive(Clone)]
pub(crate) struct Secrets(Hmac<Sha256>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    pub(crate) fn new(key: &str) -> Result<Self, String> {
        keyed(key).map(Self)
    }

    /// A subscription's secret; another generation has another one.
    pub(crate) fn of(&self, hook: i64, generation: i64) -> String {
        crate::random::digits(&self.derive(&format!("secret.{hook}.{generation}")))
    }

    /// The name of a change as one subscription is told of it: the same however often that is, and another in another database.
    pub(super) fn reference(&self, epoch: &str, hook: i64, cursor: u64) -> String {
        let derived = self.derive(&format!("ref.{epoch}.{hook}.{cursor}"));
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&derived[..16]);
        crate::random::uuid(bytes)
    }

    fn derive(&self, what: &str) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(what.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

/// The signature of a body that is sent at this time, in seconds since 1970.
pub(super) fn sign(secret: &str, at: i64, body: &str) -> Result<String, String> {
    let mut mac = keyed(secret)?;
    mac.update(format!("{at}.").as_bytes());
    mac.update(body.as_bytes());
    let signature = crate::random::digits(&mac.finalize().into_bytes());
    Ok(format!("t={at},v1={signature}"))
}

fn keyed(key: &str) -> Result<Hmac<Sha256>, String> {
    Hmac::new_from_slice(key.as_bytes()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_other_programs_compute() {
        // From `printf '1800000000.{"a":1}' | openssl dgst -sha256 -hmac secret`.
        let expected =
            "t=1800000000,v1=440dfbb83aabca24d9e5027629cfd81cb45254690f8d410bb28f1cc17c990dbc";
        assert_eq!(
            sign("secret", 1_800_000_000, r#"{"a":1}"#).unwrap(),
            expected
        );
    }

    #[test]
    fn every_subscription_and_generation_has_a_secret_of_its_own() {
        let secrets = Secrets::new("a key").unwrap();
        assert_eq!(secrets.of(1, 0).len(), 64);
        assert_eq!(secrets.of(1, 0), secrets.of(1, 0));
        for other in [
            secrets.of(2, 0),
            secrets.of(1, 1),
            Secrets::new("another").unwrap().of(1, 0),
        ] {
            assert_ne!(secrets.of(1, 0), other);
        }
    }

    #[test]
    fn a_change_keeps_its_name_and_no_other_has_it() {
        let secrets = Secrets::new("a key").unwrap();
        let name = secrets.reference("epoch", 1, 7);
        assert_eq!(name, secrets.reference("epoch", 1, 7));
        for other in [("epoch", 1, 8), ("epoch", 2, 7), ("other", 1, 7)] {
            assert_ne!(name, secrets.reference(other.0, other.1, other.2));
        }
    }
}
