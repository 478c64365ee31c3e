//! A WAMP client over WebSocket or RawSocket.

mod dial;
mod link;
mod tls;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;
use wamp::cra::Salting;
use wamp::{Dict, Id, Message, Secret, Serializer, cra, cryptosign};
use wamp_router::AuthMethod;

use crate::carrier::{Broken, Heard, Receiver, Sender};
use crate::session::{self, Delivery, Link};
use crate::{Inbox, Session};
use dial::Dialed;

/// How many messages may wait to be written to the socket. Whoever has one more waits.
const OUTGOING: usize = 256;

/// Whom to say one is when connecting.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The realm to join.
    pub realm: String,
    /// The user; without one the session is anonymous.
    pub authid: Option<String>,
    /// How to prove that one is that user.
    pub proof: ClientProof,
    /// How messages are written.
    pub serializer: Serializer,
    /// Who may have made the certificate of a `wss://` server: a file with the certificates of authorities in PEM, which is read at each
    /// connecting; without one those that this machine trusts.
    pub authorities: Option<PathBuf>,
    /// Whether this client takes several invocations of one call ([`Inbound::Invocation`](crate::Inbound::Invocation)`::more`).
    pub takes_calls_in_parts: bool,
    /// How long connecting and joining may take together.
    pub connect_timeout: Duration,
    /// How long a request waits for its answer.
    pub call_timeout: Duration,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            realm: String::from("realm1"),
            authid: None,
            proof: ClientProof::Nothing,
            serializer: Serializer::Json,
            authorities: None,
            takes_calls_in_parts: false,
            connect_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(30),
        }
    }
}

impl ConnectOptions {
    /// As a user with a password or token, on `realm1`.
    #[must_use]
    pub fn ticket(authid: impl Into<String>, ticket: impl Into<Secret>) -> Self {
        Self {
            authid: Some(authid.into()),
            proof: ClientProof::Ticket(ticket.into()),
            ..Self::default()
        }
    }

    /// As whoever has the key with this private half (32 bytes in hexadecimal), on `realm1`.
    #[must_use]
    pub fn cryptosign(private_key: impl Into<Secret>) -> Self {
        Self {
            proof: ClientProof::CryptoSign(private_key.into()),
            ..Self::default()
        }
    }

    /// As a user with a secret that is not sent (WAMP-CRA), on `realm1`.
    #[must_use]
    pub fn wampcra(authid: impl Into<String>, secret: impl Into<Secret>) -> Self {
        Self {
            authid: Some(authid.into()),
            proof: ClientProof::WampCra(secret.into()),
            ..Self::default()
        }
    }
}

/// How a client proves who it is.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum ClientProof {
    /// Not at all: the session is anonymous.
    #[default]
    Nothing,
    /// With a password or token.
    Ticket(Secret),
    /// With a secret that stays here, or a password where the router salts: [`wamp::cra`].
    WampCra(Secret),
    /// With the private half of a key, 32 bytes in hexadecimal: [`wamp::cryptosign`].
    CryptoSign(Secret),
}

impl ClientProof {
    fn method(&self) -> AuthMethod {
        match self {
            Self::Nothing => AuthMethod::Anonymous,
            Self::Ticket(_) => AuthMethod::Ticket,
            Self::WampCra(_) => AuthMethod::WampCra,
            Self::CryptoSign(_) => AuthMethod::CryptoSign,
        }
    }

    /// The signature that answers CHALLENGE.
    fn answer(&self, method: &str, extra: &Dict) -> Result<Secret, ConnectError> {
        if method != self.method().as_str() {
            let expected = self.method().as_str();
            return Err(protocol(format!(
                "CHALLENGE by {method}, though only {expected} was offered"
            )));
        }
        match self {
            Self::Nothing => Err(protocol("CHALLENGE, but nothing to answer it with")),
            Self::Ticket(ticket) => Ok(ticket.clone()),
            Self::WampCra(secret) => {
                let challenge = to_sign(extra, cra::CHALLENGE)?;
                Ok(match Salting::read(extra).map_err(protocol)? {
                    Some(salting) => cra::sign(&salting.derive(secret), challenge),
                    None => cra::sign(secret, challenge),
                })
            }
            Self::CryptoSign(key) => {
                let signed = cryptosign::sign(key, to_sign(extra, cryptosign::CHALLENGE)?);
                signed.ok_or_else(|| protocol("a key or a CHALLENGE that is not 32 bytes"))
            }
        }
    }
}

/// What CHALLENGE wants signed.
fn to_sign<'a>(extra: &'a Dict, member: &str) -> Result<&'a str, ConnectError> {
    let challenge = extra.get(member).and_then(Value::as_str);
    challenge.ok_or_else(|| protocol("CHALLENGE with nothing to sign"))
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server cannot be reached, or does not speak WAMP there.
    #[error("cannot connect to {url}: {reason}")]
    Unreachable {
        /// Where it was tried.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The server does not prove who it is, as far as can be told here.
    #[error("cannot trust {url}: {reason}")]
    Untrusted {
        /// Where it was tried.
        url: String,
        /// What is wrong with its certificate, or with the file of authorities.
        reason: String,
    },
    /// The router refused.
    #[error("the router refused: {reason}: {message}")]
    Refused {
        /// The reason URI of ABORT.
        reason: String,
        /// Its sentence.
        message: String,
    },
    /// Connecting and joining took too long.
    #[error("no session within {after:?}")]
    Timeout {
        /// How long was waited.
        after: Duration,
    },
    /// The other side does not keep to the protocol.
    #[error("the other side does not speak WAMP: {reason}")]
    Protocol {
        /// What was wrong.
        reason: String,
    },
}

