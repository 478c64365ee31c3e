//! Why the service cannot serve through a foreign router.

use wamp::error;
use wamp_transport::{CallError, ConnectError};

use super::Address;

/// What is wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is no router, or it does not speak WAMP there.
    #[error(
        "{reason}\n(foreign_router.url = {url}) Start the router, or correct the address with --router: it ends in the path of its WebSocket, as in ws://127.0.0.1:8080/ws"
    )]
    Away {
        /// Where it was looked for.
        url: String,
        /// What happened.
        reason: String,
    },
    /// It does not prove that it is that router.
    #[error(
        "the router at {url} does not prove that it is the one: {reason}\nWhere an authority of your own has made its certificate, name a file with the authority's certificate with --router-ca-file (foreign_router.ca_file); the certificate has to be for the host of the address"
    )]
    Untrusted {
        /// The router.
        url: String,
        /// What is wrong with its certificate, or with the file.
        reason: String,
    },
    /// It has no such realm.
    #[error(
        "the router at {url} has no realm `{realm}`: add it to its configuration, or name another with --realm (wamp.realm)"
    )]
    NoRealm {
        /// The router.
        url: String,
        /// The realm.
        realm: String,
    },
    /// It does not know the service, or not by this proof.
    #[error(
        "the router at {url} does not let the service in ({method:?}, authid `{authid}`): {reason}: {message}\nSet --router-auth, --router-authid and SIMPL_FOREIGN_ROUTER_SECRET to what its configuration has for the service; docs/foreign-router.md shows one that works"
    )]
    NotLetIn {
        /// The router.
        url: String,
        /// How the service proved who it is.
        method: super::Method,
        /// As whom.
        authid: String,
        /// What it said.
        reason: String,
        /// In words.
        message: String,
    },
    /// Somebody else offers the same procedure.
    #[error(
        "the procedure {uri} is registered by another session on this router: a game is served by one model service at a time, so stop the other one"
    )]
    Taken {
        /// The procedure.
        uri: String,
    },
    /// The service's role has no right to do that.
    #[error(
        "the router does not let the service {doing} {uri}: {reason}\nIts role needs call, register, publish and subscribe on the games' root topics and on `wamp.`; docs/foreign-router.md shows a configuration that works"
    )]
    Forbidden {
        /// `register`, `subscribe to`, `call`.
        doing: &'static str,
        /// What.
        uri: String,
        /// What the router said.
        reason: String,
    },
    /// It did not answer, or the session ended.
    #[error("the router was asked to let the service {doing} {uri}: {reason}")]
    Failed {
        /// `register`, `subscribe to`, `call`.
        doing: &'static str,
        /// What.
        uri: String,
        /// What happened.
        reason: String,
    },
}

impl Fault {
    pub(super) fn joining(at: &Address, error: ConnectError) -> Self {
        let url = at.url.clone();
        match error {
            ConnectError::Refused { reason, .. } if reason == error::NO_SUCH_REALM => {
                Self::NoRealm {
                    url,
                    realm: at.realm.clone(),
                }
            }
            ConnectError::Refused { reason, message } => Self::NotLetIn {
                url,
                method: at.method,
                authid: at.authid.clone(),
                reason,
                message,
            },
            ConnectError::Untrusted { reason, .. } => Self::Untrusted { url, reason },
            other => Self::Away {
                url,
                reason: other.to_string(),
            },
        }
    }

    /// What the router said to a request of the service.
    pub(super) fn refused(doing: &'static str, uri: &str, error: &CallError) -> Self {
        let (uri, reason) = (uri.to_owned(), error.to_string());
        match error.uri() {
            Some(error::PROCEDURE_ALREADY_EXISTS) => Self::Taken { uri },
            Some(_) => Self::Forbidden { doing, uri, reason },
            None => Self::Failed { doing, uri, reason },
        }
    }
}
