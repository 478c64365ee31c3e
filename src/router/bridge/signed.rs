//! What makes a request one of a key's: `key`, `timestamp`, `seq`, `nonce` and `signature` in its query, as Crossbar.io's bridge has them.

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{GeneralPurposeConfig, PAD};
use base64::{alphabet, engine::DecodePaddingMode};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use url::form_urlencoded;
use wamp::Secret;

/// Base64 for addresses, with or without its padding.
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::with_decode_padding_mode(PAD_CONFIG, DecodePaddingMode::Indifferent),
);
const PAD_CONFIG: GeneralPurposeConfig = PAD;

/// The longest of each of them, in bytes.
const LONGEST: usize = 128;

/// What the query of a request says.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    /// Whose it says to be.
    pub(super) key: String,
    /// When it was made.
    pub(super) timestamp: OffsetDateTime,
    /// Its number among those of its key.
    pub(super) seq: u64,
    /// HMAC-SHA256 under the key's secret.
    pub(super) signature: Vec<u8>,
    /// Key, timestamp, seq and nonce, as they came: the signature is of them and the body.
    text: String,
}

impl Signed {
    /// Reads the query of a request.
    ///
    /// # Errors
    /// Something is missing, there twice, or not what it is to be: a sentence that says so.
    pub(super) fn read(query: &str) -> Result<Self, String> {
        let names = ["key", "timestamp", "seq", "nonce", "signature"];
        let mut found: [Option<String>; 5] = Default::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let place = names.iter().position(|known| *known == name);
            let Some(place) = place.filter(|place| found[*place].is_none()) else {
                return Err(format!(
                    "expected key, timestamp, seq, nonce and signature in the query, each once, got {name:?}"
                ));
            };
            found[place] = Some(value.into_owned()).filter(|value| value.len() <= LONGEST);
        }
        let [
            Some(key),
            Some(timestamp),
            Some(seq),
            Some(nonce),
            Some(signature),
        ] = found
        else {
            return Err(format!(
                "expected key, timestamp, seq, nonce and signature in the query, each of at most {LONGEST} bytes"
            ));
        };
        let number = |name: &str, text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let number = text.parse::<u64>().ok().filter(|_| digits);
            number.ok_or_else(|| format!("expected {name} to be a number, got {text:?}"))
        };
        let seq_number = number("seq", &seq)?;
        number("nonce", &nonce)?;
        let time = OffsetDateTime::parse(&timestamp, &Rfc3339).map_err(|_| {
            format!("expected a timestamp like 2026-11-21T09:06:17.265Z, got {timestamp:?}")
        })?;
        let signature = URL_SAFE
            .decode(&signature)
            .map_err(|_| "expected a signature in URL-safe base64".to_owned())?;
        Ok(Self {
            text: [key.as_str(), &timestamp, &seq, &nonce].concat(),
            key,
            timestamp: time,
            seq: seq_number,
            signature,
        })
    }

    /// Whether its signature is of it and of `body`, under `secret`. Takes as long where there is no secret.
    pub(super) fn fits(&self, secret: Option<&Secret>, body: &[u8]) -> bool {
        let key = secret.map_or("", Secret::reveal);
        let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes());
        let mac = mac.expect("HMAC takes keys of every length");
        let mac = mac.chain_update(&self.text).chain_update(body);
        mac.verify_slice(&self.signature).is_ok() && secret.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: &str = "key=shop&timestamp=2026-11-21T09%3A06%3A17.265Z&seq=1&nonce=7&signature=";

    #[test]
    fn a_signature_fits_its_request_alone() {
        // From `printf '%s' 'shop2026-11-21T09:06:17.265Z17{}' | openssl dgst -sha256 -hmac secret -binary | base64`, made safe for addresses.
        let signed = Signed::read(&format!(
            "{QUERY}auC0yWxdEaWZ5UIEx7ezsBuX1EgdKCe9VEzHM0yBkCQ="
        ))
        .unwrap();
        let secret = Secret::from("secret");
        assert!(signed.fits(Some(&secret), b"{}"));
        assert!(!signed.fits(Some(&secret), b"{ }"));
        assert!(!signed.fits(Some(&Secret::from("other")), b"{}"));
        assert!(!signed.fits(None, b"{}"));
    }

    #[test]
    fn what_is_missing_twice_or_wrong_is_named() {
        for (query, word) in [
            ("", "signature"),
            ("key=a&key=b", "\"key\""),
            ("colour=red", "\"colour\""),
            (&QUERY.replace("seq=1", "seq=-1"), "seq"),
            (&QUERY.replace("nonce=7", "nonce=x"), "nonce"),
            (&QUERY.replace("2026-11-21T", ""), "timestamp"),
            (&format!("{QUERY}***"), "base64"),
            (&format!("{QUERY}{}", "A".repeat(129)), "128 bytes"),
        ] {
            let told = Signed::read(query).unwrap_err();
            assert!(told.contains(word), "{query}: {told}");
        }
    }
}
