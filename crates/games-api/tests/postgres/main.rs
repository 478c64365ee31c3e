//! The suite of `tests/api` on PostgreSQL, and what only PostgreSQL can do: go away, and be shared.

#![expect(
    clippy::unwrap_used,
    reason = "an expectation that is not met is how a test fails"
)]

mod away;
mod cluster;
mod place;
mod shared;

include!("../api/suite.rs");
