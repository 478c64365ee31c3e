//! The games API as a stranger meets it: over real sockets, with a real SQLite file.

#![expect(
    clippy::unwrap_used,
    reason = "an expectation that is not met is how a test fails"
)]

mod batch;
mod bulk;
mod changes;
mod durability;
mod hooks;
mod leases;
mod logins;
mod people;
mod rest;
mod rights;
mod server;
mod start;
mod tokens;
mod trace;
