//! `modelservice router`: the WAMP router alone, for whoever wants to connect programs of their own.
//!
//! It knows no games and no games API. Who may come into its realm, and what they may do there, is in the settings, or procedures of
//! the realm itself are asked; or it stands open.
//!
//! | module | what it holds |
//! | --- | --- |
//! | [`alone`] | start, ready, stop; the settings read again |
//! | [`keeper`] | the gate of a realm of the settings; [`open`], the one that stands open |
//! | [`policy`] | what the settings say of a realm: [`principals`], who there is, and [`rules`], what roles may do |
//! | [`asking`] | procedures that are asked who somebody is and what they may do |
//! | [`attempts`] | the limit on wrong logins |
//! | [`bridge`] | HTTP beside it: signed requests that publish and call |
//! | [`metrics`] | its numbers, for Prometheus |

pub mod alone;
pub mod asking;
pub mod attempts;
pub mod bridge;
pub mod keeper;
pub mod metrics;
pub mod open;
pub mod policy;
pub mod principals;
pub mod rules;

pub use alone::{RouterAlone, RouterError};
