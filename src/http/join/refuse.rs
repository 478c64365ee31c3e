//! Refusals that only HTTP knows.

use std::time::Duration;

use games_client::Error;
use simpl::Rejected;

/// A page of another site asks.
pub(super) fn origin(origin: &str) -> Rejected {
    tracing::warn!(origin, "a page of another origin tried to join a run");
    Rejected::because("pages of this origin may not join; see wamp.allowed_origins").with(
        "origin",
        "a page of this service, or of an allowed origin",
        origin,
    )
}

/// The body is none that is read.
pub(super) fn not_json(expected: &'static str) -> Rejected {
    Rejected::invalid_argument(format!("expected {expected}"), expected, "another one")
}

/// The body is no JSON, or has other members.
pub(super) fn not_read(error: &serde_json::Error) -> Rejected {
    let message = format!("the body cannot be read: {error}");
    Rejected::invalid_argument(
        message,
        "an object of JSON with the members of this address",
        "another one",
    )
}

/// Neither a nickname nor an account.
pub(super) fn neither() -> Rejected {
    let expected = "`nickname`, or `email` and `password`";
    Rejected::invalid_argument(format!("expected {expected}"), expected, "something else")
}

/// The account is not theirs.
pub(super) fn wrong_password() -> Rejected {
    Rejected::because("the e-mail address or the password is wrong").with(
        "wrong_password",
        "an account of this service",
        "another e-mail address or password",
    )
}

/// The account was switched off.
pub(super) fn switched_off() -> Rejected {
    Rejected::because("this account is switched off: talk to the leader").with(
        "switched_off",
        "an active account",
        "one that is not",
    )
}

/// The account has become one of staff.
pub(super) fn staff() -> Rejected {
    Rejected::because("this account has become one of staff: sign in with its password").with(
        "staff",
        "an account without staff's rights",
        "one of staff",
    )
}

/// The games API did not say who somebody is.
pub(super) fn unchecked(error: &Error) -> Rejected {
    tracing::warn!(%error, "somebody who joins could not be looked up");
    match error {
        Error::Refused { status: 429, .. } => {
            Rejected::because("too many wrong passwords for this account: try again in a minute")
                .with("too_many", "fewer wrong passwords", 60)
        }
        _ => Rejected::unavailable(Duration::from_secs(2)),
    }
}
