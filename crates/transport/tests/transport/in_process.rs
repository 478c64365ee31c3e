//! Sessions that join without a socket.

use serde_json::{Value, json};
use wamp_transport::{Inbound, Inbox, MatchPolicy, Payload, PublishOptions};

use crate::fixture::{Coming, Server, soon};

#[tokio::test]
async fn a_session_in_process_is_trusted_and_announced() {
    let server = Server::start().await;
    let (model, _inbox) = server.node.join("model", "service").await.unwrap();
    server.until(Coming::Joined("model".to_owned())).await;
    // The gate would forbid it to anybody else.
    model
        .register("forbidden.procedure", MatchPolicy::Exact)
        .await
        .unwrap();
}

#[tokio::test]
async fn dropping_the_last_handle_ends_the_session() {
    let server = Server::start().await;
    let (model, inbox) = server.node.join("model", "service").await.unwrap();
    let clone = model.clone();
    drop(model);
    clone.register("sim.x", MatchPolicy::Exact).await.unwrap();
    drop((clone, inbox));
    server.until(Coming::Left("model".to_owned())).await;
}

#[tokio::test]
async fn a_callee_whose_inbox_is_dropped_does_not_leave_callers_waiting() {
    let server = Server::start().await;
    let (callee, inbox) = server.node.join("model", "service").await.unwrap();
    callee.register("sim.x", MatchPolicy::Exact).await.unwrap();
    drop(inbox);
    let (caller, _inbox) = server.node.join("other", "service").await.unwrap();
    let error = soon(caller.call("sim.x", Payload::empty()))
        .await
        .unwrap_err();
    assert_eq!(error.uri(), Some("wamp.error.canceled"));
}

#[tokio::test]
async fn registering_and_unregistering_take_effect_in_order() {
    let server = Server::start().await;
    let (model, _inbox) = server.node.join("model", "service").await.unwrap();
    let first = model.register("sim.x", MatchPolicy::Exact).await.unwrap();
    let again = model
        .register("sim.x", MatchPolicy::Exact)
        .await
        .unwrap_err();
    assert_eq!(again.uri(), Some("wamp.error.procedure_already_exists"));
    model.unregister(first).await.unwrap();
    let second = model.register("sim.x", MatchPolicy::Exact).await.unwrap();
    assert_ne!(first, second);
    let gone = model.unregister(first).await.unwrap_err();
    assert_eq!(gone.uri(), Some("wamp.error.no_such_registration"));
}

#[tokio::test]
async fn a_publisher_in_process_knows_whether_anybody_listens() {
    let server = Server::start().await;
    let (model, _inbox) = server.node.join("model", "service").await.unwrap();
    let (other, _its_inbox) = server.node.join("other", "service").await.unwrap();
    assert!(!model.may_be_heard("sim.topic"));
    let subscription = other.subscribe("sim.", MatchPolicy::Prefix).await.unwrap();
    assert!(model.may_be_heard("sim.topic"));
    other.unsubscribe(subscription).await.unwrap();
    assert!(!model.may_be_heard("sim.topic"));
}

#[tokio::test]
async fn a_publisher_hears_itself_only_when_it_wants_to() {
    let server = Server::start().await;
    let (model, mut inbox) = server.node.join("model", "service").await.unwrap();
    model
        .subscribe("sim.topic", MatchPolicy::Exact)
        .await
        .unwrap();
    let publish = |exclude_me, text| {
        let options = PublishOptions {
            exclude_me,
            ..PublishOptions::default()
        };
        model.publish("sim.topic", options, Payload::text(text))
    };
    publish(true, "unheard").await.unwrap();
    publish(false, "heard").await.unwrap();
    let Some(Inbound::Event { payload, .. }) = soon(inbox.recv()).await else {
        panic!("no event");
    };
    assert_eq!(payload, Payload::text("heard"));
}

async fn event(inbox: &mut Inbox) -> (u64, Vec<Value>) {
    match soon(inbox.recv()).await {
        Some(Inbound::Event {
            subscription,
            payload,
            ..
        }) => (subscription, payload.args().unwrap()),
        other => panic!("expected an event, got {other:?}"),
    }
}

#[tokio::test]
async fn a_session_in_process_asks_the_router_and_hears_of_others_as_clients_do() {
    let server = Server::start().await;
    let (watch, mut inbox) = server.node.join("watch", "service").await.unwrap();
    let mut topics = Vec::new();
    for topic in [
        "wamp.session.on_join",
        "wamp.registration.on_register",
        "wamp.subscription.on_subscribe",
        "wamp.session.on_leave",
    ] {
        topics.push(watch.subscribe(topic, MatchPolicy::Exact).await.unwrap());
    }
    let (client, _inbox) = server.login("s1").await;
    let registration = client.register("open.work", MatchPolicy::Exact).await;
    let registration = registration.unwrap();
    let subscription = client.subscribe("sim.", MatchPolicy::Prefix).await.unwrap();
    let ask = async |procedure: &str, args: Value| {
        let asked = watch.call(procedure, Payload::from_args(args.as_array().unwrap()));
        soon(asked).await.unwrap().args().unwrap().remove(0)
    };
    let id = client.id();
    assert_eq!(ask("wamp.session.count", json!([["player"]])).await, 1);
    assert_eq!(ask("wamp.session.get", json!([id])).await["authid"], "s1");
    let found = ask("wamp.registration.match", json!(["open.work"])).await;
    assert_eq!(found, registration);
    let found = ask("wamp.subscription.match", json!(["sim.a"])).await;
    assert_eq!(found, json!([subscription]));
    assert_eq!(ask("wamp.session.kill_by_authid", json!(["s1"])).await, 1);
    let joined = event(&mut inbox).await;
    assert_eq!((joined.0, &joined.1[0]["session"]), (topics[0], &json!(id)));
    for told in [
        (topics[1], vec![json!(id), json!(registration)]),
        (topics[2], vec![json!(id), json!(subscription)]),
        (topics[3], vec![json!(id), json!("s1"), json!("player")]),
    ] {
        assert_eq!(event(&mut inbox).await, told);
    }
}
