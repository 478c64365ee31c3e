//! What clients say of each other and of the router, on every wire, in other people's serializers.

use serde_json::{Value, json};

use crate::fixture::{Server, Wire, on_every_wire};
use crate::raw::Raw;

on_every_wire!(
    every_list_of_a_publication_restricts_it,
    what_only_peers_can_read_passes_all_the_way_unchanged,
    the_router_tells_of_sessions_registrations_and_subscriptions,
    a_session_is_ended_by_another_and_its_testaments_are_those_it_did_not_take_back,
    sessions_are_ended_by_name_by_role_and_altogether_and_others_hear_that_they_have_left,
);

/// Says a request and hears its answer.
async fn ask(raw: &mut Raw, message: Value) -> Value {
    raw.say(message).await;
    raw.hear().await
}

/// The first value that a procedure answers.
async fn call(raw: &mut Raw, procedure: &str, args: Value) -> Value {
    let answer = ask(raw, json!([48, 99, {}, procedure, args])).await;
    assert_eq!((&answer[0], &answer[1]), (&json!(50), &json!(99)));
    answer[3][0].clone()
}

/// The id of a session.
async fn id_of(raw: &mut Raw, authid: &str) -> Value {
    let sessions = call(raw, "wamp.session.list", json!([])).await;
    for id in sessions.as_array().unwrap() {
        let session = call(raw, "wamp.session.get", json!([id])).await;
        if session["authid"] == authid {
            return id.clone();
        }
    }
    panic!("{authid} is not there");
}

async fn every_list_of_a_publication_restricts_it(wire: Wire) {
    let server = Server::on(wire).await;
    let mut one = Raw::login(&server, "s1").await;
    let mut two = Raw::login(&server, "s2").await;
    let mut publisher = Raw::login(&server, "s3").await;
    for listener in [&mut one, &mut two] {
        let subscribed = ask(listener, json!([32, 1, {}, "sim.topic"])).await;
        assert_eq!(subscribed[0], 33);
    }
    let (id_one, id_two) = (
        id_of(&mut publisher, "s1").await,
        id_of(&mut publisher, "s2").await,
    );
    for (options, hear) in [
        (json!({"eligible": [id_one]}), [true, false]),
        (json!({"exclude": [id_one]}), [false, true]),
        (json!({"eligible_authid": ["s2"]}), [false, true]),
        (json!({"exclude_authid": ["s2"]}), [true, false]),
        (json!({"eligible_authrole": ["player"]}), [true, true]),
        (json!({"exclude_authrole": ["player"]}), [false, false]),
        (
            json!({"eligible": [id_one, id_two], "exclude_authid": ["s1"]}),
            [false, true],
        ),
        // What comes last is heard by all, so that what was not heard is known.
        (json!({}), [true, true]),
    ] {
        let about = options.to_string();
        let mut acknowledged = options.clone();
        acknowledged["acknowledge"] = json!(true);
        let message = json!([16, 2, acknowledged, "sim.topic", [about]]);
        assert_eq!(ask(&mut publisher, message).await[0], 17, "{about}");
        for (listener, hears) in [&mut one, &mut two].into_iter().zip(hear) {
            if hears {
                let event = listener.hear().await;
                assert_eq!((&event[0], &event[4]), (&json!(36), &json!([about])));
            }
        }
    }
}

async fn what_only_peers_can_read_passes_all_the_way_unchanged(wire: Wire) {
    let server = Server::on(wire).await;
    let mut callee = Raw::login(&server, "s1").await;
    let mut caller = Raw::login(&server, "s2").await;
    for (request, kind) in [(32, 33), (64, 65)] {
        let answer = ask(&mut callee, json!([request, 1, {}, "open.sealed"])).await;
        assert_eq!(answer[0], kind);
    }
    let sealed = json!({
        "ppt_scheme": "x_test", "ppt_serializer": "cbor", "ppt_cipher": "xsalsa20poly1305", "ppt_keyid": "k1",
    });
    let passed = |details: &Value| {
        for (key, value) in sealed.as_object().unwrap() {
            assert_eq!(&details[key], value, "{details}");
        }
    };
    let payload = json!(["sealed"]);
    caller
        .say(json!([16, 2, sealed, "open.sealed", payload]))
        .await;
    let event = callee.hear().await;
    passed(&event[3]);
    assert_eq!(event[4], payload);
    caller
        .say(json!([48, 3, sealed, "open.sealed", payload]))
        .await;
    let invocation = callee.hear().await;
    passed(&invocation[3]);
    assert_eq!(invocation[4], payload);
    callee
        .say(json!([70, invocation[1], sealed, payload]))
        .await;
    let result = caller.hear().await;
    passed(&result[2]);
    assert_eq!(result[3], payload);
}

