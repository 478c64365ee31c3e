//! Dates of what happens, in a realm that knows the date of its time zero.

use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// The date of a time, to the millisecond.
pub(crate) fn date(epoch: Option<OffsetDateTime>, at: Duration) -> Option<String> {
    let form =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    let date = epoch?.checked_add(time::Duration::try_from(at).ok()?)?;
    date.to_offset(time::UtcOffset::UTC).format(&form).ok()
}

/// A date as a time since time zero, which it may be before.
pub(crate) fn since(epoch: OffsetDateTime, date: &str) -> Option<time::Duration> {
    let date = OffsetDateTime::parse(date, &Rfc3339).ok()?;
    Some(date - epoch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_time_becomes_a_date_and_a_date_a_time() {
        let epoch = datetime!(2026-11-21 23:59:59.5 UTC);
        let at = Duration::from_millis(1_250);
        let text = date(Some(epoch), at).expect("there is a calendar");
        assert_eq!(text, "2026-11-22T00:00:00.750Z");
        assert_eq!(since(epoch, &text), time::Duration::try_from(at).ok());
        assert_eq!(date(None, at), None);
        let before = since(epoch, "2026-11-22T00:59:59.5+01:00");
        assert_eq!(before, Some(time::Duration::ZERO));
        assert_eq!(since(epoch, "yesterday"), None);
    }
}
