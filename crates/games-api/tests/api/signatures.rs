//! The signature of a delivery, and the secret behind it.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{
    clock::Hands,
    receiver::{Came, Receiver, subscribe},
    server::{Answer, Api, As, STAFF},
};

const NOW: i64 = 1_800_000_000;

fn path(hook: u64) -> String {
    format!("/apis/hooks/{hook}/secret/")
}

fn secret_in(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("Cache-Control"), "no-store");
    answer.json()["secret"].as_str().unwrap().to_owned()
}

/// Checks a delivery as its receiver would.
fn is_signed(came: &Came, secret: &str) -> bool {
    let header = came.headers["x-simpl-signature"].to_str().unwrap();
    let (time, signature) = header.split_once(',').unwrap();
    let time = time.strip_prefix("t=").unwrap();
    let signature = signature.strip_prefix("v1=").unwrap();
    assert_eq!(time, NOW.to_string());
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{}", came.body).as_bytes());
    let digits = |byte: &u8| format!("{byte:02x}");
    let expected: String = mac.finalize().into_bytes().iter().map(digits).collect();
    expected == signature
}

async fn user(api: &Api, email: &str) {
    api.create(
        "users",
        json!({"email": email, "is_staff": true, "password": "s"}),
    )
    .await;
}

#[tokio::test]
async fn a_delivery_is_signed_with_the_secret_that_its_owner_can_read() {
    let api = Api::start_at(Hands::at(NOW)).await;
    let mut receiver = Receiver::start().await;
    let hook = subscribe(&api, "user.*", &receiver).await;
    let secret = secret_in(&api.get(&path(hook)).await);
    assert_eq!(secret.len(), 64);
    user(&api, "a@b.cd").await;
    let came = receiver.delivery().await;
    assert!(is_signed(&came, &secret));
    let changed = Came {
        body: came.body.replace("a@b.cd", "e@b.cd"),
        ..came
    };
    assert!(!is_signed(&changed, &secret), "another body");
    // Nothing of it is in what unmodified programs read.
    let row = api.get(&format!("/apis/hooks/{hook}/")).await;
    assert!(!row.text.contains(&secret), "{}", row.text);
    let other = Receiver::start().await;
    let other = subscribe(&api, "user.*", &other).await;
    assert_ne!(secret_in(&api.get(&path(other)).await), secret);
}

#[tokio::test]
async fn another_secret_counts_at_once_and_lasts() {
    let mut api = Api::start_at(Hands::at(NOW)).await;
    let mut receiver = Receiver::start().await;
    let hook = subscribe(&api, "user.*", &receiver).await;
    let first = secret_in(&api.get(&path(hook)).await);
    let second = secret_in(&api.post(&path(hook), &Value::Null).await);
    assert_ne!(first, second);
    assert_eq!(secret_in(&api.get(&path(hook)).await), second);
    user(&api, "a@b.cd").await;
    let came = receiver.delivery().await;
    assert!(is_signed(&came, &second) && !is_signed(&came, &first));
    api.stop().await;
    api.resume().await;
    assert_eq!(secret_in(&api.get(&path(hook)).await), second);
}

#[tokio::test]
async fn nobody_but_the_owner_comes_by_the_secret() {
    let api = Api::start().await;
    api.class("div").await;
    let receiver = Receiver::start().await;
    let hook = subscribe(&api, "user.*", &receiver).await;
    user(&api, "other@staff.edu").await;
    for (who, status) in [
        (As::User("other@staff.edu", "s"), 404),
        (As::User("s1@div.edu", "s1"), 403),
        (As::Nobody, 401),
    ] {
        for method in ["GET", "POST"] {
            let answer = api.ask(who, method, &path(hook), None).await;
            assert_eq!(answer.status, status, "{who:?} {}", answer.text);
        }
    }
    let owner = As::User(STAFF.0, STAFF.1);
    let put = api.ask(owner, "PUT", &path(hook), None).await;
    assert_eq!(
        (put.status, put.header("Allow")),
        (405, "GET, POST, HEAD, OPTIONS")
    );
    assert_eq!(api.get(&path(99)).await.status, 404);
}
