//! `/apis/hooks/<key>/secret/`: what a subscription's deliveries are signed with, for its owner.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use games_contract::Resource;
use serde_json::json;

use super::{
    Api, answer,
    collection::options,
    login::{self, Peer},
    row::settle,
};
use crate::{hooks, refusal::Refusal, rights::Act};

const METHODS: &str = "GET, POST, HEAD, OPTIONS";
const HOOK: Resource = Resource::Hook;

/// GET shows the secret, POST makes another one.
pub(super) async fn secret(
    State(api): State<Api>,
    Path(key): Path<String>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let viewer = login::viewer(&api, &headers, peer).await?;
    let rights = api.rights(&viewer);
    let (hook, generation) = match method {
        Method::GET | Method::HEAD => {
            let read = api.storage.readers.read(move |connection| {
                let hook = rights.find_for(connection, HOOK, Act::Change, &key)?;
                Ok::<_, Refusal>((hook, hooks::generation(connection, hook)?))
            });
            read.await?
        }
        Method::POST => {
            let renewed = api.storage.writer.write(move |write| {
                let hook = rights.find_for(write.connection(), HOOK, Act::Change, &key)?;
                Ok::<_, Refusal>((hook, hooks::renew(write, hook)?))
            });
            let renewed = renewed.await?;
            settle(&api, HOOK, Some(renewed.0));
            renewed
        }
        Method::OPTIONS => return Ok(options(METHODS)),
        other => return Err(Refusal::Method(other.to_string(), METHODS)),
    };
    let shown = json!({"secret": api.secrets.of(hook, generation)});
    let mut response = answer::json_of(StatusCode::OK, &shown);
    let kept_nowhere = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, kept_nowhere);
    Ok(response)
}
