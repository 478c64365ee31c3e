//! Webhooks: what shows their receiver who sent them.

/// The header of a delivery that carries its signature: `t=<seconds since 1970>,v1=<64 hexadecimal digits>`, where the digits are the
/// HMAC-SHA256 of `<t>.<body>` under the text of the subscription's secret.
pub const SIGNATURE_HEADER: &str = "x-simpl-signature";
