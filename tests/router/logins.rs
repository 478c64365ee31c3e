//! Every way to prove who one is, with users of the settings.

use serde_json::json;
use wamp::cra::Salting;
use wamp_transport::{ConnectError, ConnectOptions, Payload, Secret};

use crate::process::Router;

const PRIVATE: &str = "4d57d97a68f555696620a6d849c0ce582568518d729eb753dc7c732de2804510";
const PUBLIC: &str = "1adfc8bfe1d35616e64dffbd900096f23b066f914c8c2ffbb66f6075b96e116d";

fn settings() -> String {
    let salting = Salting {
        salt: "0123456789abcdef".to_owned(),
        iterations: 1_000,
        key_bytes: 32,
    };
    let derived = salting.derive(&Secret::from("password of cat"));
    let derived = derived.reveal();
    format!(
        r#"
[router.realms.realm1]
anonymous = "user"
[router.realms.realm1.users]
ann = {{ role = "user", ticket = "ticket of ann" }}
bob = {{ role = "user", secret = "secret of bob" }}
cat = {{ role = "user", secret = "{derived}", salt = "0123456789abcdef", iterations = 1000 }}
dan = {{ role = "user", keys = ["{PUBLIC}"] }}
[router.realms.realm1.roles]
user = [{{ uri = "wamp.session.", match = "prefix", allow = ["call"] }}]
"#
    )
}

fn refusal(refused: ConnectError) -> String {
    let ConnectError::Refused { reason, .. } = refused else {
        panic!("expected a refusal, got {refused}");
    };
    reason
}

#[tokio::test]
async fn each_way_to_prove_who_one_is_leads_in_under_the_name_of_the_settings() {
    let router = Router::start(&settings(), &[]).await;
    for (who, name, method) in [
        (
            ConnectOptions::ticket("ann", "ticket of ann"),
            "ann",
            "ticket",
        ),
        (
            ConnectOptions::wampcra("bob", "secret of bob"),
            "bob",
            "wampcra",
        ),
        (
            ConnectOptions::wampcra("cat", "password of cat"),
            "cat",
            "wampcra",
        ),
        (ConnectOptions::cryptosign(PRIVATE), "dan", "cryptosign"),
        (
            ConnectOptions {
                authid: Some("dan".to_owned()),
                ..ConnectOptions::cryptosign(PRIVATE)
            },
            "dan",
            "cryptosign",
        ),
        (ConnectOptions::default(), "anonymous-", "anonymous"),
    ] {
        let (session, _inbox) = router.join(who).await.unwrap();
        let id = Payload::from_args(&[json!(session.id())]);
        let told = session.call("wamp.session.get", id).await.unwrap();
        let told = told.args().unwrap().remove(0);
        assert!(told["authid"].as_str().unwrap().starts_with(name), "{told}");
        assert_eq!(told["authrole"], "user");
        assert_eq!(told["authmethod"], method);
    }
    let said = router.said();
    for secret in ["ticket of ann", "secret of bob", "password of cat"] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[tokio::test]
async fn what_proves_nothing_is_refused_alike_for_those_who_are_there_and_those_who_are_not() {
    let router = Router::start(&settings(), &[]).await;
    let other = "11".repeat(32);
    for who in [
        ConnectOptions::ticket("ann", "wrong"),
        ConnectOptions::ticket("bob", ""),
        ConnectOptions::ticket("nobody", "ticket of ann"),
        ConnectOptions::wampcra("bob", "wrong"),
        ConnectOptions::wampcra("ann", ""),
        ConnectOptions::wampcra("cat", "0123456789abcdef"),
        ConnectOptions::wampcra("nobody", "secret of bob"),
        ConnectOptions::cryptosign(other.as_str()),
        ConnectOptions {
            authid: Some("ann".to_owned()),
            ..ConnectOptions::cryptosign(PRIVATE)
        },
    ] {
        let refused = router.join(who).await.unwrap_err();
        assert_eq!(refusal(refused), "wamp.error.not_authorized");
    }
}

#[tokio::test]
async fn who_guesses_has_to_wait_while_others_come_in() {
    let mut settings = settings();
    settings += "[router.realms.realm1.users.eve]\nrole = \"user\"\nticket = \"x\"\n";
    let settings = settings.replacen("anonymous", "wrong_logins = 2\nanonymous", 1);
    let router = Router::start(&settings, &[]).await;
    for _ in 0..2 {
        let wrong = router.join(ConnectOptions::ticket("eve", "guess")).await;
        assert_eq!(refusal(wrong.unwrap_err()), "wamp.error.not_authorized");
    }
    let right = router.join(ConnectOptions::ticket("eve", "x")).await;
    assert_eq!(refusal(right.unwrap_err()), "wamp.error.limit_exceeded");
    let other = ConnectOptions::ticket("ann", "ticket of ann");
    router.join(other).await.unwrap();
}
