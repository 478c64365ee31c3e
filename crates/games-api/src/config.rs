//! What a games API needs to know, and why it may not start.

use std::{io, net::SocketAddr, path::PathBuf};

use http_server::Serving;

use crate::{Database, PublicUrl};

/// Where a games API keeps its data and where it listens.
#[derive(Clone, Debug)]
pub struct Config {
    /// The database.
    pub database: Database,
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether the tables of a PostgreSQL database that is in use may be brought to this program's version. A SQLite file is copied
    /// beside itself first, so it needs no leave.
    pub migrate: bool,
    /// Everybody who logs in may do everything, as in the original, but for webhook subscriptions and for making anybody staff or a
    /// lecturer.
    pub open: bool,
    /// What addresses in answers begin with, where a proxy stands before the service; otherwise they begin with `http://` and the
    /// host that was asked.
    pub public_url: Option<PublicUrl>,
    /// TLS, and the proxies whose word counts for where a request comes from.
    pub serving: Serving,
}

impl Config {
    /// The usual settings with this SQLite file and address.
    #[must_use]
    pub fn new(file: PathBuf, listen: SocketAddr) -> Self {
        Self::on(Database::Sqlite(file), listen)
    }

    /// The usual settings with this database and address.
    #[must_use]
    pub fn on(database: Database, listen: SocketAddr) -> Self {
        Self {
            database,
            listen,
            migrate: false,
            open: false,
            public_url: None,
            serving: Serving::default(),
        }
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
    /// The text is no address of a PostgreSQL database.
    #[error(
        "expected an address like postgres://user:password@host:5432/database, got {reason}: correct it, or leave it out to use a SQLite file"
    )]
    Address {
        /// What is wrong with it; the address itself may hold a password.
        reason: String,
    },
    /// The PostgreSQL database cannot be used.
    #[error(
        "expected a PostgreSQL database at {database}, got: {reason}: check the address and the login, that the server runs, and with TLS that this system trusts its certificate"
    )]
    Connect {
        /// The address without its password.
        database: String,
        /// What the server or the network said.
        reason: String,
    },
    /// Another games API uses the PostgreSQL database.
    #[error(
        "expected to be the only games API on {database}, got another one that uses it: stop that one first, or give this one a database of its own"
    )]
    Taken {
        /// The address without its password.
        database: String,
    },
    /// A PostgreSQL database that is in use has an older schema.
    #[error(
        "expected the database {database} to have schema version {known}, got {found}: make a backup, then start once with --migrate"
    )]
    Older {
        /// The address without its password.
        database: String,
        /// Its version.
        found: i64,
        /// The version of this program.
        known: i64,
    },
    /// The database was written by a newer program.
    #[error(
        "expected the database {database} to have schema version {known} or older, got {found}: start it with the newer program that wrote it"
    )]
    Newer {
        /// The file, or the address without its password.
        database: String,
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
