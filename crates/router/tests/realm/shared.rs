//! Procedures that several callees offer, and procedures that change hands.

use serde_json::{Value, json};
use wamp_router::{Input, Limits};

use crate::fixture::Realm;

fn offer(realm: &mut Realm, session: u64, options: Value) -> Value {
    realm.say(session, json!([64, 1, options, "a.b"]));
    realm.hear(session).pop().unwrap()
}

/// Three callees of `a.b`, and its registration.
fn three(realm: &mut Realm, invoke: &str) -> ([u64; 3], u64) {
    let callees = ["one", "two", "three"].map(|name| realm.login(name));
    let registrations = callees.map(|callee| {
        let answer = offer(realm, callee, json!({"invoke": invoke}));
        assert_eq!(answer[0], 65, "{answer}");
        answer[2].as_u64().unwrap()
    });
    assert_eq!(registrations, [registrations[0]; 3], "one for all");
    (callees, registrations[0])
}

/// Which of the callees a call goes to; it is answered.
fn call(realm: &mut Realm, caller: u64, callees: [u64; 3]) -> Option<usize> {
    realm.say(caller, json!([48, 1, {}, "a.b"]));
    let asked = callees.map(|callee| {
        let heard = realm.hear(callee);
        heard.first().map(|invocation| {
            assert_eq!(heard.len(), 1);
            realm.say(callee, json!([70, invocation[1], {}]));
        })
    });
    realm.hear(caller);
    assert!(asked.iter().flatten().count() <= 1);
    asked.iter().position(Option::is_some)
}

#[test]
fn pitfall_15_each_policy_chooses_its_callee_whoever_calls() {
    for (invoke, expected) in [
        ("first", [0, 0, 0, 0]),
        ("last", [2, 2, 2, 2]),
        ("roundrobin", [0, 1, 2, 0]),
    ] {
        let mut realm = Realm::new();
        let (callees, _) = three(&mut realm, invoke);
        let callers = [realm.login("s1"), realm.login("s2")];
        let asked = [0, 1, 0, 1].map(|n: usize| call(&mut realm, callers[n], callees).unwrap());
        assert_eq!(asked, expected, "{invoke}");
    }
    let mut realm = Realm::new();
    let (callees, _) = three(&mut realm, "random");
    let caller = realm.login("s1");
    let mut asked: Vec<_> = (0..12)
        .filter_map(|_| call(&mut realm, caller, callees))
        .collect();
    assert_eq!(asked.len(), 12);
    asked.sort_unstable();
    asked.dedup();
    assert_eq!(asked, [0, 1, 2]);
}

#[test]
fn pitfall_12_who_shares_a_procedure_shares_it_in_the_way_of_the_first() {
    let mut realm = Realm::new();
    three(&mut realm, "roundrobin");
    let other = realm.login("other");
    for invoke in ["single", "first", "last", "random"] {
        let answer = offer(&mut realm, other, json!({"invoke": invoke}));
        assert_eq!(
            answer[4], "wamp.error.procedure_exists_with_different_invocation_policy",
            "{invoke}"
        );
    }
    realm.say(other, json!([64, 1, {"invoke": "all"}, "a.c"]));
    assert_eq!(realm.hear_error(other).0, "wamp.error.invalid_argument");
    // What one callee offers alone is not to be shared.
    realm.register(other, "exact", "a.c");
    let another = realm.login("another");
    realm.say(another, json!([64, 1, {"invoke": "first"}, "a.c"]));
    assert_eq!(
        realm.hear_error(another).0,
        "wamp.error.procedure_already_exists"
    );
    // How it matches is part of what is offered.
    realm.say(other, json!([64, 1, {"match": "prefix"}, "a.b"]));
    assert_eq!(realm.hear_one(other)[0], 65);
}

#[test]
fn sharing_twice_gives_the_same_registration_and_no_second_turn() {
    let mut realm = Realm::with(Limits {
        registrations: 1,
        ..Limits::default()
    });
    let (callees, registration) = three(&mut realm, "roundrobin");
    let again = offer(&mut realm, callees[0], json!({"invoke": "roundrobin"}));
    assert_eq!((&again[0], &again[2]), (&json!(65), &json!(registration)));
    let caller = realm.login("s1");
    let asked = [(); 4].map(|()| call(&mut realm, caller, callees).unwrap());
    assert_eq!(asked, [0, 1, 2, 0]);
}

