//! Calls that are given up.

use std::time::Duration;

use serde_json::{Value, json};
use wamp_router::Input;

use crate::fixture::Realm;

/// A callee that takes INTERRUPT, one that does not, and a caller; `a.1` and `a.2` registered.
fn three(realm: &mut Realm) -> (u64, u64, u64) {
    let features = json!({"callee": {"features": {"call_canceling": true}}});
    let able = realm.login_with("able", features);
    let (plain, caller) = (realm.login("plain"), realm.login("s1"));
    realm.register(able, "exact", "a.1");
    realm.register(plain, "exact", "a.2");
    (able, plain, caller)
}

fn call(realm: &mut Realm, caller: u64, callee: u64, procedure: &str) {
    realm.say(caller, json!([48, 7, {}, procedure]));
    assert_eq!(realm.hear_one(callee)[1], 1);
}

const CANCELED: &str = "wamp.error.canceled";

#[test]
fn pitfall_16_killnowait_is_the_default_and_answers_at_once() {
    for options in [json!({}), json!({"mode": "killnowait"})] {
        let mut realm = Realm::new();
        let (able, _, caller) = three(&mut realm);
        call(&mut realm, caller, able, "a.1");
        realm.say(caller, json!([49, 7, options]));
        assert_eq!(realm.hear_error(caller).0, CANCELED);
        assert_eq!(
            realm.hear_one(able),
            json!([69, 1, {"mode": "killnowait", "reason": CANCELED}])
        );
        for late in [json!([70, 1, {}]), json!([8, 68, 1, {}, CANCELED])] {
            realm.say(able, late);
        }
        assert!(realm.hear(caller).is_empty(), "a caller is answered once");
        assert_eq!(realm.router.next_deadline(), None);
    }
}

#[test]
fn pitfall_16_kill_waits_for_what_the_callee_says_to_it() {
    for (answer, heard) in [
        (
            json!([8, 68, 1, {}, CANCELED, ["stopped"]]),
            json!([8, 48, 7, {}, CANCELED, ["stopped"]]),
        ),
        (json!([70, 1, {}, ["done"]]), json!([50, 7, {}, ["done"]])),
    ] {
        let mut realm = Realm::new();
        let (able, _, caller) = three(&mut realm);
        call(&mut realm, caller, able, "a.1");
        for _ in 0..2 {
            realm.say(caller, json!([49, 7, {"mode": "kill"}]));
        }
        assert!(realm.hear(caller).is_empty());
        assert_eq!(
            realm.hear_one(able),
            json!([69, 1, {"mode": "kill", "reason": CANCELED}]),
            "told once"
        );
        realm.say(able, answer);
        assert_eq!(realm.hear_one(caller), heard);
    }
}

#[test]
fn pitfall_16_kill_does_not_wait_longer_than_the_call_may_take() {
    let mut realm = Realm::new();
    let (able, _, caller) = three(&mut realm);
    realm.say(caller, json!([48, 7, {"timeout": 1000}, "a.1"]));
    realm.hear(able);
    realm.say(caller, json!([49, 7, {"mode": "kill"}]));
    assert_eq!(realm.hear_one(able)[2]["mode"], "kill");
    realm.pass(Duration::from_secs(1));
    assert_eq!(realm.hear_error(caller).0, "wamp.error.timeout");
    realm.say(able, json!([8, 68, 1, {}, CANCELED]));
    for session in [able, caller] {
        assert!(realm.hear(session).is_empty(), "each is told once");
    }
}

