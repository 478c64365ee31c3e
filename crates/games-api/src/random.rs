//! Randomness from the operating system, for names and salts, and how bytes are written.

use std::fmt::Write;

/// Fills an array.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| format!("expected randomness from the system, got {error}"))?;
    Ok(bytes)
}

/// `2 * count` hexadecimal digits for up to 32 bytes of randomness.
pub(crate) fn hex(count: usize) -> Result<String, String> {
    let bytes = bytes::<32>()?;
    Ok(digits(&bytes[..count.min(bytes.len())]))
}

/// Bytes as hexadecimal digits.
pub(crate) fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Bytes as a UUID of version 4, the one for what is random.
pub(crate) fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let text = digits(&bytes);
    let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
    parts.map(|(from, to)| &text[from..to]).join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_the_rest_of_the_bytes() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn hexadecimal_digits_come_from_as_many_bytes_as_asked_for() {
        assert_eq!(digits(&[0, 10, 255]), "000aff");
        assert_eq!(hex(16).unwrap().len(), 32);
        assert_ne!(hex(16).unwrap(), hex(16).unwrap());
    }
}