#[test]
fn pitfall_15_when_the_last_callee_leaves_the_registration_ends() {
    let mut realm = Realm::new();
    let (callees, registration) = three(&mut realm, "first");
    let watch = realm.login("staff");
    realm.subscribe(watch, "prefix", "wamp.registration.");
    let caller = realm.login("s1");
    realm.say(callees[0], json!([66, 2, registration]));
    assert_eq!(realm.hear_one(callees[0]), json!([67, 2]));
    assert_eq!(call(&mut realm, caller, callees), Some(1));
    realm.tell(callees[1], Input::Closed);
    assert_eq!(call(&mut realm, caller, callees), Some(2));
    realm.tell(callees[2], Input::Closed);
    realm.say(caller, json!([48, 1, {}, "a.b"]));
    assert_eq!(realm.hear_error(caller).0, "wamp.error.no_such_procedure");
    let told = realm.hear(watch).into_iter();
    let told: Vec<_> = told.map(|event| event[3]["topic"].clone()).collect();
    let unregister = "wamp.registration.on_unregister";
    assert_eq!(
        told,
        [
            unregister,
            unregister,
            unregister,
            "wamp.registration.on_delete"
        ]
    );
    let answer = offer(&mut realm, callees[0], json!({"invoke": "last"}));
    assert_ne!(answer[2], registration, "a new registration, a new id");
}

#[test]
fn callees_of_a_shared_procedure_are_listed_and_counted() {
    let mut realm = Realm::new();
    let (callees, registration) = three(&mut realm, "random");
    let asker = realm.login("staff");
    for (procedure, answer) in [
        ("wamp.registration.list_callees", json!(callees)),
        ("wamp.registration.count_callees", json!(3)),
    ] {
        realm.say(asker, json!([48, 1, {}, procedure, [registration]]));
        assert_eq!(realm.hear_one(asker)[3][0], answer);
    }
    realm.say(
        asker,
        json!([48, 1, {}, "wamp.registration.get", [registration]]),
    );
    assert_eq!(realm.hear_one(asker)[3][0]["invoke"], "random");
}

#[test]
fn a_callee_with_too_much_waiting_is_passed_over() {
    let mut realm = Realm::new();
    let (callees, _) = three(&mut realm, "first");
    let caller = realm.login("s1");
    realm.tell(callees[0], Input::Congested(true));
    assert_eq!(call(&mut realm, caller, callees), Some(1));
    for callee in callees {
        realm.tell(callee, Input::Congested(true));
    }
    realm.say(caller, json!([48, 1, {}, "a.b"]));
    assert_eq!(realm.hear_error(caller).0, "wamp.error.no_available_callee");
}

#[test]
fn a_call_that_a_callee_cannot_take_goes_to_the_next_with_all_it_had() {
    let mut realm = Realm::new();
    let (callees, registration) = three(&mut realm, "roundrobin");
    let caller = realm.login("s1");
    let options = json!({"receive_progress": true, "ppt_scheme": "x_test"});
    realm.say(caller, json!([48, 9, options, "a.b", [1], {"k": 2}]));
    for callee in &callees[..2] {
        let invocation = realm.hear_one(*callee);
        assert_eq!(invocation[2], registration);
        assert_eq!(invocation[3]["receive_progress"], true);
        assert_eq!(invocation[3]["ppt_scheme"], "x_test");
        assert_eq!(invocation[4], json!([1]));
        realm.say(
            *callee,
            json!([8, 68, invocation[1], {}, "wamp.error.unavailable"]),
        );
    }
    assert!(realm.hear(caller).is_empty());
    realm.hear(callees[2]);
    realm.say(callees[2], json!([70, 1, {}, ["mine"]]));
    assert_eq!(realm.hear_one(caller), json!([50, 9, {}, ["mine"]]));
    assert_eq!(realm.router.next_deadline(), None);
}

