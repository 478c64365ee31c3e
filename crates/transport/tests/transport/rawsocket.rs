//! What is particular to RawSocket.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wamp_transport::{ConnectError, Inbound, MatchPolicy, NodeConfig, Payload, connect};

use crate::fixture::{Coming, Server, Wire, soon};
use crate::raw::Raw;

/// A bare connection.
async fn dial(server: &Server) -> TcpStream {
    TcpStream::connect(server.address.unwrap()).await.unwrap()
}

/// What comes back for these octets until the server closes.
async fn answer(server: &Server, octets: &[u8]) -> Vec<u8> {
    let mut stream = dial(server).await;
    stream.write_all(octets).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is closed with octets unread is reset, which is an end as well.
    let _ = soon(stream.read_to_end(&mut answer)).await;
    answer
}

#[tokio::test]
async fn pitfall_31_a_handshake_that_cannot_be_served_is_answered_with_its_error() {
    let server = Server::on(Wire::TCP_JSON).await;
    for (octets, expected) in [
        ([0x7f, 0xf4, 0, 0], vec![0x7f, 0x10, 0, 0]),
        ([0x7f, 0xf0, 0, 0], vec![0x7f, 0x10, 0, 0]),
        ([0x7f, 0xf1, 0, 1], vec![0x7f, 0x30, 0, 0]),
        (*b"GET ", vec![]),
    ] {
        assert_eq!(answer(&server, &octets).await, expected, "{octets:02x?}");
    }
}

#[tokio::test]
async fn pitfall_31_the_server_says_what_it_takes_in_the_serializer_that_was_asked_for() {
    let server = Server::on(Wire::TCP_JSON).await;
    for serializer in 1..=3 {
        let mut stream = dial(&server).await;
        stream
            .write_all(&[0x7f, 0x50 | serializer, 0, 0])
            .await
            .unwrap();
        let mut answer = [0; 4];
        soon(stream.read_exact(&mut answer)).await.unwrap();
        // 2^(9 + 11) bytes, as is configured.
        assert_eq!(answer, [0x7f, 0xb0 | serializer, 0, 0]);
    }
}

#[tokio::test]
async fn a_client_that_says_nothing_is_shown_out_in_time() {
    let mut config = NodeConfig::default();
    config.limits.handshake_timeout = Duration::from_millis(20);
    let server = Server::with_on(config, Wire::TCP_JSON).await;
    assert!(answer(&server, &[]).await.is_empty());
    assert!(answer(&server, &[0x7f]).await.is_empty());
    // The four octets alone are no session: ABORT, then the end.
    let abort = answer(&server, &[0x7f, 0xf1, 0, 0]).await;
    let abort = String::from_utf8_lossy(&abort[8..]).into_owned();
    assert!(abort.contains("wamp.error.timeout"), "{abort}");
}

#[tokio::test]
async fn a_server_that_is_full_says_so() {
    let mut config = NodeConfig::default();
    config.limits.sessions = 1;
    let server = Server::with_on(config, Wire::TCP_JSON).await;
    let _first = Raw::login(&server, "s1").await;
    assert_eq!(
        answer(&server, &[0x7f, 0xf1, 0, 0]).await,
        [0x7f, 0x40, 0, 0]
    );
    let refused = soon(connect(&server.url(), server.options("s2"))).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("as many connections"), "{error}");
}

#[tokio::test]
async fn pitfall_31_pings_are_answered_with_what_they_carry_in_any_state() {
    let server = Server::on(Wire::TCP_JSON).await;
    let mut raw = Raw::connect(&server).await;
    raw.octets(b"\x01\0\0\x02hi").await;
    assert_eq!(&raw.hear_octets::<6>().await, b"\x02\0\0\x02hi");
    raw.join("s1").await;
    raw.octets(b"\x01\0\0\0").await;
    assert_eq!(&raw.hear_octets::<4>().await, b"\x02\0\0\0");
    // A pong that nobody asked for says nothing.
    raw.octets(b"\x02\0\0\x01x\x01\0\0\0").await;
    assert_eq!(&raw.hear_octets::<4>().await, b"\x02\0\0\0");
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let config = NodeConfig {
        ping_interval: Duration::from_millis(20),
        ping_timeout: Duration::from_millis(1_500),
        ..NodeConfig::default()
    };
    let server = Server::with_on(config, Wire::TCP_JSON).await;
    let mut raw = Raw::login(&server, "s1").await;
    // More pings than fit into the timeout.
    for _ in 0..100 {
        assert_eq!(raw.hear_octets::<4>().await, [1, 0, 0, 0]);
        raw.octets(&[2, 0, 0, 0]).await;
    }
}

