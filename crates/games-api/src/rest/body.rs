//! Bodies: JSON and forms.

use axum::{
    body::{Body as Stream, to_bytes},
    http::{HeaderMap, header},
};
use games_contract::{Map, Resource};
use serde_json::Value;

use super::{Api, BODY};
use crate::{refusal::Refusal, rows::Body};

/// Reads a body, at most 1 MiB of it.
pub(super) async fn read(headers: &HeaderMap, stream: Stream) -> Result<Body, Refusal> {
    let bytes = to_bytes(stream, BODY)
        .await
        .map_err(|_| Refusal::TooLarge)?;
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let media = kind.split(';').next().unwrap_or_default().trim();
    match media.to_ascii_lowercase().as_str() {
        _ if bytes.is_empty() => Ok(Body {
            members: Map::new(),
            form: false,
        }),
        "application/json" | "" => json(&bytes),
        "application/x-www-form-urlencoded" => form(&bytes),
        _ => Err(Refusal::MediaType(media.to_owned())),
    }
}

fn json(bytes: &[u8]) -> Result<Body, Refusal> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| Refusal::detail(format!("JSON parse error - {error}")))?;
    match value {
        Value::Object(members) => Ok(Body {
            members,
            form: false,
        }),
        Value::Null => Err(Refusal::row("No data provided")),
        other => Err(Refusal::row(format!(
            "Invalid data. Expected a dictionary, but got {}.",
            crate::rows::kind_of(&other)
        ))),
    }
}

fn form(bytes: &[u8]) -> Result<Body, Refusal> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(bytes)
        .map_err(|error| Refusal::detail(format!("Form parse error - {error}")))?;
    let members = pairs
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect();
    Ok(Body {
        members,
        form: true,
    })
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
