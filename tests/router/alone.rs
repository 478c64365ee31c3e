//! The command: who gets in where nobody is named, and how it starts and stops.

use wamp_transport::{ConnectOptions, Inbound, MatchPolicy, Payload, PublishOptions};

use crate::process::{Router, refused};

#[tokio::test]
async fn an_open_router_lets_everybody_do_everything_and_counts_it() {
    let mut router = Router::start("", &["--open"]).await;
    router.says("--open: whoever reaches").await;
    let join = || router.join(ConnectOptions::default());
    let (callee, mut calls) = join().await.unwrap();
    let (caller, _events) = join().await.unwrap();
    let procedure = "com.test.double";
    callee
        .register(procedure, MatchPolicy::Exact)
        .await
        .unwrap();
    tokio::spawn(async move {
        while let Some(Inbound::Invocation { id, .. }) = calls.recv().await {
            let _ = callee.answer(id, Ok(Payload::text("twice"))).await;
        }
    });
    let answer = caller.call(procedure, Payload::empty()).await.unwrap();
    assert_eq!(answer.args().unwrap(), ["twice"]);
    let count = caller.call("wamp.session.count", Payload::empty()).await;
    assert_eq!(count.unwrap().args().unwrap(), [2]);

    let (status, metrics) = router.http("GET /metrics HTTP/1.1", "").await;
    assert_eq!(status, 200);
    assert!(metrics.contains("\nwamp_sessions 2\n"), "{metrics}");
    assert!(
        metrics.contains("\nwamp_sessions_joined_total 2\n"),
        "{metrics}"
    );
    let forwarded = "GET /metrics HTTP/1.1\r\nX-Forwarded-For: 192.0.2.1";
    assert_eq!(router.http(forwarded, "").await.0, 403);
    assert_eq!(router.http("GET /healthz HTTP/1.1", "").await.0, 200);
}

#[tokio::test]
async fn a_router_that_is_stopped_says_goodbye() {
    let router = Router::start("", &["--open"]).await;
    let (session, mut inbox) = router.join(ConnectOptions::default()).await.unwrap();
    router.signal("INT").await;
    while inbox.recv().await.is_some() {}
    let ended = session
        .publish("com.test", PublishOptions::default(), Payload::empty())
        .await;
    let reason = ended.unwrap_err().to_string();
    assert!(reason.contains("wamp.close.system_shutdown"), "{reason}");
    assert_eq!(router.end().await, Some(0));
}

#[tokio::test]
async fn an_open_router_for_other_machines_has_to_be_meant() {
    for flag in ["--listen", "--rawsocket"] {
        let told = refused("", &[flag, "0.0.0.0:0", "--open"]).await;
        assert!(
            told.contains("0.0.0.0:0") && told.contains("--expose"),
            "{told}"
        );
    }
}

#[tokio::test]
async fn a_router_that_nobody_could_join_does_not_start() {
    let told = refused("", &[]).await;
    assert!(
        told.contains("[router.realms.<name>]") && told.contains("--open"),
        "{told}"
    );
    let told = refused("[router.realms.a]\n[router.realms.b]\n", &[]).await;
    assert!(told.contains("a, b"), "{told}");
}

#[tokio::test]
async fn a_realm_that_cannot_be_is_refused_with_its_key() {
    let topic = "[[router.realms.a.history]]\ntopic = \"a b\"\nevents = 1\nbytes = 1\n";
    let told = refused(topic, &["--open"]).await;
    assert!(
        told.contains("router.realms.<name>.history.topic"),
        "{told}"
    );
    let told = refused("[router.realms.\"a b\"]\n", &["--open"]).await;
    assert!(told.contains("router.realms.<name> = a b"), "{told}");
}
