//! Registrations and calls.

use std::time::Duration;

use serde_json::json;
use wamp_router::{Input, Limits};

use crate::fixture::Realm;

#[test]
fn a_call_becomes_an_invocation_and_its_yield_the_result() {
    let mut realm = Realm::new();
    let (callee, caller) = (realm.login("callee"), realm.login("s1"));
    let exact = realm.register(callee, "exact", "a.b");
    let pattern = realm.register(callee, "wildcard", "a..c");
    let who = json!({"caller": caller, "caller_authid": "s1", "caller_authrole": "player"});

    realm.say(caller, json!([48, 70, {}, "a.b", [1], {"k": 2}]));
    assert_eq!(
        realm.hear_one(callee),
        json!([68, 1, exact, who, [1], {"k": 2}])
    );
    realm.say(caller, json!([48, 5, {}, "a.x.c"]));
    let mut with_procedure = who;
    with_procedure["procedure"] = json!("a.x.c");
    assert_eq!(
        realm.hear_one(callee),
        json!([68, 2, pattern, with_procedure])
    );

    realm.say(callee, json!([70, 2, {}, ["second"]]));
    assert_eq!(realm.hear_one(caller), json!([50, 5, {}, ["second"]]));
    realm.say(callee, json!([70, 1, {}, [], {"first": true}]));
    assert_eq!(
        realm.hear_one(caller),
        json!([50, 70, {}, [], {"first": true}])
    );
}

#[test]
fn pitfall_8_invocation_ids_count_from_one_in_every_callees_session() {
    let mut realm = Realm::new();
    let (one, two, caller) = (realm.login("one"), realm.login("two"), realm.login("s1"));
    realm.register(one, "exact", "a.1");
    realm.register(two, "exact", "a.2");
    // Ids that callers choose may leave gaps.
    for (request, callee, procedure, id) in
        [(0, one, "a.1", 1), (77, two, "a.2", 1), (5, one, "a.1", 2)]
    {
        realm.say(caller, json!([48, request, {}, procedure]));
        assert_eq!(realm.hear_one(callee)[1], id);
    }
    // Each answers what it was called with itself, in any order.
    let stranger = realm.login("s2");
    realm.say(stranger, json!([70, 1, {}, ["stranger"]]));
    for (callee, id, request) in [(one, 2, 5), (two, 1, 77), (one, 1, 0)] {
        assert!(realm.hear(caller).is_empty());
        realm.say(callee, json!([70, id, {}, [id]]));
        assert_eq!(realm.hear_one(caller), json!([50, request, {}, [id]]));
    }
}

#[test]
fn pitfall_13_a_callees_error_is_passed_on_as_it_is() {
    let mut realm = Realm::new();
    let (callee, caller) = (realm.login("callee"), realm.login("s1"));
    realm.register(callee, "exact", "a.b");
    realm.say(caller, json!([48, 7, {}, "a.b"]));
    realm.hear(callee);
    realm.say(
        callee,
        json!([8, 68, 1, {}, "application.error.form", ["no"], {"code": 5}]),
    );
    let error = json!([8, 48, 7, {}, "application.error.form", ["no"], {"code": 5}]);
    assert_eq!(realm.hear_one(caller), error);
}

#[test]
fn a_procedure_nobody_offers_is_named_in_the_answer() {
    let mut realm = Realm::new();
    let caller = realm.login("s1");
    realm.say(caller, json!([48, 7, {}, "world.simpl.x"]));
    assert_eq!(
        realm.hear_one(caller),
        json!([
            8,
            48,
            7,
            {},
            "wamp.error.no_such_procedure",
            ["no callee registered for procedure <world.simpl.x>"]
        ])
    );
}

