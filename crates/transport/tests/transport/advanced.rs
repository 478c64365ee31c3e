//! What is more than plain calls and events, between clients over real sockets.

use std::time::Duration;

use serde_json::{Value, json};
use wamp_transport::{
    Call, CallOptions, CancelMode, ConnectOptions, HistoryRule, Inbound, Inbox, Invoke,
    MatchPolicy, NodeConfig, Payload, PublishOptions, RegisterOptions, Session, SubscribeOptions,
    WampError, connect,
};

use crate::fixture::{Coming, Server, Wire, in_process, on_every_wire, soon};

on_every_wire!(
    a_result_comes_in_parts_to_a_caller_that_takes_them,
    parts_that_nobody_takes_do_not_count_for_ever,
    a_call_is_made_in_parts_of_a_callee_that_takes_them,
    a_call_that_is_given_up_ends_in_the_way_its_caller_chose,
    a_call_whose_time_is_over_ends_and_its_callee_is_told,
    callees_share_a_procedure_until_another_takes_it,
    the_last_retained_event_comes_to_who_subscribes_later,
    a_testament_is_published_when_its_session_is_lost,
    events_of_a_topic_are_kept_as_configured,
);

// A callee in process takes calls as a whole.
in_process!(
    a_result_comes_in_parts_to_a_caller_that_takes_them,
    parts_that_nobody_takes_do_not_count_for_ever,
    a_call_that_is_given_up_ends_in_the_way_its_caller_chose,
    a_call_whose_time_is_over_ends_and_its_callee_is_told,
    callees_share_a_procedure_until_another_takes_it,
    the_last_retained_event_comes_to_who_subscribes_later,
    a_testament_is_published_when_its_session_is_lost,
    events_of_a_topic_are_kept_as_configured,
);

/// A client that offers a procedure.
async fn callee(server: &Server, authid: &str, options: RegisterOptions) -> (Session, Inbox) {
    let (callee, inbox) = server.login(authid).await;
    callee.register("open.work", options).await.unwrap();
    (callee, inbox)
}

async fn begin(caller: &Session, options: CallOptions) -> Call {
    let call = caller.begin("open.work", options, Payload::text("begin"));
    call.await.unwrap()
}

/// The id of the invocation that comes next.
async fn invoked(inbox: &mut Inbox) -> u64 {
    match soon(inbox.recv()).await {
        Some(Inbound::Invocation { id, .. }) => id,
        other => panic!("expected an invocation, got {other:?}"),
    }
}

fn number(number: u64) -> Payload {
    Payload::from_args(&[json!(number)])
}

fn first(payload: &Payload) -> Value {
    payload.args().unwrap().remove(0)
}

async fn a_result_comes_in_parts_to_a_caller_that_takes_them(wire: Wire) {
    let server = Server::on(wire).await;
    let (worker, mut inbox) = callee(&server, "worker", RegisterOptions::default()).await;
    let (caller, _inbox) = server.login("s1").await;
    let options = CallOptions {
        receive_progress: true,
        ..CallOptions::default()
    };
    let mut call = begin(&caller, options).await;
    let Some(Inbound::Invocation {
        id,
        receive_progress: true,
        more: false,
        ..
    }) = soon(inbox.recv()).await
    else {
        panic!("expected an invocation that asks for parts");
    };
    for part in 1..=3 {
        worker.answer_part(id, number(part)).await.unwrap();
    }
    worker.answer(id, Ok(Payload::text("all"))).await.unwrap();
    for expected in 1..=3 {
        let part = soon(call.part()).await.unwrap().unwrap();
        assert_eq!(first(&part), expected);
    }
    assert_eq!(soon(call.part()).await.unwrap(), None);
    assert_eq!(first(&soon(call.result()).await.unwrap()), "all");
}

async fn parts_that_nobody_takes_do_not_count_for_ever(wire: Wire) {
    let server = Server::on(wire).await;
    let (worker, mut inbox) = callee(&server, "worker", RegisterOptions::default()).await;
    let (caller, _inbox) = server.node.join("model", "service").await.unwrap();
    let options = CallOptions {
        receive_progress: true,
        ..CallOptions::default()
    };
    // Together more than may wait for a session.
    let large = Payload::text(&"x".repeat(900_000));
    for _ in 0..3 {
        let call = begin(&caller, options).await;
        let id = invoked(&mut inbox).await;
        for _ in 0..8 {
            worker.answer_part(id, large.clone()).await.unwrap();
        }
        worker.answer(id, Ok(Payload::empty())).await.unwrap();
        assert_eq!(soon(call.result()).await, Ok(Payload::empty()));
    }
}

