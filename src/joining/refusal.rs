//! Why somebody may not come in, in words for whoever stands at the door.

use simpl::{RUNTIME_ERROR, Rejected};

/// Nobody has this code, or joining under it is over for good.
#[must_use]
pub fn unknown_code() -> Rejected {
    Rejected::because("no run has this code: type it again, or ask the leader for it").with(
        "unknown_code",
        "the code of a run",
        "another one",
    )
}

/// Too many wrong codes came from there.
#[must_use]
pub fn too_many(seconds: u64) -> Rejected {
    let message = format!(
        "too many wrong codes came from your network: ask the leader for the code, and try again in {seconds} s"
    );
    Rejected::because(message).with("too_many", "fewer wrong codes a minute", seconds)
}

/// The run has ended.
pub(super) fn run_over() -> Rejected {
    Rejected::because("this run is over: nobody joins it any more").with(
        "run_over",
        "a run that is active",
        "one that is not",
    )
}

/// The leader has closed the door.
pub(super) fn closed() -> Rejected {
    Rejected::because("joining is closed: ask the leader to open it").with(
        "joining_closed",
        "an open run, or the return code of a seat",
        "a closed one",
    )
}

/// The run is for people with an account.
pub(super) fn accounts_only() -> Rejected {
    Rejected::because(
        "this run is for people with an account: sign in with e-mail address and password",
    )
    .with("accounts_only", "an account", "a nickname")
}

/// The leader asks for a student number.
pub(super) fn no_student_number() -> Rejected {
    Rejected::because("this run asks for your student number, which only its leaders see").with(
        "student_number",
        "a student number",
        "none",
    )
}

/// The run has as many people as it may have.
pub(super) fn full(room: usize) -> Rejected {
    let message = format!("this run has {room} people, and takes no more: tell the leader");
    Rejected::because(message).with("full", room, room)
}

/// Somebody is called so who has an account of their own.
pub(super) fn name_taken(name: &str) -> Rejected {
    let message = format!(
        "{name} is somebody with an account in this run: sign in with it if that is you, or choose another name"
    );
    Rejected::because(message).with("name_taken", "a name that nobody with an account has", name)
}

/// A leader has said no.
pub(super) fn turned_away() -> Rejected {
    let uri = "wamp.error.not_authorized";
    Rejected::new(
        uri,
        "turned_away",
        "the leader did not let you in under this name: choose another, or talk to them",
        "a name that the leader lets in",
        "one that was turned away",
    )
}

/// A leader has switched the seat off.
pub(super) fn left_out() -> Rejected {
    Rejected::because("your seat in this run was switched off: talk to the leader").with(
        "left_out",
        "an active seat",
        "one that is not",
    )
}

/// The return code fits no seat here.
#[must_use]
pub fn wrong_return_code() -> Rejected {
    Rejected::because(
        "this browser's return code fits no seat in this run: join under your name again",
    )
    .with(
        "wrong_return_code",
        "the return code of a seat",
        "another one",
    )
}

/// The link leads to no seat.
#[must_use]
pub fn wrong_link() -> Rejected {
    Rejected::because("this link leads to no seat: ask the leader for yours again").with(
        "wrong_link",
        "a personal link",
        "another one",
    )
}

/// The games API cannot do what joining needs.
pub(super) fn no_tickets() -> Rejected {
    Rejected::new(
        RUNTIME_ERROR,
        "no_tickets",
        "the games API behind this service signs no tickets, which joining needs: use `modelservice games-api`, or make accounts there",
        "a games API that signs tickets",
        "one that does not",
    )
}

/// The system has no random numbers.
#[must_use]
pub fn no_randomness(error: getrandom::Error) -> Rejected {
    tracing::error!(%error, "the system has no random numbers, so nobody can join");
    Rejected::internal("the service has no random numbers at the moment: tell the operator")
}
