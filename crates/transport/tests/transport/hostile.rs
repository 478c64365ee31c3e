//! What a client may not send, on every wire: it is told so and shown out, and everybody else goes on.

use serde_json::{Value, json};
use wamp_transport::{NodeConfig, Payload, Serializer, Session};

use crate::fixture::{Carrier, Coming, Server, Wire, on_every_wire, soon};
use crate::raw::{Raw, write};

on_every_wire!(
    bytes_that_are_no_message_end_the_session_and_no_other,
    messages_out_of_order_end_the_session_and_no_other,
    pitfall_8_an_id_of_an_open_call_may_not_be_used_again,
    pitfall_13_a_request_that_cannot_be_carried_out_is_answered_with_its_type_and_id,
    lengths_beyond_what_may_be_sent_end_the_session_and_no_other,
    what_comes_before_hello_is_refused,
);

/// Somebody who is in the realm with whoever misbehaves.
struct Bystander(Session);

impl Bystander {
    async fn on(server: &Server) -> Self {
        server.echo(&["sim.echo"]).await;
        Self(server.login("bystander").await.0)
    }

    async fn goes_on(&self) {
        let echo = self.0.call("sim.echo", Payload::text("still here"));
        assert_eq!(soon(echo).await.unwrap().args().unwrap(), ["still here"]);
    }
}

/// The violation that the client is told of, and the end.
async fn is_shown_out(raw: &mut Raw, code: u16, complaint: &str, about: &str) {
    let abort = raw.hear().await;
    assert_eq!(abort[0], 3, "{about}: {abort}");
    assert_eq!(abort[2], "wamp.error.protocol_violation", "{about}");
    let message = abort[1]["message"].as_str().unwrap();
    assert!(message.contains(complaint), "{about}: {message}");
    raw.ends_with(code).await;
}

/// RESULT 1 with these bytes as its arguments.
fn with_args(serializer: Serializer, args: &[u8]) -> Vec<u8> {
    match serializer {
        Serializer::Json => [b"[50,1,{},", args, b"]"].concat(),
        Serializer::MsgPack => [&[0x94, 50, 1, 0x80], args].concat(),
        Serializer::Cbor => [&[0x84, 0x18, 50, 1, 0xa0], args].concat(),
    }
}

