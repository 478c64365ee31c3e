//! `/healthz` and `/readyz`, for whoever starts services and sends people to them.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use super::Api;
use crate::{
    refusal::Refusal,
    reminder::Reminder,
    storage::{Fault, Storage},
};

/// What was said of a service that is not ready.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unready(Arc<Mutex<Reminder>>);

/// `GET /healthz`: the process answers.
pub(super) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers as well, and takes writes.
pub(super) async fn ready(State(api): State<Api>) -> Response {
    let found = look(&api.storage).await;
    let mut unready = api.unready.0.lock().unwrap_or_else(PoisonError::into_inner);
    match found {
        Ok(()) => {
            unready.over();
            "ok\n".into_response()
        }
        Err(fault) => {
            if unready.met(&fault.to_string(), 1).is_some() {
                tracing::warn!(%fault, "the games API is not ready");
            }
            Refusal::from(fault).into_response()
        }
    }
}

async fn look(storage: &Storage) -> Result<(), Fault> {
    let sql = r#"SELECT "value" FROM "meta" WHERE "key" = 'epoch'"#;
    let read = storage
        .readers
        .read(|connection| connection.query(sql, &[]));
    read.await?;
    storage.writer.ready().await
}
