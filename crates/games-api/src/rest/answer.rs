//! Answers: JSON, and each refusal's status, headers and body.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};

use super::observe;
use crate::refusal::Refusal;

/// Seconds after which an overloaded service may be asked again.
const LATER: u64 = 2;

/// An answer that is JSON already.
pub(super) fn json(status: StatusCode, body: impl Into<Body>) -> Response {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, JSON)], body.into()).into_response()
}

/// A JSON answer.
pub(super) fn json_of(status: StatusCode, body: &impl Serialize) -> Response {
    match serde_json::to_vec(body) {
        Ok(bytes) => json(status, bytes),
        Err(error) => Refusal::Failed(error.to_string()).into_response(),
    }
}

/// An answer without a body.
pub(super) fn empty() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn with(mut response: Response, name: header::HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

impl Refusal {
    /// The answer's status and body.
    pub(crate) fn told(&self) -> (StatusCode, Value) {
        let detail = |status, text: &str| (status, json!({ "detail": text }));
        match self {
            Self::Invalid(body) => (StatusCode::BAD_REQUEST, body.clone()),
            Self::Unauthenticated(text) => detail(StatusCode::UNAUTHORIZED, text),
            Self::Forbidden => detail(
                StatusCode::FORBIDDEN,
                "You do not have permission to perform this action.",
            ),
            Self::NotFound(text) => detail(StatusCode::NOT_FOUND, text),
            Self::Method(method, _) => detail(
                StatusCode::METHOD_NOT_ALLOWED,
                &format!(r#"Method "{method}" not allowed."#),
            ),
            Self::Conflict(text) => detail(StatusCode::CONFLICT, text),
            Self::CursorGone {
                cursor,
                epoch,
                detail,
            } => {
                let body = json!({"detail": detail, "cursor": cursor, "epoch": epoch});
                (StatusCode::GONE, body)
            }
            Self::Stale { expected, row } => {
                let words = format!(
                    "Expected the row as it was at {expected}, but it is another now, or gone: look at it and decide again."
                );
                let body = json!({"detail": words, "row": row});
                (StatusCode::PRECONDITION_FAILED, body)
            }
            Self::KeyOfAnother(key) => detail(
                StatusCode::UNPROCESSABLE_ENTITY,
                &format!(
                    "Expected the operations that were done under the key {key:?}, got others: a key names one group for ever."
                ),
            ),
            Self::TooLarge(limit) => detail(
                StatusCode::PAYLOAD_TOO_LARGE,
                &format!(
                    "Expected a body of at most {} MiB, got more: send less at once.",
                    limit / (1024 * 1024)
                ),
            ),
            Self::MediaType(found) => detail(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                &format!(r#"Unsupported media type "{found}" in request."#),
            ),
            Self::TooMany { what, seconds } => detail(
                StatusCode::TOO_MANY_REQUESTS,
                &format!("{what}: try again in {seconds} seconds."),
            ),
            Self::Busy => detail(
                StatusCode::SERVICE_UNAVAILABLE,
                "The service is overloaded or stopping: try again in a moment.",
            ),
            Self::Away => detail(
                StatusCode::SERVICE_UNAVAILABLE,
                "The database cannot be reached, so nothing was acknowledged: try again in a moment.",
            ),
            Self::Failed(_) => detail(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The service failed to do this; its log says why.",
            ),
        }
    }
}

impl Refusal {
    /// Why the service could not do it, for its log, when it is the service's own doing.
    pub(crate) fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed(reason) => Some(reason),
            Self::Away => Some("the database cannot be reached"),
            Self::Busy => Some("overloaded or stopping"),
            _ => None,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, mut body) = self.told();
        if let Some(reason) = self.failure() {
            observe::failed_by(reason);
            if let Some(id) = observe::id() {
                body["request_id"] = (*id).into();
            }
        }
        let response = json_of(status, &body);
        match self {
            Self::Unauthenticated(_) => with(response, header::WWW_AUTHENTICATE, "Token"),
            Self::Method(_, allow) => with(response, header::ALLOW, allow),
            Self::TooMany { seconds, .. } => {
                with(response, header::RETRY_AFTER, &seconds.to_string())
            }
            Self::Busy | Self::Away => with(response, header::RETRY_AFTER, &LATER.to_string()),
            _ => response,
        }
    }
}

/// Removes what no player may see: `_private` members, however deep in a row's data.
pub(crate) fn hide_private(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.shift_remove("_private");
            members.values_mut().for_each(hide_private);
        }
        Value::Array(items) => items.iter_mut().for_each(hide_private),
        _ => {}
    }
}
