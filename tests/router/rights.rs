//! What roles of the settings may do.

use wamp_transport::{
    CallError, ConnectOptions, Inbound, MatchPolicy, Payload, PublishOptions, Session,
};

use crate::process::{Router, refused};

pub(crate) const SETTINGS: &str = r#"
[router.realms.realm1.users]
shop = { role = "shop", ticket = "s" }
ann = { role = "customer", ticket = "a" }
[router.realms.realm1.roles]
shop = [{ uri = "com.shop.", match = "prefix", allow = ["call", "register", "publish", "subscribe"] }]
customer = [
  { uri = "com.shop.", match = "prefix", allow = ["call", "subscribe"] },
  { uri = "com.shop.buy", allow = ["call"], disclose = true },
  { uri = "com.shop.internal.", match = "prefix", allow = [] },
]
"#;

/// The error of what is not done.
pub(crate) fn error<T: std::fmt::Debug>(refused: Result<T, CallError>) -> String {
    match refused.unwrap_err() {
        CallError::Refused(refusal) => refusal.uri,
        other => panic!("expected a refusal, got {other}"),
    }
}

/// Somebody who publishes and learns whether it was done.
pub(crate) async fn publish(session: &Session, topic: &str) -> Result<(), CallError> {
    let options = PublishOptions {
        acknowledge: true,
        ..PublishOptions::default()
    };
    session.publish(topic, options, Payload::empty()).await
}

#[tokio::test]
async fn a_role_may_what_its_rules_say_and_nothing_else() {
    const NO: &str = "wamp.error.not_authorized";
    let router = Router::start(SETTINGS, &[]).await;
    let (shop, mut orders) = router
        .join(ConnectOptions::ticket("shop", "s"))
        .await
        .unwrap();
    let (ann, _inbox) = router
        .join(ConnectOptions::ticket("ann", "a"))
        .await
        .unwrap();
    for name in ["buy", "look", "internal.stop"] {
        let procedure = format!("com.shop.{name}");
        shop.register(&procedure, MatchPolicy::Exact).await.unwrap();
    }
    assert_eq!(
        error(shop.register("com.other", MatchPolicy::Exact).await),
        NO
    );
    assert_eq!(error(shop.register("com.", MatchPolicy::Prefix).await), NO);
    let answering = shop.clone();
    let named = tokio::spawn(async move {
        let mut named = Vec::new();
        while let Some(Inbound::Invocation {
            id, caller_authid, ..
        }) = orders.recv().await
        {
            named.push(caller_authid);
            let _ = answering.answer(id, Ok(Payload::empty())).await;
            if named.len() == 2 {
                break;
            }
        }
        named
    });
    ann.call("com.shop.buy", Payload::empty()).await.unwrap();
    ann.call("com.shop.look", Payload::empty()).await.unwrap();
    assert_eq!(named.await.unwrap(), [Some("ann".to_owned()), None]);
    for procedure in ["com.shop.internal.stop", "com.other", "wamp.session.count"] {
        assert_eq!(
            error(ann.call(procedure, Payload::empty()).await),
            NO,
            "{procedure}"
        );
    }
    assert_eq!(error(publish(&ann, "com.shop.news").await), NO);
    publish(&shop, "com.shop.news").await.unwrap();
    ann.subscribe("com.shop.news.", MatchPolicy::Prefix)
        .await
        .unwrap();
    for all in ["com.shop.", "com.shop.internal.x", ""] {
        let subscribed = ann.subscribe(all, MatchPolicy::Prefix).await;
        assert_eq!(
            error(subscribed),
            NO,
            "it would bring what is forbidden: {all}"
        );
    }
}

#[tokio::test]
async fn settings_that_cannot_mean_anything_are_refused_with_their_key() {
    for (settings, key, word) in [
        (
            "users.a = { role = \"x\", ticket = \"t\" }",
            "users.<authid>.role",
            "\"x\"",
        ),
        ("anonymous = \"x\"", "anonymous", "roles"),
        (
            "roles.x = [{ uri = \"a..b\", allow = [] }]",
            "roles.<role>.uri",
            "wildcard",
        ),
        (
            "roles.x = [{ uri = \"a\", allow = [] }, { uri = \"a\", allow = [\"call\"] }]",
            "roles.<role>.uri",
            "twice",
        ),
        (
            "roles.x = []\nusers.a = { role = \"x\", ticket_file = \"/no/such/file\" }",
            "ticket_file",
            "/no/such/file",
        ),
        (
            "roles.x = []\nusers.a = { role = \"x\", keys = [\"12\"] }",
            "keys",
            "64",
        ),
        (
            "roles.x = []\nusers.a = { role = \"x\" }",
            "realm a has no user",
            "--open",
        ),
        (
            "roles.x = [{ uri = \"a\", allow = [\"read\"] }]",
            "read",
            "subscribe",
        ),
        ("authorizer = \"a b\"", "authorizer", "procedure"),
        ("wrong_logins = 0", "wrong_logins", "between"),
    ] {
        let settings = format!("[router.realms.a]\n{settings}\n");
        let told = refused(&settings, &["--listen", "127.0.0.1:0"]).await;
        assert!(
            told.contains(key) && told.contains(word),
            "{settings}{told}"
        );
    }
}