async fn a_call_is_made_in_parts_of_a_callee_that_takes_them(wire: Wire) {
    let server = Server::on(wire).await;
    let options = ConnectOptions {
        takes_calls_in_parts: true,
        ..server.options("worker")
    };
    let (worker, mut inbox) = soon(connect(&server.url(), options)).await.unwrap();
    worker
        .register("open.work", MatchPolicy::Exact)
        .await
        .unwrap();
    let (caller, _inbox) = server.login("s1").await;
    let options = CallOptions {
        more: true,
        ..CallOptions::default()
    };
    let call = begin(&caller, options).await;
    call.send(Payload::text("middle"), true).await.unwrap();
    call.send(Payload::text("end"), false).await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..3 {
        let Some(Inbound::Invocation {
            id: 1,
            payload,
            more,
            ..
        }) = soon(inbox.recv()).await
        else {
            panic!("expected invocation 1");
        };
        heard.push((first(&payload), more));
    }
    let expected = [("begin", true), ("middle", true), ("end", false)];
    assert_eq!(heard, expected.map(|(text, more)| (json!(text), more)));
    worker.answer(1, Ok(Payload::text("sum"))).await.unwrap();
    assert_eq!(first(&soon(call.result()).await.unwrap()), "sum");
}

async fn a_call_that_is_given_up_ends_in_the_way_its_caller_chose(wire: Wire) {
    let server = Server::on(wire).await;
    let (worker, mut inbox) = callee(&server, "worker", RegisterOptions::default()).await;
    let (caller, _inbox) = server.login("s1").await;
    for (mode, told) in [
        (CancelMode::Skip, None),
        (CancelMode::KillNoWait, Some(false)),
        (CancelMode::Kill, Some(true)),
    ] {
        let call = begin(&caller, CallOptions::default()).await;
        let invocation = invoked(&mut inbox).await;
        call.cancel(mode).await.unwrap();
        if let Some(answerable) = told {
            let interrupted = Inbound::Interrupted {
                id: invocation,
                answerable,
                reason: "wamp.error.canceled".to_owned(),
            };
            assert_eq!(soon(inbox.recv()).await, Some(interrupted));
        }
        let stopped = WampError::new("wamp.error.canceled", "stopped");
        worker.answer(invocation, Err(stopped)).await.unwrap();
        let error = soon(call.result()).await.unwrap_err();
        assert_eq!(error.uri(), Some("wamp.error.canceled"));
        let by_callee = error.to_string().ends_with("stopped");
        assert_eq!(by_callee, mode == CancelMode::Kill, "{error}");
    }
}

async fn a_call_whose_time_is_over_ends_and_its_callee_is_told(wire: Wire) {
    let server = Server::on(wire).await;
    let (_worker, mut inbox) = callee(&server, "worker", RegisterOptions::default()).await;
    let (caller, _inbox) = server.login("s1").await;
    let options = CallOptions {
        timeout: Some(Duration::from_millis(20)),
        ..CallOptions::default()
    };
    let call = begin(&caller, options).await;
    let id = invoked(&mut inbox).await;
    let error = soon(call.result()).await.unwrap_err();
    assert_eq!(error.uri(), Some("wamp.error.timeout"));
    let interrupted = Inbound::Interrupted {
        id,
        answerable: false,
        reason: "wamp.error.timeout".to_owned(),
    };
    assert_eq!(soon(inbox.recv()).await, Some(interrupted));
}

