//! Joining: how people come into a run who have no account, or only a list with their name on it.
//!
//! A run has a [`Code`] that a leader reads out. Who brings it gives a [`Nickname`] and gets a seat, a ticket for the router, and a return
//! code that their browser keeps: with it they come back to the same seat from anywhere. The same nickname without it waits for a leader.
//! A roster gives each of its lines a seat and a personal link.
//!
//! What is stored: in `data._private.join` of the run [`RunJoining`], of a run user [`SeatJoining`]. Who waits for a leader is in memory
//! only: their browsers ask again by themselves.
//!
//! | file | what it is |
//! | --- | --- |
//! | `code` | join codes, and which run has which |
//! | `nickname` | nicknames, and when two are the same |
//! | `kept` | what a run and a seat keep |
//! | `secrets` | return codes and personal links, derived from a secret of the run |
//! | `waiting` | who waits for a leader |
//! | `enter` | somebody comes in: a job of the run's actor |
//! | `lead` | what leaders do about it: jobs of the run's actor |
//! | `roster`, `import` | rosters, and how they come into a run |
//! | `seat` | seats for those who have come |
//! | `guesses` | the limit on wrong codes |
//! | `student_number` | what a student number looks like |
//! | `refusal` | why somebody may not come in |
//!
//! Deliberately absent: who sits where (that is seating), HTTP (`crate::http::join`), passwords (the games API checks them).

mod code;
mod enter;
mod guesses;
mod import;
mod kept;
mod lead;
mod nickname;
pub mod refusal;
mod roster;
mod seat;
mod secrets;
mod student_number;
mod waiting;

pub use code::{Code, Codes};
pub use enter::{Claim, Entered, Entry, Key, Proof, come_back};
pub use guesses::Guesses;
pub use import::import;
pub use kept::{RunJoining, SeatJoining, Terms};
pub use lead::{Named, Opening, Wish};
pub use nickname::Nickname;
pub use roster::{Listed, read as read_roster};
pub use seat::Newcomer;
pub use secrets::{Hidden, PersonalLink, Print, ReturnCode, RunSecret};
pub use student_number::student_number;
pub use waiting::{Asker, Request, Waiting};

/// What the runs of a service have in common about joining.
#[derive(Debug, Default)]
pub struct Shared {
    /// Which run has which code.
    pub codes: Codes,
    /// Run users in one run, after which nobody new comes in.
    pub players: usize,
    /// How many may wait for a leader in one run.
    pub waiting: usize,
    /// What links begin with, without a slash at the end; empty where nobody has said it.
    pub public_url: String,
}
