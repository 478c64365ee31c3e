//! `/apis/bulk/<collection>/`: many rows in one request, all of them or none.

use axum::{
    body::Body as Stream,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use games_contract::{Map, Resource};

use super::{
    Api, MANY_ROWS, answer,
    body::{self, Rows},
    collection::{admit, list, options},
    login::{self, Peer},
    page::query_of,
    row::read,
};
use crate::{
    refusal::Refusal,
    rights::{Act, Rights},
    rows::{self, Form},
};

const ROOT: &str = "GET, HEAD, OPTIONS";
const MANY: &str = "GET, POST, DELETE, HEAD, OPTIONS";
const ONE: &str = "GET, HEAD, OPTIONS";

/// `GET /apis/bulk/`: the collections that take many rows at once.
pub(super) async fn root(
    State(api): State<Api>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    login::viewer(&api, &headers, peer).await?;
    match method {
        Method::GET | Method::HEAD => {}
        Method::OPTIONS => return Ok(options(ROOT)),
        other => return Err(Refusal::Method(other.to_string(), ROOT)),
    }
    let base = format!("{}/apis/bulk/", api.base(&headers));
    let offered = Resource::ALL
        .into_iter()
        .filter(|resource| rows::in_bulk(*resource));
    let mut names: Vec<&str> = offered.map(Resource::collection).collect();
    names.sort_unstable();
    let links: Map = names
        .into_iter()
        .map(|name| (name.to_owned(), format!("{base}{name}/").into()))
        .collect();
    Ok(answer::json_of(StatusCode::OK, &links))
}

/// The list, creating rows, and deleting those that the query selects.
pub(super) async fn collection(
    State(api): State<Api>,
    Path(name): Path<String>,
    peer: Peer,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    stream: Stream,
) -> Result<Response, Refusal> {
    let resource = resource_of(&name)?;
    let viewer = login::viewer(&api, &headers, peer).await?;
    let rights = api.rights(&viewer);
    match method {
        Method::GET | Method::HEAD => {
            list(&api, resource, rights, &headers, &uri, Form::RoleLast).await
        }
        Method::POST => {
            admit(&api, resource, rights, Act::Create).await?;
            let sent = body::read_rows(&headers, stream, MANY_ROWS).await?;
            create(&api, resource, rights, sent).await
        }
        Method::DELETE => {
            admit(&api, resource, rights, Act::Delete).await?;
            delete(&api, resource, rights, &uri).await
        }
        Method::OPTIONS => Ok(options(MANY)),
        other => Err(Refusal::Method(other.to_string(), MANY)),
    }
}

/// One row, in the form that the rows of this path have.
pub(super) async fn row(
    State(api): State<Api>,
    Path((name, key)): Path<(String, String)>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let resource = resource_of(&name)?;
    let viewer = login::viewer(&api, &headers, peer).await?;
    let rights = api.rights(&viewer);
    match method {
        Method::GET | Method::HEAD => read(&api, resource, rights, key, Form::RoleLast).await,
        Method::OPTIONS => Ok(options(ONE)),
        other => Err(Refusal::Method(other.to_string(), ONE)),
    }
}

fn resource_of(name: &str) -> Result<Resource, Refusal> {
    Resource::from_collection(name)
        .filter(|resource| rows::in_bulk(*resource))
        .ok_or_else(Refusal::no_row)
}

async fn create(
    api: &Api,
    resource: Resource,
    rights: Rights,
    sent: Rows,
) -> Result<Response, Refusal> {
    let write = &api.storage.writer;
    Ok(match sent {
        Rows::One(body) => {
            let created = write
                .write(move |write| rights.create_one(write, resource, body))
                .await?;
            answer::json_of(StatusCode::CREATED, &rights.shown(resource, created))
        }
        Rows::Many(bodies) => {
            let created = write
                .write(move |write| rights.create_all(write, resource, bodies))
                .await?;
            let created: Vec<_> = created
                .into_iter()
                .map(|row| rights.shown(resource, row))
                .collect();
            answer::json_of(StatusCode::CREATED, &created)
        }
    })
}

async fn delete(
    api: &Api,
    resource: Resource,
    rights: Rights,
    uri: &Uri,
) -> Result<Response, Refusal> {
    let query = query_of(uri);
    api.storage
        .writer
        .write(move |write| rights.delete_selected(write, resource, &query))
        .await?;
    Ok(answer::empty())
}
