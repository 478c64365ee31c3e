//! `GET /apis/runs/<key>/audit/`: what was done in a run by those who lead it.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::Response,
};
use games_contract::Resource;
use serde_json::Value as Json;

use super::{
    Api, answer,
    collection::read_only,
    login::{self, Peer},
    page::{Page, query_of},
};
use crate::{
    audit::{self, Wanted},
    refusal::Refusal,
    rights::Act,
};

pub(super) async fn audit(
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
    let query = query_of(&uri);
    let page = Page::of(&query)?;
    let wanted = wanted(&query);
    let readers = &api.storage.readers;
    let lines = readers.read(move |connection| {
        let run = rights.find_for(connection, Resource::Run, Act::Oversee, &key)?;
        audit::list(connection, run, wanted, page.rows()).map_err(Refusal::from)
    });
    paged(&api, page, lines.await?, &headers, &uri)
}

/// What a query asks for. As everywhere, what is not understood is not asked for.
fn wanted(query: &[(String, String)]) -> Wanted {
    let value = |name: &str| query.iter().rev().find(|(key, _)| key == name);
    Wanted {
        world: value("world").and_then(|(_, world)| world.parse().ok()),
        newest_first: value("ordering").is_some_and(|(_, by)| by == "-id"),
    }
}

/// A page of things that were read with one more than it holds.
pub(super) fn paged(
    api: &Api,
    page: Page,
    mut found: Vec<Json>,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Response, Refusal> {
    let more = found.len() > page.size;
    found.truncate(page.size);
    if found.is_empty() && page.number > 1 {
        return Err(Page::invalid());
    }
    let mut response = answer::json_of(StatusCode::OK, &found);
    if let Some(link) = page.link(more, &api.base(headers), uri) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_names_a_world_and_an_order() {
        let wanted = |query: &str| wanted(&serde_urlencoded::from_str::<Vec<_>>(query).unwrap());
        assert_eq!(wanted("ordering=id&world=x"), Wanted::default());
        let both = Wanted {
            world: Some(7),
            newest_first: true,
        };
        assert_eq!(wanted("ordering=-id&world=7"), both);
    }
}
