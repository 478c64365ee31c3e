//! SIGHUP: users and rules are read again, and sessions go on.

use wamp_transport::{ConnectError, ConnectOptions, MatchPolicy};

use crate::process::Router;
use crate::rights::{SETTINGS, error};

#[tokio::test]
async fn rules_and_users_change_under_sessions_that_stay_and_a_bad_file_changes_nothing() {
    let mut router = Router::start(SETTINGS, &[]).await;
    let (ann, _inbox) = router
        .join(ConnectOptions::ticket("ann", "a"))
        .await
        .unwrap();
    let listens = |topic: &'static str| ann.subscribe(topic, MatchPolicy::Exact);
    let denied = error(listens("com.new.topic").await);
    assert_eq!(denied, "wamp.error.not_authorized");

    let more = SETTINGS
        .replace(
            "customer = [",
            "customer = [\n{ uri = \"com.new.\", match = \"prefix\", allow = [\"subscribe\"] },",
        )
        .replace("ticket = \"a\" }", "secret = \"signed\" }");
    router.follow(&more, "were read again").await;
    listens("com.new.topic").await.unwrap();
    let before = router.join(ConnectOptions::ticket("ann", "a")).await;
    assert!(
        matches!(before, Err(ConnectError::Refused { .. })),
        "the ticket is gone"
    );
    router
        .join(ConnectOptions::wampcra("ann", "signed"))
        .await
        .unwrap();

    let broken = more.replace("[\"subscribe\"]", "[\"listen\"]");
    router.follow(&broken, "stay as they were").await;
    assert!(router.said().contains("listen"), "it says what is wrong");
    listens("com.new.other").await.unwrap();
    let gone = more.replace("realm1", "realm2");
    router.follow(&gone, "name no realm").await;
    listens("com.new.third").await.unwrap();
}
