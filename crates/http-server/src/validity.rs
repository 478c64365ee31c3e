//! When a certificate is valid, read from its DER (RFC 5280, section 4.1).
//!
//! Only so much of the form is understood as it takes to get there; whether a certificate is any good is for those who connect.

use time::{Date, Month, OffsetDateTime};

const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// The version, which may be left out.
const VERSION: u8 = 0xa0;

/// From when and until when a certificate is valid; `None` for what is no certificate.
pub(crate) fn of(certificate: &[u8]) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let mut rest = certificate;
    let mut certificate = take(&mut rest, SEQUENCE)?;
    let mut signed = take(&mut certificate, SEQUENCE)?;
    if signed.first() == Some(&VERSION) {
        take(&mut signed, VERSION)?;
    }
    take(&mut signed, INTEGER)?;
    let (_algorithm, _issuer) = (take(&mut signed, SEQUENCE)?, take(&mut signed, SEQUENCE)?);
    let mut validity = take(&mut signed, SEQUENCE)?;
    Some((moment(&mut validity)?, moment(&mut validity)?))
}

/// The content of the next element, which has to be of this kind.
fn take<'a>(input: &mut &'a [u8], kind: u8) -> Option<&'a [u8]> {
    let (tag, rest) = input.split_first()?;
    let (&length, mut rest) = rest.split_first()?;
    let mut size = usize::from(length);
    if length & 0x80 != 0 {
        // So many bytes with the length follow; no certificate has more than 4 GiB.
        let digits = rest
            .get(..usize::from(length & 0x7f))
            .filter(|d| d.len() <= 4)?;
        rest = &rest[digits.len()..];
        size = digits
            .iter()
            .fold(0, |size, digit| size << 8 | usize::from(*digit));
    }
    let content = rest.get(..size)?;
    *input = &rest[size..];
    (*tag == kind).then_some(content)
}

/// The next element as a time: `YYMMDDhhmmssZ` with years from 1950 to 2049, or `YYYYMMDDhhmmssZ`.
fn moment(input: &mut &[u8]) -> Option<OffsetDateTime> {
    let kind = *input.first()?;
    let text = std::str::from_utf8(take(input, kind)?).ok()?;
    let digits = text.strip_suffix('Z')?;
    let years = match kind {
        UTC_TIME => 2,
        GENERALIZED_TIME => 4,
        _ => return None,
    };
    if digits.len() != years + 10 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = digits.split_at(years);
    let year = match (years, year.parse().ok()?) {
        (2, year @ 50..) => 1900 + year,
        (2, year) => 2000 + year,
        (_, year) => year,
    };
    let two = |at: usize| rest[at..at + 2].parse::<u8>().ok();
    let month = Month::try_from(two(0)?).ok()?;
    let day = Date::from_calendar_date(year, month, two(2)?).ok()?;
    Some(day.with_hms(two(4)?, two(6)?, two(8)?).ok()?.assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};
    use time::macros::datetime;

    fn certificate(from: OffsetDateTime, until: OffsetDateTime) -> Vec<u8> {
        let mut params = CertificateParams::new(["games.school.example".to_owned()]).unwrap();
        (params.not_before, params.not_after) = (from, until);
        let key = KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn both_ends_are_read_in_both_forms() {
        for (from, until) in [
            (
                datetime!(2026-11-21 19:00:01 UTC),
                datetime!(2027-02-28 23:59:59 UTC),
            ),
            // Years from 2050 on are written with four digits.
            (
                datetime!(1999-12-31 0:00 UTC),
                datetime!(2051-01-01 12:30 UTC),
            ),
        ] {
            assert_eq!(of(&certificate(from, until)), Some((from, until)));
        }
    }

    #[test]
    fn whatever_is_cut_off_or_something_else_has_no_validity() {
        let whole = certificate(
            datetime!(2026-01-01 0:00 UTC),
            datetime!(2027-01-01 0:00 UTC),
        );
        for end in 0..whole.len() {
            assert_eq!(of(&whole[..end]), None, "{end}");
        }
        assert_eq!(of(b"-----BEGIN CERTIFICATE-----"), None);
        assert_eq!(of(&[SEQUENCE, 0xff, 1, 2, 3]), None);
    }
}
