//! Tickets: what somebody shows for a while instead of a password.

/// What every ticket begins with, and no password should.
pub const TICKET_PREFIX: &str = "simpl-ticket-1.";

/// How long a ticket may be good for, in seconds: up to a week.
pub const TICKET_SECONDS: std::ops::RangeInclusive<u64> = 1..=7 * 24 * 3_600;

/// How long a ticket is good for when nobody says otherwise, in seconds: a day of school.
pub const TICKET_USUAL_SECONDS: u64 = 12 * 3_600;

/// Whether a text claims to be a ticket; the games API that made it says whether it is one.
#[must_use]
pub fn is_ticket(text: &str) -> bool {
    text.starts_with(TICKET_PREFIX)
}
