//! HELLO to WELCOME, and every way it can fail.

use std::time::Duration;

use serde_json::{Value, json};
use wamp::MAX_ID;
use wamp_router::{AuthMethod, CloseReason, Ids, Limits, Proof, Question, RealmConfig, Verdict};

use crate::fixture::{Realm, welcome};

fn roles() -> Value {
    json!({"caller": {}})
}

#[test]
fn pitfall_3_welcome_tells_who_one_is_and_what_works() {
    let mut realm = Realm::new();
    let session = realm.open();
    realm.hello(
        session,
        json!({"authmethods": ["wampcra", "ticket"], "authid": "s1@div.edu"}),
    );
    assert_eq!(realm.hear_one(session), json!([4, "ticket", {}]));
    realm.say(session, json!([5, "right", {}]));
    assert_eq!(
        realm.hear_one(session),
        json!([2, session, {
            "realm": "realm1",
            "authid": "s1@div.edu",
            "authrole": "player",
            "authmethod": "ticket",
            "authprovider": "test",
            "roles": {
                "broker": {"features": {
                    "event_history": false,
                    "event_retention": true,
                    "pattern_based_subscription": true,
                        "payload_passthru_mode": true,
                    "publisher_exclusion": true,
                    "publisher_identification": true,
                    "session_meta_api": true,
                    "subscriber_blackwhite_listing": true,
                    "subscription_meta_api": true,
                }},
                "dealer": {"features": {
                        "call_canceling": true,
                        "call_reroute": true,
                        "call_timeout": true,
                        "caller_identification": true,
                        "pattern_based_registration": true,
                        "payload_passthru_mode": true,
                        "progressive_call_invocations": true,
                        "progressive_call_results": true,
                        "registration_meta_api": true,
                        "registration_revocation": true,
                        "session_meta_api": true,
                        "shared_registration": true,
                        "testament_meta_api": true,
                    }},
            },
        }])
    );
    assert_eq!(realm.joined, ["s1@div.edu"]);
}

/// Ids as they were written down.
struct Written(std::vec::IntoIter<u64>);

impl Ids for Written {
    fn draw(&mut self) -> u64 {
        self.0.next().expect("no more ids are drawn")
    }
}

#[test]
fn pitfall_2_session_and_publication_ids_are_drawn_and_no_two_sessions_have_the_same() {
    let config = RealmConfig {
        auth_methods: vec![AuthMethod::Anonymous],
        ..RealmConfig::default()
    };
    let drawn = vec![MAX_ID, MAX_ID, 7, 7, MAX_ID, 9, 12];
    let mut realm = Realm::drawing(Box::new(Written(drawn.into_iter())), config);
    let sessions = [realm.open(), realm.open()];
    assert_eq!(sessions, [MAX_ID, 7]);
    assert_eq!(realm.join("model"), 9);
    for session in sessions {
        realm.hello(session, json!({}));
        assert_eq!(realm.hear_one(session)[1], session);
    }
    realm.say(7, json!([16, 1, {"acknowledge": true}, "a.b"]));
    assert_eq!(realm.hear_one(7), json!([17, 1, 12]));
}

#[test]
fn pitfall_3_the_gate_decides_who_one_is_and_may_add_to_the_welcome() {
    let mut realm = Realm::new();
    realm.gate_open = false;
    let session = realm.open();
    realm.hello(
        session,
        json!({"authmethods": ["ticket"], "authid": "s1@div.edu"}),
    );
    realm.say(session, json!([5, "s3cret", {}]));
    let Question::Authenticate(claim) = &realm.asked[0].2 else {
        panic!("{:?}", realm.asked);
    };
    assert!(matches!(&claim.proof, Proof::Ticket { authid, .. } if authid == "s1@div.edu"));
    assert!(
        !format!("{:?}", realm.asked).contains("s3cret"),
        "tickets never show"
    );

    let mut admission = welcome("7");
    if let wamp_router::Admission::Welcome { extra, .. } = &mut admission {
        extra.insert("name".to_owned(), json!("Sam"));
    }
    realm.hear(session);
    realm.answer(Some(Verdict::Admission(admission)));
    let welcome = realm.hear_one(session);
    assert_eq!(welcome[2]["authid"], "7");
    assert_eq!(welcome[2]["authextra"], json!({"name": "Sam"}));
}

#[test]
fn a_wrong_ticket_is_answered_with_abort_and_close() {
    let mut realm = Realm::new();
    let session = realm.open();
    realm.hello(session, json!({"authmethods": ["ticket"], "authid": "s1"}));
    realm.hear(session);
    realm.say(session, json!([5, "wrong", {}]));
    let abort =
        json!([3, {"message": "unknown user or wrong password"}, "wamp.error.not_authorized"]);
    assert_eq!(realm.hear_one(session), abort);
    assert_eq!(realm.closed(session), Some(CloseReason::Refused));
    assert!(realm.joined.is_empty());
}

