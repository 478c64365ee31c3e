//! Bots in seats: a leader has one decide for whoever is absent, and takes it out again.
//!
//! Who sits in a seat is the run's word: [`seat`] is how a run user's row says that a bot decides, [`lead`] what leaders do about it,
//! [`absent`] is the rule by which
//! a run does it itself, and [`empty`] finds seats in which nobody sits and users for them. What a bot decides is the world's: [`play`] asks the bots of a
//! table when a period opens, off the async threads ([`room`]), and files what they decide as decisions of players are filed.
//! A bot that is silent, panics or never ends harms its table alone, and [`failed`] is how the scenario says so.
//!
//! Where nobody but bots sits, nobody waits: such a table plays as far as the furthest table with a person, and no further, since it
//! would never end otherwise. A run user's own scenario has no bots, for the same reason.

mod absent;
mod empty;
mod failed;
mod lead;
mod play;
mod room;
mod seat;

pub use lead::{Wanted, Who};
pub use room::Room;
pub use seat::{number, of};
