//! What an author's page wants to know: is what is played what the sources say?

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use tokio::sync::watch;

use crate::watch::BuildState;

/// `GET /dev/build.json`: a [`BuildState`], where the sources are watched; otherwise nothing (204). Only `dev` has it.
pub fn route(state: Option<watch::Receiver<BuildState>>) -> Router {
    Router::new()
        .route("/dev/build.json", get(told))
        .with_state(state)
}

async fn told(State(state): State<Option<watch::Receiver<BuildState>>>) -> Response {
    match state {
        Some(state) => Json(state.borrow().clone()).into_response(),
        // No content rather than not found: a browser tells of the latter in its console.
        None => StatusCode::NO_CONTENT.into_response(),
    }
}
