//! Password hashes: argon2id written, Django's `pbkdf2_sha256` verified as well.

use argon2::{Algorithm, Argon2, Block, Params, Version, password_hash::phc::PasswordHash};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use subtle::ConstantTimeEq;

/// Memory of one hash in KiB and its passes: one of the pairs that OWASP recommends, with little memory.
const MEMORY_KIB: u32 = 9 * 1024;
const PASSES: u32 = 4;
/// The blocks, of 1 KiB each, that a hash of ours works in.
pub(super) const USUAL_BLOCKS: usize = MEMORY_KIB as usize;
/// Django's name before an argon2 hash: `argon2$argon2id$v=19$…`.
const ARGON2: &str = "argon2";
/// The most rounds that a stored pbkdf2 hash may ask of us (Django 5 uses 870,000).
const ROUNDS: u32 = 5_000_000;
/// The most memory that a stored argon2 hash may ask of us, in KiB (Django 5 uses 102,400).
const MOST_MEMORY_KIB: u32 = 128 * 1024;

/// What argon2 works in. Kept from one hash to the next: asking the system for it each time costs more pages than the hash needs,
/// and leaves them scattered over the process.
pub(super) type Memory = Vec<Block>;

/// Whether a stored hash is as slow as ours are, so that it may stay.
pub(super) fn is_current(stored: &str) -> bool {
    stored.starts_with(&beginning())
}

fn beginning() -> String {
    format!("{ARGON2}$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p=1$")
}

/// Hashes a password, with a salt of its own, in Django's notation. Slow on purpose.
pub(super) fn hash(password: &str, memory: &mut Memory) -> Result<String, String> {
    let failed = |error: argon2::Error| format!("a password could not be hashed: {error}");
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(failed)?;
    let salt = crate::random::bytes::<16>()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; Params::DEFAULT_OUTPUT_LEN];
    fill(&argon2, password, &salt, &mut hash, memory).map_err(failed)?;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    Ok(format!("{}{salt}${hash}", beginning()))
}

/// Whether a stored hash is that of the password. Slow on purpose; a hash in a format that is not known fits nothing.
pub(super) fn verify(password: &str, stored: &str, memory: &mut Memory) -> bool {
    if let Some(text) = stored.strip_prefix(ARGON2) {
        return argon2_fits(password, text, memory).unwrap_or(false);
    }
    stored
        .strip_prefix("pbkdf2_sha256$")
        .and_then(|rest| pbkdf2(password, rest))
        .unwrap_or(false)
}

/// A hash in PHC notation: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.
fn argon2_fits(password: &str, text: &str, memory: &mut Memory) -> Option<bool> {
    let stored = PasswordHash::new(text).ok()?;
    let algorithm = Algorithm::new(stored.algorithm).ok()?;
    let version = Version::try_from(stored.version.unwrap_or(0x13)).ok()?;
    let params = Params::try_from(&stored).ok()?;
    if params.m_cost() > MOST_MEMORY_KIB {
        return None;
    }
    let expected = stored.hash?;
    let mut found = vec![0; expected.len()];
    let argon2 = Argon2::new(algorithm, version, params);
    fill(&argon2, password, stored.salt?.as_ref(), &mut found, memory).ok()?;
    Some(found.ct_eq(expected.as_bytes()).into())
}

fn fill(
    argon2: &Argon2<'_>,
    password: &str,
    salt: &[u8],
    hash: &mut [u8],
    memory: &mut Memory,
) -> argon2::Result<()> {
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::default());
    }
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, hash, &mut memory[..blocks])
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
        let stored = hash("s1", &mut Memory::new()).unwrap();
        assert!(stored.starts_with("argon2$argon2id$v=19$m=9216,t=4,p=1$"));
        assert!(is_current(&stored));
        assert!(verify("s1", &stored, &mut Memory::new()));
        assert!(!verify("s2", &stored, &mut Memory::new()));
        assert_ne!(
            hash("s1", &mut Memory::new()).unwrap(),
            stored,
            "each hash has its own salt"
        );
    }

    #[test]
    fn a_hash_written_by_django_is_verified() {
        // From Python: base64(hashlib.pbkdf2_hmac('sha256', b'lètmein', b'seasalt', 1000)).
        let stored = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
        assert!(verify("lètmein", stored, &mut Memory::new()));
        assert!(!verify("letmein", stored, &mut Memory::new()));
        assert!(!is_current(stored));
    }

    #[test]
    fn an_argon2_hash_of_another_program_is_verified() {
        // From Python: argon2-cffi, PasswordHasher(time_cost=2, memory_cost=102400, parallelism=8), as Django 5 writes it.
        let stored = "argon2$argon2id$v=19$m=102400,t=2,p=8$EDJ7Hdugu+PvOPqxgpONsQ$nv0MU75UwKVMk+pRDwSnfWfPqdRYzog3fiXWOl6J8tA";
        let mut memory = Memory::new();
        assert!(verify("s1", stored, &mut memory));
        assert!(!verify("s2", stored, &mut memory));
        assert!(!is_current(stored));
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
            assert!(!verify("", stored, &mut Memory::new()), "{stored}");
        }
    }
}
