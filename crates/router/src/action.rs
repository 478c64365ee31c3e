//! What goes into the router, and what comes out.

use std::sync::Arc;

use wamp::{Id, Message};

use crate::{Question, SessionInfo, Verdict};

/// Names one question, to tell a late answer from one that is waited for.
pub type AskId = u64;

/// What happened to a session.
#[derive(Clone, Debug)]
pub enum Input {
    /// It said something.
    Message(Message),
    /// It said something that is no message: what was wrong with it.
    Violation(String),
    /// Its connection is gone.
    Closed,
    /// A question about it has been answered.
    Answer {
        /// Which question.
        ask: AskId,
        /// The answer; `None` if it could not be found out.
        verdict: Option<Verdict>,
    },
    /// Whether more waits to be sent to it than is good.
    Congested(bool),
    /// It does not take what it is sent, and that has consequences.
    Slow(Slow),
}

/// What becomes of a session that does not take what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slow {
    /// Events for it are dropped from now on.
    Dropping,
    /// It takes events again, after so many that were dropped.
    CaughtUp {
        /// How many it will never see.
        dropped: u64,
    },
    /// It is closed.
    Closed,
}

/// What the transport has to do, in this order.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send a message to one session.
    Send {
        /// To whom.
        session: Id,
        /// What.
        message: Message,
    },
    /// Send the same message to many sessions: serialize it once.
    Broadcast {
        /// To whom; never empty.
        sessions: Vec<Id>,
        /// What.
        message: Message,
    },
    /// Close the connection once everything before this is sent. The router has forgotten the
    /// session already.
    Close {
        /// Whose.
        session: Id,
        /// Why.
        reason: CloseReason,
    },
    /// Find out, and come back with [`Input::Answer`].
    Ask {
        /// To be repeated in the answer.
        id: AskId,
        /// The session it is about.
        session: Id,
        /// What to find out.
        question: Question,
    },
    /// A session has joined the realm.
    Joined(Arc<SessionInfo>),
    /// A session that had joined has left.
    Left(Arc<SessionInfo>),
}

/// Why a connection is to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseReason {
    /// The client said GOODBYE and has been answered. It closes; we only if it does not.
    Goodbye,
    /// It was told GOODBYE and has answered, or needs no answer.
    Dismissed,
    /// It was told GOODBYE and has not answered in time.
    Unanswered,
    /// It was not let in (ABORT has been sent), or gave up itself.
    Refused,
    /// It broke the protocol (ABORT has been sent).
    Violation,
    /// It sent more than may wait (ABORT has been sent).
    TooMuchWaiting,
}
