//! Sessions that join without a socket.

use wamp_transport::{Inbound, MatchPolicy, Payload, PublishOptions};

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
