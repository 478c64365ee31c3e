//! HTTP beside WAMP: programs that only know HTTP publish and call, with requests that they sign.
//!
//! `POST /publish` takes `{"topic", "args", "kwargs"}` and answers `{"id"}`; `POST /call` takes `{"procedure", "args", "kwargs"}` and answers
//! `{"args", "kwargs"}`. Each key of the settings is a user with a role, and may what its rules say. Without keys there are no such routes.
//!
//! | module | what it holds |
//! | --- | --- |
//! | `signed` | what makes a request one of a key's, and checks that it is |
//! | `replays` | that no request counts twice |

mod replays;
mod signed;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, RawQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use games_api::Clock;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;
use wamp::{Dict, MatchPolicy, Payload, error};
use wamp_transport::{CallError, Gate, Node, Operation, Permission, Request, Session, SessionInfo};

use super::keeper::Keeper;
use replays::Replays;
use signed::Signed;

/// What the routes work with.
#[derive(Debug)]
pub struct Bridge {
    keeper: Arc<Keeper>,
    node: Node,
    clock: Arc<dyn Clock>,
    replays: std::sync::Mutex<Replays>,
    /// The session of each key, with the role that it had then.
    sessions: Mutex<HashMap<String, (String, Session)>>,
}

/// Why a request is not carried out: status, error URI, and a sentence.
#[derive(Debug)]
struct Refusal(StatusCode, String, String);

/// What `/publish` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Publish {
    topic: String,
    #[serde(default)]
    args: Option<Box<RawValue>>,
    #[serde(default)]
    kwargs: Option<Box<RawValue>>,
}

/// What `/call` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    procedure: String,
    #[serde(default)]
    args: Option<Box<RawValue>>,
    #[serde(default)]
    kwargs: Option<Box<RawValue>>,
}

/// What `/call` answers.
#[derive(Debug, Serialize)]
struct Answer {
    args: Box<RawValue>,
    kwargs: Box<RawValue>,
}

/// The routes, for requests of at most so many bytes.
pub fn routes(keeper: Arc<Keeper>, node: Node, clock: Arc<dyn Clock>, most: usize) -> Router {
    let replays = std::sync::Mutex::new(Replays::since(clock.now()));
    Router::new()
        .route("/publish", post(publish))
        .route("/call", post(call))
        .layer(DefaultBodyLimit::max(most))
        .with_state(Arc::new(Bridge {
            keeper,
            node,
            clock,
            replays,
            sessions: Mutex::default(),
        }))
}

