//! HTTP beside WAMP on the same port: the pages, joining, health, figures, and in `dev` the known logins.

pub mod build;
pub mod callback;
mod files;
pub mod first;
pub mod games_api;
pub mod join;
pub mod metrics;
mod pages;

pub use pages::with_pages;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use tokio::sync::watch;

/// A login that the page offers in `dev`, where everybody knows it anyway.
#[derive(Clone, Debug, Serialize)]
pub struct KnownLogin {
    /// Who it lets in.
    pub kind: LoginKind,
    /// What its button says.
    pub label: String,
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Whom a known login lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LoginKind {
    /// Somebody with a seat.
    Player,
    /// Somebody who leads a run.
    Leader,
    /// The service's own account, which sees everything.
    Staff,
}

/// What the routes tell.
#[derive(Clone, Debug)]
pub struct Told {
    /// Logins to offer; empty outside `dev`.
    pub logins: Vec<KnownLogin>,
    /// Does the games API answer, for each game?
    pub following: Vec<(String, watch::Receiver<bool>)>,
    /// Is the service on its router? `None` where that is in this process.
    pub router: Option<watch::Receiver<bool>>,
}

/// The routes of a model service, without `/ws`.
pub fn routes(told: Told) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/dev/logins.json", get(logins))
        .with_state(told)
}

async fn ready(State(told): State<Told>) -> Response {
    if told.router.as_ref().is_some_and(|router| !*router.borrow()) {
        let text = "the router is away (foreign_router.url); it is tried again until it is back\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    }
    let away: Vec<&str> = told
        .following
        .iter()
        .filter(|(_, following)| !*following.borrow())
        .map(|(game, _)| game.as_str())
        .collect();
    if away.is_empty() {
        return "ready\n".into_response();
    }
    let games = away.join(", ");
    (
        StatusCode::SERVICE_UNAVAILABLE,
        format!("the games API does not answer ({games}); decisions are refused until it does\n"),
    )
        .into_response()
}

async fn logins(State(told): State<Told>) -> Response {
    if told.logins.is_empty() {
        // No content rather than not found: a browser tells of the latter in its console.
        return StatusCode::NO_CONTENT.into_response();
    }
    axum::Json(told.logins).into_response()
}