/// Connects and joins the realm: over WebSocket (`ws://host:port/ws`, `wss://host/ws`), over RawSocket (`rs://host:port`), or over RawSocket on a unix
/// socket (`unix:/path`).
///
/// # Errors
/// [`ConnectError`] tells an unreachable server from a refusal.
pub async fn connect(url: &str, options: ConnectOptions) -> Result<(Session, Inbox), ConnectError> {
    let after = options.connect_timeout;
    let (inbox, delivery) = session::prepare();
    let (outgoing, messages) = mpsc::channel(OUTGOING);
    let joining = async {
        match dial::dial(url, &options).await? {
            Dialed::WebSocket(socket) => {
                let (sender, receiver) = dial::halves(*socket, options.serializer);
                begin(sender, receiver, &options, messages, delivery).await
            }
            Dialed::Tcp(sender, receiver) => {
                begin(sender, receiver, &options, messages, delivery).await
            }
            #[cfg(unix)]
            Dialed::Unix(sender, receiver) => {
                begin(sender, receiver, &options, messages, delivery).await
            }
        }
    };
    let id = timeout(after, Box::pin(joining))
        .await
        .map_err(|_| ConnectError::Timeout { after })??;
    let session = Session::new(id, Link::Socket(outgoing), &inbox, options.call_timeout);
    Ok((session, inbox))
}

/// Joins, and leaves a task to carry messages.
async fn begin(
    mut sender: impl Sender + 'static,
    mut receiver: impl Receiver + 'static,
    options: &ConnectOptions,
    messages: mpsc::Receiver<Message>,
    delivery: Delivery,
) -> Result<Id, ConnectError> {
    let id = join(&mut sender, &mut receiver, options).await?;
    let serializer = options.serializer;
    tokio::spawn(link::run(sender, receiver, serializer, messages, delivery));
    Ok(id)
}

/// HELLO to WELCOME.
async fn join(
    sender: &mut impl Sender,
    receiver: &mut impl Receiver,
    options: &ConnectOptions,
) -> Result<Id, ConnectError> {
    let serializer = options.serializer;
    let hello = Message::Hello {
        realm: options.realm.clone(),
        details: hello_details(options),
    };
    link::say(sender, serializer, &hello).await?;
    loop {
        match hear(receiver, serializer).await? {
            Message::Challenge { method, extra } => {
                let proof = Message::Authenticate {
                    signature: options.proof.answer(&method, &extra)?,
                    extra: Dict::new(),
                };
                link::say(sender, serializer, &proof).await?;
            }
            Message::Welcome { session, .. } => return Ok(session),
            Message::Abort { details, reason } => {
                let message = details.get("message").and_then(Value::as_str);
                return Err(ConnectError::Refused {
                    reason,
                    message: message.unwrap_or("no message").to_owned(),
                });
            }
            other => return Err(protocol(format!("{} during the handshake", other.kind()))),
        }
    }
}

fn hello_details(options: &ConnectOptions) -> Dict {
    let mut details = Dict::new();
    details.insert("roles".to_owned(), roles(options));
    let method = options.proof.method().as_str();
    details.insert("authmethods".to_owned(), json!([method]));
    if let Some(authid) = &options.authid {
        details.insert("authid".to_owned(), Value::from(authid.as_str()));
    }
    if let ClientProof::CryptoSign(key) = &options.proof {
        let public = cryptosign::public_key(key);
        details.insert("authextra".to_owned(), json!({"pubkey": public}));
    }
    details
}

/// What this client can do.
fn roles(options: &ConnectOptions) -> Value {
    json!({
        "caller": {"features": {
            "call_canceling": true,
            "call_timeout": true,
            "progressive_call_invocations": true,
            "progressive_call_results": true,
        }},
        "callee": {"features": {
            "call_canceling": true,
            "caller_identification": true,
            "pattern_based_registration": true,
            "progressive_call_invocations": options.takes_calls_in_parts,
            "progressive_call_results": true,
            "registration_revocation": true,
            "shared_registration": true,
        }},
        "publisher": {"features": {
            "publisher_exclusion": true,
            "subscriber_blackwhite_listing": true,
        }},
        "subscriber": {"features": {
            "pattern_based_subscription": true,
            "publisher_identification": true,
        }},
    })
}

async fn hear(
    receiver: &mut impl Receiver,
    serializer: Serializer,
) -> Result<Message, ConnectError> {
    loop {
        match receiver.next().await {
            Heard::Message(bytes) => {
                let message = serializer.decode(&bytes);
                return message.map_err(|error| protocol(error.to_string()));
            }
            Heard::Life => {}
            Heard::Fault { what, .. } => return Err(protocol(what)),
            Heard::Gone(reason) => {
                return Err(protocol(format!("during the handshake: {reason}")));
            }
        }
    }
}

impl From<Broken> for ConnectError {
    fn from(Broken(reason): Broken) -> Self {
        protocol(reason)
    }
}

fn protocol(reason: impl Into<String>) -> ConnectError {
    ConnectError::Protocol {
        reason: reason.into(),
    }
}
