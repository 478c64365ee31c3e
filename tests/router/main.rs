//! `modelservice router`, as operators run it and clients meet it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod alone;
mod asked;
mod logins;
mod process;
mod read_again;
mod rights;
