//! Clients that speak differently hear each other, and batches.

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message as Frame;
use wamp_transport::{
    ConnectOptions, Inbound, MatchPolicy, Payload, PublishOptions, Serializer, connect,
};

use crate::fixture::{Server, Wire, soon};
use crate::raw::{Raw, read, write};

/// A user who speaks that.
fn speaking(serializer: Serializer, authid: &str) -> ConnectOptions {
    ConnectOptions {
        serializer,
        ..ConnectOptions::ticket(authid, format!("{authid}!"))
    }
}

#[tokio::test]
async fn pitfall_28_what_one_says_all_others_hear_in_their_own_serializer() {
    let server = Server::start().await;
    // Bytes, a float, and an integer that JavaScript would round.
    let args = json!(["\0EP8A", 1.0, 9_007_199_254_740_993_u64, {"k": [null, "ä"]}]);
    let said = Payload::json(&args, &json!({"n": -1})).unwrap();
    let mut listeners = Vec::new();
    for serializer in Serializer::ALL {
        let options = speaking(serializer, serializer.name());
        let (session, inbox) = soon(connect(&server.url(), options)).await.unwrap();
        let subscribed = session.subscribe("sim.topic", MatchPolicy::Exact);
        soon(subscribed).await.unwrap();
        listeners.push((session, inbox, serializer));
    }
    for from in Serializer::ALL {
        let options = speaking(from, "publisher");
        let (publisher, _inbox) = soon(connect(&server.url(), options)).await.unwrap();
        let published = publisher.publish("sim.topic", PublishOptions::default(), said.clone());
        soon(published).await.unwrap();
        for (_, inbox, to) in &mut listeners {
            let Some(Inbound::Event { payload, .. }) = soon(inbox.recv()).await else {
                panic!("expected an event");
            };
            assert_eq!(payload.serializer(), *to);
            assert_eq!(
                payload.written_in(Serializer::Json).as_ref(),
                &said,
                "{from} to {to}"
            );
        }
    }
}

#[tokio::test]
async fn a_session_in_process_answers_whatever_its_caller_speaks() {
    let server = Server::start().await;
    let (callee, mut inbox) = server.node.join("model", "service").await.unwrap();
    let offered = callee.register("sim.double", MatchPolicy::Exact);
    soon(offered).await.unwrap();
    tokio::spawn(async move {
        while let Some(Inbound::Invocation { id, payload, .. }) = inbox.recv().await {
            let [number] = payload.args_as::<[u32; 1]>().unwrap();
            let answer = Payload::from_args(&[json!(2 * number)]);
            callee.answer(id, Ok(answer)).await.unwrap();
        }
    });
    for serializer in Serializer::ALL {
        let options = speaking(serializer, "s1");
        let (caller, _inbox) = soon(connect(&server.url(), options)).await.unwrap();
        let call = caller.call("sim.double", Payload::from_args(&[json!(21)]));
        assert_eq!(soon(call).await.unwrap().args().unwrap(), [json!(42)]);
    }
}

#[tokio::test]
async fn pitfall_31_batches_hold_any_number_of_messages() {
    for (wire, subprotocol) in [
        (Wire::WEB_JSON, "wamp.2.json.batched"),
        (Wire::WEB_MSGPACK, "wamp.2.msgpack.batched"),
        (Wire::WEB_CBOR, "wamp.2.cbor.batched"),
    ] {
        let server = Server::on(wire).await;
        server.echo(&["sim.echo"]).await;
        let serializer = wire.serializer;
        let batch = |messages: &[serde_json::Value]| {
            let messages = messages.iter().map(|message| {
                let bytes = write(serializer, message);
                match serializer {
                    Serializer::Json => [&bytes, &b"\x1e"[..]].concat(),
                    _ => {
                        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
                        [&length[..], &bytes].concat()
                    }
                }
            });
            let bytes = messages.collect::<Vec<_>>().concat();
            match serializer {
                Serializer::Json => Frame::text(String::from_utf8(bytes).unwrap()),
                _ => Frame::binary(bytes),
            }
        };
        let mut socket = Raw::with_subprotocol(&server, subprotocol)
            .await
            .unwrap()
            .into_socket();
        let details = json!({"roles": {"caller": {}}, "authmethods": ["ticket"], "authid": "s1"});
        let hello = json!([1, "realm1", details]);
        socket
            .send(batch(&[hello, json!([5, "s1!", {}])]))
            .await
            .unwrap();
        let calls: Vec<_> = (1..=100)
            .map(|request| json!([48, request, {}, "sim.echo", [request]]))
            .collect();
        socket.send(batch(&calls)).await.unwrap();
        // An empty one is nothing.
        socket.send(batch(&[])).await.unwrap();

        let (mut heard, mut frames) = (Vec::new(), 0);
        while heard.len() < 102 {
            let bytes = match soon(socket.next()).await {
                Some(Ok(Frame::Text(text))) => bytes::Bytes::from(text),
                Some(Ok(Frame::Binary(bytes))) => bytes,
                Some(Ok(Frame::Ping(_))) => continue,
                other => panic!("expected messages, got {other:?}"),
            };
            frames += 1;
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let length = match serializer {
                    Serializer::Json => rest.iter().position(|byte| *byte == 0x1e).unwrap(),
                    _ => {
                        let (length, behind) = rest.split_first_chunk().unwrap();
                        rest = behind;
                        u32::from_be_bytes(*length) as usize
                    }
                };
                heard.push(read(serializer, &rest[..length]));
                rest = &rest[length..];
                if serializer == Serializer::Json {
                    rest = &rest[1..];
                }
            }
        }
        assert_eq!((&heard[0][0], &heard[1][0]), (&json!(4), &json!(2)));
        for (request, answer) in (1..=100).zip(&heard[2..]) {
            assert_eq!(*answer, json!([50, request, {}, [request]]));
        }
        assert!(frames < 102, "{serializer}: nothing was sent together");

        socket
            .send(Frame::binary(&b"\0\0\0\x09x"[..]))
            .await
            .unwrap();
        let shown_out = soon(socket.next()).await.unwrap().unwrap();
        let text = String::from_utf8_lossy(&shown_out.into_data()).into_owned();
        assert!(text.contains("wamp.error.protocol_violation"), "{text}");
    }
}

#[tokio::test]
async fn pitfall_1_a_frame_of_the_other_kind_is_refused_with_1003() {
    for wire in [Wire::WEB_MSGPACK, Wire::WEB_CBOR] {
        let server = Server::on(wire).await;
        let mut raw = Raw::login(&server, "s1").await;
        raw.socket()
            .send(Frame::text("[48,1,{},\"a\"]"))
            .await
            .unwrap();
        let abort = raw.hear().await;
        assert_eq!(abort[2], "wamp.error.protocol_violation");
        assert_eq!(
            abort[1]["message"],
            "expected binary frames, got a text one"
        );
        raw.ends_with(1003).await;
    }
}
