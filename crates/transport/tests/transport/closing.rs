//! How connections end.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message as Frame;
use wamp_transport::{CallError, Inbound, MatchPolicy, NodeConfig, Payload};

use crate::fixture::{Coming, Server, Wire, on_every_wire, soon};
use crate::raw::Raw;

on_every_wire!(
    pitfall_6_goodbye_is_answered_with_goodbye_and_out_and_nothing_follows,
    a_client_that_leaves_is_gone_at_once,
    a_client_whose_handles_are_dropped_leaves,
    a_connection_that_breaks_ends_the_session,
    pitfall_33_a_message_that_is_too_large_is_refused_with_1009,
    pitfall_33_a_client_that_does_not_answer_pings_is_given_up,
    pitfall_6_a_node_that_stops_says_goodbye_to_everybody,
    a_client_that_does_not_answer_goodbye_does_not_hold_up_the_end,
    the_sessions_of_one_user_can_be_ended,
    whoever_waits_for_a_router_that_was_given_up_learns_of_it,
);

fn left(authid: &str) -> Coming {
    Coming::Left(authid.to_owned())
}

async fn pitfall_6_goodbye_is_answered_with_goodbye_and_out_and_nothing_follows(wire: Wire) {
    let server = Server::on(wire).await;
    let mut raw = Raw::login(&server, "s1").await;
    raw.say(json!([6, {}, "wamp.close.close_realm"])).await;
    raw.say(json!([48, 1, {}, "sim.echo"])).await;
    assert_eq!(
        raw.hear().await,
        json!([6, {}, "wamp.close.goodbye_and_out"])
    );
    server.until(left("s1")).await;
    raw.leave().await;
}

#[tokio::test]
async fn pitfall_6_who_said_goodbye_first_closes_and_the_server_only_if_that_takes_too_long() {
    for (patience, waits) in [
        (Duration::from_secs(3_600), true),
        (Duration::from_millis(1), false),
    ] {
        let config = NodeConfig {
            close_timeout: patience,
            ..NodeConfig::default()
        };
        let server = Server::with(config).await;
        let mut raw = Raw::login(&server, "s1").await;
        raw.say(json!([6, {}, "wamp.close.normal"])).await;
        assert_eq!(
            raw.hear().await,
            json!([6, {}, "wamp.close.goodbye_and_out"])
        );
        if !waits {
            raw.ends_with(1000).await;
            continue;
        }
        // It still hears, and has not closed: what comes next is the answer to a ping.
        raw.socket()
            .send(Frame::Ping(b"there?".as_slice().into()))
            .await
            .unwrap();
        let next = soon(raw.socket().next()).await.unwrap().unwrap();
        assert_eq!(next, Frame::Pong(b"there?".as_slice().into()));
        raw.leave().await;
    }
}

async fn a_client_that_leaves_is_gone_at_once(wire: Wire) {
    let server = Server::on(wire).await;
    let (player, mut inbox) = server.login("s1").await;
    player.leave().await;
    server.until(left("s1")).await;
    let closed = Inbound::Closed {
        reason: "wamp.close.goodbye_and_out".to_owned(),
    };
    assert_eq!(soon(inbox.recv()).await, Some(closed));
    assert_eq!(soon(inbox.recv()).await, None);
    let error = player.call("sim.echo", Payload::empty()).await.unwrap_err();
    assert!(matches!(error, CallError::Closed(_)), "{error}");
}

async fn a_client_whose_handles_are_dropped_leaves(wire: Wire) {
    let server = Server::on(wire).await;
    let (player, inbox) = server.login("s1").await;
    drop((player, inbox));
    server.until(left("s1")).await;
}

async fn a_connection_that_breaks_ends_the_session(wire: Wire) {
    let server = Server::on(wire).await;
    let raw = Raw::login(&server, "s1").await;
    drop(raw);
    server.until(left("s1")).await;
}

