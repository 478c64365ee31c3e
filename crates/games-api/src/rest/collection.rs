//! `/apis/<collection>/`: list and create.

use axum::{
    body::Body as Stream,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use games_contract::Resource;
use serde_json::Value as Json;

use super::{
    Api, answer, body,
    login::{self, Peer},
    metadata,
    page::{Page, query_of},
};
use crate::{
    hooks,
    refusal::Refusal,
    rights::{Act, Rights},
    rows::{self, Body, Form},
    storage::Value,
};

const METHODS: &str = "GET, POST, HEAD, OPTIONS";

pub(super) async fn collection(
    State(api): State<Api>,
    Path(name): Path<String>,
    peer: Peer,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    stream: Stream,
) -> Response {
    let Some(resource) = Resource::from_collection(&name) else {
        return Refusal::no_row().into_response();
    };
    let request = async {
        let viewer = login::viewer(&api, &headers, peer).await?;
        let rights = api.rights(&viewer);
        match method {
            Method::GET | Method::HEAD => {
                list(&api, resource, rights, &headers, &uri, Form::Usual).await
            }
            Method::POST => {
                admit(&api, resource, rights, Act::Create).await?;
                let sent = body::read(&headers, stream).await?;
                create(&api, resource, rights, sent).await
            }
            Method::OPTIONS => {
                let writes = rights.could(resource, Act::Create);
                Ok(metadata::of(
                    resource,
                    metadata::Path::List,
                    METHODS,
                    writes,
                ))
            }
            other => Err(Refusal::Method(other.to_string(), METHODS)),
        }
    };
    challenged(resource, request.await)
}

/// The answer; users are asked for a password in the way that browsers understand, as in the original.
pub(super) fn challenged(resource: Resource, outcome: Result<Response, Refusal>) -> Response {
    let mut response = outcome.into_response();
    if resource == Resource::User && response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            HeaderValue::from_static(r#"Basic realm="api""#),
        );
    }
    response
}

/// Refuses those who may do this to no row, before their body is read.
pub(super) async fn admit(
    api: &Api,
    resource: Resource,
    rights: Rights,
    act: Act,
) -> Result<(), Refusal> {
    if rights.everything() {
        return Ok(());
    }
    let readers = &api.storage.readers;
    readers
        .read(move |connection| rights.admit(connection, resource, act))
        .await
}

/// What a path does.
pub(super) fn options(methods: &'static str) -> Response {
    let mut response = answer::empty();
    response
        .headers_mut()
        .insert(header::ALLOW, HeaderValue::from_static(methods));
    response
}

/// Of a path that is only read: the answer to OPTIONS; none where it is read.
pub(super) fn read_only(method: &Method) -> Result<Option<Response>, Refusal> {
    const METHODS: &str = "GET, HEAD, OPTIONS";
    match *method {
        Method::GET | Method::HEAD => Ok(None),
        Method::OPTIONS => Ok(Some(options(METHODS))),
        _ => Err(Refusal::Method(method.to_string(), METHODS)),
    }
}

/// A page of rows, each in the form that `form` gives it.
pub(super) async fn list(
    api: &Api,
    resource: Resource,
    rights: Rights,
    headers: &HeaderMap,
    uri: &Uri,
    form: Form,
) -> Result<Response, Refusal> {
    let query = query_of(uri);
    let page = Page::of(&query)?;
    let (body, empty, more) = api
        .storage
        .readers
        .read(move |connection| {
            let shape = rows::shape(resource);
            rights.admit(connection, resource, Act::Read)?;
            let mut selection = rights.select(connection, resource, &query)?;
            rights.narrow(resource, &query, &mut selection);
            let (conditions, mut params) = selection.into_parts();
            let (limit, offset) = (params.len() + 1, params.len() + 2);
            let (rows, before) = page.rows();
            params.extend([rows, before].map(Value::from));
            let sql = format!(
                "{} {conditions} {} LIMIT ${limit} OFFSET ${offset}",
                shape.select,
                rows::order_by(shape.table, &query)
            );
            let mut found = connection.query(&sql, &params)?;
            let more = found.len() > page.size;
            found.truncate(page.size);
            let body = if rights.everything() {
                shape.list(&found, form)
            } else {
                let rows = found.iter().map(|row| form.of(shape.decode(row)));
                let rows: Vec<Json> = rows.map(|row| rights.shown(resource, row)).collect();
                Json::Array(rows).to_string()
            };
            Ok::<_, Refusal>((body, found.is_empty(), more))
        })
        .await?;
    if empty && page.number > 1 {
        return Err(Page::invalid());
    }
    let mut response = answer::json(StatusCode::OK, body);
    if let Some(link) = page.link(more, &api.base(headers), uri) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

async fn create(
    api: &Api,
    resource: Resource,
    rights: Rights,
    mut sent: Body,
) -> Result<Response, Refusal> {
    body::hash_password(api, resource, &mut sent).await?;
    let created = api
        .storage
        .writer
        .write(move |write| {
            if resource == Resource::Hook {
                if let Some(known) = hooks::known(write, rights.user(), &sent)? {
                    return Ok(known);
                }
                hooks::room(write.connection(), rights.user())?;
            }
            rights.create(write, resource, sent)
        })
        .await?;
    if resource == Resource::Hook {
        api.hooks.send_modify(|version| *version += 1);
    }
    let created = rights.shown(resource, created);
    let mut response = answer::json_of(StatusCode::CREATED, &created);
    // The original says where a subscription leads to.
    if let Some(url) = created.get("url").and_then(Json::as_str)
        && let Ok(url) = HeaderValue::from_str(url)
    {
        response.headers_mut().insert(header::LOCATION, url);
    }
    Ok(response)
}
