//! Clients that take or send more than is good.

use std::time::Duration;

use serde_json::json;
use wamp_transport::{Inbound, MatchPolicy, NodeConfig, Payload, PublishOptions};

use crate::fixture::{Coming, Server, Wire, on_every_wire, soon};
use crate::raw::Raw;

on_every_wire!(
    pitfall_33_a_subscriber_that_stops_reading_is_closed_and_the_others_miss_nothing,
    pitfall_33_a_callee_with_too_much_waiting_is_not_called_until_it_has_caught_up,
    a_client_that_floods_a_session_in_process_costs_it_events_but_not_its_life,
);

const EVENT_BYTES: usize = 8_000;

fn small_outbox() -> NodeConfig {
    NodeConfig {
        outbox_bytes: 256 << 10,
        close_timeout: Duration::from_millis(50),
        ..NodeConfig::default()
    }
}

async fn pitfall_33_a_subscriber_that_stops_reading_is_closed_and_the_others_miss_nothing(
    wire: Wire,
) {
    let config = NodeConfig {
        // Enough to read why.
        close_timeout: Duration::from_secs(20),
        ..small_outbox()
    };
    let server = Server::with_on(config, wire).await;
    let (model, _model_inbox) = server.node.join("model", "service").await.unwrap();
    let (healthy, mut inbox) = server.login("healthy").await;
    healthy
        .subscribe("sim.topic", MatchPolicy::Exact)
        .await
        .unwrap();
    let mut stuck = Raw::login(&server, "stuck").await;
    stuck.say(json!([32, 1, {}, "sim.topic"])).await;
    assert_eq!(stuck.hear().await[0], 33);

    let text = "x".repeat(EVENT_BYTES);
    let gone = server.until(Coming::Left("stuck".to_owned()));
    tokio::pin!(gone);
    let mut published = 0;
    loop {
        let options = PublishOptions::default();
        published += 1;
        let payload = Payload::from_args(&[json!(published), json!(text)]);
        model
            .publish("sim.topic", options, payload.clone())
            .await
            .unwrap();
        let Some(Inbound::Event { payload: heard, .. }) = soon(inbox.recv()).await else {
            panic!("expected event {published}");
        };
        assert_eq!(heard.args().unwrap(), payload.args().unwrap());
        if futures_util::FutureExt::now_or_never(gone.as_mut()).is_some() {
            break;
        }
        // What the sockets and the outbox hold together is far less than this.
        assert!(
            published * EVENT_BYTES < 64 << 20,
            "the stuck subscriber is still fed"
        );
    }
    // Once it reads again it finds what was on its way, without a gap, and why there is no more.
    let mut heard = 0;
    let abort = loop {
        let message = stuck.hear().await;
        if message[0] != 36 {
            break message;
        }
        heard += 1;
        assert_eq!(message[4][0], heard, "the events in their order");
    };
    assert!(heard < published, "{heard} of {published}");
    assert_eq!(
        (&abort[0], &abort[2]),
        (&json!(3), &json!("wamp.error.limit_exceeded"))
    );
    assert!(abort[1]["message"].as_str().unwrap().contains("too slow"));
    stuck.ends_with(1008).await;
}

#[tokio::test]
async fn a_client_that_pipelines_without_reading_is_held_up_and_loses_nothing() {
    let config = NodeConfig {
        outbox_bytes: 2 << 20,
        ..NodeConfig::default()
    };
    let server = Server::with(config).await;
    server.echo(&["sim.echo"]).await;
    let raw = Raw::login(&server, "s1").await;
    let (mut sink, mut stream) = futures_util::StreamExt::split(raw.into_socket());
    // Eight times what the outbox holds: calls wait in the socket until answers are read.
    let calls = 8 * (2 << 20) / EVENT_BYTES;
    let sender = tokio::spawn(async move {
        for request in 1..=calls {
            let call = json!([48, request, {}, "sim.echo", ["x".repeat(EVENT_BYTES)]]);
            let frame = tokio_tungstenite::tungstenite::Message::text(call.to_string());
            futures_util::SinkExt::send(&mut sink, frame).await.unwrap();
        }
        // Dropped only after everything has been answered.
        sink
    });
    let mut answered = 0;
    while answered < calls {
        let frame = soon(futures_util::StreamExt::next(&mut stream))
            .await
            .unwrap()
            .unwrap();
        if frame.is_text() {
            assert!(frame.to_text().unwrap().starts_with("[50,"), "{frame}");
            answered += 1;
        }
    }
    drop(soon(sender).await.unwrap());
}

async fn pitfall_33_a_callee_with_too_much_waiting_is_not_called_until_it_has_caught_up(
    wire: Wire,
) {
    let server = Server::with_on(small_outbox(), wire).await;
    let (callee, mut inbox) = server.node.join("model", "service").await.unwrap();
    callee
        .register("sim.heavy", MatchPolicy::Exact)
        .await
        .unwrap();
    let mut caller = Raw::login(&server, "s1").await;
    let argument = "x".repeat(EVENT_BYTES);

    // Each call is followed by a request that is answered at once, to see whether the call was.
    let mut taken = 0;
    let refusal = loop {
        caller
            .say(json!([48, taken + 1, {}, "sim.heavy", [argument]]))
            .await;
        caller.say(json!([32, 1_000, {}, "sim.other"])).await;
        let answer = caller.hear().await;
        if answer[0] == 8 {
            assert_eq!(caller.hear().await[0], 33);
            break answer;
        }
        taken += 1;
        assert!(taken < 100, "the callee is still called");
    };
    assert_eq!(refusal[2], taken + 1);
    assert_eq!(refusal[4], "wamp.error.no_available_callee");
    assert!(
        refusal[5][0].as_str().unwrap().contains("try again"),
        "{refusal}"
    );

    for request in 1..=taken {
        let Some(Inbound::Invocation { id, .. }) = soon(inbox.recv()).await else {
            panic!("no invocation");
        };
        callee.answer(id, Ok(Payload::empty())).await.unwrap();
        assert_eq!(caller.hear().await, json!([50, request, {}]));
    }
    caller.say(json!([48, 2_000, {}, "sim.heavy"])).await;
    assert!(matches!(
        soon(inbox.recv()).await,
        Some(Inbound::Invocation { .. })
    ));
}

async fn a_client_that_floods_a_session_in_process_costs_it_events_but_not_its_life(wire: Wire) {
    let server = Server::with_on(small_outbox(), wire).await;
    let (model, mut inbox) = server.node.join("model", "service").await.unwrap();
    model
        .subscribe("sim.hello", MatchPolicy::Exact)
        .await
        .unwrap();
    let (player, _player_inbox) = server.login("s1").await;
    let payload = Payload::text(&"x".repeat(EVENT_BYTES));
    for _ in 0..100 {
        let options = PublishOptions {
            acknowledge: true,
            ..PublishOptions::default()
        };
        soon(player.publish("sim.hello", options, payload.clone()))
            .await
            .unwrap();
    }
    let (other, _other_inbox) = server.node.join("other", "service").await.unwrap();
    let last = Payload::text("last");
    other
        .publish("sim.hello", PublishOptions::default(), last.clone())
        .await
        .unwrap();
    let mut events = 0;
    loop {
        match soon(inbox.recv()).await {
            Some(Inbound::Event { payload, .. }) if payload == last => break,
            Some(Inbound::Event { .. }) => events += 1,
            other => panic!("{other:?}"),
        }
    }
    assert!((10..40).contains(&events), "{events}");
}
