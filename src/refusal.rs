//! The service's own refusals: what a caller reads when something is not allowed, not there or not possible now.

use std::any::Any;
use std::time::Duration;

use games_client::Error;
use simpl::{RUNTIME_ERROR, Rejected};
use wamp::Payload;
use wamp_transport::WampError;

use crate::sight::Rank;

/// When a caller may try again after the games API was away.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// There is no phase on that side (`before`, `after`) of the present one.
#[must_use]
pub fn no_phase(run: u64, side: &str, phase: &str) -> Rejected {
    let message = format!("Run {run}: There isn't any phase available {side} '{phase}'");
    Rejected::because(message).with("no_phase", format!("a phase {side} {phase}"), "none")
}

/// Only a leader may do that, and the caller is something less.
#[must_use]
pub fn leaders_only(what: &str, rank: Rank) -> Rejected {
    let message = format!("only a leader of this run may {what}");
    Rejected::new(
        "wamp.error.not_authorized",
        "leaders_only",
        message,
        "a leader of this run",
        match rank {
            Rank::Assistant => "an assistant",
            _ => "a player",
        },
    )
}

/// A foreign router does not say who calls.
#[must_use]
pub fn undisclosed() -> Rejected {
    let message = "the router does not tell the service who calls: for the role of whoever calls, its configuration has to have \
        \"disclose\": {\"caller\": true, \"publisher\": true} in the permissions, or an authorizer that answers with \"disclose\": true";
    Rejected::because(message).with("undisclosed", "the caller's authid", "none")
}

/// Whoever calls has been switched off, and the router has not ended the session.
#[must_use]
pub fn switched_off() -> Rejected {
    Rejected::new(
        "wamp.error.not_authorized",
        "switched_off",
        "this account is switched off; ask the leader",
        "an active account",
        "one that is switched off",
    )
}

/// Only a lecturer may do that, or staff.
#[must_use]
pub fn lecturers_only(what: &str) -> Rejected {
    Rejected::new(
        "wamp.error.not_authorized",
        "lecturers_only",
        format!("only a lecturer or staff may {what}: ask staff to make you a lecturer"),
        "a lecturer",
        "somebody else",
    )
}

/// A run was stored, and could not be read for playing.
#[must_use]
pub fn not_loaded(error: &Error) -> Rejected {
    tracing::error!(%error, "a run was stored and could not be loaded");
    Rejected::because(
        "the run was stored, but the games API did not answer when it was to be loaded: it comes by itself when it answers again",
    )
    .with("not_loaded", "an answer from the games API", "none")
}

/// The actor's mailbox is full.
#[must_use]
pub fn busy() -> Rejected {
    Rejected::because(
        "too many requests are waiting for this world; nothing was stored, try again in a moment",
    )
    .with("busy", "room in the queue", "a full queue")
}

/// The period is gone: rewound or deleted while the call was on its way.
#[must_use]
pub fn gone(what: &str) -> Rejected {
    Rejected::because(format!(
        "this {what} is gone; reload to see where the game is now"
    ))
    .with("gone", what, "nothing")
}

/// A write failed: the sentence says whether it may have been stored all the same.
#[must_use]
pub fn not_stored(what: &str, error: &Error) -> Rejected {
    match error {
        Error::Timeout { .. } | Error::Lost { .. } => Rejected::because(format!(
            "it is not known whether {what} was stored, because the games API did not answer; submit again, which never counts twice"
        ))
        .with("unknown", "an answer from the games API", "none"),
        Error::Unexpected { .. } => {
            tracing::error!(%error, "the games API did not say that it stored {what}");
            Rejected::internal(format!(
                "it is not known whether {what} was stored, because the games API answered with an error; submit again, which never counts twice, or tell the leader"
            ))
        }
        error if error.is_unreachable() => Rejected::unavailable(RETRY_AFTER),
        Error::Conflict { .. } => {
            tracing::error!(%error, "{what} was not stored");
            Rejected::because(format!(
                "{what} was not stored, because another service has taken this game over; reload in a moment"
            ))
            .with("taken_over", "the service that serves this game", "another one")
        }
        Error::Refused { message, .. } => {
            Rejected::because(format!("{what} was not stored, because the games API refused it: {message}")).with(
                "refused_by_storage",
                "a row that the games API takes",
                message.clone(),
            )
        }
        other => {
            tracing::error!(error = %other, "the games API did not store {what}");
            Rejected::internal(format!("{what} was not stored: the games API answered with an error; tell the leader"))
        }
    }
}

