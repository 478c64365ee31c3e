//! A WAMP client over WebSocket.

mod link;

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message as Frame, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};
use wamp::{Dict, Id, Message, Secret, cra};
use wamp_router::AuthMethod;

use crate::session::{self, Link};
use crate::{Inbox, Session};

/// How many messages may wait to be written to the socket. Whoever has one more waits.
const OUTGOING: usize = 256;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Whom to say one is when connecting.
#[derive(Clone, Debug)]
pub struct ConnectOptions {
    /// The realm to join.
    pub realm: String,
    /// The user; without one the session is anonymous.
    pub authid: Option<String>,
    /// How to prove that one is that user.
    pub proof: ClientProof,
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
    /// With a secret that stays here: [`wamp::cra`].
    WampCra(Secret),
}

impl ClientProof {
    fn method(&self) -> AuthMethod {
        match self {
            Self::Nothing => AuthMethod::Anonymous,
            Self::Ticket(_) => AuthMethod::Ticket,
            Self::WampCra(_) => AuthMethod::WampCra,
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
            Self::WampCra(_) if extra.contains_key("salt") => Err(protocol(
                "CHALLENGE for a salted secret, which is not supported",
            )),
            Self::WampCra(secret) => {
                let challenge = extra.get(cra::CHALLENGE).and_then(Value::as_str);
                let challenge =
                    challenge.ok_or_else(|| protocol("CHALLENGE with nothing to sign"))?;
                Ok(cra::sign(secret, challenge))
            }
        }
    }
}

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The server cannot be reached, or does not speak WAMP over WebSocket there.
    #[error("cannot open a WebSocket at {url}: {reason}")]
    Unreachable {
        /// Where it was tried.
        url: String,
        /// What happened.
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

/// Opens a WebSocket at `url` (`ws://host:port/ws`) and joins the realm.
///
/// # Errors
/// [`ConnectError`] tells an unreachable server from a refusal.
pub async fn connect(url: &str, options: ConnectOptions) -> Result<(Session, Inbox), ConnectError> {
    let after = options.connect_timeout;
    let joining = async {
        let mut socket = open(url).await?;
        let id = join(&mut socket, &options).await?;
        Ok((socket, id))
    };
    let (socket, id) = timeout(after, Box::pin(joining))
        .await
        .map_err(|_| ConnectError::Timeout { after })??;
    let (inbox, delivery) = session::prepare();
    let (outgoing, messages) = mpsc::channel(OUTGOING);
    tokio::spawn(link::run(socket, messages, delivery));
    let session = Session::new(id, Link::Socket(outgoing), &inbox, options.call_timeout);
    Ok((session, inbox))
}

async fn open(url: &str) -> Result<Socket, ConnectError> {
    let unreachable = |error: WebSocketError| ConnectError::Unreachable {
        url: url.to_owned(),
        reason: error.to_string(),
    };
    let mut request = url.into_client_request().map_err(unreachable)?;
    let subprotocol = HeaderValue::from_static("wamp.2.json");
    request
        .headers_mut()
        .insert(SEC_WEBSOCKET_PROTOCOL, subprotocol);
    // Small messages must not wait for each other's acknowledgement on the wire.
    let no_delay = true;
    let connected = connect_async_with_config(request, None, no_delay).await;
    connected.map(|(socket, _)| socket).map_err(unreachable)
}

/// HELLO to WELCOME.
async fn join(socket: &mut Socket, options: &ConnectOptions) -> Result<Id, ConnectError> {
    let hello = Message::Hello {
        realm: options.realm.clone(),
        details: hello_details(options),
    };
    say(socket, &hello).await?;
    loop {
        match hear(socket).await? {
            Message::Challenge { method, extra } => {
                let proof = Message::Authenticate {
                    signature: options.proof.answer(&method, &extra)?,
                    extra: Dict::new(),
                };
                say(socket, &proof).await?;
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

async fn say(socket: &mut Socket, message: &Message) -> Result<(), ConnectError> {
    socket.send(frame(message)).await.map_err(broken)
}

async fn hear(socket: &mut Socket) -> Result<Message, ConnectError> {
    loop {
        match socket.next().await {
            Some(Ok(Frame::Text(text))) => {
                return wamp::json::decode(&text.into()).map_err(broken);
            }
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
            Some(Ok(Frame::Close(_))) | None => {
                return Err(protocol("the connection was closed during the handshake"));
            }
            Some(Ok(_)) => return Err(protocol("expected text frames, got another")),
            Some(Err(error)) => return Err(broken(error)),
        }
    }
}

fn frame(message: &Message) -> Frame {
    let text = Utf8Bytes::try_from(wamp::json::encode(message));
    Frame::Text(text.expect("the codec writes UTF-8"))
}

fn broken<E: std::error::Error>(error: E) -> ConnectError {
    protocol(error.to_string())
}

fn protocol(reason: impl Into<String>) -> ConnectError {
    ConnectError::Protocol {
        reason: reason.into(),
    }
}
