//! The game's own code at work: procedures, subscriptions and callbacks, each in the order of its actor's jobs.
//!
//! [`work`] runs a handler under a time limit and with panics caught; [`desk`] is what it may do meanwhile: read what its caller may see
//! ([`seen`]), write rows ([`rows`]), publish, and call further down. What changes the actor's own state it wishes for, and the actor grants it
//! between the handler's awaits. [`callbacks`] says on which occasions the service calls the game, [`hooks`] after which changes.
//!
//! Deliberately absent: what a decision has to fulfil, which is in [`crate::turns`].

mod callbacks;
mod desk;
mod game;
mod hooks;
mod rows;
mod seen;
mod work;

pub(crate) use callbacks::Pending;
pub(crate) use desk::{HandlerDesk, Where};
pub(crate) use work::{Next, Wish, Work, missing_period};
