//! `/apis/`, what it speaks, and everything that is not there.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use games_contract::{Announcement, Resource};

use super::{
    Api, answer,
    collection::options,
    login::{self, Peer},
};
use crate::{openapi, refusal::Refusal, rows};

const METHODS: &str = "GET, HEAD, OPTIONS";
/// What is offered beyond the original, and where: the audit log is each run's, the history each scenario's.
const EXTRAS: [(&str, &str); 6] = [
    ("changes", "changes"),
    ("batch", "batch"),
    ("leases", "leases"),
    ("tickets", "tickets"),
    ("audit", "runs"),
    ("history", "scenarios"),
];

/// `GET /apis/`: what there is, and what is offered beyond the original.
pub(super) async fn root(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    login::viewer(&api, &headers, peer).await?;
    match method {
        Method::GET | Method::HEAD => {
            let base = format!("{}/apis/", api.base(&headers));
            let announcement = Announcement::below(&base, &EXTRAS);
            Ok(answer::json_of(StatusCode::OK, &announcement))
        }
        Method::OPTIONS => Ok(options(METHODS)),
        other => Err(Refusal::Method(other.to_string(), METHODS)),
    }
}

/// `GET /openapi.json`: what all of this speaks.
pub(super) async fn openapi() -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], openapi::document()).into_response()
}

/// A path that is not there. One that would be with a slash at its end is said so: reads are sent there, as by the original.
pub(super) async fn elsewhere(State(api): State<Api>, method: Method, uri: Uri) -> Response {
    let path = uri.path();
    if path.ends_with('/') || !is_below_apis(path) {
        return Refusal::no_row().into_response();
    }
    let query = uri.query().map(|query| format!("?{query}"));
    // Behind a proxy the same path may be another one's.
    let base = api.public_url.map(|url| url.to_string());
    let there = format!(
        "{}{path}/{}",
        base.unwrap_or_default(),
        query.unwrap_or_default()
    );
    match (method, HeaderValue::from_str(&there)) {
        (Method::GET | Method::HEAD, Ok(location)) => (
            StatusCode::MOVED_PERMANENTLY,
            [(header::LOCATION, location)],
        )
            .into_response(),
        _ => Refusal::NotFound(format!(
            "Expected a path with a slash at its end, got {path}: use {path}/."
        ))
        .into_response(),
    }
}

fn is_below_apis(path: &str) -> bool {
    let mut parts = path.split('/').skip(1);
    if parts.next() != Some("apis") {
        return false;
    }
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => true,
        (Some(name), None, _) => {
            Resource::from_collection(name).is_some()
                || matches!(
                    name,
                    "authcheck" | "batch" | "bulk" | "changes" | "leases" | "tickets"
                )
        }
        (Some("bulk"), Some(name), _) => Resource::from_collection(name).is_some_and(rows::in_bulk),
        (Some(name), Some(_), None) => Resource::from_collection(name).is_some(),
        _ => false,
    }
}
