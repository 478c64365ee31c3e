//! Answers: JSON, and each refusal's status, headers and body.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::refusal::Refusal;

/// Seconds after which an overloaded service may be asked again.
const LATER: u64 = 2;

/// A JSON answer.
pub(super) fn json_of(status: StatusCode, body: &impl Serialize) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    );
    match serde_json::to_vec(body) {
        Ok(bytes) => (status, headers, bytes).into_response(),
        Err(error) => Refusal::Failed(error.to_string()).into_response(),
    }
}

/// An answer without a body.
pub(super) fn empty() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn detail(status: StatusCode, text: &str) -> Response {
    json_of(status, &json!({ "detail": text }))
}

fn with(mut response: Response, name: header::HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(body) => json_of(StatusCode::BAD_REQUEST, &body),
            Self::Unauthenticated(text) => with(
                detail(StatusCode::UNAUTHORIZED, text),
                header::WWW_AUTHENTICATE,
                "Token",
            ),
            Self::Forbidden => detail(
                StatusCode::FORBIDDEN,
                "You do not have permission to perform this action.",
            ),
            Self::NotFound(text) => detail(StatusCode::NOT_FOUND, &text),
            Self::Method(method, allow) => with(
                detail(
                    StatusCode::METHOD_NOT_ALLOWED,
                    &format!(r#"Method "{method}" not allowed."#),
                ),
                header::ALLOW,
                allow,
            ),
            Self::CursorGone {
                cursor,
                epoch,
                detail,
            } => {
                let body = json!({"detail": detail, "cursor": cursor, "epoch": epoch});
                json_of(StatusCode::GONE, &body)
            }
            Self::TooLarge => detail(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Expected a body of at most 1 MiB, got more: send less at once.",
            ),
            Self::MediaType(found) => detail(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                &format!(r#"Unsupported media type "{found}" in request."#),
            ),
            Self::TooMany(seconds) => with(
                detail(
                    StatusCode::TOO_MANY_REQUESTS,
                    &format!(
                        "Too many wrong passwords for this account: try again in {seconds} seconds."
                    ),
                ),
                header::RETRY_AFTER,
                &seconds.to_string(),
            ),
            Self::Busy => with(
                detail(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The service is overloaded or stopping: try again in a moment.",
                ),
                header::RETRY_AFTER,
                &LATER.to_string(),
            ),
            Self::Away => with(
                detail(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The database cannot be reached, so nothing was acknowledged: try again in a moment.",
                ),
                header::RETRY_AFTER,
                &LATER.to_string(),
            ),
            Self::Failed(reason) => {
                tracing::error!(reason, "a request failed");
                detail(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "The service failed to do this; its log says why.",
                )
            }
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