async fn the_router_tells_of_sessions_registrations_and_subscriptions(wire: Wire) {
    let server = Server::on(wire).await;
    let mut watch = Raw::login(&server, "s1").await;
    let mut topics = Vec::new();
    for topic in [
        "wamp.session.on_join",
        "wamp.registration.on_create",
        "wamp.subscription.on_create",
    ] {
        let subscribed = ask(&mut watch, json!([32, 1, {}, topic])).await;
        topics.push(subscribed[2].clone());
    }
    let mut other = Raw::login(&server, "s2").await;
    let registered = ask(&mut other, json!([64, 1, {}, "open.work"])).await;
    let subscribed = ask(&mut other, json!([32, 2, {"match": "prefix"}, "sim."])).await;
    let mut told = Vec::new();
    for topic in &topics {
        let event = watch.hear().await;
        assert_eq!((&event[0], &event[1]), (&json!(36), topic), "{event}");
        told.push(event[4].clone());
    }
    assert_eq!(told[0][0]["authid"], "s2");
    let session = told[0][0]["session"].clone();
    assert_eq!(told[1][0], session);
    assert_eq!(told[1][1]["uri"], "open.work");
    assert_eq!(told[2][1]["match"], "prefix");

    assert_eq!(call(&mut watch, "wamp.session.count", json!([])).await, 2);
    let found = call(&mut watch, "wamp.registration.match", json!(["open.work"])).await;
    assert_eq!(found, registered[2]);
    let callees = call(&mut watch, "wamp.registration.list_callees", json!([found])).await;
    assert_eq!(callees, json!([session]));
    let found = call(&mut watch, "wamp.subscription.match", json!(["sim.a"])).await;
    assert_eq!(found, json!([subscribed[2]]));
    let count = "wamp.subscription.count_subscribers";
    assert_eq!(call(&mut watch, count, json!([found[0]])).await, 1);
}

async fn a_session_is_ended_by_another_and_its_testaments_are_those_it_did_not_take_back(
    wire: Wire,
) {
    let server = Server::on(wire).await;
    let mut staff = Raw::login(&server, "s1").await;
    let mut other = Raw::login(&server, "s2").await;
    let subscribed = ask(&mut staff, json!([32, 1, {}, "sim.farewell"])).await;
    assert_eq!(subscribed[0], 33);
    for text in ["taken back", "left"] {
        let flushed = call(&mut other, "wamp.session.flush_testaments", json!([])).await;
        let testament = json!(["sim.farewell", [text], {}]);
        let added = call(&mut other, "wamp.session.add_testament", testament).await;
        assert_eq!((flushed, added), (Value::Null, Value::Null));
    }
    let id = id_of(&mut staff, "s2").await;
    let kill = json!([48, 5, {}, "wamp.session.kill", [id], {"message": "class is over"}]);
    staff.say(kill).await;
    let goodbye = other.hear().await;
    assert_eq!(
        goodbye,
        json!([6, {"message": "class is over"}, "wamp.close.killed"])
    );
    let mut heard = [staff.hear().await, staff.hear().await];
    heard.sort_by_key(|message| message[0].as_u64());
    assert_eq!(heard[0][4], json!(["left"]));
    assert_eq!((&heard[1][0], &heard[1][1]), (&json!(50), &json!(5)));
}

async fn sessions_are_ended_by_name_by_role_and_altogether_and_others_hear_that_they_have_left(
    wire: Wire,
) {
    let server = Server::on(wire).await;
    let mut staff = Raw::login(&server, "s1").await;
    let subscribed = ask(&mut staff, json!([32, 1, {}, "wamp.session.on_leave"])).await;
    assert_eq!(subscribed[0], 33);
    for (procedure, args) in [
        ("wamp.session.kill_by_authid", json!(["s2"])),
        ("wamp.session.kill_by_authrole", json!(["player"])),
        ("wamp.session.kill_all", json!([])),
    ] {
        let mut other = Raw::login(&server, "s2").await;
        let id = id_of(&mut staff, "s2").await;
        assert_eq!(call(&mut staff, procedure, args).await, 1, "{procedure}");
        assert_eq!(other.hear().await[2], "wamp.close.killed", "{procedure}");
        let told = staff.hear().await;
        assert_eq!(told[4], json!([id, "s2", "player"]), "{procedure}");
    }
}
