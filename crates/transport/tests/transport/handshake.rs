//! From the HTTP request to WELCOME or ABORT.

use serde_json::json;
use wamp_transport::{
    AuthMethod, ConnectError, ConnectOptions, NodeConfig, Origins, Secret, connect,
};

use crate::fixture::{Coming, Server, soon};
use crate::raw::Raw;

#[tokio::test]
async fn a_user_with_the_right_ticket_is_welcomed_with_what_the_gate_says() {
    let server = Server::start().await;
    let mut raw = Raw::connect(&server).await;
    raw.hello(json!({"authmethods": ["wampcra", "ticket"], "authid": "s1"}))
        .await;
    assert_eq!(raw.hear().await, json!([4, "ticket", {}]));
    raw.say(json!([5, "s1!", {}])).await;

    let welcome = raw.hear().await;
    assert_eq!(welcome[0], 2);
    let details = &welcome[2];
    assert_eq!(details["realm"], "realm1");
    assert_eq!(details["authid"], "s1");
    assert_eq!(details["authrole"], "player");
    assert_eq!(details["authmethod"], "ticket");
    assert_eq!(details["authprovider"], "test");
    assert_eq!(
        details["roles"]["dealer"]["features"]["pattern_based_registration"],
        true
    );
    assert_eq!(
        details["roles"]["broker"]["features"]["pattern_based_subscription"],
        true
    );
    server.until(Coming::Joined("s1".to_owned())).await;
}

#[tokio::test]
async fn a_wrong_ticket_is_refused_with_the_gates_reason() {
    let server = Server::start().await;
    let error = soon(connect(
        &server.url(),
        ConnectOptions::ticket("s1", "guess"),
    ))
    .await;
    let expected = ConnectError::Refused {
        reason: "wamp.error.not_authorized".to_owned(),
        message: "unknown user or wrong password".to_owned(),
    };
    assert_eq!(error.unwrap_err(), expected);
}

#[tokio::test]
async fn pitfall_4_refusals_are_an_abort_and_then_a_close() {
    let server = Server::start().await;
    for (hello, reason) in [
        (
            json!([1, "elsewhere", {"roles": {"caller": {}}}]),
            "wamp.error.no_such_realm",
        ),
        (
            json!([1, "realm1", {"authmethods": ["ticket"]}]),
            "wamp.error.no_such_role",
        ),
        (
            json!([1, "realm1", {"roles": {"caller": {}}}]),
            "wamp.error.no_matching_auth_method",
        ),
        (
            json!([1, "realm1", {"roles": {"caller": {}}, "authmethods": ["ticket"]}]),
            "wamp.error.no_such_principal",
        ),
        (json!([48, 1, {}, "a.b"]), "wamp.error.protocol_violation"),
    ] {
        let mut raw = Raw::connect(&server).await;
        raw.say(hello.clone()).await;
        let abort = raw.hear().await;
        assert_eq!(
            (&abort[0], &abort[2]),
            (&json!(3), &json!(reason)),
            "{hello}"
        );
        assert!(abort[1]["message"].is_string(), "{hello}");
        let violation = reason.ends_with("protocol_violation");
        raw.ends_with(if violation { 1002 } else { 1000 }).await;
    }
}

#[tokio::test]
async fn a_user_may_sign_a_challenge_instead_of_sending_the_secret() {
    let config = NodeConfig {
        auth_methods: vec![AuthMethod::Ticket, AuthMethod::WampCra],
        ..NodeConfig::default()
    };
    let server = Server::with(config).await;
    let right = ConnectOptions::wampcra("s1", "s1!");
    assert!(!format!("{right:?}").contains("s1!"));
    let _session = soon(connect(&server.url(), right)).await.unwrap();
    server.until(Coming::Joined("s1".to_owned())).await;

    let wrong = ConnectOptions::wampcra("s1", "guess");
    let refused = soon(connect(&server.url(), wrong)).await.unwrap_err();
    let expected = ConnectError::Refused {
        reason: "wamp.error.not_authorized".to_owned(),
        message: "unknown user or wrong password".to_owned(),
    };
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn anonymous_clients_come_in_only_where_the_configuration_says_so() {
    let config = NodeConfig {
        auth_methods: vec![AuthMethod::Ticket, AuthMethod::Anonymous],
        ..NodeConfig::default()
    };
    let server = Server::with(config).await;
    let (session, _inbox) = soon(connect(&server.url(), ConnectOptions::default()))
        .await
        .unwrap();
    server
        .until(Coming::Joined(format!("guest-{}", session.id())))
        .await;

    let strict = Server::start().await;
    let refused = soon(connect(&strict.url(), ConnectOptions::default()))
        .await
        .unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("expected authmethods with one of ticket"),
        "{refused}"
    );
}

