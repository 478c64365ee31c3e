//! WAMP-Cryptosign: proving that one holds the private half of an Ed25519 key.
//!
//! The router sends 32 random bytes; the client answers with its signature of them, followed by the bytes themselves. Everything is in
//! hexadecimal. Channel binding is not spoken: the challenge is never bound to a TLS connection.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde_json::Value;

use crate::{Dict, Secret};

/// The name of the method in HELLO, CHALLENGE and WELCOME.
pub const METHOD: &str = "cryptosign";

/// The member of CHALLENGE's extra that holds what is to be signed.
pub const CHALLENGE: &str = "challenge";

/// The member of HELLO's `authextra` with the client's public key.
pub const PUBLIC_KEY: &str = "pubkey";

/// Bytes of keys and challenges.
const BYTES: usize = 32;
/// Bytes of a signature.
const SIGNATURE: usize = 64;

/// The extra of CHALLENGE that has these random bytes signed.
#[must_use]
pub fn challenge(random: [u8; BYTES]) -> Dict {
    Dict::from_iter([
        (CHALLENGE.to_owned(), Value::from(to_hex(&random))),
        ("channel_binding".to_owned(), Value::Null),
    ])
}

/// Whether this is the public half of a key, in hexadecimal.
#[must_use]
pub fn is_public_key(text: &str) -> bool {
    public(text).is_some()
}

/// The public half of a private key of 32 bytes in hexadecimal; `None` when it is none.
#[must_use]
pub fn public_key(private: &Secret) -> Option<String> {
    let bytes = from_hex::<BYTES>(private.reveal())?;
    let key = SigningKey::from_bytes(&bytes);
    Some(to_hex(key.verifying_key().as_bytes()))
}

/// What a client answers to `challenge` when it holds `private`; `None` when one of them is not 32 bytes in hexadecimal.
#[must_use]
pub fn sign(private: &Secret, challenge: &str) -> Option<Secret> {
    let key = SigningKey::from_bytes(&from_hex::<BYTES>(private.reveal())?);
    let signature = key.sign(&from_hex::<BYTES>(challenge)?);
    Some(Secret::new(to_hex(&signature.to_bytes()) + challenge))
}

/// Whether `answer` is the signature of `challenge` by whoever holds the private half of `public_key`. The challenge may follow the
/// signature, as the specification has it, or be left out.
#[must_use]
pub fn verify(public_key: &str, challenge: &str, answer: &Secret) -> bool {
    let answer = answer.reveal();
    let (signature, repeated) = answer.split_at_checked(2 * SIGNATURE).unwrap_or_default();
    if !repeated.is_empty() && !repeated.eq_ignore_ascii_case(challenge) {
        return false;
    }
    match (
        public(public_key),
        from_hex::<BYTES>(challenge),
        from_hex::<SIGNATURE>(signature),
    ) {
        (Some(key), Some(challenge), Some(signature)) => {
            let signature = Signature::from_bytes(&signature);
            key.verify_strict(&challenge, &signature).is_ok()
        }
        _ => false,
    }
}

fn public(text: &str) -> Option<VerifyingKey> {
    VerifyingKey::from_bytes(&from_hex(text)?).ok()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let digit = |digit: u8| char::from(digit).to_digit(16);
    let mut bytes = [0; N];
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
        *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Key and signature as OpenSSL computes them.
    const PRIVATE: &str = "4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510";
    const PUBLIC: &str = "1adfc8bfe1d35616e64dffbd900096f23b066f914c8c2ffbb66f6075b96e116d";
    const CHALLENGED: &str = "ff3dbd22d8ffff3dbd22d8ffff3dbd22d8ffff3dbd22d8ffff3dbd22d8ffff3d";

    const SIGNED: &str = "0f0f4d660be4389a25ffa2d3096dce6064650fe2343439393c8ea64c4dc10bef41ec9d6e0bed9590416fd6b869cc53c8fcdf6463a3bbdfe1c6d20c04ef311205";

    #[test]
    fn a_signature_fits_its_key_and_its_challenge_alone() {
        let private = Secret::from(PRIVATE);
        let public = public_key(&private).unwrap();
        let answer = sign(&private, CHALLENGED).unwrap();
        assert_eq!(answer.reveal(), format!("{SIGNED}{CHALLENGED}"));
        assert!(verify(&public, CHALLENGED, &answer));
        let alone = Secret::new(&answer.reveal()[..128]);
        assert!(verify(&public, CHALLENGED, &alone));
        let other = public_key(&Secret::new("11".repeat(32))).unwrap();
        assert!(!verify(&other, CHALLENGED, &answer));
        assert!(!verify(&public, &"00".repeat(32), &answer));
        assert!(!verify(&public, &"00".repeat(32), &alone));
        for wrong in ["", "zz", &"0".repeat(128), &"ä".repeat(64)] {
            assert!(
                !verify(&public, CHALLENGED, &Secret::from(wrong)),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_key_is_recognised_and_what_is_none_is_not() {
        assert_eq!(public_key(&Secret::from(PRIVATE)).as_deref(), Some(PUBLIC));
        assert!(is_public_key(PUBLIC));
        for wrong in ["", "12", &PUBLIC[1..], &"zz".repeat(32)] {
            assert!(!is_public_key(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_challenge_is_hexadecimal_and_bound_to_no_channel() {
        let posed = challenge([0xab; 32]);
        assert_eq!(posed[CHALLENGE], "ab".repeat(32));
        assert_eq!(posed["channel_binding"], Value::Null);
    }
}
