//! What the addresses in answers begin with.

use serde_json::json;

use crate::server::Api;

#[tokio::test]
async fn behind_a_proxy_addresses_begin_with_the_one_that_others_know() {
    let mut api = Api::start().await;
    for name in ["One", "Two", "Three"] {
        api.create("games", json!({ "name": name })).await;
    }
    let asked = api.base().to_owned();
    let link = |base: &str| {
        format!(
            r#"<{base}/apis/games/?page=3&page_size=1>; rel="next", <{base}/apis/games/?page_size=1>; rel="prev""#
        )
    };
    let page = "/apis/games/?page=2&page_size=1";
    assert_eq!(api.get(page).await.header("Link"), link(&asked));
    let moved = api.get("/apis/games?page=2").await;
    assert_eq!(moved.header("Location"), "/apis/games/?page=2");
    api.stop().await;
    let public = "https://sim.example.edu/games";
    api.behind(public).await;
    assert_eq!(api.get(page).await.header("Link"), link(public));
    let root = api.get("/apis/").await.json();
    assert_eq!(root["runs"], format!("{public}/apis/runs/"));
    let many = api.get("/apis/bulk/").await.json();
    assert_eq!(many["runs"], format!("{public}/apis/bulk/runs/"));
    let moved = api.get("/apis/games?page=2").await;
    assert_eq!(moved.status, 301);
    assert_eq!(
        moved.header("Location"),
        format!("{public}/apis/games/?page=2")
    );
}
