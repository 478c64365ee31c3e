//! The games API as a stranger meets it: over real sockets, with a real SQLite file. `tests/postgres` is the same on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    reason = "an expectation that is not met is how a test fails"
)]

mod backups;
mod beside;
mod place;

include!("suite.rs");
