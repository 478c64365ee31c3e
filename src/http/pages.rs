//! The pages: one document for all addresses that people have, and the files it is made of.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::files::{AUTHOR, File, Files};

/// Where the document says which games are played; the service puts their root topics in.
const ROOT_TOPICS: &str = r#"<meta name="root-topics" content="">"#;

/// Everything comes as a file from here, nothing is written into the page, and it talks to the host it came from alone.
/// `ws:` and `wss:` stand beside `'self'` for Safari before 15.4, which does not count a WebSocket to the same host as `'self'`.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// The author's page shows others of these pages in frames.
const POLICY_OF_AUTHORS: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'self'; frame-src 'self'";

/// The document and its files.
#[derive(Debug)]
struct Site {
    index: File,
    files: Files,
}

/// Adds the pages of games with these root topics to everything else that is served.
///
/// An address that people open and programs ask, such as `/join/<code>`, gives the document to who wants to see a page, and to
/// programs what `app` says. The author's page, which signs in as anybody with a known login, is there `for_authors` alone.
pub fn with_pages(app: Router, roots: &[String], for_authors: bool) -> Router {
    let (files, text) = Files::embedded();
    // A topic is made of letters, digits, `_`, `-` and dots: nothing that would end an attribute.
    let told = ROOT_TOPICS.replace(r#""""#, &format!("\"{}\"", roots.join(" ")));
    let site = Arc::new(Site {
        index: File::page(text.replacen(ROOT_TOPICS, &told, 1)),
        files,
    });
    let mut pages = Router::new()
        .route("/", get(index))
        .route("/monitor", get(index))
        .route("/assets/{*path}", get(asset))
        .route(
            "/icon.svg",
            get(|site, headers| file("icon.svg", site, headers)),
        )
        .route(
            "/older.js",
            get(|site, headers| file("older.js", site, headers)),
        )
        .route(
            "/licenses.md",
            get(|site, headers| file("licenses.md", site, headers)),
        );
    if for_authors {
        pages = pages
            .route("/author", get(author))
            .route("/author/{*path}", get(part_for_authors));
    }
    let pages = pages.with_state(site.clone());
    app.merge(pages)
        .layer(middleware::from_fn_with_state(site, shown))
}

/// Addresses that are handed out: a run's join code, a student's personal link.
const HANDED_OUT: [&str; 2] = ["/join/", "/j/"];

/// Gives the document where a browser opens one of these addresses to show it.
async fn shown(site: State<Arc<Site>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let page = request.method() == Method::GET
        && HANDED_OUT.iter().any(|start| path.starts_with(start))
        && wants_html(request.headers());
    if page {
        index(site, request.headers().clone()).await
    } else {
        next.run(request).await
    }
}

fn wants_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter();
    accepted
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"))
}

async fn index(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    document(&site, &headers, POLICY)
}

async fn author(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    document(&site, &headers, POLICY_OF_AUTHORS)
}

fn document(site: &Site, headers: &HeaderMap, policy: &'static str) -> Response {
    let rules: [(HeaderName, HeaderValue); 2] = [
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy)),
        // A join code in an address is nobody else's business.
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (rules, site.index.answer(headers)).into_response()
}

async fn asset(site: State<Arc<Site>>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    file(&format!("assets/{path}"), site, headers).await
}

async fn part_for_authors(
    site: State<Arc<Site>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    file(&format!("{AUTHOR}{path}"), site, headers).await
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
    use axum::body::Body;
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn who_opens_a_join_address_sees_a_page_and_a_program_gets_its_answer() {
        let app = Router::new().route("/join/{code}", get(|| async { "{}" }));
        let app = with_pages(app, &["world.simpl.sims.div".to_owned()], false);
        let kind = async |accept: &str| {
            let request = Request::get("/join/ABC234").header(ACCEPT, accept);
            let request = request.body(Body::empty()).unwrap();
            let answer = app.clone().oneshot(request).await.unwrap();
            answer.headers()["content-type"]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(
            kind("text/html,application/xhtml+xml,*/*;q=0.8").await,
            "text/html; charset=utf-8"
        );
        assert_eq!(kind("application/json").await, "text/plain; charset=utf-8");
    }

    #[tokio::test]
    async fn the_authors_page_and_what_it_is_made_of_are_there_for_authors_alone() {
        let made_of: Vec<String> = Files::embedded()
            .0
            .names()
            .map(|name| format!("/{name}"))
            .collect();
        let mut own: Vec<String> = made_of
            .into_iter()
            .filter(|path| path.starts_with("/author/"))
            .collect();
        assert!(!own.is_empty());
        own.push("/author".to_owned());
        for path in own {
            for (for_authors, status) in [(true, StatusCode::OK), (false, StatusCode::NOT_FOUND)] {
                let app = with_pages(Router::new(), &[], for_authors);
                let request = Request::get(&path).body(Body::empty()).unwrap();
                let answer = app.oneshot(request).await.unwrap();
                assert_eq!(answer.status(), status, "{path} {for_authors}");
            }
        }
    }

    #[test]
    fn the_page_has_a_place_for_the_root_topics_and_nothing_inline() {
        let (_, index) = Files::embedded();
        assert_eq!(index.matches(ROOT_TOPICS).count(), 1);
        for inline in ["<style", "<script>", "onload=", "style="] {
            assert!(!index.contains(inline), "{inline} in {index}");
        }
    }
}
