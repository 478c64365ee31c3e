//! What RFC 6455 forbids, below WAMP: the client is told and shown out with the code that says why, and everybody else goes on.

use axum::serve::ListenerExt;
use futures_util::{SinkExt, StreamExt};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message as Frame;
use wamp_transport::{NodeConfig, Payload, echo_route};

use crate::fixture::{Coming, Server, soon};
use crate::raw::Raw;

/// A client's frame with a mask of zeros, which leaves what is in it as it is.
fn frame(first: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap();
    [&[first, 0x80 | length, 0, 0, 0, 0], content].concat()
}

#[tokio::test]
async fn frames_that_may_not_be_end_the_session_with_the_code_for_it_and_no_other() {
    let server = Server::start().await;
    server.echo(&["sim.echo"]).await;
    let (bystander, _inbox) = server.login("bystander").await;
    for (about, octets, code, complaint) in [
        (
            "text of other bytes",
            frame(0x81, b"[\"\xff\"]"),
            1007,
            "UTF-8",
        ),
        (
            "half a letter at the end",
            frame(0x81, b"[\"\xc3"),
            1007,
            "UTF-8",
        ),
        ("a reserved bit", frame(0xc1, b"[]"), 1002, "RFC 6455"),
        (
            "a kind of frame that there is none of",
            frame(0x83, b"[]"),
            1002,
            "RFC 6455",
        ),
        (
            "a control frame that there is none of",
            frame(0x8b, b""),
            1002,
            "RFC 6455",
        ),
        ("a ping in parts", frame(0x09, b""), 1002, "RFC 6455"),
        ("the rest of nothing", frame(0x80, b"[]"), 1002, "RFC 6455"),
        (
            "a message within another",
            [frame(0x01, b"["), frame(0x81, b"]")].concat(),
            1002,
            "RFC 6455",
        ),
        (
            "a frame without a mask",
            b"\x81\x02[]".to_vec(),
            1002,
            "RFC 6455",
        ),
        (
            "half a code to close with",
            frame(0x88, b"\x03"),
            1002,
            "RFC 6455",
        ),
        // The length alone, of more bytes than there are on earth.
        (
            "a huge length",
            b"\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0".to_vec(),
            1009,
            "1048576 bytes",
        ),
    ] {
        let mut raw = Raw::login(&server, "s1").await;
        let stream = raw.socket().get_mut();
        stream.write_all(&octets).await.unwrap();
        let abort = raw.hear().await;
        assert_eq!(abort[2], "wamp.error.protocol_violation", "{about}");
        let message = abort[1]["message"].as_str().unwrap();
        assert!(message.contains(complaint), "{about}: {message}");
        raw.ends_with(code).await;
        server.until(Coming::Left("s1".to_owned())).await;
        let echo = bystander.call("sim.echo", Payload::text("still here"));
        assert_eq!(soon(echo).await.unwrap().args().unwrap(), ["still here"]);
    }
}

#[tokio::test]
async fn a_message_in_parts_with_pings_between_them_is_a_message() {
    let server = Server::start().await;
    server.echo(&["sim.echo"]).await;
    let mut raw = Raw::login(&server, "s1").await;
    let text = "[48,1,{},\"sim.echo\",[\"ä€😀\"]]".as_bytes();
    // Letters are cut in the middle too.
    let mut octets = frame(0x01, &text[..1]);
    for byte in &text[1..] {
        octets.extend(frame(0x89, b"?"));
        octets.extend(frame(0x00, &[*byte]));
    }
    octets.extend(frame(0x80, b""));
    let stream = raw.socket().get_mut();
    stream.write_all(&octets).await.unwrap();
    for _ in &text[1..] {
        let pong = soon(raw.socket().next()).await.unwrap().unwrap();
        assert_eq!(pong, Frame::Pong((&b"?"[..]).into()));
    }
    assert_eq!(raw.hear().await[3][0], "ä€😀");
}

#[tokio::test]
async fn the_echo_for_conformance_suites_has_the_limits_of_a_node() {
    let config = NodeConfig {
        max_message_bytes: 1_000,
        ..NodeConfig::default()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/echo", listener.local_addr().unwrap());
    let listener = listener.tap_io(|stream| stream.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, echo_route(config)).await });
    let (mut socket, _) = soon(connect_async(&url)).await.unwrap();
    for said in [
        Frame::text("ä"),
        Frame::binary(&b"\xff"[..]),
        Frame::text(""),
    ] {
        socket.send(said.clone()).await.unwrap();
        assert_eq!(soon(socket.next()).await.unwrap().unwrap(), said);
    }
    socket.send(Frame::text("x".repeat(1_001))).await.unwrap();
    let Frame::Close(Some(close)) = soon(socket.next()).await.unwrap().unwrap() else {
        panic!("expected a close frame");
    };
    assert_eq!(u16::from(close.code), 1009);
    assert!(close.reason.contains("1000 bytes"), "{}", close.reason);
}
