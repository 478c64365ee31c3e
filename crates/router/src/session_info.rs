//! What others may know of a session.

use std::net::SocketAddr;

use wamp::{Dict, Id};

/// A session that has joined the realm.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionInfo {
    /// The session id of WELCOME.
    pub id: Id,
    /// Who it is, as the gate said.
    pub authid: String,
    /// The role it was given.
    pub authrole: String,
    /// How it proved who it is: `ticket`, `wampcra`, `anonymous`, or `trusted` for a session in process.
    pub authmethod: String,
    /// Who vouched for it.
    pub authprovider: String,
    /// What the gate had to add: `authextra` of WELCOME.
    pub extra: Dict,
    /// Whether it joined in process: it is then never asked about.
    pub trusted: bool,
    /// Where it connected from, if over a network.
    pub peer: Option<SocketAddr>,
}
