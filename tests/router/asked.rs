//! Procedures of the realm that are asked who somebody is and what they may do.

use serde_json::{Value, json};
use wamp_transport::{
    ConnectError, ConnectOptions, Inbound, Inbox, MatchPolicy, Payload, Session, WampError,
};

use crate::process::Router;
use crate::rights::{error, publish};

const SETTINGS: &str = r#"
[router.realms.realm1]
authenticator = "com.auth.who"
authorizer = "com.auth.may"
answers_kept = "1h"
[router.realms.realm1.users]
auth = { role = "auth", ticket = "t" }
[router.realms.realm1.roles]
auth = [{ uri = "com.auth.", match = "prefix", allow = ["register"] }]
player = [{ uri = "com.never", allow = [] }]
"#;

/// Knows `eve` by her ticket, her secret and her key, lets players publish to `com.game.…`, and tells what it was asked.
async fn answer(auth: Session, mut inbox: Inbox, asked: tokio::sync::mpsc::UnboundedSender<Value>) {
    auth.register("com.auth.who", MatchPolicy::Exact)
        .await
        .unwrap();
    let may = auth
        .register("com.auth.may", MatchPolicy::Exact)
        .await
        .unwrap();
    asked.send(Value::Null).unwrap();
    while let Some(Inbound::Invocation {
        id,
        registration,
        payload,
        ..
    }) = inbox.recv().await
    {
        let args = payload.args().unwrap();
        let reply = if registration == may {
            let game = args[1].as_str().unwrap().starts_with("com.game.");
            Ok(json!(game && args[2] == "publish"))
        } else {
            let key = "1adfc8bfe1d35616e64dffbd900096f23b066f914c8c2ffbb66f6075b96e116d";
            match (
                args[1].as_str().unwrap(),
                args[2]["authmethod"].as_str().unwrap(),
            ) {
                ("eve", "ticket") if args[2]["ticket"] == "right" => Ok(json!("player")),
                ("eve", "wampcra") => Ok(json!({"role": "player", "secret": "right"})),
                ("", "cryptosign") if args[2]["pubkey"] == key => {
                    Ok(json!({"role": "player", "authid": "eve", "pubkey": key}))
                }
                _ => Err(WampError::new("com.auth.unknown", "nobody")),
            }
        };
        let _ = asked.send(Value::Array(args));
        let reply = reply.map(|value| Payload::from_args(&[value]));
        let _ = auth.answer(id, reply).await;
    }
}

#[tokio::test]
async fn an_authenticator_lets_in_and_an_authorizer_is_asked_once_for_the_same() {
    let router = Router::start(SETTINGS, &[]).await;
    let right = || router.join(ConnectOptions::ticket("eve", "right"));
    let ConnectError::Refused { reason, .. } = right().await.unwrap_err() else {
        panic!("a refusal while there is nobody to ask");
    };
    assert_eq!(reason, "wamp.error.authorization_failed");

    let (auth, inbox) = router
        .join(ConnectOptions::ticket("auth", "t"))
        .await
        .unwrap();
    let (asked, mut questions) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(answer(auth, inbox, asked));
    questions.recv().await.unwrap();
    let private = "4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510";
    for who in [
        ConnectOptions::wampcra("eve", "right"),
        ConnectOptions::cryptosign(private),
    ] {
        router.join(who).await.unwrap();
    }
    for who in [
        ConnectOptions::ticket("eve", "wrong"),
        ConnectOptions::wampcra("eve", "wrong"),
        ConnectOptions::cryptosign("11".repeat(32)),
    ] {
        let ConnectError::Refused { reason, .. } = router.join(who).await.unwrap_err() else {
            panic!("a refusal");
        };
        assert_eq!(reason, "wamp.error.not_authorized");
    }
    let (eve, _inbox) = right().await.unwrap();
    while questions.try_recv().is_ok() {}

    publish(&eve, "com.game.move").await.unwrap();
    let question = questions.recv().await.unwrap();
    assert_eq!(question[0]["authid"], "eve");
    assert_eq!(question[0]["authrole"], "player");
    assert_eq!(question[1], "com.game.move");
    assert_eq!(
        (&question[2], &question[3]["match"]),
        (&json!("publish"), &json!("exact"))
    );
    publish(&eve, "com.game.move").await.unwrap();
    const NO: &str = "wamp.error.not_authorized";
    assert_eq!(error(publish(&eve, "com.other").await), NO);
    assert_eq!(
        questions.recv().await.unwrap()[1],
        "com.other",
        "not asked twice about the first"
    );
    // A rule is not asked about.
    assert_eq!(error(publish(&eve, "com.never").await), NO);
    assert!(questions.try_recv().is_err());
}
