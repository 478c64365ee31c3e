//! The client against our games API over real sockets, and against a stand-in for what only the original does.

#![expect(
    clippy::unwrap_used,
    reason = "an expectation that is not met is how a test fails"
)]

mod against_ours;
mod against_stand_in;
mod batches;
mod collecting;