#[test]
fn pitfall_14_the_best_pattern_gets_the_call() {
    let mut realm = Realm::new();
    let (callee, caller) = (realm.login("callee"), realm.login("s1"));
    let wild_late = realm.register(callee, "wildcard", "rr.a..c");
    let wild_early = realm.register(callee, "wildcard", "rr..b.c");
    let prefix = realm.register(callee, "prefix", "rr.p");
    let longer = realm.register(callee, "prefix", "rr.p.q");
    let wild_p = realm.register(callee, "wildcard", "rr.p..");
    let exact = realm.register(callee, "exact", "rr.p.q.r");
    for (request, procedure, registration) in [
        (1, "rr.a.b.c", wild_late),
        (2, "rr.x.b.c", wild_early),
        (3, "rr.p.z.z", prefix),
        (4, "rr.p.q.z", longer),
        (5, "rr.p.q.r", exact),
    ] {
        realm.say(caller, json!([48, request, {}, procedure]));
        let invocation = realm.hear_one(callee);
        assert_eq!(invocation[2], registration, "{procedure}");
        // Who offers a pattern has to be told what was called.
        let told = (registration != exact).then(|| json!(procedure));
        assert_eq!(invocation[3].get("procedure").cloned(), told);
    }
    realm.say(callee, json!([66, 1, prefix]));
    realm.hear(callee);
    realm.say(caller, json!([48, 6, {}, "rr.p.z.z"]));
    assert_eq!(realm.hear_one(callee)[2], wild_p);
}

#[test]
fn pitfall_10_no_pattern_however_wide_takes_calls_of_what_is_the_routers() {
    let mut realm = Realm::new();
    let (callee, caller) = (realm.login("callee"), realm.login("s1"));
    let all = realm.register(callee, "prefix", "");
    realm.register(callee, "prefix", "wa");
    realm.register(callee, "wildcard", "..");
    for procedure in ["wamp", "wamp.session", "wamp.session.unheard_of"] {
        realm.say(caller, json!([48, 1, {}, procedure]));
        let (error, _) = realm.hear_error(caller);
        assert_eq!(error, "wamp.error.no_such_procedure", "{procedure}");
        realm.say(
            caller,
            json!([48, 2, {}, "wamp.registration.match", [procedure]]),
        );
        assert_eq!(realm.hear_one(caller), json!([50, 2, {}, [null]]));
    }
    assert!(realm.hear(callee).is_empty());
    realm.say(caller, json!([48, 3, {}, "shop.wamp"]));
    assert_eq!(realm.hear_one(callee)[2], all);
}

#[test]
fn pitfall_12_a_procedure_is_offered_once_under_each_policy() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("one"), realm.login("two"));
    let first = realm.register(one, "exact", "a.b");
    realm.register(two, "prefix", "a.b");
    for session in [one, two] {
        realm.say(session, json!([64, 1, {}, "a.b"]));
        assert_eq!(
            realm.hear_error(session).0,
            "wamp.error.procedure_already_exists"
        );
    }
    realm.say(two, json!([66, 2, first]));
    assert_eq!(realm.hear_error(two).0, "wamp.error.no_such_registration");
    realm.say(one, json!([66, 2, first]));
    assert_eq!(realm.hear_one(one), json!([67, 2]));
    assert_ne!(realm.register(two, "exact", "a.b"), first);
}

#[test]
fn pitfall_18_when_the_callee_goes_every_caller_is_told_at_once() {
    let mut realm = Realm::new();
    let (callee, one, two) = (realm.login("callee"), realm.login("s1"), realm.login("s2"));
    realm.register(callee, "exact", "a.b");
    realm.say(one, json!([48, 1, {}, "a.b"]));
    realm.say(two, json!([48, 2, {}, "a.b"]));
    realm.tell(callee, Input::Closed);
    for caller in [one, two] {
        assert_eq!(realm.hear_error(caller).0, "wamp.error.canceled");
    }
    realm.say(one, json!([48, 3, {}, "a.b"]));
    assert_eq!(realm.hear_error(one).0, "wamp.error.no_such_procedure");
    assert_eq!(realm.router.next_deadline(), None);
}

#[test]
fn pitfall_18_when_the_caller_goes_the_answer_is_dropped_in_silence() {
    let mut realm = Realm::new();
    let (callee, caller) = (realm.login("callee"), realm.login("s1"));
    realm.register(callee, "exact", "a.b");
    realm.say(caller, json!([48, 1, {}, "a.b"]));
    realm.hear(callee);
    realm.tell(caller, Input::Closed);
    assert_eq!(realm.router.next_deadline(), None);
    realm.say(callee, json!([70, 1, {}]));
    realm.say(callee, json!([8, 68, 1, {}, "a.error"]));
    assert!(realm.hear(callee).is_empty());
    assert!(realm.hear(caller).is_empty());
    assert_eq!(realm.closed(callee), None);
}

