//! `GET /apis/users/<key>/export/` and `POST /apis/users/<key>/erase/`: a person's data, for staff.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use games_contract::Resource;
use serde_json::json;

use super::{
    Api, answer,
    collection::{options, read_only},
    login::{self, Peer},
    row::settle,
};
use crate::{people, refusal::Refusal, rows};

const ERASE: &str = "POST, OPTIONS";

/// Everything that is stored about a user.
pub(super) async fn export(
    State(api): State<Api>,
    Path(key): Path<String>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !login::viewer(&api, &headers, peer).await?.staff {
        return Err(Refusal::Forbidden);
    }
    if let Some(answer) = read_only(&method)? {
        return Ok(answer);
    }
    let read = api.storage.readers.read(move |connection| {
        let user = rows::find(connection, Resource::User, &key)?;
        people::export(connection, user)
    });
    Ok(answer::json_of(StatusCode::OK, &read.await?))
}

/// Takes a person out of everything.
pub(super) async fn erase(
    State(api): State<Api>,
    Path(key): Path<String>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !login::viewer(&api, &headers, peer).await?.staff {
        return Err(Refusal::Forbidden);
    }
    match method {
        Method::POST => {}
        Method::OPTIONS => return Ok(options(ERASE)),
        other => return Err(Refusal::Method(other.to_string(), ERASE)),
    }
    let erased = api.storage.writer.write(move |write| {
        let user = rows::find(write.connection(), Resource::User, &key)?;
        people::erase(write, user)
    });
    let erased = erased.await?;
    settle(&api, Resource::User, i64::try_from(erased.user).ok());
    let told = json!({"user": erased.user, "rows": erased.rows, "records": erased.records});
    Ok(answer::json_of(StatusCode::OK, &told))
}
