//! What the attributes expand to: for `#[rpc]` bounds to fail and nothing to run, for `#[data]` the crates whose derives it names.

pub use {schemars, serde};

/// The type is an argument of a handler on scope `S`.
pub fn argument<S, T: crate::FromCall<S>>() {}

/// The type is a reply.
pub fn reply<T: crate::IntoReply>() {}

/// The handler's future can move between threads.
pub fn sendable<T: Send>(_: T) {}
