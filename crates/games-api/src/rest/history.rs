//! `GET /apis/scenarios/<key>/history/`: what rewinds have taken out of play.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use games_contract::Resource;

use super::{
    Api,
    audit::paged,
    collection::read_only,
    login::{self, Peer},
    page::{Page, query_of},
};
use crate::{history as kept, refusal::Refusal, rights::Act};

pub(super) async fn history(
    State(api): State<Api>,
    Path(key): Path<String>,
    peer: Peer,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let viewer = login::viewer(&api, &headers, peer).await?;
    let rights = api.rights(&viewer);
    if let Some(answer) = read_only(&method)? {
        return Ok(answer);
    }
    let page = Page::of(&query_of(&uri))?;
    let readers = &api.storage.readers;
    let rows = readers.read(move |connection| {
        let scenario = rights.find_for(connection, Resource::Scenario, Act::Oversee, &key)?;
        kept::list(connection, scenario, rights, page.rows())
    });
    paged(&api, page, rows.await?, &headers, &uri)
}
