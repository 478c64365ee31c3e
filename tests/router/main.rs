//! `modelservice router`, as operators run it and clients meet it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stdout, reason = "the figures of a series")]
#![allow(clippy::print_stderr, reason = "what is left out is said")]

mod alone;
mod asked;
mod http;
mod logins;
mod process;
mod raw;
mod read_again;
mod rights;
mod slow;
mod vanished;
