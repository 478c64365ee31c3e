//! Seating: who sits where in a run, and what leaders change about it.
//!
//! [`Rules`] say how many seats a table has, [`Room`] who sits where; [`assign()`] seats everybody who waits, and [`move_to`], [`merge`] and
//! [`dissolve`] do what a leader wants, all without I/O. `rows` reads a room from the rows of a run and says what has to be written to get
//! to another one; `jobs` does it, and `lead` what leaders ask for, in the run's actor, one after another and each as one atomic group, so that nobody is ever in two seats.

mod assign;
mod done;
mod jobs;
mod lead;
mod moves;
mod room;
mod rows;
mod rules;
#[cfg(test)]
mod tests;

pub use assign::assign;
pub use done::Done;
pub(crate) use jobs::{ATTEMPTS, is_outdated};
pub use jobs::{PEOPLE, Person, Placed};
pub use lead::Command;
pub use moves::{Swap, dissolve, merge, move_to};
pub use room::{Room, Seat, Sitter, Table, Taken, Wish};
pub(crate) use rows::{Members, update};
pub use rows::{empty_seats, is_dissolved};
pub use rules::{LARGEST_TABLE, Odd, Part, Rules, full_table, sizes};
