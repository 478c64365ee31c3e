//! HTTP beside WAMP on the same port: the page, joining, health, and in `dev` the known logins.

pub mod callback;
pub mod first;
pub mod games_api;
pub mod join;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Serialize;
use tokio::sync::watch;

/// The page at `/`: one file, no build step, nothing from elsewhere.
const INDEX: &str = include_str!("pages/index.html");

/// The root topic that stands in the file.
const USUAL_ROOT: &str = "world.simpl.sims.div";

/// Everything comes from the page itself; it may only talk to the host it came from.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; \
     connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// A login that the page offers in `dev`, where everybody knows it anyway.
#[derive(Clone, Debug, Serialize)]
pub struct KnownLogin {
    /// What its button says.
    pub label: String,
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// What the routes tell.
#[derive(Clone, Debug)]
pub struct Pages {
    /// The root topic of the game that the page plays.
    pub root: String,
    /// Logins to offer; empty outside `dev`.
    pub logins: Vec<KnownLogin>,
    /// Does the games API answer, for each game?
    pub following: Vec<(String, watch::Receiver<bool>)>,
}

/// The routes of a model service, without `/ws`.
pub fn routes(pages: Pages) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/dev/logins.json", get(logins))
        .with_state(pages)
}

async fn index(State(pages): State<Pages>) -> impl IntoResponse {
    let tag = |root: &str| format!(r#"<meta name="root-topic" content="{root}">"#);
    let page = INDEX.replacen(&tag(USUAL_ROOT), &tag(&pages.root), 1);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, page)
}

async fn ready(State(pages): State<Pages>) -> Response {
    let away: Vec<&str> = pages
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

async fn logins(State(pages): State<Pages>) -> Response {
    if pages.logins.is_empty() {
        return StatusCode::NOT_FOUND.into_response();
    }
    axum::Json(pages.logins).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_its_root_topic_where_it_can_be_replaced() {
        let tag = format!(r#"<meta name="root-topic" content="{USUAL_ROOT}">"#);
        assert_eq!(INDEX.matches(&tag).count(), 1);
    }
}
