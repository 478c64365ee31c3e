//! Calls in several pieces.

use serde_json::{Value, json};
use wamp_router::{CloseReason, Input, Limits};

use crate::fixture::Realm;

/// A callee and a caller that can do everything, and `a.b` registered.
fn pair(realm: &mut Realm) -> (u64, u64) {
    let callee = realm.login_with("callee", all());
    let caller = realm.login_with("s1", all());
    realm.register(callee, "exact", "a.b");
    (callee, caller)
}

fn all() -> Value {
    let features = json!({"features": {
        "progressive_call_invocations": true, "progressive_call_results": true, "call_canceling": true,
    }});
    json!({"caller": features, "callee": features})
}

#[test]
fn parts_of_a_result_reach_a_caller_that_takes_them_and_the_last_ends_the_call() {
    let mut realm = Realm::new();
    let (callee, caller) = pair(&mut realm);
    realm.say(caller, json!([48, 5, {"receive_progress": true}, "a.b"]));
    assert_eq!(realm.hear_one(callee)[3]["receive_progress"], true);
    for part in 1..=2 {
        realm.say(callee, json!([70, 1, {"progress": true}, [part]]));
        assert_eq!(
            realm.hear_one(caller),
            json!([50, 5, {"progress": true}, [part]])
        );
    }
    realm.say(callee, json!([70, 1, {}, ["all"]]));
    assert_eq!(realm.hear_one(caller), json!([50, 5, {}, ["all"]]));
    assert_eq!(realm.router.next_deadline(), None);
}

#[test]
fn pitfall_9_late_progress_is_dropped_in_silence_both_ways() {
    for (last, heard) in [
        (
            json!([70, 1, {}, ["enough"]]),
            json!([50, 5, {}, ["enough"]]),
        ),
        (
            json!([8, 68, 1, {}, "a.error", ["enough"]]),
            json!([8, 48, 5, {}, "a.error", ["enough"]]),
        ),
    ] {
        let mut realm = Realm::new();
        let (callee, caller) = pair(&mut realm);
        let options = json!({"receive_progress": true, "progress": true});
        realm.say(caller, json!([48, 5, options, "a.b"]));
        realm.hear(callee);
        realm.say(callee, last.clone());
        assert_eq!(realm.hear_one(caller), heard);
        for late in [json!([70, 1, {"progress": true}, ["late"]]), last] {
            realm.say(callee, late);
        }
        for options in [json!({"progress": true}), json!({})] {
            realm.say(caller, json!([48, 5, options, "a.b", ["late"]]));
        }
        for session in [caller, callee] {
            assert!(realm.hear(session).is_empty());
            assert_eq!(realm.closed(session), None);
        }
        // The last of the old call has been said, so this is a new one.
        realm.say(caller, json!([48, 5, {}, "a.b"]));
        assert_eq!(realm.hear_one(callee)[1], 2);
    }
}

#[test]
fn pitfall_9_a_progressive_call_repeats_its_request_id_and_is_one_invocation() {
    let mut realm = Realm::new();
    let (callee, caller) = pair(&mut realm);
    realm.say(caller, json!([48, 5, {"progress": true}, "a.b", [1]]));
    realm.gate_open = false;
    // Neither other options nor another procedure count any more, and nobody is asked again.
    realm.say(
        caller,
        json!([48, 5, {"progress": true, "receive_progress": true}, "forbidden", [2]]),
    );
    realm.say(caller, json!([48, 5, {}, "a.b", [3]]));
    assert!(realm.asked.is_empty());
    let heard = realm.hear(callee);
    let who = &heard[0][3];
    assert_eq!(who["caller"], caller);
    for (number, invocation) in heard.iter().enumerate() {
        assert_eq!(
            (&invocation[0], &invocation[1]),
            (&json!(68), &json!(1)),
            "{invocation}"
        );
        assert_eq!(invocation[4], json!([number + 1]));
        let more = (number < 2).then_some(&json!(true)).cloned();
        assert_eq!(invocation[3].get("progress").cloned(), more);
        assert_eq!(invocation[3]["caller"], who["caller"]);
        assert_eq!(invocation[3].get("receive_progress"), None);
    }
    realm.say(callee, json!([70, 1, {}, ["sum"]]));
    assert_eq!(realm.hear_one(caller), json!([50, 5, {}, ["sum"]]));
}

#[test]
fn a_request_id_in_use_is_a_violation_for_any_other_call() {
    let mut realm = Realm::new();
    let (callee, caller) = pair(&mut realm);
    realm.say(caller, json!([48, 5, {}, "a.b"]));
    realm.hear(callee);
    realm.say(caller, json!([48, 5, {}, "a.b"]));
    assert_eq!(realm.hear_one(caller)[2], "wamp.error.protocol_violation");
    assert_eq!(realm.closed(caller), Some(CloseReason::Violation));
    assert_eq!(realm.hear_one(callee)[0], 69, "nobody waits for the answer");
}

#[test]
fn what_belongs_to_a_refused_progressive_call_is_no_new_call() {
    let mut realm = Realm::new();
    let (callee, caller) = pair(&mut realm);
    realm.say(caller, json!([48, 5, {"progress": true}, "a.c"]));
    assert_eq!(realm.hear_error(caller).0, "wamp.error.no_such_procedure");
    realm.register(callee, "exact", "a.c");
    realm.say(caller, json!([48, 5, {"progress": true}, "a.c"]));
    realm.say(caller, json!([48, 5, {}, "a.c"]));
    assert!(realm.hear(caller).is_empty());
    assert!(realm.hear(callee).is_empty());
}

