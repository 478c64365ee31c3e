//! `/apis/<collection>/<key>/`: read, change and delete one row.

use std::convert::identity;

use axum::{
    body::Body as Stream,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use games_contract::{Map, Resource};

use super::{
    Api, answer, body,
    collection::{challenged, options, visible},
    login::{self, Peer},
    rights,
};
use crate::{
    accounts::Viewer,
    refusal::Refusal,
    rows::{self, Mode, Selection},
    storage::Connection,
};

const METHODS: &str = "GET, PUT, PATCH, DELETE, HEAD, OPTIONS";

pub(super) async fn row(
    State(api): State<Api>,
    Path((name, key)): Path<(String, String)>,
    peer: Peer,
    method: Method,
    headers: HeaderMap,
    stream: Stream,
) -> Response {
    let Some(resource) = Resource::from_collection(&name) else {
        return Refusal::no_row().into_response();
    };
    let request = async {
        let viewer = login::viewer(&api, &headers, peer).await?;
        let reads = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
        rights::check(&viewer, resource, !reads)?;
        let mode = match method {
            Method::GET | Method::HEAD => {
                return read(&api, resource, viewer, key, identity).await;
            }
            Method::DELETE => return delete(&api, resource, viewer, key).await,
            Method::OPTIONS => return Ok(options(METHODS)),
            Method::PUT => Mode::Replace,
            Method::PATCH => Mode::Patch,
            other => return Err(Refusal::Method(other.to_string(), METHODS)),
        };
        let mut sent = body::read(&headers, stream).await?;
        body::hash_password(&api, resource, &mut sent).await?;
        let changed = api
            .storage
            .writer
            .write(move |write| {
                let pk = find(write.connection(), resource, &viewer, &key)?;
                rows::update(write, resource, pk, mode, &sent)
            })
            .await?;
        settle(
            &api,
            resource,
            changed.get("id").and_then(serde_json::Value::as_i64),
        );
        Ok(answer::json_of(StatusCode::OK, &changed))
    };
    challenged(resource, request.await)
}

/// One row, in the form that `form` gives it.
pub(super) async fn read(
    api: &Api,
    resource: Resource,
    viewer: Viewer,
    key: String,
    form: fn(Map) -> Map,
) -> Result<Response, Refusal> {
    let public = !viewer.staff;
    let found: Option<Map> = api
        .storage
        .readers
        .read(move |connection| {
            let pk = find(connection, resource, &viewer, &key)?;
            Ok::<_, Refusal>(rows::read(connection, resource, pk)?)
        })
        .await?;
    let row = found.ok_or_else(Refusal::no_row)?;
    Ok(answer::json_of(StatusCode::OK, &visible(form(row), public)))
}

async fn delete(
    api: &Api,
    resource: Resource,
    viewer: Viewer,
    key: String,
) -> Result<Response, Refusal> {
    let pk = api
        .storage
        .writer
        .write(move |write| {
            let pk = find(write.connection(), resource, &viewer, &key)?;
            rows::delete(write, resource, pk)?;
            Ok::<_, Refusal>(pk)
        })
        .await?;
    settle(api, resource, Some(pk));
    Ok(answer::empty())
}

/// The primary key of a row that exists and that the viewer may see: both answer alike.
fn find(
    connection: &mut dyn Connection,
    resource: Resource,
    viewer: &Viewer,
    key: &str,
) -> Result<i64, Refusal> {
    let pk = rows::find(connection, resource, key)?;
    let mut selection = Selection::default();
    rights::narrow(viewer, resource, &mut selection);
    if selection.is_empty() {
        return Ok(pk);
    }
    selection.add(r#"t."id" = {}"#, pk);
    let (conditions, params) = selection.into_parts();
    let sql = format!(r#"SELECT 1 FROM "{resource}" AS t {conditions}"#);
    if connection.query(&sql, &params)?.is_empty() {
        return Err(Refusal::no_row());
    }
    Ok(pk)
}

/// What has to follow a change of a row that others remember.
fn settle(api: &Api, resource: Resource, pk: Option<i64>) {
    match (resource, pk) {
        (Resource::User, Some(user)) => {
            api.accounts.forget(user);
            // The user's subscriptions may have gone with them.
            api.hooks.send_modify(|version| *version += 1);
        }
        (Resource::Hook, _) => api.hooks.send_modify(|version| *version += 1),
        _ => {}
    }
}