#[tokio::test]
async fn pitfall_1_the_first_subprotocol_of_the_client_that_is_spoken_is_answered_and_none_is_400()
{
    let server = Server::start().await;
    let all = "wamp.2.json,wamp.2.msgpack";
    for (offer, answer) in [
        (
            "wamp.2.ubjson, wamp.2.cbor, wamp.2.json",
            Some("wamp.2.cbor"),
        ),
        (all, Some("wamp.2.json")),
        (
            "wamp.2.json.batched, wamp.2.json",
            Some("wamp.2.json.batched"),
        ),
        ("wamp.2.flatbuffers", None),
        ("", None),
    ] {
        let headers = format!("Sec-WebSocket-Protocol: {offer}\r\n");
        let heard = server.http(&upgrade(&headers)).await.to_lowercase();
        match answer {
            Some(name) => {
                assert!(heard.starts_with("http/1.1 101"), "{offer}: {heard}");
                let header = format!("sec-websocket-protocol: {name}\r\n");
                assert!(heard.contains(&header), "{offer}: {heard}");
            }
            None => assert!(heard.starts_with("http/1.1 400"), "{offer}: {heard}"),
        }
    }
    // Nor may a client leave it open: it would wait for what never comes.
    let silent = server.http(&upgrade("")).await;
    assert!(silent.starts_with("HTTP/1.1 400"), "{silent}");
    assert!(silent.contains("wamp.2.json, wamp.2.msgpack"), "{silent}");
}

#[tokio::test]
async fn pitfall_33_no_compression_is_agreed_on_so_that_nothing_grows_when_it_is_unpacked() {
    let server = Server::start().await;
    let headers = "Sec-WebSocket-Protocol: wamp.2.json\r\n\
                   Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
    let heard = server.http(&upgrade(headers)).await.to_lowercase();
    assert!(heard.starts_with("http/1.1 101"), "{heard}");
    assert!(!heard.contains("sec-websocket-extensions"), "{heard}");
}

#[tokio::test]
async fn a_plain_request_is_told_to_upgrade() {
    let server = Server::start().await;
    let answer = server.http("GET /ws HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 426"), "{answer}");
    assert!(
        answer.to_lowercase().contains("upgrade: websocket"),
        "{answer}"
    );
}

/// The request for a WebSocket with these headers besides.
fn upgrade(headers: &str) -> String {
    format!(
        "GET /ws HTTP/1.1\r\nHost: sim.example.edu\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

fn handshake(origin: &str) -> String {
    upgrade(&format!(
        "Origin: {origin}\r\nSec-WebSocket-Protocol: wamp.2.json\r\n"
    ))
}

#[tokio::test]
async fn pages_of_other_origins_are_turned_away_unless_listed() {
    let server = Server::start().await;
    let same = server.http(&handshake("http://sim.example.edu")).await;
    assert!(same.starts_with("HTTP/1.1 101"), "{same}");
    let other = server.http(&handshake("http://evil.example")).await;
    assert!(other.starts_with("HTTP/1.1 403"), "{other}");

    let config = NodeConfig {
        allowed_origins: Origins::List(vec!["http://front.example.edu".to_owned()]),
        ..NodeConfig::default()
    };
    let server = Server::with(config).await;
    let listed = server.http(&handshake("http://front.example.edu")).await;
    assert!(listed.starts_with("HTTP/1.1 101"), "{listed}");
}

#[tokio::test]
async fn pitfall_33_a_client_that_says_nothing_is_turned_away_in_time() {
    let mut config = NodeConfig::default();
    config.limits.handshake_timeout = std::time::Duration::from_millis(20);
    let server = Server::with(config).await;
    let mut raw = Raw::connect(&server).await;
    assert_eq!(raw.hear().await[2], "wamp.error.timeout");
    raw.ends_with(1000).await;
}

#[tokio::test]
async fn a_server_that_is_full_says_so() {
    let mut config = NodeConfig::default();
    config.limits.sessions = 1;
    let server = Server::with(config).await;
    let _first = Raw::login(&server, "s1").await;
    let mut second = Raw::connect(&server).await;
    second.ends_with(1013).await;
}

#[tokio::test]
async fn nobody_listening_is_told_apart_from_a_refusal() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    drop(listener);
    let error = soon(connect(&url, ConnectOptions::default()))
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
}

#[test]
fn tickets_do_not_show_when_options_are_printed() {
    let options = ConnectOptions::ticket("s1", Secret::new("hunter2"));
    assert!(!format!("{options:?}").contains("hunter2"));
}
