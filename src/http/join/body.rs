//! What browsers send: small objects of JSON.

use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use simpl::Rejected;

use super::refuse;

/// Bytes of a body at most.
const LONGEST: usize = 8 * 1024;

/// The body of `POST /join/<code>`: a nickname, or an account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Joins {
    pub(super) nickname: Option<String>,
    pub(super) key: Option<String>,
    pub(super) return_code: Option<String>,
    pub(super) email: Option<String>,
    pub(super) password: Option<String>,
    pub(super) student_number: Option<String>,
}

/// The body of `POST /join/<code>/return`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Returns {
    pub(super) return_code: String,
}

/// Reads a body.
///
/// # Errors
/// It is no JSON, too long, or does not come.
pub(super) async fn read<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    patience: Duration,
) -> Result<T, Rejected> {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    // A form of another page can send everything but this.
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        return Err(refuse::not_json("a body of type application/json"));
    }
    let read = tokio::time::timeout(patience, to_bytes(body, LONGEST)).await;
    let bytes = read
        .map_err(|_| refuse::not_json("a body that comes within 10 s"))?
        .map_err(|_| refuse::not_json("a body of at most 8192 bytes"))?;
    serde_json::from_slice(&bytes).map_err(|error| refuse::not_read(&error))
}
