//! Bodies: JSON and forms, both kinds of them.

use axum::{
    body::{Body as Stream, Bytes, to_bytes},
    http::{HeaderMap, header},
};
use games_contract::{Map, Resource};
use serde_json::Value;

use super::{Api, BODY, multipart};
use crate::{refusal::Refusal, rows::Body};

/// What a body holds.
#[derive(Debug)]
enum Sent {
    Nothing,
    Json(Value),
    Form(Map),
}

/// Reads a body that holds one row, at most 1 MiB of it.
pub(super) async fn read(headers: &HeaderMap, stream: Stream) -> Result<Body, Refusal> {
    match sent(headers, stream, BODY).await? {
        Sent::Nothing => Ok(Body::of(Map::new())),
        Sent::Json(value) => object(value),
        Sent::Form(members) => Ok(Body {
            members,
            form: true,
        }),
    }
}

/// Reads a body that has one form only, at most `limit` bytes of it.
pub(super) async fn read_as<T: serde::de::DeserializeOwned>(
    headers: &HeaderMap,
    stream: Stream,
    limit: usize,
) -> Result<T, Refusal> {
    let (kind, bytes) = received(headers, stream, limit).await?;
    match kind {
        Format::Json => serde_json::from_slice(&bytes),
        Format::Nothing => serde_json::from_slice(b"null"),
        Format::Form | Format::Multipart(_) => {
            return Err(Refusal::MediaType("a form".to_owned()));
        }
    }
    .map_err(|error| Refusal::detail(format!("JSON parse error - {error}")))
}

/// One row, or a list of rows of which some may be none.
#[derive(Debug)]
pub(super) enum Rows {
    One(Body),
    Many(Vec<Result<Body, Refusal>>),
}

/// Reads a body that holds one row or a list of them, at most `limit` bytes of it.
pub(super) async fn read_rows(
    headers: &HeaderMap,
    stream: Stream,
    limit: usize,
) -> Result<Rows, Refusal> {
    match sent(headers, stream, limit).await? {
        Sent::Json(Value::Array(items)) => Ok(Rows::Many(items.into_iter().map(object).collect())),
        Sent::Nothing => Ok(Rows::One(Body::of(Map::new()))),
        Sent::Json(value) => object(value).map(Rows::One),
        Sent::Form(members) => Ok(Rows::One(Body {
            members,
            form: true,
        })),
    }
}

async fn sent(headers: &HeaderMap, stream: Stream, limit: usize) -> Result<Sent, Refusal> {
    let (format, bytes) = received(headers, stream, limit).await?;
    match format {
        Format::Nothing => Ok(Sent::Nothing),
        Format::Json => json(&bytes).map(Sent::Json),
        Format::Form => form(&bytes).map(Sent::Form),
        Format::Multipart(kind) => multipart::fields(kind, &bytes).map(Sent::Form),
    }
}

/// In what format a body came.
enum Format<'a> {
    Nothing,
    Json,
    Form,
    /// With the whole `Content-Type`, which says what stands between the parts.
    Multipart(&'a str),
}

async fn received(
    headers: &HeaderMap,
    stream: Stream,
    limit: usize,
) -> Result<(Format<'_>, Bytes), Refusal> {
    let bytes = to_bytes(stream, limit)
        .await
        .map_err(|_| Refusal::TooLarge(limit))?;
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let media = kind.split(';').next().unwrap_or_default().trim();
    let format = match media.to_ascii_lowercase().as_str() {
        _ if bytes.is_empty() => Format::Nothing,
        "application/json" | "" => Format::Json,
        "application/x-www-form-urlencoded" => Format::Form,
        "multipart/form-data" => Format::Multipart(kind),
        _ => return Err(Refusal::MediaType(media.to_owned())),
    };
    Ok((format, bytes))
}

fn json(bytes: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal::detail(format!("JSON parse error - {error}")))
}

fn object(value: Value) -> Result<Body, Refusal> {
    match value {
        Value::Object(members) => Ok(Body::of(members)),
        Value::Null => Err(Refusal::row("No data provided")),
        other => Err(Refusal::row(format!(
            "Invalid data. Expected a dictionary, but got {}.",
            crate::rows::kind_of(&other)
        ))),
    }
}

fn form(bytes: &[u8]) -> Result<Map, Refusal> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes)
        .map_err(|error| Refusal::detail(format!("Form parse error - {error}")))?;
    Ok(pairs
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect())
}

/// Puts a password's hash in its place, before anything else sees it.
pub(super) async fn hash_password(
    api: &Api,
    resource: Resource,
    body: &mut Body,
) -> Result<(), Refusal> {
    if resource != Resource::User {
        return Ok(());
    }
    let password = match body.members.get("password") {
        // A number is a password too, as the original takes it.
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.clone(),
        _ => return Ok(()),
    };
    if password.is_empty() {
        return Err(Refusal::field("password", "This field may not be blank."));
    }
    if password.chars().count() > 1024 {
        return Err(Refusal::field(
            "password",
            "Ensure this field has no more than 1024 characters.",
        ));
    }
    let hash = api.accounts.passwords.hash(password).await?;
    body.members.insert("password".to_owned(), hash.into());
    Ok(())
}
