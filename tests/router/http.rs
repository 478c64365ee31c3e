//! Publishing and calling over HTTP, with requests that are signed.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::process::Command;
use wamp_transport::{ConnectOptions, Inbound, Inbox, MatchPolicy, Payload, Session, WampError};

use crate::process::{PATIENCE, Router};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const SETTINGS: &str = r#"
[wamp]
max_message_bytes = 10000
[router.realms.realm1]
disclose = "always"
users.callee = { role = "all", ticket = "t" }
http_keys.shop = { role = "all", secret = "0123456789abcdef0123456789abcdef" }
roles.all = [{ uri = "com.example.", match = "prefix", allow = ["call", "register", "publish", "subscribe"] }]
"#;

/// The next number of this process.
fn number() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    LAST.fetch_add(1, Ordering::Relaxed) + 1
}

/// The target of a request of now that fits its body.
fn signed(path: &str, body: &str) -> String {
    let now = OffsetDateTime::now_utc().format(&Rfc3339).unwrap();
    signed_as("shop", SECRET, (&now, number()), path, body)
}

fn signed_as(key: &str, secret: &str, (at, seq): (&str, u64), path: &str, body: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let mac = mac.chain_update(format!("{key}{at}{seq}77{body}"));
    let signature = URL_SAFE.encode(mac.finalize().into_bytes());
    format!("{path}?key={key}&timestamp={at}&seq={seq}&nonce=77&signature={signature}")
}

async fn post(router: &Router, target: &str, body: &str) -> (u16, Value) {
    let (status, answer) = router.http(&format!("POST {target} HTTP/1.1"), body).await;
    (status, serde_json::from_str(&answer).unwrap_or(Value::Null))
}

/// A session that listens to `com.example.news` and offers two procedures, one of which fails.
async fn callee(router: &Router) -> (Session, Inbox) {
    let who = ConnectOptions::ticket("callee", "t");
    let (session, inbox) = router.join(who).await.unwrap();
    for name in ["com.example.echo", "com.example.fail"] {
        session.register(name, MatchPolicy::Exact).await.unwrap();
    }
    let news = session.subscribe("com.example.news", MatchPolicy::Exact);
    news.await.unwrap();
    (session, inbox)
}

