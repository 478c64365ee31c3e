//! A whole realm in a test: clients say JSON, and hear JSON.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "messages are written where they are said"
)]

mod asking;
mod broker;
mod cancel;
mod dealer;
mod disclosure;
mod fixture;
mod floats;
mod handshake;
mod history;
mod leaving;
mod meta;
mod model;
mod progress;
mod retained;
mod shared;
mod testaments;
mod wampcra;
