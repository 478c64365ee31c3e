//! Salted secrets: what is signed with is derived from a password, so that who keeps it cannot know the password.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::Sha256;

use crate::{Dict, Secret};

/// How a secret is derived from a password: PBKDF2 with HMAC-SHA256, as the members `salt`, `iterations` and `keylen` of CHALLENGE's extra
/// tell the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Salting {
    /// Text that no other user has.
    pub salt: String,
    /// Rounds, from 1 to [`Salting::MOST_ITERATIONS`].
    pub iterations: u32,
    /// Bytes of the derived key, from 1 to [`Salting::LONGEST_KEY`].
    pub key_bytes: usize,
}

impl Salting {
    /// More rounds than this nobody is made to compute: a second of time, about.
    pub const MOST_ITERATIONS: u32 = 2_000_000;
    /// More bytes than this have no use.
    pub const LONGEST_KEY: usize = 64;

    /// Whether it can be computed within bounds.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        (1..=Self::MOST_ITERATIONS).contains(&self.iterations)
            && (1..=Self::LONGEST_KEY).contains(&self.key_bytes)
    }

    /// Tells the client of it in the extra of CHALLENGE.
    pub fn tell(&self, extra: &mut Dict) {
        extra.insert("salt".to_owned(), Value::from(self.salt.as_str()));
        extra.insert("iterations".to_owned(), Value::from(self.iterations));
        extra.insert("keylen".to_owned(), Value::from(self.key_bytes));
    }

    /// What the extra of CHALLENGE tells of it; `None` when the secret is not salted.
    ///
    /// # Errors
    /// What is told is not whole, or not to be computed.
    pub fn read(extra: &Dict) -> Result<Option<Self>, &'static str> {
        let Some(salt) = extra.get("salt") else {
            return Ok(None);
        };
        let number = |key: &str| extra.get(key).and_then(Value::as_u64);
        let iterations = number("iterations").and_then(|number| u32::try_from(number).ok());
        let key_bytes = number("keylen").and_then(|number| usize::try_from(number).ok());
        let salting = match (salt.as_str(), iterations, key_bytes) {
            (Some(salt), Some(iterations), Some(key_bytes)) => Self {
                salt: salt.to_owned(),
                iterations,
                key_bytes,
            },
            _ => return Err("a salted secret needs salt, iterations and keylen"),
        };
        match salting.is_bounded() {
            true => Ok(Some(salting)),
            false => Err("iterations or keylen are beyond what is computed"),
        }
    }

    /// The secret that belongs to a password: the derived key in base64. Takes as long as its iterations.
    #[must_use]
    pub fn derive(&self, password: &Secret) -> Secret {
        let mut key = vec![0; self.key_bytes];
        let (password, salt) = (password.reveal().as_bytes(), self.salt.as_bytes());
        pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, self.iterations, &mut key);
        Secret::new(STANDARD.encode(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_derived_as_other_programs_derive_it() {
        let salting = Salting {
            salt: "salt123".to_owned(),
            iterations: 100,
            key_bytes: 16,
        };
        // From Python: base64.b64encode(hashlib.pbkdf2_hmac("sha256", b"secret2", b"salt123", 100, 16)).
        assert_eq!(
            salting.derive(&Secret::from("secret2")).reveal(),
            "LG5/FwnS5WvgmlEyLPk/pQ=="
        );
    }

    #[test]
    fn what_the_client_is_told_is_what_it_reads_within_bounds() {
        let salting = Salting {
            salt: "s".to_owned(),
            iterations: 1_000,
            key_bytes: 32,
        };
        let mut extra = Dict::new();
        assert_eq!(Salting::read(&extra), Ok(None));
        salting.tell(&mut extra);
        assert_eq!(Salting::read(&extra), Ok(Some(salting)));
        for (key, value) in [
            ("iterations", u64::from(Salting::MOST_ITERATIONS) + 1),
            ("iterations", 0),
            ("keylen", 1 << 30),
        ] {
            let mut wrong = extra.clone();
            wrong.insert(key.to_owned(), value.into());
            assert!(Salting::read(&wrong).is_err(), "{key} = {value}");
        }
        extra.remove("keylen");
        assert!(Salting::read(&extra).is_err());
    }
}
