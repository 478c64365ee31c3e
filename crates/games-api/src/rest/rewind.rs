//! `POST /apis/scenarios/<key>/rewind/`: taking a scenario back to one of its periods.

use axum::{
    body::Body as Stream,
    extract::{Path, State},
    http::{HeaderMap, Method},
    response::Response,
};
use games_contract::Resource;

use super::{
    Api, answer, body,
    collection::options,
    login::{self, Peer},
    row::check,
};
use crate::{refusal::Refusal, rights::Act};

const METHODS: &str = "POST, OPTIONS";

pub(super) async fn rewind(
    State(api): State<Api>,
    Path(key): Path<String>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
    stream: Stream,
) -> Result<Response, Refusal> {
    let viewer = login::viewer(&api, &headers, peer).await?;
    let rights = api.rights(&viewer);
    match method {
        Method::POST => {}
        Method::OPTIONS => return Ok(options(METHODS)),
        other => return Err(Refusal::Method(other.to_string(), METHODS)),
    }
    check(&api, Resource::Scenario, rights, Act::Rewind, key.clone()).await?;
    let sent = body::read(&headers, stream).await?;
    api.storage
        .writer
        .write(move |write| rights.rewind(write, &key, &sent))
        .await?;
    Ok(answer::empty())
}
