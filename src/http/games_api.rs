//! The games API's paths at the model service's address, where both run in one process.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;

/// A route for whatever has no other that hands the games API what is its own. Its health and its figures are not among that.
pub fn route(games_api: Router) -> Router {
    Router::new().fallback(hand_on).with_state(games_api)
}

async fn hand_on(State(games_api): State<Router>, request: Request) -> Response {
    let path = request.uri().path();
    let below = |root: &str| {
        path.strip_prefix(root)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    if below("/apis") || below("/rest-auth") || path == "/openapi.json" {
        games_api.oneshot(request).await.into_response()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::extract::Path;
    use axum::routing::get;

    #[tokio::test]
    async fn the_games_api_gets_its_own_paths_and_no_others() {
        let own = Router::new()
            .route(
                "/apis/{collection}/",
                get(|Path(name): Path<String>| async { name }),
            )
            .route("/metrics", get(|| async { "figures" }));
        let all = Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .merge(route(own));
        let status = async |path: &str| {
            let request = Request::get(path).body(Body::empty()).unwrap();
            all.clone()
                .oneshot(request)
                .await
                .unwrap()
                .status()
                .as_u16()
        };
        assert_eq!(status("/apis/runs/").await, 200);
        assert_eq!(status("/healthz").await, 200);
        assert_eq!(status("/metrics").await, 404);
        assert_eq!(status("/apisx/").await, 404);
    }
}