#[tokio::test]
async fn pitfall_7_broken_messages_are_answered_with_abort_and_close_1002() {
    let server = Server::start().await;
    for (text, complaint) in [
        ("{", "expected a JSON list"),
        ("[48,1,{}]", "expected CALL to have 4 to 6 elements, got 3"),
        (
            r#"[1,"realm1",{"roles":{"caller":{}}}]"#,
            "HELLO is not for a client in the realm",
        ),
        (r#"[50,1,{}]"#, "RESULT is not for a client in the realm"),
    ] {
        let mut raw = Raw::login(&server, "s1").await;
        raw.text(text).await;
        let abort = raw.hear().await;
        assert_eq!(abort[2], "wamp.error.protocol_violation", "{text}");
        let message = abort[1]["message"].as_str().unwrap();
        assert!(message.contains(complaint), "{text}: {message}");
        raw.ends_with(1002).await;
        server.until(left("s1")).await;
    }
}

#[tokio::test]
async fn pitfall_1_a_binary_frame_is_refused_with_1003() {
    let server = Server::start().await;
    let mut raw = Raw::login(&server, "s1").await;
    raw.socket()
        .send(Frame::binary(&b"[48,1,{},\"a\"]"[..]))
        .await
        .unwrap();
    assert_eq!(raw.hear().await[2], "wamp.error.protocol_violation");
    raw.ends_with(1003).await;
}

async fn pitfall_33_a_message_that_is_too_large_is_refused_with_1009(wire: Wire) {
    let config = NodeConfig {
        max_message_bytes: 16 << 10,
        close_timeout: Duration::from_millis(200),
        ..NodeConfig::default()
    };
    let server = Server::with_on(config, wire).await;
    server.echo(&["sim.echo"]).await;
    let mut raw = Raw::login(&server, "s1").await;
    raw.say(json!([48, 1, {}, "sim.echo", ["x".repeat(15_000)]]))
        .await;
    assert_eq!(raw.hear().await[0], 50);
    raw.say(json!([48, 2, {}, "sim.echo", ["x".repeat(40_000)]]))
        .await;
    let abort = raw.hear().await;
    assert_eq!(abort[0], 3);
    assert!(
        abort[1]["message"]
            .as_str()
            .unwrap()
            .contains("16384 bytes"),
        "{abort}"
    );
    raw.ends_with(1009).await;
    server.until(left("s1")).await;
}

async fn pitfall_33_a_client_that_does_not_answer_pings_is_given_up(wire: Wire) {
    let config = NodeConfig {
        ping_interval: Duration::from_millis(10),
        ping_timeout: Duration::from_millis(100),
        close_timeout: Duration::from_millis(10),
        ..NodeConfig::default()
    };
    let server = Server::with_on(config, wire).await;
    // It lives, but never reads, and so never sends a pong.
    let _raw = Raw::login(&server, "s1").await;
    server.until(left("s1")).await;
}

#[tokio::test]
async fn a_client_that_answers_pings_stays() {
    let config = NodeConfig {
        ping_interval: Duration::from_millis(20),
        ping_timeout: Duration::from_millis(1_500),
        ..NodeConfig::default()
    };
    let server = Server::with(config).await;
    let mut raw = Raw::login(&server, "s1").await;
    // More pings than fit into the timeout; reading them is what answers them.
    for _ in 0..100 {
        assert!(matches!(
            soon(raw.socket().next()).await,
            Some(Ok(Frame::Ping(_)))
        ));
    }
}

async fn pitfall_6_a_node_that_stops_says_goodbye_to_everybody(wire: Wire) {
    let server = Server::on(wire).await;
    let (model, mut model_inbox) = server.node.join("model", "service").await.unwrap();
    let (_player, mut inbox) = server.login("s1").await;
    let mut raw = Raw::login(&server, "s2").await;
    let stopping = {
        let node = server.node.clone();
        tokio::spawn(async move { node.shutdown(Duration::from_secs(20)).await })
    };
    let goodbye = raw.hear().await;
    assert_eq!(
        (&goodbye[0], &goodbye[2]),
        (&json!(6), &json!("wamp.close.system_shutdown"))
    );
    raw.say(json!([6, {}, "wamp.close.goodbye_and_out"])).await;
    raw.ends_with(1000).await;
    drop(raw);
    for inbox in [&mut model_inbox, &mut inbox] {
        let closed = Inbound::Closed {
            reason: "wamp.close.system_shutdown".to_owned(),
        };
        assert_eq!(soon(inbox.recv()).await, Some(closed));
    }
    soon(stopping).await.unwrap();
    assert!(server.node.join("late", "service").await.is_err());
    assert!(
        model
            .register("sim.late", MatchPolicy::Exact)
            .await
            .is_err()
    );
}

async fn a_client_that_does_not_answer_goodbye_does_not_hold_up_the_end(wire: Wire) {
    let mut config = NodeConfig::default();
    config.limits.goodbye_timeout = Duration::from_millis(20);
    config.close_timeout = Duration::from_millis(20);
    let server = Server::with_on(config, wire).await;
    let _silent = Raw::login(&server, "s1").await;
    soon(server.node.shutdown(Duration::from_secs(60))).await;
}

async fn the_sessions_of_one_user_can_be_ended(wire: Wire) {
    let server = Server::on(wire).await;
    let (_first, mut first_inbox) = server.login("s1").await;
    let (_second, mut second_inbox) = server.login("s1").await;
    let (other, _other_inbox) = server.login("s2").await;
    assert_eq!(server.node.close_sessions("s1").await, 2);
    for inbox in [&mut first_inbox, &mut second_inbox] {
        let closed = Inbound::Closed {
            reason: "wamp.close.killed".to_owned(),
        };
        assert_eq!(soon(inbox.recv()).await, Some(closed));
    }
    other
        .subscribe("sim.still.here", MatchPolicy::Exact)
        .await
        .unwrap();
}

async fn whoever_waits_for_a_router_that_was_given_up_learns_of_it(wire: Wire) {
    let server = Server::on(wire).await;
    let (callee, mut called) = server.node.join("model", "service").await.unwrap();
    callee
        .register("sim.slow", MatchPolicy::Exact)
        .await
        .unwrap();
    let (caller, mut inbox) = server.login("s1").await;
    let call = caller.call("sim.slow", Payload::empty());
    let give_up = async {
        let invocation = soon(called.recv()).await;
        assert!(matches!(invocation, Some(Inbound::Invocation { .. })));
        caller.give_up("it is silent");
    };
    let (answer, ()) = soon(async { tokio::join!(call, give_up) }).await;
    assert!(matches!(answer, Err(CallError::Closed(closed)) if closed.reason == "it is silent"));
    let reason = "it is silent".to_owned();
    assert_eq!(soon(inbox.recv()).await, Some(Inbound::Closed { reason }));
    assert_eq!(soon(inbox.recv()).await, None);
    server.until(left("s1")).await;
}
