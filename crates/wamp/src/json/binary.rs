//! Binary in JSON: a string of U+0000 and base64.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// With padding when written, with or without when read.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The string that stands for these bytes.
pub(crate) fn to_text(bytes: &[u8]) -> String {
    let mut text = String::from('\0');
    BASE64.encode_string(bytes, &mut text);
    text
}

/// The bytes that this string stands for, if it stands for any.
pub(crate) fn from_text(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text.strip_prefix('\0')?).ok()
}
