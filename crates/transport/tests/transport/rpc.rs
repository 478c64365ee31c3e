//! Calls between clients and a callee in process.

use serde_json::json;
use wamp_transport::{CallError, Inbound, MatchPolicy, Payload, WampError};

use crate::fixture::{Server, Wire, in_process, on_every_wire, soon};
use crate::raw::Raw;

on_every_wire!(
    a_call_reaches_the_callee_with_its_caller_and_the_result_comes_back,
    pitfall_13_an_error_of_the_callee_reaches_the_caller_as_it_is,
    an_unknown_and_a_forbidden_procedure_are_answered_alike,
    many_calls_at_once_are_all_answered_rightly,
    while_the_gate_thinks_later_messages_wait_in_order,
    a_gate_that_does_not_answer_or_panics_ends_in_authorization_failed,
    pitfall_18_when_the_callee_leaves_its_callers_are_told_at_once,
);

in_process!(
    a_call_reaches_the_callee_with_its_caller_and_the_result_comes_back,
    pitfall_13_an_error_of_the_callee_reaches_the_caller_as_it_is,
    many_calls_at_once_are_all_answered_rightly,
    pitfall_18_when_the_callee_leaves_its_callers_are_told_at_once,
);

async fn a_call_reaches_the_callee_with_its_caller_and_the_result_comes_back(wire: Wire) {
    let server = Server::on(wire).await;
    let (callee, mut inbox) = server.node.join("model", "service").await.unwrap();
    let pattern = "sim.period..submit";
    let registration = callee
        .register(pattern, MatchPolicy::Wildcard)
        .await
        .unwrap();
    let (player, _inbox) = server.login("s1").await;
    let player_id = player.id();

    let payload = Payload::json(&("12",), &json!({"_key": "k"})).unwrap();
    let call = tokio::spawn(async move { player.call("sim.period.7.submit", payload).await });
    let Some(Inbound::Invocation {
        id,
        registration: by,
        procedure,
        caller,
        caller_authid,
        caller_authrole,
        payload,
        ..
    }) = soon(inbox.recv()).await
    else {
        panic!("no invocation");
    };
    assert_eq!((id, by), (1, registration));
    assert_eq!(procedure.as_deref(), Some("sim.period.7.submit"));
    assert_eq!(caller, Some(player_id));
    assert_eq!(caller_authid.as_deref(), Some("s1"));
    assert_eq!(caller_authrole.as_deref(), Some("player"));
    assert_eq!(payload.args().unwrap(), vec![json!("12")]);
    assert_eq!(payload.kwargs().unwrap()["_key"], "k");

    callee.answer(id, Ok(Payload::text("ok"))).await.unwrap();
    let result = soon(call).await.unwrap().unwrap();
    assert_eq!(result.args().unwrap(), vec![json!("ok")]);
}

async fn pitfall_13_an_error_of_the_callee_reaches_the_caller_as_it_is(wire: Wire) {
    let server = Server::on(wire).await;
    let (callee, mut inbox) = server.node.join("model", "service").await.unwrap();
    callee
        .register("sim.fail", MatchPolicy::Exact)
        .await
        .unwrap();
    tokio::spawn(async move {
        while let Some(Inbound::Invocation { id, .. }) = inbox.recv().await {
            let payload = Payload::json(&("no",), &json!({"code": "E1"})).unwrap();
            let uri = "application.error.validation_error".to_owned();
            let _ = callee.answer(id, Err(WampError { uri, payload })).await;
        }
    });
    let (player, _inbox) = server.login("s1").await;
    let error = soon(player.call("sim.fail", Payload::empty()))
        .await
        .unwrap_err();
    let CallError::Refused(error) = error else {
        panic!("{error}");
    };
    assert_eq!(error.uri, "application.error.validation_error");
    assert_eq!(error.sentence().as_deref(), Some("no"));
    assert_eq!(error.payload.kwargs().unwrap()["code"], "E1");
}

