//! What a games API needs to know, and why it may not start.

use std::{io, net::SocketAddr, path::PathBuf};

/// Where a games API keeps its data and where it listens.
#[derive(Clone, Debug)]
pub struct Config {
    /// The SQLite file; made when it is not there. Its folder has to exist.
    pub database: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
}

impl Config {
    /// The usual settings with this file and address.
    #[must_use]
    pub const fn new(database: PathBuf, listen: SocketAddr) -> Self {
        Self { database, listen }
    }
}

/// Why a games API did not start. Each text says what was expected, what came and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be had.
    #[error(
        "expected to listen on {listen} for the games API, got: {reason}: stop what uses the port, or choose another"
    )]
    Listen {
        /// The address asked for.
        listen: SocketAddr,
        /// What the system said.
        reason: io::Error,
    },
    /// The file cannot be opened, or is no SQLite database.
    #[error("expected a SQLite database at {}, got: {reason}: check that the folder exists and may be written, or name another file", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// The file was written by a newer program.
    #[error("expected the database {} to have schema version {known} or older, got {found}: start it with the newer program that wrote it", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version of this program.
        known: i64,
    },
    /// The system is out of threads, sockets or randomness, or TLS cannot be set up.
    #[error("expected the system to provide {what}, got: {reason}")]
    System {
        /// What was asked of it.
        what: &'static str,
        /// What it said.
        reason: String,
    },
}
