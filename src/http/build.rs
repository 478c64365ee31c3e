//! What an author's page wants to know: is what is played what the sources say?

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use tokio::sync::watch;

use crate::watch::BuildState;

/// `GET /dev/build.json`: a [`BuildState`]. Only `dev --watch` has it.
pub fn route(state: watch::Receiver<BuildState>) -> Router {
    Router::new()
        .route("/dev/build.json", get(told))
        .with_state(state)
}

async fn told(State(state): State<watch::Receiver<BuildState>>) -> Json<BuildState> {
    let state = state.borrow().clone();
    Json(state)
}
