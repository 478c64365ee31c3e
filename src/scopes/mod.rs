//! The scope tree: what the service holds of its games' rows.
//!
//! [`Row`] is one row with its version; [`Branch`] the rows below one world or one run user, owned by that branch's actor;
//! [`RunView`] a run with its run users and worlds, owned by the run's actor; [`Directory`] finds the owner of a pk.
//! Nothing here does I/O: actors in [`crate::game`] change these values and publish what changed.

mod branch;
mod directory;
mod row;
mod run_view;
pub(crate) mod service_state;
mod topic;
mod tree;

pub use branch::{Applied, Branch, Node, Removed};
pub use directory::{Directory, Owner, Place};
#[cfg(test)]
pub(crate) use row::row;
pub use row::{Row, Version};
pub use run_view::RunView;
pub use topic::{Target, Topic};
pub use tree::{node_json, scope_json, scope_seen};