#[test]
fn pitfall_4_a_hello_that_cannot_be_served_is_answered_with_the_reason() {
    for (hello, reason, message) in [
        (
            json!([1, "realm2", {"roles": roles(), "authmethods": ["anonymous"]}]),
            "wamp.error.no_such_realm",
            "no realm <realm2> here",
        ),
        (
            json!([1, "realm1", {"authmethods": ["anonymous"]}]),
            "wamp.error.no_such_role",
            "expected HELLO to announce the client's roles, got none",
        ),
        (
            json!([1, "realm1", {"roles": {}, "authmethods": ["anonymous"]}]),
            "wamp.error.no_such_role",
            "expected HELLO to announce the client's roles, got none",
        ),
        (
            json!([1, "realm1", {"roles": roles(), "authmethods": ["scram", 5]}]),
            "wamp.error.no_matching_auth_method",
            "expected authmethods with one of ticket, anonymous, got scram",
        ),
        (
            json!([1, "realm1", {"roles": roles(), "authmethods": ["ticket"]}]),
            "wamp.error.no_such_principal",
            "no authid assigned: HELLO has to say who wants to join",
        ),
    ] {
        let mut realm = Realm::new();
        let session = realm.open();
        realm.say(session, hello.clone());
        assert_eq!(
            realm.hear_one(session),
            json!([3, {"message": message}, reason]),
            "{hello}"
        );
        assert_eq!(realm.closed(session), Some(CloseReason::Refused), "{hello}");
    }
}

#[test]
fn a_client_that_names_no_method_is_anonymous_if_that_is_allowed() {
    let mut realm = Realm::new();
    let session = realm.open();
    realm.hello(session, json!({}));
    assert_eq!(realm.hear_one(session)[2]["authmethod"], "anonymous");

    let mut strict = Realm::of(RealmConfig {
        auth_methods: vec![AuthMethod::Ticket],
        ..RealmConfig::default()
    });
    let session = strict.open();
    strict.hello(session, json!({}));
    assert_eq!(
        strict.hear_one(session)[2],
        "wamp.error.no_matching_auth_method"
    );
}

#[test]
fn pitfall_4_anything_before_hello_and_a_second_hello_are_violations() {
    let mut realm = Realm::new();
    for (message, kind) in [
        (json!([5, "right", {}]), "AUTHENTICATE"),
        (json!([6, {}, "wamp.close.normal"]), "GOODBYE"),
        (json!([8, 68, 1, {}, "a.error"]), "ERROR"),
        (json!([16, 1, {}, "a.b"]), "PUBLISH"),
        (json!([32, 1, {}, "a.b"]), "SUBSCRIBE"),
        (json!([34, 1, 1]), "UNSUBSCRIBE"),
        (json!([48, 1, {}, "a.b"]), "CALL"),
        (json!([49, 1, {}]), "CANCEL"),
        (json!([64, 1, {}, "a.b"]), "REGISTER"),
        (json!([66, 1, 1]), "UNREGISTER"),
        (json!([70, 1, {}]), "YIELD"),
    ] {
        let early = realm.open();
        realm.say(early, message);
        let message = format!("expected HELLO first, got {kind}");
        let abort = json!([3, {"message": message}, "wamp.error.protocol_violation"]);
        assert_eq!(realm.hear_one(early), abort);
        assert_eq!(realm.closed(early), Some(CloseReason::Violation));
    }

    let twice = realm.login("s1");
    realm.hello(twice, json!({"authmethods": ["anonymous"]}));
    assert_eq!(realm.hear_one(twice)[2], "wamp.error.protocol_violation");
    assert_eq!(realm.left, ["s1"]);

    for (message, kind) in [
        (json!([48, 1, {}, "a.b"]), "CALL"),
        (json!([1, "realm1", {"roles": roles()}]), "HELLO"),
    ] {
        let impatient = realm.open();
        realm.hello(
            impatient,
            json!({"authmethods": ["ticket"], "authid": "s1"}),
        );
        realm.hear(impatient);
        realm.say(impatient, message);
        let message = format!("expected AUTHENTICATE, got {kind}");
        let abort = json!([3, {"message": message}, "wamp.error.protocol_violation"]);
        assert_eq!(realm.hear_one(impatient), abort);
    }
}

