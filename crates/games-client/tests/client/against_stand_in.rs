//! Against a stand-in: what the original does differently, and what no healthy games API does.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
    routing::{any, get, post},
};
use games_client::{Config, Error, GamesClient, Group, Map, Resource, Secret};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

pub(crate) async fn client_of(router: Router) -> GamesClient {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/apis/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    client_at(&url, Duration::from_secs(20))
}

pub(crate) fn client_at(url: &str, timeout: Duration) -> GamesClient {
    GamesClient::new(Config {
        url: url.parse().unwrap(),
        user: "simpl@simpl.world".to_owned(),
        password: Secret::new("simpl"),
        timeout,
    })
    .unwrap()
}

#[tokio::test]
async fn the_original_announces_no_changes_and_fails_on_an_unknown_user() {
    let root = r#"{"games":"http://127.0.0.1:8100/apis/games/"}"#;
    let crash = (
        StatusCode::INTERNAL_SERVER_ERROR,
        "AttributeError at /apis/authcheck/",
    );
    let router = Router::new()
        .route("/apis/", get(move || async move { root }))
        .route("/apis/authcheck/", post(move || async move { crash }));
    let client = client_of(router).await;
    assert!(!client.announcement().await.unwrap().has_changes());
    assert_eq!(client.authcheck("no@no.no", "x").await.unwrap(), None);
}

#[tokio::test]
async fn a_list_is_read_page_by_page_wherever_the_links_lead() {
    async fn page(headers: HeaderMap, RawQuery(query): RawQuery) -> impl IntoResponse {
        assert!(headers.contains_key("authorization"));
        let query = query.unwrap();
        assert!(query.contains("name=a%26b&page_size=500"), "{query}");
        // Behind a proxy the original calls itself by a name that leads nowhere.
        let link = r#"<http://elsewhere.invalid/apis/worlds/?page=2>; rel="next""#;
        if query.contains("&page=3") {
            return (
                [("Link", r#"<http://elsewhere.invalid/>; rel="prev""#)],
                r#"[{"id":3}]"#,
            );
        }
        let rows = if query.contains("&page=2") {
            r#"[{"id":2}]"#
        } else {
            r#"[{"id":1}]"#
        };
        ([("Link", link)], rows)
    }
    let client = client_of(Router::new().route("/apis/worlds/", get(page))).await;
    let rows = client
        .list(Resource::World, &[("name", "a&b".to_owned())])
        .await
        .unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_u64()).collect();
    assert_eq!(ids, [Some(1), Some(2), Some(3)]);
}

/// Answers 503 the first two times, then `[]`.
async fn ill(State(asked): State<Arc<AtomicU32>>) -> impl IntoResponse {
    if asked.fetch_add(1, SeqCst) < 2 {
        return (StatusCode::SERVICE_UNAVAILABLE, r#"{"detail":"later"}"#);
    }
    (StatusCode::OK, "[]")
}

#[tokio::test]
async fn reads_are_tried_again_and_writes_are_not() {
    let asked = Arc::new(AtomicU32::new(0));
    let router = Router::new()
        .route("/apis/worlds/", any(ill))
        .with_state(Arc::clone(&asked));
    let client = client_of(router).await;
    let rows = client.list(Resource::World, &[]).await.unwrap();
    assert_eq!((rows.len(), asked.load(SeqCst)), (0, 3));
    asked.store(0, SeqCst);
    let refused = client
        .create(Resource::World, &Map::new())
        .await
        .unwrap_err();
    assert!(
        matches!(refused, Error::Refused { status: 503, .. }),
        "{refused}"
    );
    assert!(refused.is_unreachable());
    assert_eq!(asked.load(SeqCst), 1);
}

#[tokio::test]
async fn somebody_who_never_answers_is_left_after_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/apis/", listener.local_addr().unwrap());
    let client = client_at(&url, Duration::from_millis(50));
    let told = client.get(Resource::Run, "1").await.unwrap_err();
    assert!(matches!(told, Error::Timeout { .. }), "{told}");
    assert!(
        told.is_unreachable() && told.to_string().contains(&url),
        "{told}"
    );
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_request_is_told_apart_from_nobody_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/apis/", listener.local_addr().unwrap());
    let client = client_at(&url, Duration::from_secs(20));
    let hangs_up = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).await.unwrap() > 0);
    };
    let row = Map::new();
    let write = client.create(Resource::Run, &row);
    let (told, ()) = tokio::join!(write, hangs_up);
    let told = told.unwrap_err();
    assert!(matches!(told, Error::Lost { .. }), "{told}");
    assert!(told.is_unreachable(), "{told}");
    drop(listener);
    let told = client.create(Resource::Run, &row).await.unwrap_err();
    assert!(matches!(told, Error::Unreachable { .. }), "{told}");
}

#[tokio::test]
async fn an_address_that_is_no_games_api_is_named() {
    let page = get(|| async { "<html>Welcome</html>" });
    let client = client_of(Router::new().route("/apis/", page)).await;
    let told = client.announcement().await.unwrap_err().to_string();
    assert!(
        told.contains("the list of collections") && told.contains("Welcome"),
        "{told}"
    );
    let client = client_of(Router::new()).await;
    let told = client.announcement().await.unwrap_err().to_string();
    assert!(
        told.contains("status 404") && told.contains("correct the address"),
        "{told}"
    );
}

#[test]
fn an_address_without_http_is_refused_and_a_password_in_it_is_dropped() {
    let config = |url: &str| Config {
        url: url.parse().unwrap(),
        user: "simpl@simpl.world".to_owned(),
        password: Secret::new("simpl"),
        timeout: Duration::from_secs(1),
    };
    let refused = GamesClient::new(config("ftp://h/apis/")).unwrap_err();
    assert!(refused.to_string().contains("http://127.0.0.1:8100/apis/"));
    let client = GamesClient::new(config("https://me:hidden@games.example/apis/")).unwrap();
    assert_eq!(client.url().as_str(), "https://games.example/apis/");
    let shown = format!("{:?} {client:?}", config("http://h/apis/"));
    assert!(!shown.contains(r#""simpl""#), "{shown}");
}

#[tokio::test]
async fn a_batch_is_sent_again_when_no_answer_comes_and_its_answer_has_to_fit() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    async fn batch(body: String) -> (StatusCode, &'static str) {
        assert_eq!(body, r#"{"groups":[{"key":"a","operations":[]}]}"#);
        match ASKED.fetch_add(1, SeqCst) {
            0 => (StatusCode::BAD_GATEWAY, ""),
            1 => (StatusCode::OK, r#"{"groups":[{"key":"a","status":200}]}"#),
            _ => (StatusCode::OK, r#"{"groups":[{"key":"b","status":200}]}"#),
        }
    }
    let client = client_of(Router::new().route("/apis/batch/", post(batch))).await;
    let groups = [Group {
        key: "a".to_owned(),
        fence: None,
        operations: Vec::new(),
    }];
    let done = client.batch(&groups).await.unwrap();
    assert!(done[0].is_done());
    assert_eq!(ASKED.load(SeqCst), 2);
    let other = client.batch(&groups).await.unwrap_err();
    assert!(matches!(other, Error::Unexpected { .. }), "{other}");
}
