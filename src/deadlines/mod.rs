//! Deadlines: how long a world has for a period, and what counts for a seat that has not decided by then.
//!
//! A deadline is a moment in UTC, stored with its period ([`time`]), so that a restart keeps it. One task for each game sleeps until
//! the next one ([`timetable`]); worlds cost nothing meanwhile. What a deadline does is done in the world's actor, one after another
//! with the decisions of its players: [`keep`] starts and stops the time, [`end`] ends a period, with what counts for the seats that
//! are silent, and [`lead`] is what leaders can do. How long a period takes is the game's word, or the run's
//! ([`limit`]).
//!
//! Only worlds have deadlines: in a run user's own scenario nobody else waits.

mod end;
mod keep;
mod lead;
mod limit;
mod marks;
mod time;
mod timetable;

pub use lead::Command;
pub use limit::{bot_after, limit, look_at_limit, readable};
pub(crate) use marks::{is_players, marked};
pub use marks::{is_skipped, unmark};
pub use time::{Ended, Pausing, Time, Waits, written};
pub use timetable::Timetable;