/// Something could not be read from the games API.
#[must_use]
pub fn not_read(what: &str, error: &Error) -> Rejected {
    if error.is_unreachable() || matches!(error, Error::Timeout { .. } | Error::Lost { .. }) {
        let message = format!(
            "{what} cannot be read, because the games API does not answer; try again in a moment"
        );
        return Rejected::because(message).with(
            "unavailable",
            "an answer from the games API",
            "none",
        );
    }
    tracing::error!(%error, "{what} could not be read");
    Rejected::internal(format!(
        "{what} cannot be read: the games API answered with an error; tell the operator"
    ))
}

/// A handler or a step took too long.
#[must_use]
pub fn too_slow(what: &str, limit: Duration) -> Rejected {
    let seconds = limit.as_secs_f64();
    Rejected::new(
        RUNTIME_ERROR,
        "timeout",
        format!("{what} took longer than {seconds} s and was abandoned"),
        seconds,
        "no answer",
    )
}

/// A game's code panicked, on a server where its author tries it out: what the panic said is no secret there.
#[must_use]
pub fn panicked_saying(what: &str, panic: &(dyn Any + Send)) -> Rejected {
    let text = panic.downcast_ref::<&str>().copied();
    match text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)) {
        Some(text) => Rejected::internal(format!(
            "{what} of this game failed: its code panicked with \"{text}\"; the log says where"
        )),
        None => panicked(what),
    }
}

/// A game's code panicked.
#[must_use]
pub fn panicked(what: &str) -> Rejected {
    Rejected::internal(format!(
        "{what} of this game failed (its code panicked); the operator's log says where"
    ))
}

/// The ERROR a caller gets for a refusal. That there is no such procedure is said in the router's own words and no more, whether
/// the scope is not there or not the caller's to know.
#[must_use]
pub fn wamp_error(rejected: &Rejected) -> WampError {
    if rejected.uri() == simpl::NO_SUCH_PROCEDURE {
        return WampError {
            uri: rejected.uri().to_owned(),
            payload: Payload::text(&rejected.message()),
        };
    }
    let payload = Payload::json(&(rejected.message(),), &rejected.kwargs())
        .unwrap_or_else(|_| Payload::text(&rejected.message()));
    WampError {
        uri: rejected.uri().to_owned(),
        payload,
    }
}

/// The class under which front ends of the original know an error, for the error topic.
#[must_use]
pub fn class(rejected: &Rejected) -> &'static str {
    match rejected.code() {
        "invalid_argument" | "no_phase" => "ValueError",
        "validation_error" => "FormError",
        _ => "Rejected",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_write_that_was_never_sent_is_told_to_be_not_stored() {
        let url = "http://127.0.0.1:8100/apis/".to_owned();
        let reason = "reset".to_owned();
        let refused = Error::Unreachable {
            url: url.clone(),
            reason: reason.clone(),
        };
        let told = not_stored("your decision", &refused).message();
        assert!(told.contains("nothing was stored"), "{told}");
        let lost = Error::Lost {
            url: url.clone(),
            reason,
        };
        for error in [lost, Error::Timeout { url }] {
            let told = not_stored("your decision", &error).message();
            assert!(told.contains("not known whether your decision"), "{told}");
        }
    }

    #[test]
    fn an_author_reads_what_a_panic_said_and_where_it_said_nothing_that_it_was_one() {
        let told = |panic: Box<dyn Any + Send>| panicked_saying("a step", &*panic).message();
        assert!(told(Box::new("stock below zero")).contains("\"stock below zero\""));
        assert!(told(Box::new("at 7".to_owned())).contains("\"at 7\""));
        assert_eq!(told(Box::new(7)), panicked("a step").message());
    }
}
