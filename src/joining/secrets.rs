//! Return codes and personal links: both name a seat, and prove that whoever shows them may have it.
//!
//! A return code is derived from a key that only the browser knows, so that the same request gives the same code and nothing that is
//! stored gives any. A personal link is derived from the run user, so that leaders can see it again.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Bytes of a proof: 128 bits.
const PROOF: usize = 16;
/// Bytes of a run's secret.
const SECRET: usize = 32;

/// What a run derives its proofs from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunSecret([u8; SECRET]);

/// What a seat keeps of a return code, which gives the code away to nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Print(String);

/// The proof in a return code or a personal link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hidden([u8; PROOF]);

/// With this somebody comes back to the seat that they have had: `<run user>-<22 characters>`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReturnCode {
    /// The seat's run user.
    pub runuser: u64,
    /// What shows that it is theirs.
    pub proof: Hidden,
}

/// With this somebody on a roster comes to their seat; written like a return code.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PersonalLink {
    /// The seat's run user.
    pub runuser: u64,
    /// What shows that it is theirs.
    pub proof: Hidden,
}

impl RunSecret {
    /// A new one.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut secret = [0; SECRET];
        getrandom::fill(&mut secret)?;
        Ok(Self(secret))
    }

    fn derive(&self, what: &str, parts: &[&str]) -> Hidden {
        let mac = Hmac::<Sha256>::new_from_slice(&self.0);
        let mut mac = mac.expect("HMAC takes keys of every length");
        for part in [what].iter().chain(parts) {
            // With its length, so that no two lists of parts read alike.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        let digest = mac.finalize().into_bytes();
        let mut proof = [0; PROOF];
        proof.copy_from_slice(&digest[..PROOF]);
        Hidden(proof)
    }

    /// What a browser that chose `key` shows to come back under a nickname.
    #[must_use]
    pub fn of_key(&self, folded: &str, key: &str) -> Hidden {
        self.derive("return", &[folded, key])
    }

    /// What the personal link of a run user holds.
    #[must_use]
    pub fn of_link(&self, runuser: u64) -> Hidden {
        self.derive("link", &[&runuser.to_string()])
    }

    /// The local part of an e-mail address for somebody who has none: the same one for the same reason.
    #[must_use]
    pub fn address(&self, reason: &str, parts: &[&str]) -> String {
        let Hidden(bytes) = self.derive(reason, parts);
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{digits}@joined.invalid")
    }
}

impl Hidden {
    /// What a seat keeps of it.
    #[must_use]
    pub fn print(&self) -> Print {
        Print(URL_SAFE_NO_PAD.encode(Sha256::digest(self.0)))
    }

    /// Is it the same? Takes as long whether it is or not.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

impl Print {
    /// As it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Is it the print of this proof? Takes as long whether it is or not.
    #[must_use]
    pub fn is_of(&self, proof: &Hidden) -> bool {
        self.0.as_bytes().ct_eq(proof.print().0.as_bytes()).into()
    }
}

fn parse(text: &str) -> Option<(u64, Hidden)> {
    let (runuser, proof) = text.split_once('-')?;
    Some((runuser.parse().ok()?, Hidden::parse(proof)?))
}

impl ReturnCode {
    /// The return code that somebody shows.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (runuser, proof) = parse(text)?;
        Some(Self { runuser, proof })
    }

    /// As the browser keeps it: for an answer, never for a message.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{}-{}", self.runuser, self.proof.text())
    }
}

impl PersonalLink {
    /// What a personal link ends in.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (runuser, proof) = parse(text)?;
        Some(Self { runuser, proof })
    }

    /// What the address ends in: for leaders, never for a message.
    #[must_use]
    pub fn expose(&self) -> String {
        format!("{}-{}", self.runuser, self.proof.text())
    }
}

impl From<RunSecret> for String {
    fn from(secret: RunSecret) -> Self {
        URL_SAFE_NO_PAD.encode(secret.0)
    }
}

impl TryFrom<String> for RunSecret {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let secret = bytes.and_then(|bytes| bytes.try_into().ok());
        secret.map(Self).ok_or("expected 32 bytes in base64")
    }
}

impl fmt::Debug for RunSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Debug for ReturnCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-***", self.runuser)
    }
}

impl fmt::Debug for PersonalLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-***", self.runuser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_and_nickname_give_the_same_proof_and_others_another() {
        let secret = RunSecret::random().unwrap();
        let proof = secret.of_key("ada", "key");
        assert!(proof.is(&secret.of_key("ada", "key")));
        for other in [
            secret.of_key("ada", "other"),
            secret.of_key("adak", "ey"),
            RunSecret::random().unwrap().of_key("ada", "key"),
        ] {
            assert!(!proof.is(&other));
            assert!(proof.print().is_of(&proof) && !proof.print().is_of(&other));
        }
    }

    #[test]
    fn what_is_shown_is_read_again_and_what_is_logged_shows_nothing() {
        let proof = RunSecret::random().unwrap().of_link(17);
        let code = ReturnCode { runuser: 17, proof };
        let text = code.expose();
        assert_eq!(text.len(), 2 + 1 + 22);
        assert_eq!(ReturnCode::parse(&text), Some(code));
        assert_eq!(format!("{code:?}"), "17-***");
        for wrong in [
            "",
            "17",
            "17-",
            "x-AAAAAAAAAAAAAAAAAAAAAA",
            "17-AAAA",
            &text[..20],
        ] {
            assert_eq!(ReturnCode::parse(wrong), None, "{wrong}");
            assert_eq!(PersonalLink::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_survives_its_json() {
        let secret = RunSecret::random().unwrap();
        let json = serde_json::to_value(&secret).unwrap();
        assert_eq!(serde_json::from_value::<RunSecret>(json).unwrap(), secret);
        assert!(serde_json::from_value::<RunSecret>("short".into()).is_err());
    }
}
