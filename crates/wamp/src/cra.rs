//! WAMP-CRA: proving that one holds a secret without sending it.
//!
//! The router sends a challenge, a JSON text that is never the same twice; the client answers with the challenge's HMAC-SHA256 under
//! the secret, in base64. Whoever knows the secret computes the same and compares.

mod salting;

use std::fmt::{self, Display};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::{Dict, Id, Secret};

pub use salting::Salting;

/// The name of the method in HELLO, CHALLENGE and WELCOME.
pub const METHOD: &str = "wampcra";

/// The member of CHALLENGE's extra that holds the text to sign.
pub const CHALLENGE: &str = "challenge";

/// What a challenge says. Its `Display` is the text to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Who the client says they are.
    pub authid: String,
    /// The role they would have.
    pub authrole: String,
    /// Who would vouch for them.
    pub authprovider: String,
    /// The session that is being opened.
    pub session: Id,
    /// Text that nobody can predict and that is never used twice.
    pub nonce: String,
    /// Now, as RFC 3339 in UTC.
    pub timestamp: String,
}

impl Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |text: &String| Value::from(text.as_str());
        // Clients sign the text as it came, so only its meaning matters; key order and blanks are those that clients have seen so far.
        write!(
            f,
            r#"{{"authid": {}, "authrole": {}, "authmethod": "{METHOD}", "authprovider": {}, "session": {}, "nonce": {}, "timestamp": {}}}"#,
            text(&self.authid),
            text(&self.authrole),
            text(&self.authprovider),
            self.session,
            text(&self.nonce),
            text(&self.timestamp),
        )
    }
}

impl Challenge {
    /// The extra of CHALLENGE that poses it.
    #[must_use]
    pub fn extra(&self) -> Dict {
        Dict::from_iter([(CHALLENGE.to_owned(), Value::from(self.to_string()))])
    }
}

/// What a client answers to `challenge` when it holds `secret`: the signature of AUTHENTICATE.
#[must_use]
pub fn sign(secret: &Secret, challenge: &str) -> Secret {
    Secret::new(STANDARD.encode(mac(secret, challenge).finalize().into_bytes()))
}

/// Whether `signature` was made with `secret`. Takes as long for a wrong signature as for the right one.
#[must_use]
pub fn verify(secret: &Secret, challenge: &str, signature: &Secret) -> bool {
    STANDARD
        .decode(signature.reveal())
        .is_ok_and(|signature| mac(secret, challenge).verify_slice(&signature).is_ok())
}

fn mac(secret: &Secret, challenge: &str) -> Hmac<Sha256> {
    let mac = Hmac::new_from_slice(secret.reveal().as_bytes());
    mac.expect("HMAC takes keys of every length")
        .chain_update(challenge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge() -> Challenge {
        Challenge {
            authid: "6".to_owned(),
            authrole: "browser".to_owned(),
            authprovider: "dynamic".to_owned(),
            session: 8_435_351_099_178_334,
            nonce: "kS9KrQjO+CMkLy9SdBVuB17gbbXRST3nMQmoLg4x5sfzvA44+wWjUsCdNXby9YS2".to_owned(),
            timestamp: "2026-11-21T09:06:17.265Z".to_owned(),
        }
    }

    #[test]
    fn a_challenge_reads_as_browsers_have_seen_it_and_their_signature_fits() {
        // Both as recorded between an unmodified browser front end and the original's router.
        let text = r#"{"authid": "6", "authrole": "browser", "authmethod": "wampcra", "authprovider": "dynamic", "session": 8435351099178334, "nonce": "kS9KrQjO+CMkLy9SdBVuB17gbbXRST3nMQmoLg4x5sfzvA44+wWjUsCdNXby9YS2", "timestamp": "2026-11-21T09:06:17.265Z"}"#;
        let signature = Secret::from("NOfzvT8aBy+t9TuhBYEnsEYkXDfozlO/JUEIx6aKBio=");
        let secret = Secret::from("nopassword");
        assert_eq!(challenge().to_string(), text);
        assert_eq!(challenge().extra()["challenge"], text);
        assert_eq!(sign(&secret, text), signature);
        assert!(verify(&secret, text, &signature));
    }

    #[test]
    fn what_was_signed_otherwise_does_not_fit() {
        let (secret, text) = (Secret::from("right"), challenge().to_string());
        for signature in [
            sign(&Secret::from("wrong"), &text),
            sign(&secret, "another challenge"),
            Secret::from(""),
            Secret::from("no base64!"),
            Secret::new(&sign(&secret, &text).reveal()[..20]),
        ] {
            assert!(!verify(&secret, &text, &signature));
        }
    }

    #[test]
    fn an_authid_cannot_break_out_of_its_string() {
        let odd = Challenge {
            authid: "a\", \"authrole\": \"staff\\".to_owned(),
            ..challenge()
        };
        let read: Dict = serde_json::from_str(&odd.to_string()).unwrap();
        assert_eq!(read["authid"], odd.authid);
        assert_eq!(read["authrole"], "browser");
        assert_eq!(read.len(), 7);
    }
}
