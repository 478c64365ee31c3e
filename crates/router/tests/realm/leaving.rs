//! The ways a session ends.

use std::time::Duration;

use serde_json::json;
use wamp_router::{CloseReason, Input, Limits};

use crate::fixture::Realm;

#[test]
fn pitfall_6_goodbye_is_answered_with_goodbye_and_out() {
    let mut realm = Realm::new();
    for reason in [
        "wamp.close.normal",
        "wamp.close.close_realm",
        "wamp.close.system_shutdown",
    ] {
        let session = realm.login("s1");
        realm.say(session, json!([6, {}, reason]));
        assert_eq!(
            realm.hear_one(session),
            json!([6, {}, "wamp.close.goodbye_and_out"])
        );
        assert_eq!(realm.closed(session), Some(CloseReason::Goodbye));
        realm.say(session, json!([48, 1, {}, "a.b"]));
        assert!(realm.hear(session).is_empty());
    }
    assert_eq!(realm.left.len(), 3);
    assert_eq!(realm.router.session_count(), 0);
}

#[test]
fn pitfall_7_what_only_a_router_may_send_is_a_violation() {
    let mut realm = Realm::new();
    for message in [
        json!([2, 1, {}]),
        json!([4, "ticket", {}]),
        json!([5, "right", {}]),
        json!([8, 48, 1, {}, "a.error"]),
        json!([17, 1, 1]),
        json!([33, 1, 1]),
        json!([35, 1]),
        json!([36, 1, 1, {}]),
        json!([50, 1, {}]),
        json!([65, 1, 1]),
        json!([67, 1]),
        json!([68, 1, 1, {}]),
        json!([69, 1, {}]),
    ] {
        let session = realm.login("s1");
        realm.say(session, message.clone());
        assert_eq!(
            realm.hear_one(session)[2],
            "wamp.error.protocol_violation",
            "{message}"
        );
        assert_eq!(
            realm.closed(session),
            Some(CloseReason::Violation),
            "{message}"
        );
    }
}

#[test]
fn what_is_no_message_at_all_ends_the_session_with_the_complaint() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    realm.tell(session, Input::Violation("expected a list".to_owned()));
    let abort = json!([3, {"message": "expected a list"}, "wamp.error.protocol_violation"]);
    assert_eq!(realm.hear_one(session), abort);
}

#[test]
fn a_client_that_aborts_is_not_answered() {
    let mut realm = Realm::new();
    let session = realm.open();
    realm.hello(session, json!({"authmethods": ["ticket"], "authid": "s1"}));
    realm.hear(session);
    realm.say(session, json!([3, {}, "wamp.close.abort"]));
    assert!(realm.hear(session).is_empty());
    assert_eq!(realm.closed(session), Some(CloseReason::Refused));
}

#[test]
fn pitfall_6_a_router_that_stops_says_goodbye_and_waits_shortly() {
    let limits = Limits::default();
    let patience = limits.goodbye_timeout;
    let mut realm = Realm::with(limits);
    let (polite, silent, newcomer) = (realm.login("s1"), realm.login("s2"), realm.open());
    let model = realm.join("model");
    let actions = realm.router.shutdown(realm.now);
    realm.carry_out(actions);

    for session in [polite, silent, model] {
        let goodbye = realm.hear_one(session);
        assert_eq!(
            (&goodbye[0], &goodbye[2]),
            (&json!(6), &json!("wamp.close.system_shutdown"))
        );
    }
    assert_eq!(realm.hear_one(newcomer)[0], 3);
    assert_eq!(realm.closed(model), Some(CloseReason::Dismissed));
    assert_eq!(realm.left.len(), 3);
    assert!(realm.router.open(realm.now, None).is_err());

    realm.say(polite, json!([48, 1, {}, "a.b"]));
    assert_eq!(
        realm.closed(polite),
        None,
        "it may not have seen our goodbye"
    );
    realm.say(polite, json!([6, {}, "wamp.close.goodbye_and_out"]));
    assert_eq!(realm.closed(polite), Some(CloseReason::Dismissed));
    realm.pass(patience - Duration::from_millis(1));
    assert_eq!(realm.closed(silent), None);
    realm.pass(Duration::from_millis(1));
    assert_eq!(realm.closed(silent), Some(CloseReason::Unanswered));
    assert_eq!(realm.router.session_count(), 0);
    assert_eq!(realm.left.len(), 3, "nobody leaves twice");
}

#[test]
fn the_clients_of_one_user_can_be_ended_and_trusted_sessions_are_spared() {
    let mut realm = Realm::new();
    let (one, two, other) = (realm.login("s1"), realm.login("s1"), realm.login("s2"));
    let trusted = realm.join("s1");
    let (count, actions) = realm.router.close_user(realm.now, "s1");
    realm.carry_out(actions);
    assert_eq!(count, 2);
    for session in [one, two] {
        assert_eq!(realm.hear_one(session)[2], "wamp.close.killed");
    }
    for session in [other, trusted] {
        assert!(realm.hear(session).is_empty());
    }
    assert_eq!(realm.left, ["s1", "s1"]);
}

#[test]
fn everything_a_session_held_goes_with_it() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    realm.register(one, "prefix", "a.");
    let subscription = realm.subscribe(one, "wildcard", "a..c");
    realm.tell(one, Input::Closed);
    realm.register(two, "prefix", "a.");
    let again = realm.subscribe(two, "wildcard", "a..c");
    assert_ne!(again, subscription, "the old subscription is gone");
}
