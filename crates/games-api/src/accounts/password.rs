//! Password hashes: argon2id written, Django's `pbkdf2_sha256` verified as well.

use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::PasswordHash,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use subtle::ConstantTimeEq;

/// Memory of one hash in KiB and its passes: one of the pairs that OWASP recommends, with little memory.
const MEMORY_KIB: u32 = 9 * 1024;
const PASSES: u32 = 4;
/// Django's name before an argon2 hash: `argon2$argon2id$v=19$…`.
const ARGON2: &str = "argon2";
/// The most rounds that a stored pbkdf2 hash may ask of us (Django 5 uses 870,000).
const ROUNDS: u32 = 5_000_000;

/// Hashes a password, with a salt of its own, in Django's notation. Slow on purpose.
pub(super) fn hash(password: &str) -> Result<String, String> {
    let failed = |error: &dyn std::fmt::Display| format!("a password could not be hashed: {error}");
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| failed(&error))?;
    let salt = crate::random::bytes::<16>()?;
    let hash: PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| failed(&error))?;
    Ok(format!("{ARGON2}{hash}"))
}

/// Whether a stored hash is that of the password. Slow on purpose; a hash in a format that is not known fits nothing.
pub(super) fn verify(password: &str, stored: &str) -> bool {
    if let Some(text) = stored.strip_prefix(ARGON2) {
        return PasswordHash::new(text).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
    }
    stored
        .strip_prefix("pbkdf2_sha256$")
        .and_then(|rest| pbkdf2(password, rest))
        .unwrap_or(false)
}

/// `iterations$salt$base64`, as Django writes it.
fn pbkdf2(password: &str, rest: &str) -> Option<bool> {
    let mut parts = rest.split('$');
    let rounds = parts.next()?.parse().ok()?;
    let salt = parts.next()?;
    let expected = STANDARD.decode(parts.next()?).ok()?;
    if parts.next().is_some() || !(1..=ROUNDS).contains(&rounds) {
        return None;
    }
    let mut found = [0; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password.as_bytes(), salt.as_bytes(), rounds, &mut found);
    Some(found.ct_eq(expected.as_slice()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_and_no_other() {
        let stored = hash("s1").unwrap();
        assert!(stored.starts_with("argon2$argon2id$v=19$m=9216,t=4,p=1$"));
        assert!(verify("s1", &stored));
        assert!(!verify("s2", &stored));
        assert_ne!(hash("s1").unwrap(), stored, "each hash has its own salt");
    }

    #[test]
    fn a_hash_written_by_django_is_verified() {
        // From Python: base64(hashlib.pbkdf2_hmac('sha256', b'lètmein', b'seasalt', 1000)).
        let stored = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
        assert!(verify("lètmein", stored));
        assert!(!verify("letmein", stored));
    }

    #[test]
    fn an_unknown_or_broken_hash_fits_nothing() {
        for stored in [
            "",
            "!",
            "md5$a$b",
            "pbkdf2_sha256$0$a$b",
            "pbkdf2_sha256$x",
            "argon2$",
        ] {
            assert!(!verify("", stored), "{stored}");
        }
    }
}
