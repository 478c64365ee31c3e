//! `modelservice router`: the WAMP router alone, for whoever wants to connect programs of their own.
//!
//! It knows no games and no games API: who may come in and what they may do is in the settings, or nobody asks.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`alone`] | start, ready, stop |
//! | [`open`] | the gate that stands open |
//! | [`metrics`] | its numbers, for Prometheus |

pub mod alone;
pub mod metrics;
pub mod open;

pub use alone::{RouterAlone, RouterError};
