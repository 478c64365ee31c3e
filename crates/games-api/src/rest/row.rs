//! `/apis/<collection>/<key>/`: read, change and delete one row.

use axum::{
    body::Body as Stream,
    extract::{Path, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use games_contract::Resource;

use super::{
    Api, answer, body,
    collection::challenged,
    login::{self, Peer},
    metadata,
};
use crate::{
    hooks,
    refusal::Refusal,
    rights::{Act, Rights},
    rows::{self, Form, Mode},
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
        let rights = api.rights(&viewer);
        let mode = match method {
            Method::GET | Method::HEAD => {
                return read(&api, resource, rights, key, Form::Usual).await;
            }
            Method::DELETE => return delete(&api, resource, rights, key).await,
            Method::OPTIONS => {
                let found = move |connection: &mut dyn Connection| {
                    rights.find_for(connection, resource, Act::Read, &key)
                };
                api.storage.readers.read(found).await?;
                let writes = rights.could(resource, Act::Change);
                return Ok(metadata::of(
                    resource,
                    metadata::Path::Instance,
                    METHODS,
                    writes,
                ));
            }
            Method::PUT => Mode::Replace,
            Method::PATCH => Mode::Patch,
            other => return Err(Refusal::Method(other.to_string(), METHODS)),
        };
        check(&api, resource, rights, Act::Change, key.clone()).await?;
        let mut sent = body::read(&headers, stream).await?;
        body::hash_password(&api, resource, &mut sent).await?;
        let changed = api
            .storage
            .writer
            .write(move |write| {
                if resource == Resource::Hook {
                    let pk = rights.find_for(write.connection(), resource, Act::Change, &key)?;
                    hooks::revive(write, pk)?;
                }
                rights.change(write, resource, &key, mode, sent)
            })
            .await?;
        settle(
            &api,
            resource,
            changed.get("id").and_then(serde_json::Value::as_i64),
        );
        let changed = rights.shown(resource, changed);
        Ok(answer::json_of(StatusCode::OK, &changed))
    };
    challenged(resource, request.await)
}

/// One row, in the form that `form` gives it.
pub(super) async fn read(
    api: &Api,
    resource: Resource,
    rights: Rights,
    key: String,
    form: Form,
) -> Result<Response, Refusal> {
    let body = api
        .storage
        .readers
        .read(move |connection| {
            let pk = rights.find_for(connection, resource, Act::Read, &key)?;
            if rights.everything() && form == Form::Usual {
                let row = rows::read_shown(connection, resource, pk)?;
                return Ok(row.ok_or_else(Refusal::no_row)?.json);
            }
            let row = rows::read(connection, resource, pk)?;
            let row = form.of(row.ok_or_else(Refusal::no_row)?);
            Ok::<_, Refusal>(rights.shown(resource, row).to_string())
        })
        .await?;
    Ok(answer::json(StatusCode::OK, body))
}

async fn delete(
    api: &Api,
    resource: Resource,
    rights: Rights,
    key: String,
) -> Result<Response, Refusal> {
    check(api, resource, rights, Act::Delete, key.clone()).await?;
    let pk = api
        .storage
        .writer
        .write(move |write| rights.delete(write, resource, &key))
        .await?;
    settle(api, resource, Some(pk));
    Ok(answer::empty())
}

/// Refuses those who may not do this to that row, before their body is read.
pub(super) async fn check(
    api: &Api,
    resource: Resource,
    rights: Rights,
    act: Act,
    key: String,
) -> Result<(), Refusal> {
    if rights.everything() {
        return Ok(());
    }
    let readers = &api.storage.readers;
    let found = readers.read(move |connection| rights.find_for(connection, resource, act, &key));
    found.await.map(drop)
}

/// What has to follow a change of a row that others remember.
pub(super) fn settle(api: &Api, resource: Resource, pk: Option<i64>) {
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