async fn callees_share_a_procedure_until_another_takes_it(wire: Wire) {
    let server = Server::on(wire).await;
    let shared = RegisterOptions {
        invoke: Invoke::RoundRobin,
        ..RegisterOptions::default()
    };
    let mut workers = [
        callee(&server, "one", shared).await,
        callee(&server, "two", shared).await,
    ];
    let (caller, _inbox) = server.login("s1").await;
    for turn in [0, 1, 0] {
        let call = begin(&caller, CallOptions::default()).await;
        let (worker, inbox) = &mut workers[turn];
        let id = invoked(inbox).await;
        worker.answer(id, Ok(number(turn as u64))).await.unwrap();
        assert_eq!(first(&soon(call.result()).await.unwrap()), turn);
    }
    // One that cannot take the call now has it taken by the other.
    let call = begin(&caller, CallOptions::default()).await;
    let [(_, inbox), (busy, busy_inbox)] = &mut workers;
    let id = invoked(busy_inbox).await;
    let unavailable = WampError::new("wamp.error.unavailable", "busy");
    busy.answer(id, Err(unavailable)).await.unwrap();
    invoked(inbox).await;
    drop(call);

    let force = RegisterOptions {
        force: true,
        ..RegisterOptions::default()
    };
    let (_taker, mut taken) = callee(&server, "taker", force).await;
    for (_, inbox) in &mut workers {
        let revoked = soon(inbox.recv()).await;
        assert!(
            matches!(revoked, Some(Inbound::Revoked { .. })),
            "{revoked:?}"
        );
    }
    let _call = begin(&caller, CallOptions::default()).await;
    invoked(&mut taken).await;
}

async fn the_last_retained_event_comes_to_who_subscribes_later(wire: Wire) {
    let server = Server::on(wire).await;
    let (publisher, _inbox) = server.login("s1").await;
    let retain = PublishOptions {
        retain: true,
        acknowledge: true,
        ..PublishOptions::default()
    };
    for text in ["old", "new"] {
        let published = publisher.publish("sim.state", retain.clone(), Payload::text(text));
        soon(published).await.unwrap();
    }
    let (late, mut inbox) = server.login("s2").await;
    let options = SubscribeOptions {
        get_retained: true,
        ..SubscribeOptions::default()
    };
    let id = soon(late.subscribe("sim.state", options)).await.unwrap();
    let Some(Inbound::Event {
        subscription,
        payload,
        retained: true,
        ..
    }) = soon(inbox.recv()).await
    else {
        panic!("expected a retained event");
    };
    assert_eq!((subscription, first(&payload)), (id, json!("new")));
}

async fn a_testament_is_published_when_its_session_is_lost(wire: Wire) {
    let server = Server::on(wire).await;
    let (listener, mut inbox) = server.login("s2").await;
    let topic = "sim.farewell";
    let subscribed = listener.subscribe(topic, MatchPolicy::Exact);
    soon(subscribed).await.unwrap();
    let (session, _inbox) = server.login("s1").await;
    let testament = Payload::from_args(&[json!(topic), json!(["gone"])]);
    let added = session.call("wamp.session.add_testament", testament);
    soon(added).await.unwrap();
    drop(session);
    server.until(Coming::Left("s1".to_owned())).await;
    let Some(Inbound::Event { payload, .. }) = soon(inbox.recv()).await else {
        panic!("expected an event");
    };
    assert_eq!(first(&payload), "gone");
}

async fn events_of_a_topic_are_kept_as_configured(wire: Wire) {
    let date = time::macros::datetime!(2026-11-21 12:00 UTC);
    let config = NodeConfig {
        history: vec![HistoryRule {
            topic: "sim.news".to_owned(),
            match_policy: MatchPolicy::Exact,
            events: 2,
            bytes: 10_000,
        }],
        date: Some(date),
        ..NodeConfig::default()
    };
    let server = Server::with_on(config, wire).await;
    let (session, _inbox) = server.login("s1").await;
    for text in ["one", "two", "three"] {
        let options = PublishOptions {
            acknowledge: true,
            ..PublishOptions::default()
        };
        let published = session.publish("sim.news", options, Payload::text(text));
        soon(published).await.unwrap();
    }
    let lookup = session.call("wamp.subscription.lookup", Payload::text("sim.news"));
    let id = soon(lookup).await.unwrap();
    let events = session.call("wamp.subscription.get_events", id);
    let events = first(&soon(events).await.unwrap());
    let texts: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["args"][0])
        .collect();
    assert_eq!(texts, ["two", "three"]);
    let dated = events[0]["timestamp"].as_str().unwrap();
    assert!(dated.starts_with("2026-11-21T12:"), "{dated}");
}