#[tokio::test]
async fn a_client_that_pings_without_reading_is_given_up() {
    let config = NodeConfig {
        ping_timeout: Duration::from_millis(200),
        close_timeout: Duration::from_millis(10),
        ..NodeConfig::default()
    };
    let server = Server::with_on(config, Wire::TCP_JSON).await;
    let mut raw = Raw::login(&server, "s1").await;
    let ping = [&[1, 0, 0xff, 0xff][..], &[0; 0xffff]].concat();
    // In the end nothing more is taken from it, as it takes nothing; then the connection is closed.
    let flood = async { while raw.stream().write_all(&ping).await.is_ok() {} };
    let gone = server.until(Coming::Left("s1".to_owned()));
    tokio::join!(soon(flood), gone);
}

#[tokio::test]
async fn pitfall_31_reserved_bits_and_unknown_frames_are_violations() {
    let server = Server::on(Wire::TCP_JSON).await;
    for head in [[3, 0, 0, 0], [7, 0, 0, 1], [0x10, 0, 0, 2], [0x80, 0, 0, 0]] {
        let mut raw = Raw::login(&server, "s1").await;
        raw.octets(&head).await;
        let abort = raw.hear().await;
        assert_eq!(abort[2], "wamp.error.protocol_violation", "{head:02x?}");
        raw.ends_with(1002).await;
        server.until(Coming::Left("s1".to_owned())).await;
    }
}

#[tokio::test]
async fn messages_may_come_in_pieces_and_many_at_once() {
    let server = Server::on(Wire::TCP_JSON).await;
    server.echo(&["sim.echo"]).await;
    let mut raw = Raw::login(&server, "s1").await;
    let call = |request: u32| {
        let text = format!(r#"[48,{request},{{}},"sim.echo",[{request}]]"#);
        let length = u32::try_from(text.len()).unwrap();
        [&length.to_be_bytes(), text.as_bytes()].concat()
    };
    let [first, second] = [call(1), call(2)];
    for octet in &first {
        raw.octets(&[*octet]).await;
    }
    raw.octets(&[second, call(3)].concat()).await;
    for request in 1..=3 {
        assert_eq!(raw.hear().await, json!([50, request, {}, [request]]));
    }
}

/// A client that takes at most 512 bytes at once.
async fn modest(server: &Server, authid: &str) -> Raw {
    let mut raw = Raw::connect_taking(server, 0).await;
    raw.hello(json!({"authmethods": ["ticket"], "authid": authid}))
        .await;
    raw
}

#[tokio::test]
async fn a_client_that_takes_less_than_welcome_is_shown_out() {
    let server = Server::on(Wire::TCP_JSON).await;
    let mut raw = modest(&server, "s1").await;
    assert_eq!(raw.hear().await[0], 4);
    raw.say(json!([5, "s1!", {}])).await;
    let abort = raw.hear().await;
    assert_eq!(abort[2], "wamp.error.payload_size_exceeded");
    raw.ends_with(1000).await;
}

#[tokio::test]
async fn what_is_larger_than_its_receiver_takes_is_not_sent_and_the_call_ends() {
    let server = Server::on(Wire::TCP_JSON).await;
    server.echo(&["sim.echo"]).await;
    // 2^(9 + 3) bytes are enough for WELCOME.
    let mut raw = Raw::connect_taking(&server, 3).await;
    raw.join("s1").await;
    let large = "x".repeat(5_000);
    raw.say(json!([48, 1, {}, "sim.echo", [large]])).await;
    let answer = raw.hear().await;
    assert_eq!(
        answer.as_array().unwrap()[..3],
        [json!(8), json!(48), json!(1)]
    );
    assert_eq!(answer[4], "wamp.error.payload_size_exceeded");

    // As a callee: the caller is told.
    raw.say(json!([64, 2, {}, "open.work"])).await;
    assert_eq!(raw.hear().await[0], 65);
    let (other, _inbox) = server.node.join("model", "service").await.unwrap();
    let refused = soon(other.call("open.work", Payload::text(&large))).await;
    let error = refused.unwrap_err();
    assert_eq!(error.uri(), Some("wamp.error.payload_size_exceeded"));

    // As a subscriber: it misses that event, and others do not.
    raw.say(json!([32, 3, {}, "sim.topic"])).await;
    assert_eq!(raw.hear().await[0], 33);
    let (able, mut inbox) = server.login("s2").await;
    let subscribed = able.subscribe("sim.topic", MatchPolicy::Exact);
    soon(subscribed).await.unwrap();
    for text in [&large, "short"] {
        let options = wamp_transport::PublishOptions::default();
        other
            .publish("sim.topic", options, Payload::text(text))
            .await
            .unwrap();
    }
    assert_eq!(raw.hear().await[4], json!(["short"]));
    for expected in [&large, "short"] {
        match soon(inbox.recv()).await {
            Some(Inbound::Event { payload, .. }) => {
                assert_eq!(payload, Payload::text(expected));
            }
            other => panic!("expected an event, got {other:?}"),
        }
    }
}
