//! Reasons with which a session ends, in GOODBYE.

/// A client leaves of its own accord.
pub const NORMAL: &str = "wamp.close.normal";
/// A client leaves the realm (what autobahn says by default).
pub const CLOSE_REALM: &str = "wamp.close.close_realm";
/// The router stops; clients may come back later.
pub const SYSTEM_SHUTDOWN: &str = "wamp.close.system_shutdown";
/// The answer to a GOODBYE.
pub const GOODBYE_AND_OUT: &str = "wamp.close.goodbye_and_out";
/// The router ended the session, for example because its rights changed.
pub const KILLED: &str = "wamp.close.killed";
