//! Tokens: got for a password, shown instead of it, given back.

use serde_json::{Value, json};

use crate::server::{Answer, Api, As};

async fn login(api: &Api, body: Value) -> Answer {
    let body = Some(("application/json", body.to_string()));
    api.ask(As::Nobody, "POST", "/rest-auth/login/", body).await
}

async fn token(api: &Api, email: &str, password: &str) -> String {
    let answer = login(api, json!({"username": email, "password": password})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let key = answer.json()["key"].as_str().unwrap().to_owned();
    assert!(key.len() == 40 && key.chars().all(|c| c.is_ascii_hexdigit()));
    format!("Token {key}")
}

async fn with(api: &Api, token: &str, method: &str, path: &str) -> Answer {
    api.ask(As::Header(token), method, path, None).await
}

#[tokio::test]
async fn a_token_stands_for_its_user_until_it_is_given_back() {
    let mut api = Api::start().await;
    let class = api.class("div").await;
    let mine = token(&api, "s1@div.edu", "s1").await;
    let other = token(&api, "S1@Div.edu", "s1").await;
    assert_ne!(mine, other);
    let user = with(&api, &mine, "GET", "/rest-auth/user/").await;
    assert_eq!(user.json()["id"], class.user);
    assert!(!user.text.contains("password"), "{}", user.text);
    let own = with(&api, &mine, "GET", "/apis/runusers/").await;
    assert_eq!(own.json()[0]["id"], class.runuser);
    let refused = with(&api, &mine, "GET", "/apis/decisions/").await;
    assert_eq!(refused.status, 403, "the rights are the user's");
    // It is in the database, but not in clear.
    api.stop().await;
    let key = mine.trim_start_matches("Token ").as_bytes();
    let kept = api.place().content();
    assert!(!kept.windows(key.len()).any(|part| part == key));
    api.resume().await;
    let out = with(&api, &mine, "POST", "/rest-auth/logout/").await;
    assert_eq!(out.json(), json!({"detail": "Successfully logged out."}));
    let gone = with(&api, &mine, "GET", "/rest-auth/user/").await;
    assert_eq!(gone.status, 401);
    assert_eq!(gone.json(), json!({"detail": "Invalid token."}));
    let still = with(&api, &other, "GET", "/rest-auth/user/").await;
    assert_eq!(still.status, 200, "another token is not touched");
    let all = As::User("s1@div.edu", "s1");
    api.ask(all, "POST", "/rest-auth/logout/", None).await;
    let gone = with(&api, &other, "GET", "/rest-auth/user/").await;
    assert_eq!(gone.status, 401);
    let nobody = api.ask(As::Nobody, "POST", "/rest-auth/logout/", None);
    assert_eq!(nobody.await.status, 200);
}

#[tokio::test]
async fn a_wrong_login_gets_no_token() {
    let api = Api::start().await;
    api.class("div").await;
    let words = json!({"non_field_errors": ["Unable to log in with provided credentials."]});
    for (email, password) in [("s1@div.edu", "s2"), ("no@no.no", "s1")] {
        let refused = login(&api, json!({"username": email, "password": password})).await;
        assert_eq!((refused.status, refused.json()), (400, words.clone()));
    }
    let refused = login(&api, json!({"username": "s1@div.edu"})).await;
    assert_eq!(
        refused.json(),
        json!({"password": ["This field is required."]})
    );
    let get = api.ask(As::Nobody, "GET", "/rest-auth/login/", None).await;
    assert_eq!((get.status, get.header("allow")), (405, "POST, OPTIONS"));
}

#[tokio::test]
async fn a_token_ends_with_its_password_and_its_user() {
    let api = Api::start().await;
    let class = api.class("div").await;
    let user = format!("/apis/users/{}/", class.user);
    let status = async |token: &str| with(&api, token, "GET", "/rest-auth/user/").await.status;
    let first = token(&api, "s1@div.edu", "s1").await;
    assert_eq!(status(&first).await, 200);
    api.patch(&user, &json!({"first_name": "Ada"})).await;
    assert_eq!(status(&first).await, 200, "another name is no reason");
    api.patch(&user, &json!({"password": "new"})).await;
    assert_eq!(status(&first).await, 401);
    let second = token(&api, "s1@div.edu", "new").await;
    api.patch(&user, &json!({"is_active": false})).await;
    assert_eq!(status(&second).await, 401);
    api.patch(&user, &json!({"is_active": true})).await;
    assert_eq!(status(&second).await, 200);
    api.delete(&user).await;
    assert_eq!(status(&second).await, 401);
}