#[test]
fn what_the_gate_refuses_of_a_progressive_call_is_no_new_call_either() {
    let mut realm = Realm::new();
    let (_, caller) = pair(&mut realm);
    let begun = json!({"progress": true});
    for (request, options, procedure, error) in [
        (5, &begun, "forbidden.x", "wamp.error.not_authorized"),
        (6, &begun, "a..b", "wamp.error.invalid_uri"),
        (7, &begun, "wamp.session.get", "wamp.error.invalid_argument"),
    ] {
        for options in [options, &begun, &json!({})] {
            realm.say(caller, json!([48, request, options, procedure]));
        }
        assert_eq!(realm.hear_error(caller).0, error);
    }
}

#[test]
fn pitfall_19_progress_that_was_not_asked_for_is_dropped_and_the_call_goes_on() {
    let mut realm = Realm::new();
    let (callee, caller) = pair(&mut realm);
    realm.say(caller, json!([48, 5, {}, "a.b"]));
    assert_eq!(realm.hear_one(callee)[3].get("receive_progress"), None);
    realm.say(callee, json!([70, 1, {"progress": true}, ["part"]]));
    assert!(realm.hear(caller).is_empty());
    realm.say(callee, json!([70, 1, {}, ["all"]]));
    assert_eq!(realm.hear_one(caller), json!([50, 5, {}, ["all"]]));
}

#[test]
fn pitfall_5_a_callee_that_takes_calls_as_a_whole_is_not_called_in_pieces() {
    let mut realm = Realm::new();
    let caller = realm.login_with("s1", all());
    let service = realm.join("model");
    let plain = realm.login("callee");
    realm.register(plain, "exact", "a.b");
    realm.register(service, "exact", "a.c");
    for (request, procedure) in [(5, "a.b"), (6, "a.c")] {
        realm.say(caller, json!([48, request, {"progress": true}, procedure]));
        assert_eq!(
            realm.hear_error(caller).0,
            "wamp.error.feature_not_supported"
        );
    }
    // And a caller that has not announced it must not do it.
    realm.say(plain, json!([48, 1, {"progress": true}, "a.c"]));
    assert_eq!(realm.hear_one(plain)[2], "wamp.error.protocol_violation");
}

#[test]
fn pitfall_5_whatever_else_is_not_announced_is_sent_all_the_same() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    realm.register(one, "prefix", "a.");
    realm.subscribe(one, "prefix", "a.");
    realm.say(two, json!([16, 1, {}, "a.b"]));
    let event = realm.hear_one(one);
    assert_eq!(
        (&event[3]["publisher"], &event[3]["topic"]),
        (&json!(two), &json!("a.b"))
    );
    realm.say(two, json!([48, 2, {"receive_progress": true}, "a.b"]));
    let invocation = realm.hear_one(one);
    assert_eq!(
        invocation[3],
        json!({
            "caller": two, "caller_authid": "s2", "caller_authrole": "player",
            "procedure": "a.b", "receive_progress": true,
        })
    );
    realm.say(one, json!([70, 1, {"progress": true}, ["part"]]));
    assert_eq!(
        realm.hear_one(two),
        json!([50, 2, {"progress": true}, ["part"]])
    );
}

#[test]
fn when_a_caller_goes_in_the_middle_its_callee_is_told() {
    let mut realm = Realm::new();
    let (callee, caller) = pair(&mut realm);
    realm.say(caller, json!([48, 5, {"progress": true}, "a.b"]));
    realm.hear(callee);
    realm.tell(caller, Input::Closed);
    let interrupt = json!([69, 1, {"mode": "killnowait", "reason": "wamp.error.canceled"}]);
    assert_eq!(realm.hear_one(callee), interrupt);
    assert_eq!(realm.router.next_deadline(), None);
}

#[test]
fn more_of_a_call_for_a_callee_with_too_much_waiting_ends_the_call() {
    let mut realm = Realm::new();
    let (callee, caller) = pair(&mut realm);
    realm.say(caller, json!([48, 5, {"progress": true}, "a.b"]));
    realm.hear(callee);
    realm.tell(callee, Input::Congested(true));
    realm.say(caller, json!([48, 5, {"progress": true}, "a.b"]));
    assert_eq!(realm.hear_error(caller).0, "wamp.error.no_available_callee");
    assert_eq!(realm.hear_one(callee)[0], 69);
    realm.say(caller, json!([48, 5, {}, "a.b"]));
    assert!(realm.hear(caller).is_empty());
}

#[test]
fn a_service_that_is_behind_is_not_flooded_with_progress() {
    let mut realm = Realm::new();
    let service = realm.join("model");
    let callee = realm.login_with("callee", all());
    realm.register(callee, "exact", "a.b");
    realm.say(service, json!([48, 1, {"receive_progress": true}, "a.b"]));
    realm.hear(callee);
    realm.tell(service, Input::Congested(true));
    realm.say(callee, json!([70, 1, {"progress": true}, ["part"]]));
    assert_eq!(realm.hear_error(service).0, "wamp.error.limit_exceeded");
    assert_eq!(realm.hear_one(callee)[0], 69);
}

#[test]
fn calls_that_never_say_their_last_word_are_remembered_up_to_a_limit() {
    let mut realm = Realm::with(Limits {
        calls: 2,
        ..Limits::default()
    });
    let (callee, caller) = pair(&mut realm);
    for request in 1..=3 {
        realm.say(caller, json!([48, request, {"progress": true}, "a.c"]));
    }
    realm.hear(caller);
    realm.say(caller, json!([48, 3, {}, "a.b"]));
    assert!(realm.hear(callee).is_empty(), "the end of the third");
    realm.say(caller, json!([48, 1, {}, "a.b"]));
    assert_eq!(realm.hear(callee).len(), 1, "the first is forgotten");
}
