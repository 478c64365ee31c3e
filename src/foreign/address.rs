//! Where a foreign router is, and how the service proves there who it is.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wamp::Secret;
use wamp_transport::{ClientProof, ConnectOptions, Inbox, Session, connect};

use super::Fault;

/// How long connecting and joining may take together.
const CONNECT: Duration = Duration::from_secs(10);
/// How long the router may take for an answer.
pub(super) const ANSWER: Duration = Duration::from_secs(10);

/// How the service proves to a foreign router who it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Not at all. For routers that only the service can reach so.
    #[default]
    Anonymous,
    /// With a password that the router is told.
    Ticket,
    /// With a secret that is not sent.
    #[value(name = "wampcra")]
    WampCra,
    /// With the private half of a key.
    #[value(name = "cryptosign")]
    CryptoSign,
}

/// A foreign router, and the service's login there.
#[derive(Clone, Debug)]
pub struct Address {
    /// Where it is: `ws://host:port/path`, `wss://…`, `rs://host:port` or `unix:/path`.
    pub url: String,
    /// The realm.
    pub realm: String,
    /// How the service proves who it is.
    pub method: Method,
    /// As whom.
    pub authid: String,
    /// Ticket, secret or private key.
    pub secret: Secret,
    /// A file with the certificates of the authorities that count for `wss://`; without one, those that this machine trusts.
    pub authorities: Option<PathBuf>,
    /// The procedure by which the router asks who somebody is, if it does.
    pub authenticator: Option<String>,
    /// The procedure by which the router asks what somebody may do, if it does.
    pub authorizer: Option<String>,
}

impl Address {
    /// Joins the realm.
    ///
    /// # Errors
    /// The router is not there, has no such realm, or does not let the service in.
    pub async fn join(&self) -> Result<(Session, Inbox), Fault> {
        let proof = match self.method {
            Method::Anonymous => ClientProof::Nothing,
            Method::Ticket => ClientProof::Ticket(self.secret.clone()),
            Method::WampCra => ClientProof::WampCra(self.secret.clone()),
            Method::CryptoSign => ClientProof::CryptoSign(self.secret.clone()),
        };
        let options = ConnectOptions {
            realm: self.realm.clone(),
            authid: (!self.authid.is_empty()).then(|| self.authid.clone()),
            proof,
            authorities: self.authorities.clone(),
            connect_timeout: CONNECT,
            call_timeout: ANSWER,
            ..ConnectOptions::default()
        };
        let joined = connect(&self.url, options).await;
        joined.map_err(|error| Fault::joining(self, error))
    }
}