async fn publish(
    State(bridge): State<Arc<Bridge>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, Refusal> {
    let key = bridge.signer(peer.ip(), query.as_deref(), &body)?;
    let Publish {
        topic,
        args,
        kwargs,
    } = understood(&body)?;
    let session = bridge.admit(&key, Operation::Publish, &topic).await?;
    let payload = payload(args.as_deref(), kwargs.as_deref())?;
    let id = session.publish_acknowledged(&topic, payload).await?;
    Ok(answer(&json!({"id": id})))
}

async fn call(
    State(bridge): State<Arc<Bridge>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Response, Refusal> {
    let key = bridge.signer(peer.ip(), query.as_deref(), &body)?;
    let Call {
        procedure,
        args,
        kwargs,
    } = understood(&body)?;
    let session = bridge.admit(&key, Operation::Call, &procedure).await?;
    let payload = payload(args.as_deref(), kwargs.as_deref())?;
    let result = session.call(&procedure, payload).await?;
    let unreadable = |_| {
        Refusal::new(
            StatusCode::BAD_GATEWAY,
            error::INVALID_ARGUMENT,
            "the result is no JSON",
        )
    };
    Ok(answer(&Answer {
        args: result.args_as().map_err(unreadable)?,
        kwargs: result.kwargs_as().map_err(unreadable)?,
    }))
}

/// A key and its role.
#[derive(Debug)]
struct Key {
    name: String,
    role: String,
}

impl Bridge {
    /// Whose request this is: its signature fits, and it has not come before.
    fn signer(&self, from: IpAddr, query: Option<&str>, body: &[u8]) -> Result<Key, Refusal> {
        let signed = Signed::read(query.unwrap_or_default())
            .map_err(|told| Refusal::new(StatusCode::BAD_REQUEST, error::INVALID_ARGUMENT, told))?;
        let unauthorized =
            |told: &str| Refusal::new(StatusCode::UNAUTHORIZED, error::NOT_AUTHORIZED, told);
        self.keeper.may_try(from, &signed.key).map_err(|seconds| {
            let told = format!("too many wrong signatures; try again in {seconds} s");
            Refusal::new(StatusCode::TOO_MANY_REQUESTS, error::LIMIT_EXCEEDED, told)
        })?;
        let key = self.keeper.http_key(&signed.key);
        let fits = signed.fits(key.as_ref().map(|(secret, _)| secret), body);
        let Some((_, role)) = key.filter(|_| fits) else {
            self.keeper.was_wrong(from, &signed.key);
            return Err(unauthorized(
                "the key is unknown, or the signature does not fit",
            ));
        };
        let mut replays = self
            .replays
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = self.clock.now();
        replays.take(&signed, now).map_err(|refused| {
            Refusal::new(refused.status(), error::NOT_AUTHORIZED, refused.to_string())
        })?;
        Ok(Key {
            name: signed.key,
            role,
        })
    }

    /// The session as which a key acts.
    async fn session(&self, key: &Key) -> Result<Session, Refusal> {
        let mut sessions = self.sessions.lock().await;
        if let Some((role, session)) = sessions.get(&key.name)
            && *role == key.role
        {
            return Ok(session.clone());
        }
        let joined = self.node.join(&key.name, &key.role).await;
        let (session, mut inbox) = joined.map_err(|closed| {
            let (status, uri) = (StatusCode::SERVICE_UNAVAILABLE, error::UNAVAILABLE);
            Refusal::new(status, uri, closed.to_string())
        })?;
        // It hears nothing but its end.
        tokio::spawn(async move { while inbox.recv().await.is_some() {} });
        let entry = (key.role.clone(), session.clone());
        sessions.insert(key.name.clone(), entry);
        Ok(session)
    }

    /// The session as which a key acts, once it is clear that it may do this.
    async fn admit(&self, key: &Key, operation: Operation, uri: &str) -> Result<Session, Refusal> {
        let session = self.session(key).await?;
        let request = Request {
            session: Arc::new(SessionInfo {
                id: session.id(),
                authid: key.name.clone(),
                authrole: key.role.clone(),
                authmethod: "http".to_owned(),
                authprovider: "static".to_owned(),
                extra: Dict::new(),
                trusted: false,
                peer: None,
            }),
            operation,
            uri: uri.to_owned(),
            match_policy: MatchPolicy::Exact,
        };
        match self.keeper.authorize(request).await {
            Permission::Forbid { error, message } => {
                Err(Refusal::new(StatusCode::FORBIDDEN, &error, message))
            }
            _ => Ok(session),
        }
    }
}

fn understood<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|reason| {
        let told = format!("the body cannot be used: {reason}");
        Refusal::new(StatusCode::BAD_REQUEST, error::INVALID_ARGUMENT, told)
    })
}

/// Arguments as they came, once it is clear that they are a list and an object.
fn payload(args: Option<&RawValue>, kwargs: Option<&RawValue>) -> Result<Payload, Refusal> {
    let wrong = |told| Refusal::new(StatusCode::BAD_REQUEST, error::INVALID_ARGUMENT, told);
    let args = match args {
        None => Vec::new(),
        Some(args) => serde_json::from_str::<Vec<&RawValue>>(args.get())
            .map_err(|_| wrong("expected args to be a list"))?,
    };
    let kwargs = match kwargs {
        None => Map::new(),
        Some(kwargs) => serde_json::from_str::<Map<String, Value>>(kwargs.get())
            .map_err(|_| wrong("expected kwargs to be an object"))?,
    };
    Payload::json(&args, &kwargs).map_err(|_| wrong("the arguments cannot be written as JSON"))
}

fn answer(told: &impl Serialize) -> Response {
    axum::Json(told).into_response()
}

impl Refusal {
    fn new(status: StatusCode, uri: &str, told: impl Into<String>) -> Self {
        Self(status, uri.to_owned(), told.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, error, told) = self;
        let json = (header::CONTENT_TYPE, "application/json");
        let body = json!({"error": error, "args": [told]}).to_string();
        (status, [json], body).into_response()
    }
}

impl From<CallError> for Refusal {
    fn from(refused: CallError) -> Self {
        match refused {
            CallError::Refused(refusal) => {
                let status = match refusal.uri.as_str() {
                    error::NO_SUCH_PROCEDURE => StatusCode::NOT_FOUND,
                    error::INVALID_URI => StatusCode::BAD_REQUEST,
                    error::TIMEOUT => StatusCode::GATEWAY_TIMEOUT,
                    _ => StatusCode::UNPROCESSABLE_ENTITY,
                };
                let sentence = refusal.payload.args().ok();
                let sentence = sentence.and_then(|args| Some(args.first()?.as_str()?.to_owned()));
                Self(status, refusal.uri, sentence.unwrap_or_default())
            }
            CallError::Timeout { .. } => Self::new(
                StatusCode::GATEWAY_TIMEOUT,
                error::TIMEOUT,
                refused.to_string(),
            ),
            other => {
                let (status, uri) = (StatusCode::SERVICE_UNAVAILABLE, error::UNAVAILABLE);
                Self::new(status, uri, other.to_string())
            }
        }
    }
}
