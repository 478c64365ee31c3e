//! What databases like to differ in, and here must not: the order of text, folding of letters, numbers, odd characters.

use serde_json::json;

use crate::server::{Api, As};

#[tokio::test]
async fn addresses_sort_by_code_point_and_fold_only_plain_letters() {
    let api = Api::start().await;
    for email in ["b@x.yz", "É@x.yz", "a@x.yz", "_@x.yz", "C@x.yz", "a-b@x.yz"] {
        api.create("users", json!({"email": email, "password": "s1"}))
            .await;
    }
    let rows = api.get("/apis/users/").await.json();
    let emails: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["email"].as_str().unwrap())
        .filter(|email| email.ends_with("@x.yz"))
        .collect();
    assert_eq!(
        emails,
        ["C@x.yz", "_@x.yz", "a-b@x.yz", "a@x.yz", "b@x.yz", "É@x.yz"]
    );
    let taken = api.post("/apis/users/", &json!({"email": "A@x.yz"})).await;
    assert_eq!(taken.status, 400, "{}", taken.text);
    let other = api.post("/apis/users/", &json!({"email": "é@x.yz"})).await;
    assert_eq!(other.status, 201, "{}", other.text);
    for (email, status) in [("É@x.yz", 200), ("c@X.yz", 200), ("é@x.yz", 401)] {
        let login = As::User(email, "s1");
        let answer = api.ask(login, "GET", "/apis/games/", None).await;
        assert_eq!(answer.status, status, "{email}");
    }
}

#[tokio::test]
async fn json_comes_back_as_it_was_sent() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let data = r#"{"z":10.0,"a":1e3,"text":"\u0000 é 🎲","list":[1,null,-0.0],"big":9007199254740993,"a b":{}}"#;
    let body = format!(r#"{{"period":{},"name":"decision","data":{data}}}"#, class.period);
    let who = As::User(crate::server::STAFF.0, crate::server::STAFF.1);
    let sent = Some(("application/json", body));
    let created = api.ask(who, "POST", "/apis/decisions/", sent).await;
    let read = api.get(&format!("/apis/decisions/{}/", created.id())).await;
    assert_eq!(read.text, created.text);
    let expected = r#""data":{"z":10.0,"a":1000.0,"text":"\u0000 é 🎲","list":[1,null,-0.0],"big":9007199254740993,"a b":{}}"#;
    assert!(read.text.contains(expected), "{}", read.text);
}

#[tokio::test]
async fn a_character_that_cannot_be_stored_matches_nothing() {
    let api = Api::start().await;
    api.class("div").await;
    let answer = api.get("/apis/users/?email=s1%00@div.edu").await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "[]"));
    let refused = api
        .post("/apis/games/", &json!({"name": "a\u{0}b", "slug": "ab"}))
        .await;
    assert_eq!(refused.status, 400, "{}", refused.text);
}

#[tokio::test]
async fn a_refused_request_leaves_no_gap_in_the_changes() {
    let api = Api::start().await;
    let cursor = async || {
        let now = api.get("/apis/changes/").await.json();
        now["cursor"].as_u64().unwrap()
    };
    let before = cursor().await;
    api.create("games", json!({"name": "Div", "slug": "div"}))
        .await;
    let again = json!({"name": "Div", "slug": "div"});
    assert_eq!(api.post("/apis/games/", &again).await.status, 400);
    api.create("games", json!({"name": "Other", "slug": "other"}))
        .await;
    assert_eq!(cursor().await, before + 2);
}

#[tokio::test]
async fn a_list_comes_in_the_order_that_is_asked_for() {
    let api = Api::start().await;
    let class = api.class("div").await;
    for (name, order) in [("Debrief", json!(2)), ("Play", json!(1)), ("Lobby", json!(null))] {
        let game = api.get("/apis/games/div/").await.json()["id"].clone();
        api.create("phases", json!({"game": game, "name": name, "order": order}))
            .await;
    }
    let names = async |query: &str| {
        let answer = api.get(&format!("/apis/phases/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let rows = answer.json();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["Debrief", "Play", "Lobby"]);
    assert_eq!(names("ordering=order").await, ["Lobby", "Play", "Debrief"]);
    assert_eq!(names("ordering=-order").await, ["Debrief", "Play", "Lobby"]);
    assert_eq!(names("ordering=-name").await, ["Play", "Lobby", "Debrief"]);
    assert_eq!(
        names("ordering=nothing,-id&page_size=2").await,
        ["Lobby", "Play"],
        "what is no field is ignored"
    );
    let second = names("ordering=nothing,-id&page_size=2&page=2").await;
    assert_eq!(second, ["Debrief"], "pages follow the order");
    api.create("periods", json!({"scenario": class.scenario, "order": 7}))
        .await;
    let periods = api.get("/apis/bulk/periods/?ordering=-order").await.json();
    assert_eq!((&periods[0]["order"], &periods[1]["order"]), (&json!(7), &json!(1)));
}
