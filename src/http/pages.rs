//! The pages: one document for all addresses that people have, and the files it is made of.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::files::{File, Files};

/// Where the document says which games are played; the service puts their root topics in.
const ROOT_TOPICS: &str = r#"<meta name="root-topics" content="">"#;

/// Everything comes as a file from here, nothing is written into the page, and it talks to the host it came from alone.
/// `ws:` and `wss:` stand beside `'self'` for Safari before 15.4, which does not count a WebSocket to the same host as `'self'`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The document and its files.
#[derive(Debug)]
struct Site {
    index: File,
    files: Files,
}

/// The routes of the pages for games with these root topics.
pub(super) fn routes(roots: &[String]) -> Router {
    let (files, text) = Files::embedded();
    // A topic is made of letters, digits, `_`, `-` and dots: nothing that would end an attribute.
    let told = ROOT_TOPICS.replace(r#""""#, &format!("\"{}\"", roots.join(" ")));
    let site = Arc::new(Site {
        index: File::page(text.replacen(ROOT_TOPICS, &told, 1)),
        files,
    });
    Router::new()
        .route("/", get(index))
        .route("/assets/{*path}", get(asset))
        .route(
            "/icon.svg",
            get(|site, headers| file("icon.svg", site, headers)),
        )
        .route(
            "/older.js",
            get(|site, headers| file("older.js", site, headers)),
        )
        .with_state(site)
}

async fn index(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    let rules: [(HeaderName, HeaderValue); 2] = [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        // A join code in an address is nobody else's business.
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (rules, site.index.answer(&headers)).into_response()
}

async fn asset(site: State<Arc<Site>>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("assets/{path}"), site, headers).await
}

async fn file(path: &str, State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    match site.files.get(path) {
        Some(file) => file.answer(&headers),
        None => (
            StatusCode::NOT_FOUND,
            "there is no such file; an old page asks for it: reload\n",
        )
            .into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_a_place_for_the_root_topics_and_nothing_inline() {
        let (_, index) = Files::embedded();
        assert_eq!(index.matches(ROOT_TOPICS).count(), 1);
        for inline in ["<style", "<script>", "onload=", "style="] {
            assert!(!index.contains(inline), "{inline} in {index}");
        }
    }
}
