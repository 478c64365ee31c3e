//! Going back: a scenario that is played again from one of its periods.
//!
//! [`back`] does it, as a job of the actor that owns the scenario; [`mark`] is what the scenario keeps of it for those who see it: how often
//! it was taken back, when and to where, and which periods are gone. What was played is kept by the games API as history, where it
//! announces that it does. [`what_if`] makes a copy of a world, in which leaders play on from a period. `docs/rewind.md` says what it means for players.

mod back;
mod mark;
mod what_if;

pub use back::Back;
pub use mark::Rewound;
pub(crate) use mark::of_gone;
pub use what_if::WhatIf;
pub(crate) use what_if::{CopiedSeat, copied_seats};

/// What `data._turn` of a scenario says of a period that is played: that its step, or a bot, has failed, or that the game ended with it.
const OF_A_PERIOD: [&str; 3] = ["failed", "bots", "over"];