#[test]
fn pitfall_16_skip_does_not_tell_the_callee_and_is_all_there_is_for_one_that_cannot_be_told() {
    for (procedure, mode) in [
        ("a.1", "skip"),
        ("a.2", "skip"),
        ("a.2", "kill"),
        ("a.2", "killnowait"),
    ] {
        let mut realm = Realm::new();
        let (able, plain, caller) = three(&mut realm);
        let callee = if procedure == "a.1" { able } else { plain };
        call(&mut realm, caller, callee, procedure);
        realm.say(caller, json!([49, 7, {"mode": mode}]));
        assert_eq!(realm.hear_error(caller).0, CANCELED, "{procedure} {mode}");
        realm.say(callee, json!([70, 1, {}]));
        assert!(realm.hear(callee).is_empty(), "{procedure} {mode}");
        assert!(realm.hear(caller).is_empty(), "{procedure} {mode}");
    }
}

#[test]
fn pitfall_16_a_cancel_for_nothing_races_and_is_ignored() {
    let mut realm = Realm::new();
    let (able, _, caller) = three(&mut realm);
    realm.say(caller, json!([49, 7, {}]));
    call(&mut realm, caller, able, "a.1");
    realm.say(able, json!([70, 1, {}]));
    realm.hear(caller);
    realm.say(caller, json!([49, 7, {}]));
    // Nor can somebody else's call be canceled.
    realm.say(caller, json!([48, 8, {}, "a.1"]));
    realm.hear(able);
    let other = realm.login("s2");
    realm.say(other, json!([49, 8, {}]));
    for session in [able, caller, other] {
        assert!(realm.hear(session).is_empty());
        assert_eq!(realm.closed(session), None);
    }
}

#[test]
fn a_mode_that_is_none_is_refused_and_the_call_goes_on() {
    let mut realm = Realm::new();
    let (able, _, caller) = three(&mut realm);
    call(&mut realm, caller, able, "a.1");
    realm.say(caller, json!([49, 7, {"mode": "hard"}]));
    let error: Value = realm.hear_one(caller);
    assert_eq!(
        (&error[1], &error[4]),
        (&json!(49), &json!("wamp.error.invalid_argument"))
    );
    realm.say(able, json!([70, 1, {}]));
    assert_eq!(realm.hear_one(caller)[0], 50);
}

#[test]
fn pitfall_17_a_callee_is_told_when_the_time_of_its_call_is_over() {
    let mut realm = Realm::new();
    let (able, plain, caller) = three(&mut realm);
    realm.say(caller, json!([48, 1, {"timeout": 1000}, "a.1"]));
    realm.say(caller, json!([48, 2, {"timeout": 1000}, "a.2"]));
    realm.hear(able);
    realm.hear(plain);
    realm.pass(Duration::from_secs(1));
    let heard = realm.hear(caller).into_iter();
    let errors: Vec<_> = heard
        .map(|error| (error[2].clone(), error[4].clone()))
        .collect();
    assert_eq!(
        errors,
        [1, 2].map(|request| (json!(request), json!("wamp.error.timeout")))
    );
    assert_eq!(
        realm.hear_one(able),
        json!([69, 1, {"mode": "killnowait", "reason": "wamp.error.timeout"}])
    );
    assert!(realm.hear(plain).is_empty());
}

#[test]
fn pitfall_18_a_callee_is_told_when_its_caller_has_gone() {
    let mut realm = Realm::new();
    let (able, plain, caller) = three(&mut realm);
    realm.say(caller, json!([48, 1, {}, "a.1"]));
    realm.say(caller, json!([48, 2, {}, "a.2"]));
    realm.hear(able);
    realm.hear(plain);
    realm.tell(caller, Input::Closed);
    assert_eq!(
        realm.hear_one(able),
        json!([69, 1, {"mode": "killnowait", "reason": CANCELED}])
    );
    assert!(realm.hear(plain).is_empty());
}

#[test]
fn pitfall_18_a_callee_in_process_is_told_too() {
    let mut realm = Realm::new();
    let (service, caller) = (realm.join("model"), realm.login("s1"));
    realm.register(service, "wildcard", "a..b");
    realm.say(caller, json!([48, 1, {}, "a.1.b"]));
    realm.hear(service);
    realm.tell(caller, Input::Closed);
    assert_eq!(realm.hear_one(service)[0], 69);
}
