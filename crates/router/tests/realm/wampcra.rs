//! WAMP-CRA: the gate says what is to be signed, and whether the signature fits.

use serde_json::{Value, json};
use wamp::{Secret, cra};
use wamp_router::{AuthMethod, CloseReason, Limits, Proof, Question, RealmConfig, Verdict};

use crate::fixture::{Realm, challenge_for, welcome};

fn realm() -> Realm {
    Realm::of(RealmConfig {
        auth_methods: vec![AuthMethod::Ticket, AuthMethod::WampCra],
        ..RealmConfig::default()
    })
}

fn introduce(realm: &mut Realm) -> u64 {
    let session = realm.open();
    realm.hello(session, json!({"authmethods": ["wampcra"], "authid": "7"}));
    session
}

/// The text that CHALLENGE asks a session to sign.
fn challenged(realm: &mut Realm, session: u64) -> String {
    let challenge = realm.hear_one(session);
    assert_eq!(
        (&challenge[0], &challenge[1]),
        (&json!(4), &json!("wampcra"))
    );
    challenge[2]["challenge"].as_str().unwrap().to_owned()
}

#[test]
fn who_signs_the_challenge_with_the_right_secret_is_welcomed() {
    let mut realm = realm();
    let session = introduce(&mut realm);
    let text = challenged(&mut realm, session);
    let said: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&said["authid"], &said["session"]),
        (&json!("7"), &json!(session))
    );
    let signature = cra::sign(&Secret::from("right"), &text);
    realm.say(session, json!([5, signature.reveal(), {}]));
    let welcome = realm.hear_one(session);
    assert_eq!(welcome[0], 2);
    assert_eq!(welcome[2]["authid"], "7");
    assert_eq!(welcome[2]["authmethod"], "wampcra");
    assert_eq!(realm.joined, ["7"]);
}

#[test]
fn who_signs_with_another_secret_or_another_challenge_is_refused() {
    let mut realm = realm();
    let (other, session) = (introduce(&mut realm), introduce(&mut realm));
    let (others, own) = (
        challenged(&mut realm, other),
        challenged(&mut realm, session),
    );
    assert_ne!(others, own);
    for (session, secret, text) in [(session, "right", others), (other, "wrong", own)] {
        let signature = cra::sign(&Secret::from(secret), &text);
        realm.say(session, json!([5, signature.reveal(), {}]));
        let message = "WAMP-CRA signature is invalid";
        let abort = json!([3, {"message": message}, "wamp.error.not_authorized"]);
        assert_eq!(realm.hear_one(session), abort);
        assert_eq!(realm.closed(session), Some(CloseReason::Refused));
    }
    assert!(realm.joined.is_empty());
}

#[test]
fn the_gate_gets_back_what_was_sent_and_signatures_never_show() {
    let mut realm = realm();
    realm.gate_open = false;
    let session = introduce(&mut realm);
    let Question::Challenge(introduction) = realm.asked[0].2.clone() else {
        panic!("{:?}", realm.asked);
    };
    assert_eq!(
        (introduction.session, introduction.authid.as_str()),
        (session, "7")
    );
    let posed = challenge_for(&introduction);
    realm.answer(Some(Verdict::Challenge(posed.clone())));
    challenged(&mut realm, session);
    realm.say(session, json!([5, "s1gnature", {}]));
    let Question::Authenticate(claim) = &realm.asked[0].2 else {
        panic!("{:?}", realm.asked);
    };
    let Proof::WampCra {
        authid, challenge, ..
    } = &claim.proof
    else {
        panic!("{claim:?}");
    };
    assert_eq!((authid.as_str(), challenge), ("7", &posed));
    assert!(!format!("{:?}", realm.asked).contains("s1gnature"));
    realm.answer(Some(Verdict::Admission(welcome("7"))));
    assert_eq!(realm.hear_one(session)[0], 2);
}

#[test]
fn a_challenge_that_cannot_be_had_ends_in_authorization_failed() {
    let patience = Limits::default().ask_timeout;
    for late in [true, false] {
        let mut realm = realm();
        realm.gate_open = false;
        let session = introduce(&mut realm);
        if late {
            realm.pass(patience);
        } else {
            realm.answer(None);
        }
        assert_eq!(
            realm.hear_one(session)[2],
            "wamp.error.authorization_failed"
        );
        assert_eq!(realm.closed(session), Some(CloseReason::Refused));
    }
}

#[test]
fn who_wants_to_sign_says_who_they_are_and_not_at_length() {
    for (authid, message) in [
        (
            json!(null),
            "no authid assigned: HELLO has to say who wants to join",
        ),
        (
            json!("x".repeat(321)),
            "expected an authid of at most 320 bytes, got 321",
        ),
    ] {
        let mut realm = realm();
        let session = realm.open();
        realm.hello(
            session,
            json!({"authmethods": ["wampcra"], "authid": authid}),
        );
        let abort = json!([3, {"message": message}, "wamp.error.no_such_principal"]);
        assert_eq!(realm.hear_one(session), abort);
        assert!(realm.asked.is_empty());
    }
}