#[test]
fn pitfall_33_a_handshake_has_its_time_and_a_session_has_not() {
    let limits = Limits::default();
    let patience = limits.handshake_timeout;
    let mut realm = Realm::with(limits);
    let slow = realm.open();
    let quick = realm.login("s1");
    realm.pass(patience - Duration::from_millis(1));
    assert_eq!(realm.closed(slow), None);
    realm.pass(Duration::from_millis(1));
    assert_eq!(realm.hear_one(slow)[2], "wamp.error.timeout");
    assert_eq!(realm.closed(slow), Some(CloseReason::Refused));
    assert_eq!(realm.closed(quick), None);
    assert_eq!(
        realm.router.next_deadline(),
        None,
        "nothing is left to wait for"
    );
}

#[test]
fn pitfall_33_there_is_a_limit_to_how_many_may_connect() {
    let mut realm = Realm::with(Limits {
        sessions: 2,
        ..Limits::default()
    });
    let first = realm.open();
    realm.open();
    assert!(realm.router.open(realm.now, None).is_err());
    realm.tell(first, wamp_router::Input::Closed);
    assert!(realm.router.open(realm.now, None).is_ok());
}

#[test]
fn the_check_of_a_password_may_take_as_long_as_the_handshake() {
    let limits = Limits::default();
    let (question, handshake) = (limits.ask_timeout, limits.handshake_timeout);
    assert!(question < handshake, "otherwise this tests nothing");
    let mut realm = Realm::with(limits);
    realm.gate_open = false;
    let sessions = [realm.open(), realm.open()];
    for session in sessions {
        realm.hello(
            session,
            json!({"authmethods": ["ticket"], "authid": "s1@div.edu"}),
        );
        realm.hear(session);
        realm.say(session, json!([5, "right", {}]));
    }
    realm.pass(handshake - Duration::from_millis(1));
    realm.answer(Some(Verdict::Admission(welcome("s1@div.edu"))));
    assert_eq!(realm.hear_one(sessions[0])[0], 2);
    realm.pass(Duration::from_millis(1));
    assert_eq!(realm.hear_one(sessions[1])[2], "wamp.error.timeout");
}

#[test]
fn pitfall_33_a_user_has_so_many_sessions_at_once_and_no_more() {
    let mut realm = Realm::with(Limits {
        sessions_per_user: 2,
        ..Limits::default()
    });
    let first = realm.login("s1");
    realm.login("s1");
    realm.login("s2");
    let join = |realm: &mut Realm| {
        let session = realm.open();
        realm.hello(session, json!({"authmethods": ["ticket"], "authid": "s1"}));
        realm.hear(session);
        realm.say(session, json!([5, "right", {}]));
        realm.hear_one(session)
    };
    let refused = join(&mut realm);
    assert_eq!(
        (&refused[0], &refused[2]),
        (&json!(3), &json!("wamp.error.limit_exceeded"))
    );
    realm.tell(first, wamp_router::Input::Closed);
    assert_eq!(join(&mut realm)[0], 2);
}

#[test]
fn a_key_says_who_one_is_without_an_authid() {
    let key = "1adfc8bfe1d35616e64dffbd900096f23b066f914c8c2ffbb66f6075b96e116d";
    let mut realm = Realm::of(RealmConfig {
        auth_methods: vec![AuthMethod::CryptoSign],
        ..RealmConfig::default()
    });
    realm.gate_open = false;
    let session = realm.open();
    let named = json!({"authmethods": ["cryptosign"], "authextra": {"pubkey": key.to_uppercase()}});
    realm.hello(session, named);
    let (ask, _, question) = realm.asked.pop().unwrap();
    let Question::Challenge(introduction) = question else {
        panic!("what is it to sign?");
    };
    assert_eq!(
        (&*introduction.authid, introduction.method),
        ("", AuthMethod::CryptoSign)
    );
    let verdict = Some(Verdict::Challenge(wamp::cryptosign::challenge([7; 32])));
    realm.tell(session, wamp_router::Input::Answer { ask, verdict });
    let challenge = realm.hear_one(session);
    assert_eq!(
        (&challenge[0], &challenge[1]),
        (&json!(4), &json!("cryptosign"))
    );
    realm.say(session, json!([5, "00", {}]));
    let (_, _, question) = realm.asked.pop().unwrap();
    let Question::Authenticate(claim) = question else {
        panic!("is it who they say?");
    };
    let Proof::CryptoSign {
        authid,
        public_key,
        challenge,
        ..
    } = claim.proof
    else {
        panic!("a proof by key");
    };
    assert_eq!((&*authid, public_key.as_deref()), ("", Some(key)));
    assert_eq!(challenge["challenge"], "07".repeat(32));

    let nameless = realm.open();
    realm.hello(
        nameless,
        json!({"authmethods": ["cryptosign"], "authextra": {"pubkey": "12"}}),
    );
    assert_eq!(realm.hear_one(nameless)[2], "wamp.error.no_such_principal");
}
