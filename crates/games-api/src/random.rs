//! Randomness from the operating system, for names and salts.

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
    Ok(bytes
        .iter()
        .take(count)
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
}

/// A random UUID (version 4).
pub(crate) fn uuid() -> Result<String, String> {
    let mut bytes = bytes::<16>()?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_differs_from_the_next() {
        let one = uuid().unwrap();
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'4'));
        assert_ne!(one, uuid().unwrap());
    }
}