async fn an_unknown_and_a_forbidden_procedure_are_answered_alike(wire: Wire) {
    let server = Server::on(wire).await;
    let (player, _inbox) = server.login("s1").await;
    for procedure in ["sim.unknown", "forbidden.sim"] {
        let error = soon(player.call(procedure, Payload::empty()))
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "wamp.error.no_such_procedure: no callee registered for procedure <{procedure}>"
            )
        );
    }
}

#[tokio::test]
async fn numbers_pass_from_caller_to_callee_and_back_letter_by_letter() {
    let server = Server::start().await;
    server.echo(&["sim.echo"]).await;
    let mut raw = Raw::login(&server, "s1").await;
    raw.text(r#"[48,77,{},"sim.echo",[1.0,9007199254740993,1e400]]"#)
        .await;
    let answer = soon(futures_util::StreamExt::next(raw.socket()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        answer.to_text().unwrap(),
        "[50,77,{},[1.0,9007199254740993,1e400]]"
    );
}

async fn many_calls_at_once_are_all_answered_rightly(wire: Wire) {
    let server = Server::on(wire).await;
    server.echo(&["sim.echo"]).await;
    let (player, _inbox) = server.login("s1").await;
    let calls = (0..1_000).map(|number| {
        let player = player.clone();
        async move {
            let result = player
                .call("sim.echo", Payload::from_args(&[json!(number)]))
                .await;
            assert_eq!(result.unwrap().args().unwrap(), vec![json!(number)]);
        }
    });
    soon(futures_util::future::join_all(calls)).await;
}

async fn while_the_gate_thinks_later_messages_wait_in_order(wire: Wire) {
    let server = Server::on(wire).await;
    server.echo(&["slow.echo", "sim.echo"]).await;
    let mut raw = Raw::login(&server, "s1").await;
    raw.say(json!([48, 1, {}, "slow.echo", [1]])).await;
    for request in 2..200 {
        raw.say(json!([48, request, {}, "sim.echo", [request]]))
            .await;
    }
    server.gate.slow.add_permits(1);
    for request in 1..200 {
        assert_eq!(raw.hear().await, json!([50, request, {}, [request]]));
    }
}

async fn a_gate_that_does_not_answer_or_panics_ends_in_authorization_failed(wire: Wire) {
    let mut config = wamp_transport::NodeConfig::default();
    config.limits.ask_timeout = std::time::Duration::from_millis(20);
    let server = Server::with_on(config, wire).await;
    server.echo(&["sim.echo"]).await;
    let (player, _inbox) = server.login("s1").await;
    for procedure in ["slow.echo", "panic.echo"] {
        let error = soon(player.call(procedure, Payload::empty()))
            .await
            .unwrap_err();
        assert_eq!(
            error.uri(),
            Some("wamp.error.authorization_failed"),
            "{procedure}"
        );
    }
    soon(player.call("sim.echo", Payload::empty()))
        .await
        .unwrap();
}

async fn pitfall_18_when_the_callee_leaves_its_callers_are_told_at_once(wire: Wire) {
    let server = Server::on(wire).await;
    let (callee, mut inbox) = server.node.join("model", "service").await.unwrap();
    callee
        .register("sim.wait", MatchPolicy::Exact)
        .await
        .unwrap();
    let (player, _inbox) = server.login("s1").await;
    let call = tokio::spawn(async move { player.call("sim.wait", Payload::empty()).await });
    soon(inbox.recv()).await.unwrap();
    callee.leave().await;
    let error = soon(call).await.unwrap().unwrap_err();
    assert_eq!(error.uri(), Some("wamp.error.canceled"));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_not_answered_ends_after_the_call_timeout() {
    let server = Server::start().await;
    let (callee, _inbox) = server.node.join("model", "service").await.unwrap();
    callee
        .register("sim.wait", MatchPolicy::Exact)
        .await
        .unwrap();
    let (caller, _inbox) = server.node.join("other", "service").await.unwrap();
    let error = caller.call("sim.wait", Payload::empty()).await.unwrap_err();
    assert!(matches!(error, CallError::Timeout { .. }), "{error}");
}