async fn bytes_that_are_no_message_end_the_session_and_no_other(wire: Wire) {
    let server = Server::on(wire).await;
    let bystander = Bystander::on(&server).await;
    let serializer = wire.serializer;
    let args = |args: &[u8]| with_args(serializer, args);
    let broken: Vec<(&str, Vec<u8>, &str)> = match serializer {
        Serializer::Json => vec![
            ("half a list", b"[50,".to_vec(), "expected a JSON list"),
            ("nothing", b"".to_vec(), "expected a JSON list"),
            ("no list", b"{}".to_vec(), "expected a JSON list"),
            (
                "deep nesting",
                args(&b"[".repeat(100_000)),
                "at most 100 levels",
            ),
            (
                "two lists",
                b"[35,1][35,1]".to_vec(),
                "expected a JSON list",
            ),
        ],
        Serializer::MsgPack => vec![
            (
                "half a list",
                b"\x93\x32".to_vec(),
                "the end of the message",
            ),
            ("nothing", b"".to_vec(), "the end of the message"),
            ("no list", b"\x80".to_vec(), "no list"),
            (
                "deep nesting",
                args(&b"\x91".repeat(100_000)),
                "at most 100 levels",
            ),
            (
                "two lists",
                b"\x92\x23\x01\x92\x23\x01".to_vec(),
                "more after the list",
            ),
            ("invalid UTF-8", args(b"\x91\xa1\xff"), "UTF-8"),
            (
                "a huge list",
                args(b"\xdd\xff\xff\xff\xff"),
                "beyond the end",
            ),
            (
                "a huge text",
                args(b"\x91\xdb\xff\xff\xff\xff"),
                "beyond the end",
            ),
            (
                "a key that is a number",
                args(b"\x91\x81\x01\x01"),
                "a key that is no text",
            ),
        ],
        Serializer::Cbor => vec![
            (
                "half a list",
                b"\x83\x18\x32".to_vec(),
                "the end of the message",
            ),
            ("nothing", b"".to_vec(), "the end of the message"),
            ("no list", b"\xa0".to_vec(), "no list"),
            (
                "deep nesting",
                args(&b"\x9f".repeat(100_000)),
                "at most 100 levels",
            ),
            (
                "two lists",
                b"\x82\x18\x23\x01\x82\x18\x23\x01".to_vec(),
                "more after the list",
            ),
            ("invalid UTF-8", args(b"\x81\x61\xff"), "UTF-8"),
            (
                "a huge list",
                args(b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff"),
                "beyond the end",
            ),
            (
                "a huge text",
                args(b"\x81\x7b\x7f\xff\xff\xff\xff\xff\xff\xff"),
                "beyond the end",
            ),
            (
                "a key that is a number",
                args(b"\x81\xa1\x01\x01"),
                "a key that is no text",
            ),
        ],
    };
    for (about, bytes, complaint) in broken {
        let mut raw = Raw::login(&server, "s1").await;
        raw.bytes(&bytes).await;
        is_shown_out(&mut raw, 1002, complaint, about).await;
        server.until(Coming::Left("s1".to_owned())).await;
        bystander.goes_on().await;
    }
    if wire == Wire::TCP_JSON {
        // Over WebSocket this is refused below WAMP.
        let mut raw = Raw::login(&server, "s1").await;
        raw.bytes(&args(b"[\"\xff\"]")).await;
        is_shown_out(&mut raw, 1002, "UTF-8", "invalid UTF-8").await;
        bystander.goes_on().await;
    }
}

async fn messages_out_of_order_end_the_session_and_no_other(wire: Wire) {
    let server = Server::on(wire).await;
    let bystander = Bystander::on(&server).await;
    for (message, complaint) in [
        (
            json!([1, "realm1", {"roles": {"caller": {}}}]),
            "HELLO is not for a client in the realm",
        ),
        (json!([5, "s1!", {}]), "AUTHENTICATE"),
        (json!([2, 1, {}]), "WELCOME"),
        (json!([36, 1, 1, {}]), "EVENT"),
        (
            json!([50, 1, {}]),
            "RESULT is not for a client in the realm",
        ),
        (json!([68, 1, 1, {}]), "INVOCATION"),
        (json!([7]), "expected a known message type, got 7"),
        (
            json!([48, 1, {}]),
            "expected CALL to have 4 to 6 elements, got 3",
        ),
        (
            json!([48, 1, {}, 5]),
            "CALL element 4 (Procedure): expected a string",
        ),
        (
            json!([48, 1, {}, "a", {}]),
            "CALL element 5 (Arguments): expected a list",
        ),
        (
            json!([32, 9_007_199_254_740_993_u64, {}, "a"]),
            "from 0 to 2^53",
        ),
        (json!([32, -1, {}, "a"]), "from 0 to 2^53"),
        (json!([]), "expected a message type"),
        (
            json!(["HELLO"]),
            "expected a message type (a number) first, got a string",
        ),
    ] {
        let mut raw = Raw::login(&server, "s1").await;
        let about = message.to_string();
        raw.say(message).await;
        is_shown_out(&mut raw, 1002, complaint, &about).await;
        server.until(Coming::Left("s1".to_owned())).await;
        bystander.goes_on().await;
    }
}

async fn pitfall_8_an_id_of_an_open_call_may_not_be_used_again(wire: Wire) {
    let server = Server::on(wire).await;
    let bystander = Bystander::on(&server).await;
    let (callee, _inbox) = server.node.join("model", "service").await.unwrap();
    let offered = callee.register("sim.wait", wamp::MatchPolicy::Exact);
    soon(offered).await.unwrap();
    let mut raw = Raw::login(&server, "s1").await;
    let call = json!([48, 7, {}, "sim.wait"]);
    raw.say(call.clone()).await;
    raw.say(call).await;
    is_shown_out(&mut raw, 1002, "7", "a call with the id of an open one").await;
    bystander.goes_on().await;
}

async fn pitfall_13_a_request_that_cannot_be_carried_out_is_answered_with_its_type_and_id(
    wire: Wire,
) {
    let server = Server::on(wire).await;
    let mut raw = Raw::login(&server, "s1").await;
    for (number, (kind, rest, error)) in [
        (64, json!([{}, "open..work"]), "wamp.error.invalid_uri"),
        (64, json!([{}, "wamp.mine"]), "wamp.error.invalid_uri"),
        (32, json!([{}, "a b"]), "wamp.error.invalid_uri"),
        (
            48,
            json!([{}, "sim.nothing"]),
            "wamp.error.no_such_procedure",
        ),
        (34, json!([17]), "wamp.error.no_such_subscription"),
        (66, json!([17]), "wamp.error.no_such_registration"),
        (
            48,
            json!([{"timeout": "soon"}, "sim.nothing"]),
            "wamp.error.invalid_argument",
        ),
        (
            16,
            json!([{"acknowledge": true}, "wamp.mine"]),
            "wamp.error.invalid_uri",
        ),
        (49, json!([{"mode": "hard"}]), "wamp.error.invalid_argument"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut message = vec![json!(kind), json!(number)];
        message.extend(rest.as_array().cloned().unwrap_or_default());
        raw.say(Value::from(message)).await;
        let answer = raw.hear().await;
        let head = &answer.as_array().unwrap()[..3];
        assert_eq!(head, [json!(8), json!(kind), json!(number)], "{rest}");
        assert_eq!(answer[4], error, "{rest}");
    }
}

async fn lengths_beyond_what_may_be_sent_end_the_session_and_no_other(wire: Wire) {
    let config = NodeConfig {
        max_message_bytes: 1 << 12,
        close_timeout: std::time::Duration::from_millis(200),
        ..NodeConfig::default()
    };
    let server = Server::with_on(config, wire).await;
    let bystander = Bystander::on(&server).await;
    let mut raw = Raw::login(&server, "s1").await;
    match wire.carrier {
        Carrier::WebSocket => {
            let large = json!([16, 1, {}, "sim.topic", ["x".repeat(1 << 12)]]);
            raw.bytes(&write(wire.serializer, &large)).await;
        }
        // The length alone, of sixteen million bytes that never come.
        _ => raw.octets(&[0, 0xff, 0xff, 0xff]).await,
    }
    is_shown_out(&mut raw, 1009, "at most 4096 bytes", "a length").await;
    bystander.goes_on().await;
}

async fn what_comes_before_hello_is_refused(wire: Wire) {
    let server = Server::on(wire).await;
    let bystander = Bystander::on(&server).await;
    for (message, kind) in [
        (json!([48, 1, {}, "sim.echo"]), "CALL"),
        (json!([6, {}, "wamp.close.normal"]), "GOODBYE"),
        (json!([5, "s1!", {}]), "AUTHENTICATE"),
    ] {
        let mut raw = Raw::connect(&server).await;
        raw.say(message).await;
        let complaint = format!("expected HELLO first, got {kind}");
        is_shown_out(&mut raw, 1002, &complaint, kind).await;
        bystander.goes_on().await;
    }
}