#[tokio::test]
async fn a_signed_request_publishes_and_calls_as_the_user_of_its_key() {
    let router = Router::start(SETTINGS, &[]).await;
    let (session, mut inbox) = callee(&router).await;
    let body = r#"{"topic": "com.example.news", "args": [1.0, 9007199254740993], "kwargs": {"b": 1, "a": 2}}"#;
    let (status, told) = post(&router, &signed("/publish", body), body).await;
    assert_eq!(status, 200, "{told}");
    assert!(told["id"].as_u64().is_some(), "{told}");
    let Some(Inbound::Event {
        payload,
        publisher_authid,
        ..
    }) = inbox.recv().await
    else {
        panic!("an event");
    };
    assert_eq!(publisher_authid.as_deref(), Some("shop"));
    assert_eq!(
        payload.args().unwrap(),
        [json!(1.0), json!(9_007_199_254_740_993_u64)]
    );
    assert_eq!(payload.kwargs().unwrap()["a"], 2);

    tokio::spawn(async move {
        while let Some(Inbound::Invocation { id, payload, .. }) = inbox.recv().await {
            let reply = match payload.is_empty() {
                true => Err(WampError::new("com.example.closed", "come back tomorrow")),
                false => Ok(payload),
            };
            let _ = session.answer(id, reply).await;
        }
    });
    let body = r#"{"procedure": "com.example.echo", "args": [1.0], "kwargs": {"x": null}}"#;
    let target = signed("/call", body);
    let (status, told) = router.http(&format!("POST {target} HTTP/1.1"), body).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(told, r#"{"args":[1.0],"kwargs":{"x":null}}"#);
    let body = r#"{"procedure": "com.example.fail"}"#;
    let (status, told) = post(&router, &signed("/call", body), body).await;
    let expected = json!({"error": "com.example.closed", "args": ["come back tomorrow"]});
    assert_eq!((status, told), (422, expected));
}

#[tokio::test]
async fn what_may_not_be_is_refused_with_a_status_and_a_sentence() {
    let router = Router::start(SETTINGS, &[]).await;
    let now = OffsetDateTime::now_utc();
    let at = |time: OffsetDateTime| time.format(&Rfc3339).unwrap();
    let other = r#"{"procedure": "com.other"}"#;
    let absent = r#"{"procedure": "com.example.absent"}"#;
    let now_text = at(now);
    let late = at(now + time::Duration::minutes(6));
    let early = at(now - time::Duration::minutes(1));
    let wrong_secret = "f".repeat(32);
    let call =
        |key: &str, secret: &str, at: &str| signed_as(key, secret, (at, number()), "/call", absent);
    for (target, body, status, word) in [
        ("/call".to_owned(), absent, 400, "signature"),
        (call("shop", &wrong_secret, &now_text), absent, 401, "fit"),
        (call("nobody", SECRET, &now_text), absent, 401, "fit"),
        (call("shop", SECRET, &late), absent, 401, "5 minutes"),
        (call("shop", SECRET, &early), absent, 401, "started"),
        (signed("/call", absent), other, 401, "fit"),
        (signed("/call", other), other, 403, "com.other"),
        (signed("/call", absent), absent, 404, "com.example.absent"),
        (signed("/call", "{}"), "{}", 400, "procedure"),
        (signed("/publish", absent), absent, 400, "topic"),
    ] {
        let (got, told) = post(&router, &target, body).await;
        let sentence = told["args"][0].as_str().unwrap_or_default();
        assert!(
            got == status && sentence.contains(word),
            "{target} {body}: {got} {told}"
        );
    }
    let args = r#"{"procedure": "com.example.absent", "args": {}}"#;
    assert_eq!(post(&router, &signed("/call", args), args).await.0, 400);
    let large = format!(r#"{{"procedure": "{}"}}"#, "x".repeat(10_000));
    assert_eq!(post(&router, &signed("/call", &large), &large).await.0, 413);
}

#[tokio::test]
async fn a_request_counts_once() {
    let router = Router::start(SETTINGS, &[]).await;
    let (_session, mut inbox) = callee(&router).await;
    let body = r#"{"topic": "com.example.news", "args": ["first"]}"#;
    let target = signed("/publish", body);
    assert_eq!(post(&router, &target, body).await.0, 200);
    let (status, told) = post(&router, &target, body).await;
    assert_eq!(
        (status, told["args"][0].as_str()),
        (409, Some("this request has come before; sign a new one"))
    );
    // The same signature of the same text, cut elsewhere.
    let seq = target
        .split("seq=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let shifted = target.replace(
        &format!("seq={seq}&nonce=77"),
        &format!("seq={seq}7&nonce=7"),
    );
    assert_ne!(shifted, target);
    assert_eq!(post(&router, &shifted, body).await.0, 409);
    let last = r#"{"topic": "com.example.news", "args": ["last"]}"#;
    assert_eq!(post(&router, &signed("/publish", last), last).await.0, 200);
    for expected in ["first", "last"] {
        let Some(Inbound::Event { payload, .. }) = inbox.recv().await else {
            panic!("an event");
        };
        assert_eq!(payload.args().unwrap(), [expected]);
    }
}

#[tokio::test]
async fn without_a_key_there_is_no_http_beside_it() {
    let settings = SETTINGS.replace("http_keys.shop", "users.shop");
    let settings = settings.replace("secret = \"0123", "secret = \"x0123");
    let router = Router::start(&settings, &[]).await;
    let body = r#"{"topic": "com.example.news"}"#;
    assert_eq!(
        router
            .http(&format!("POST {} HTTP/1.1", signed("/publish", body)), body)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn the_example_of_the_documents_works_as_it_stands() {
    for program in ["curl", "openssl"] {
        if Command::new(program).arg("--help").output().await.is_err() {
            let said = format!("{program} is not installed, so the example is not tried");
            assert!(std::env::var_os("CI").is_none(), "{said}");
            eprintln!("{said}");
            return;
        }
    }
    let router = Router::start(SETTINGS, &[]).await;
    let (_session, mut inbox) = callee(&router).await;
    let text = include_str!("../../docs/router.md");
    let script = text
        .split("```sh\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let script = script.replace("127.0.0.1:8090", &router.address);
    let script = script.replace("key=shop\n", &format!("key=shop SECRET={SECRET}\n"));
    let run = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .output();
    let ran = tokio::time::timeout(PATIENCE, run).await.unwrap().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let answer: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert!(answer["id"].as_u64().is_some(), "{answer}");
    let Some(Inbound::Event { payload, .. }) = inbox.recv().await else {
        panic!("an event");
    };
    assert_eq!(
        payload,
        Payload::json(&["open"], &json!({"until": 18})).unwrap()
    );
}