#[test]
fn a_session_may_call_itself_and_leave_in_the_middle() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    realm.register(session, "exact", "a.b");
    realm.say(session, json!([48, 1, {}, "a.b"]));
    assert_eq!(realm.hear_one(session)[0], 68);
    realm.say(session, json!([48, 2, {}, "a.b"]));
    realm.hear(session);
    realm.say(session, json!([70, 1, {}, ["me"]]));
    assert_eq!(realm.hear_one(session), json!([50, 1, {}, ["me"]]));
    realm.tell(session, Input::Closed);
    assert!(realm.hear(session).is_empty());
    assert_eq!(realm.router.next_deadline(), None);
}

#[test]
fn pitfall_17_a_call_ends_in_time_and_a_late_answer_is_dropped() {
    let limits = Limits::default();
    let most = limits.call_timeout;
    let mut realm = Realm::with(limits);
    // It says that it looks at the time itself, and does not.
    let features = json!({"callee": {"features": {"call_timeout": true}}});
    let (callee, caller) = (realm.login_with("callee", features), realm.login("s1"));
    realm.register(callee, "exact", "a.b");
    let second = Duration::from_secs(1);
    for (options, timeout) in [
        (json!({"timeout": 1000}), second),
        (json!({"timeout": 0}), most),
        (json!({"timeout": 1_000_000_000}), most),
        (json!({}), most),
    ] {
        realm.say(caller, json!([48, 1, options, "a.b"]));
        let invocation = realm.hear_one(callee)[1].clone();
        realm.pass(timeout - Duration::from_millis(1));
        assert!(realm.hear(caller).is_empty(), "{options}");
        realm.pass(Duration::from_millis(1));
        assert_eq!(
            realm.hear_error(caller).0,
            "wamp.error.timeout",
            "{options}"
        );
        realm.say(callee, json!([70, invocation, {}]));
        assert!(realm.hear(caller).is_empty(), "{options}");
    }
    realm.say(caller, json!([48, 1, {"timeout": -1}, "a.b"]));
    assert_eq!(realm.hear_error(caller).0, "wamp.error.invalid_argument");
}

#[test]
fn a_callee_with_too_much_waiting_is_not_called() {
    let mut realm = Realm::new();
    let (callee, caller) = (realm.login("callee"), realm.login("s1"));
    realm.register(callee, "exact", "a.b");
    realm.tell(callee, Input::Congested(true));
    realm.say(caller, json!([48, 1, {}, "a.b"]));
    let (error, sentence) = realm.hear_error(caller);
    assert_eq!(error, "wamp.error.no_available_callee");
    assert!(sentence.contains("try again"), "{sentence}");
    assert!(realm.hear(callee).is_empty());
    realm.tell(callee, Input::Congested(false));
    realm.say(caller, json!([48, 2, {}, "a.b"]));
    assert_eq!(realm.hear_one(callee)[1], 1);
}

#[test]
fn pitfall_33_there_are_limits_to_registrations_and_to_calls_in_flight() {
    let mut realm = Realm::with(Limits {
        registrations: 1,
        calls: 2,
        ..Limits::default()
    });
    let (callee, caller) = (realm.login("callee"), realm.login("s1"));
    realm.register(callee, "exact", "a.b");
    realm.say(callee, json!([64, 1, {}, "a.c"]));
    assert_eq!(realm.hear_error(callee).0, "wamp.error.limit_exceeded");

    for request in 1..=3 {
        realm.say(caller, json!([48, request, {}, "a.b"]));
    }
    assert_eq!(realm.hear_error(caller).0, "wamp.error.limit_exceeded");
    assert_eq!(realm.hear(callee).len(), 2);
    realm.say(callee, json!([70, 1, {}]));
    realm.hear(caller);
    realm.say(caller, json!([48, 4, {}, "a.b"]));
    assert_eq!(realm.hear(callee).len(), 1);
}
