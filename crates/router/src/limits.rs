//! What a session may hold and how long things may take.

use std::time::Duration;

use crate::Question;

/// Bounds on everything that a stranger can make grow. The defaults suit a class on one router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions at once, those still shaking hands included. Further ones are turned away.
    pub sessions: usize,
    /// Sessions of one user at once, those in process aside. Further ones are turned away.
    pub sessions_per_user: usize,
    /// Subscriptions per session.
    pub subscriptions: usize,
    /// Registrations per session.
    pub registrations: usize,
    /// Calls of one session that wait for their answer.
    pub calls: usize,
    /// Events kept for those who subscribe later (`retain`), in the whole realm; 0 keeps none and announces that.
    pub retained_events: usize,
    /// Bytes of those events together. All of them may be sent to one subscriber at once: keep it below what may wait for a session.
    pub retained_bytes: usize,
    /// Testaments of one session: what is published when it has ended.
    pub testaments: usize,
    /// Bytes of those testaments together.
    pub testament_bytes: usize,
    /// Messages of one session that wait while a question about it is open.
    pub waiting_messages: usize,
    /// Payload bytes of those messages together.
    pub waiting_bytes: usize,
    /// From the open connection to WELCOME, time to answer questions included.
    pub handshake_timeout: Duration,
    /// How long the answer to one question may take. Whether somebody is who they say may take as long as the handshake.
    pub ask_timeout: Duration,
    /// How long a call may take at most; a CALL may ask for less with `timeout`.
    pub call_timeout: Duration,
    /// How long a session that was told GOODBYE has to answer.
    pub goodbye_timeout: Duration,
}

impl Limits {
    /// How long the answer to that question may take. A password costs its keeper time on purpose, and a class that comes at once stands
    /// in a line for it.
    #[must_use]
    pub const fn patience(&self, question: &Question) -> Duration {
        match question {
            Question::Authenticate(_) => self.handshake_timeout,
            Question::Challenge(_) | Question::Authorize(_) => self.ask_timeout,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 10_000,
            sessions_per_user: 200,
            subscriptions: 1_000,
            registrations: 1_000,
            calls: 1_024,
            retained_events: 1_000,
            retained_bytes: 4 << 20,
            testaments: 16,
            testament_bytes: 64 << 10,
            waiting_messages: 1_024,
            waiting_bytes: 4 << 20,
            handshake_timeout: Duration::from_secs(20),
            ask_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(300),
            goodbye_timeout: Duration::from_secs(2),
        }
    }
}
