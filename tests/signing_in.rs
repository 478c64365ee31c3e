//! Signing in by WAMP-CRA: with a secret of one's own, and with the one that everybody knows.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use common::{Class, ROOT};
use games_contract::Resource;
use modelservice::gate::secret_of;
use modelservice::settings::{Compat, Secret, Settings};
use serde_json::{Value, json};
use wamp_transport::{ConnectError, ConnectOptions, Payload, Session, connect};

const KEY: &str = "a key of more than thirty-two characters";

async fn class(set: impl FnOnce(&mut Settings)) -> Class {
    Class::of(div::game(), set).await
}

async fn user(class: &Class, email: &str) -> u64 {
    let filters = [("email", email.to_owned())];
    class.rows(Resource::User, &filters).await[0]["id"]
        .as_u64()
        .unwrap()
}

async fn sign_in(class: &Class, authid: impl ToString, secret: &str) -> Result<Session, String> {
    let options = ConnectOptions::wampcra(authid.to_string(), secret);
    match connect(&class.url(), options).await {
        Ok((session, _)) => Ok(session),
        Err(ConnectError::Refused { reason, message }) => Err(format!("{reason}: {message}")),
        Err(other) => panic!("{other}"),
    }
}

/// The seats of whoever has this session.
async fn seats(session: &Session) -> Vec<Value> {
    let procedure = format!("{ROOT}.model.game.get_seats");
    let seats = session.call(&procedure, Payload::empty());
    let seats = seats.await.unwrap().args().unwrap().remove(0);
    seats.as_array().unwrap().clone()
}

/// Whether this session may read a run in which it has no seat: staff may.
async fn is_staff(class: &Class, session: &Session) -> bool {
    let run = class.run().pk;
    let procedure = format!("{ROOT}.model.run.{run}.get_scope");
    let scope = session.call(&procedure, Payload::empty());
    scope.await.is_ok()
}

#[tokio::test]
async fn a_user_signs_in_with_the_own_secret_and_with_the_rights_of_that_user() {
    let class = class(|settings| settings.wamp.cra_key = Secret(KEY.to_owned())).await;
    let key = KEY.into();
    let (player, staff) = (
        user(&class, "s1@div.edu").await,
        user(&class, "simpl@simpl.world").await,
    );

    let session = sign_in(&class, player, secret_of(&key, player).reveal())
        .await
        .unwrap();
    assert_eq!(seats(&session).await[0]["data"]["user"], json!(player));
    let session = sign_in(&class, staff, secret_of(&key, staff).reveal())
        .await
        .unwrap();
    assert!(is_staff(&class, &session).await);
    class.stop().await;
}

#[tokio::test]
async fn every_wrong_signature_is_refused_in_the_same_words() {
    let class = class(|settings| settings.wamp.cra_key = Secret(KEY.to_owned())).await;
    let key = KEY.into();
    let player = user(&class, "s1@div.edu").await;
    let own = secret_of(&key, player);
    for (authid, secret) in [
        (player.to_string(), "guess"),
        (player.to_string(), "s1"),
        (player.to_string(), "nopassword"),
        (player.to_string(), secret_of(&key, player + 1).reveal()),
        ("99999".to_owned(), "nopassword"),
        ("s1@div.edu".to_owned(), own.reveal()),
        (format!("0{player}"), own.reveal()),
        (format!("+{player}"), own.reveal()),
        (String::new(), "nopassword"),
    ] {
        let refused = sign_in(&class, &authid, secret).await.unwrap_err();
        let expected = "wamp.error.not_authorized: WAMP-CRA signature is invalid";
        assert_eq!(refused, expected, "{authid}");
    }
    class.stop().await;
}

#[tokio::test]
async fn who_is_not_there_or_switched_off_does_not_get_in_with_a_right_signature() {
    let class = class(|settings| settings.wamp.cra_key = Secret(KEY.to_owned())).await;
    let key = KEY.into();
    let refused = sign_in(&class, 99_999, secret_of(&key, 99_999).reveal())
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        "wamp.error.not_authorized: there is no user 99999 in the games API"
    );

    let player = user(&class, "s2@div.edu").await;
    class
        .change(Resource::User, player, json!({"is_active": false}))
        .await;
    let refused = sign_in(&class, player, secret_of(&key, player).reveal())
        .await
        .unwrap_err();
    assert_eq!(
        refused,
        "wamp.error.not_authorized: this account is switched off; ask the leader"
    );
    class.stop().await;
}

#[tokio::test]
async fn under_compat_everybody_may_be_anybody_but_nobody_gets_the_rights_of_staff() {
    let class = class(|settings| {
        settings.service.compat = Compat::Simpl;
        let names = settings.game.entry("div".to_owned()).or_default();
        names.slug = Some("div".to_owned());
        names.root_topic = Some(ROOT.to_owned());
    })
    .await;
    let (leader, staff) = (
        user(&class, "leader@div.edu").await,
        user(&class, "simpl@simpl.world").await,
    );
    let session = sign_in(&class, leader, "nopassword").await.unwrap();
    assert_eq!(seats(&session).await[0]["data"]["leader"], json!(true));
    let session = sign_in(&class, staff, "nopassword").await.unwrap();
    assert!(!is_staff(&class, &session).await);
    let refused = sign_in(&class, leader, "guess").await.unwrap_err();
    assert!(
        refused.ends_with("WAMP-CRA signature is invalid"),
        "{refused}"
    );
    class.stop().await;
}

#[tokio::test]
async fn a_key_that_could_be_guessed_stops_the_start() {
    let mut class = Class::seeded(&div::game(), |settings| {
        settings.wamp.cra_key = Secret("short".to_owned());
    })
    .await;
    let started =
        modelservice::service::Service::start(&class.settings, vec![div::game()], Vec::new());
    let told = started.await.unwrap_err().to_string();
    assert!(
        told.contains("wamp.cra_key has 5 characters: at least 32"),
        "{told}"
    );
    class.close().await;
    class.stop().await;
}
