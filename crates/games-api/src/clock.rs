//! Where wall-clock time comes from: one clock, passed in.

use std::fmt;

use time::{OffsetDateTime, macros::format_description};

/// Tells the time. Timestamps of rows come from here and nowhere else.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// Now, in UTC. It may go back: rows keep their order without it.
    fn now(&self) -> OffsetDateTime;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one clock that everything else is handed"
    )]
    fn now(&self) -> OffsetDateTime {
        std::time::SystemTime::now().into()
    }
}

/// RFC 3339 in UTC with six digits and `Z`, so that the order of the text is the order of time.
pub(crate) fn timestamp(at: OffsetDateTime) -> String {
    let format =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");
    at.to_offset(time::UtcOffset::UTC)
        .format(format)
        .unwrap_or_default()
}

/// Reads what [`timestamp`] wrote.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn timestamps_have_six_digits_and_come_back() {
        let at = datetime!(2026-11-21 08:48:34.000310 UTC);
        assert_eq!(timestamp(at), "2026-11-21T08:48:34.000310Z");
        assert_eq!(parse(&timestamp(at)), Some(at));
        let elsewhere = datetime!(2026-11-21 09:48:34.5 +1);
        assert_eq!(timestamp(elsewhere), "2026-11-21T08:48:34.500000Z");
    }
}
