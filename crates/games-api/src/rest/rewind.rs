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
    rights,
};
use crate::{refusal::Refusal, rows};

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
    rights::check(&viewer, Resource::Scenario, true)?;
    match method {
        Method::POST => {}
        Method::OPTIONS => return Ok(options(METHODS)),
        other => return Err(Refusal::Method(other.to_string(), METHODS)),
    }
    let sent = body::read(&headers, stream).await?;
    api.storage
        .writer
        .write(move |write| {
            let scenario = rows::find(write.connection(), Resource::Scenario, &key)?;
            rows::rewind(write, scenario, &sent)
        })
        .await?;
    Ok(answer::empty())
}