#[test]
fn a_call_that_nobody_can_take_ends_with_no_available_callee() {
    let mut realm = Realm::new();
    let (callees, _) = three(&mut realm, "last");
    let caller = realm.login("s1");
    realm.say(caller, json!([48, 9, {}, "a.b"]));
    for callee in callees.into_iter().rev() {
        let invocation = realm.hear_one(callee)[1].clone();
        realm.say(
            callee,
            json!([8, 68, invocation, {}, "wamp.error.unavailable", ["busy"]]),
        );
    }
    assert_eq!(
        realm.hear_error(caller),
        ("wamp.error.no_available_callee".into(), "busy".into())
    );
    // Where there is one callee only, there is nobody else to try.
    realm.register(callees[0], "exact", "a.c");
    realm.say(caller, json!([48, 10, {}, "a.c"]));
    let invocation = realm.hear_one(callees[0])[1].clone();
    realm.say(
        callees[0],
        json!([8, 68, invocation, {}, "wamp.error.unavailable", ["busy"]]),
    );
    assert_eq!(realm.hear_error(caller).0, "wamp.error.no_available_callee");
}

#[test]
fn a_call_that_was_canceled_is_not_taken_elsewhere() {
    let mut realm = Realm::new();
    let (callees, _) = three(&mut realm, "first");
    let caller = realm.login("s1");
    realm.say(caller, json!([48, 9, {}, "a.b"]));
    realm.say(caller, json!([49, 9, {}]));
    assert_eq!(realm.hear_error(caller).0, "wamp.error.canceled");
    realm.hear(callees[0]);
    realm.say(callees[0], json!([8, 68, 1, {}, "wamp.error.unavailable"]));
    for session in [callees[1], callees[2], caller] {
        assert!(realm.hear(session).is_empty());
    }
}

#[test]
fn pitfall_15_a_procedure_registered_by_force_changes_hands_and_its_callees_are_told() {
    let mut realm = Realm::new();
    let features = json!({"callee": {"features": {"registration_revocation": true}}});
    let (able, plain) = (realm.login_with("able", features), realm.login("plain"));
    let first = offer(&mut realm, able, json!({"invoke": "last"}))[2].clone();
    offer(&mut realm, plain, json!({"invoke": "last"}));
    let (watch, caller, new) = (realm.login("staff"), realm.login("s1"), realm.login("new"));
    realm.subscribe(watch, "prefix", "wamp.registration.");
    realm.say(caller, json!([48, 1, {}, "a.b"]));
    assert_eq!(realm.hear_one(plain)[1], 1);

    let answer = offer(&mut realm, new, json!({"force_reregister": true}));
    assert_eq!(answer[0], 65, "{answer}");
    assert_ne!(answer[2], first);
    let revoked = realm.hear_one(able);
    assert_eq!(
        (&revoked[0], &revoked[1], &revoked[2]["registration"]),
        (&json!(67), &json!(0), &first)
    );
    assert!(realm.hear(plain).is_empty(), "it would not understand");
    let told = realm.hear(watch).into_iter();
    let told: Vec<_> = told.map(|event| event[3]["topic"].clone()).collect();
    let named = |name| format!("wamp.registration.{name}");
    assert_eq!(
        told,
        [
            "on_unregister",
            "on_unregister",
            "on_delete",
            "on_create",
            "on_register"
        ]
        .map(named)
    );
    // What was called before is still answered.
    realm.say(plain, json!([70, 1, {}, ["old"]]));
    assert_eq!(realm.hear_one(caller), json!([50, 1, {}, ["old"]]));
    realm.say(caller, json!([48, 2, {}, "a.b"]));
    assert_eq!(realm.hear_one(new)[0], 68);
    realm.say(able, json!([66, 5, first]));
    assert_eq!(realm.hear_error(able).0, "wamp.error.no_such_registration");
}

#[test]
fn a_client_cannot_take_a_procedure_from_the_service_by_force() {
    let mut realm = Realm::new();
    let (service, client) = (realm.join("model"), realm.login("s1"));
    offer(&mut realm, service, json!({}));
    let answer = offer(&mut realm, client, json!({"force_reregister": true}));
    assert_eq!(answer[4], "wamp.error.not_authorized");
    realm.say(client, json!([48, 1, {}, "a.b"]));
    assert_eq!(realm.hear_one(service)[0], 68);
    // The service may; where there is nothing to take, force is none.
    let other = realm.join("other");
    assert_eq!(
        offer(&mut realm, other, json!({"force_reregister": true}))[0],
        65
    );
    realm.say(client, json!([64, 2, {"force_reregister": true}, "a.c"]));
    assert_eq!(realm.hear_one(client)[0], 65);
}
