//! The router's own procedures and events.

use serde_json::{Value, json};
use wamp_router::{CloseReason, Input, META_TOPICS, Slow, meta_procedures};

use crate::fixture::Realm;

/// The result of a call, as a client hears it.
fn ask(realm: &mut Realm, session: u64, procedure: &str, args: Value) -> Value {
    realm.say(session, json!([48, 7, {}, procedure, args]));
    let mut heard = realm.hear(session);
    let answer = heard.remove(0);
    assert!(heard.is_empty(), "{heard:?}");
    assert_eq!(
        (&answer[0], &answer[1]),
        (&json!(50), &json!(7)),
        "{answer}"
    );
    answer[3][0].clone()
}

fn refused(realm: &mut Realm, session: u64, procedure: &str, args: Value) -> (String, String) {
    realm.say(session, json!([48, 7, {}, procedure, args]));
    realm.hear_error(session)
}

/// The topic and arguments of every event heard.
fn events(realm: &mut Realm, session: u64) -> Vec<(String, Value)> {
    let heard = realm.hear(session).into_iter();
    let events = heard.map(|message| {
        assert_eq!(message[0], 36, "{message}");
        let topic = message[3]["topic"].as_str().unwrap().to_owned();
        (topic, message[4].clone())
    });
    events.collect()
}

#[test]
fn sessions_are_counted_listed_and_described() {
    let mut realm = Realm::new();
    let service = realm.join("model");
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    // Who is only connected is not in the realm.
    let outside = realm.open();
    assert_eq!(
        ask(&mut realm, one, "wamp.session.count", json!([])),
        json!(3)
    );
    let roles = json!([["service"]]);
    assert_eq!(
        ask(&mut realm, one, "wamp.session.count", roles.clone()),
        json!(1)
    );
    assert_eq!(
        ask(&mut realm, one, "wamp.session.list", roles),
        json!([service])
    );
    assert_eq!(
        ask(&mut realm, one, "wamp.session.list", json!([])),
        json!([service, one, two])
    );
    assert_eq!(
        ask(&mut realm, one, "wamp.session.get", json!([two])),
        json!({
            "session": two, "authid": "s2", "authrole": "player", "authmethod": "ticket",
            "authprovider": "test", "transport": {"peer": null},
        })
    );
    for (args, uri) in [
        (json!([outside]), "wamp.error.no_such_session"),
        (json!([9]), "wamp.error.no_such_session"),
        (json!(["x"]), "wamp.error.invalid_argument"),
        (json!([]), "wamp.error.invalid_argument"),
    ] {
        let (error, sentence) = refused(&mut realm, one, "wamp.session.get", args.clone());
        assert_eq!(error, uri, "{args}");
        assert!(
            sentence.starts_with("expected the id of a session"),
            "{sentence}"
        );
    }
    let wrong = refused(&mut realm, one, "wamp.session.count", json!(["player"]));
    assert_eq!(wrong.0, "wamp.error.invalid_argument");
}

#[test]
fn a_killed_session_is_told_why_and_the_caller_hears_the_answer_first() {
    let mut realm = Realm::new();
    let (staff, student) = (realm.login("staff"), realm.login("s1"));
    realm.subscribe(staff, "exact", "wamp.session.on_leave");
    realm.say(
        staff,
        json!([48, 7, {}, "wamp.session.kill", [student], {"message": "class is over"}]),
    );
    let heard = realm.hear(staff);
    assert_eq!(heard[0], json!([50, 7, {}, [null]]));
    assert_eq!(heard[1][4], json!([student, "s1", "player"]));
    assert_eq!(
        realm.hear_one(student),
        json!([6, {"message": "class is over"}, "wamp.close.killed"])
    );
    assert_eq!(
        ask(&mut realm, staff, "wamp.session.count", json!([])),
        json!(1)
    );
    realm.say(student, json!([6, {}, "wamp.close.goodbye_and_out"]));
    assert_eq!(realm.closed(student), Some(CloseReason::Dismissed));
}

#[test]
fn many_are_killed_by_who_they_are_but_neither_the_caller_nor_the_service() {
    let mut realm = Realm::new();
    let service = realm.join("s1");
    let (one, two, other) = (realm.login("s1"), realm.login("s1"), realm.login("s2"));
    let by_name = "wamp.session.kill_by_authid";
    assert_eq!(ask(&mut realm, one, by_name, json!(["s1"])), json!(1));
    assert_eq!(realm.hear_one(two)[2], "wamp.close.killed");
    assert_eq!(ask(&mut realm, one, by_name, json!(["nobody"])), json!(0));
    let by_role = "wamp.session.kill_by_authrole";
    assert_eq!(ask(&mut realm, one, by_role, json!(["service"])), json!(0));
    assert_eq!(ask(&mut realm, one, by_role, json!(["player"])), json!(1));
    assert_eq!(realm.hear_one(other)[2], "wamp.close.killed");
    assert_eq!(
        ask(&mut realm, one, "wamp.session.kill_all", json!([])),
        json!(0)
    );
    let kill = "wamp.session.kill";
    assert_eq!(
        refused(&mut realm, one, kill, json!([one])).0,
        "wamp.error.no_such_session"
    );
    assert_eq!(
        refused(&mut realm, one, kill, json!([service])).0,
        "wamp.error.not_authorized"
    );
    realm.say(
        one,
        json!([48, 7, {}, "wamp.session.kill_all", [], {"reason": "no uri"}]),
    );
    assert_eq!(realm.hear_error(one).0, "wamp.error.invalid_uri");
    realm.say(
        one,
        json!([48, 7, {}, "wamp.session.kill_all", [], {"message": 1}]),
    );
    assert_eq!(realm.hear_error(one).0, "wamp.error.invalid_argument");
}

#[test]
fn registrations_are_listed_by_how_they_match_found_by_pattern_and_by_what_they_serve() {
    let mut realm = Realm::new();
    let (callee, asker) = (realm.join("model"), realm.login("staff"));
    let exact = realm.register(callee, "exact", "a.b");
    let prefix = realm.register(callee, "prefix", "a");
    let wildcard = realm.register(callee, "wildcard", "a..c");
    let of = |name: &str| format!("wamp.registration.{name}");
    assert_eq!(
        ask(&mut realm, asker, &of("list"), json!([])),
        json!({"exact": [exact], "prefix": [prefix], "wildcard": [wildcard]})
    );
    for (args, found) in [
        (json!(["a.b"]), json!(exact)),
        (json!(["a", {"match": "prefix"}]), json!(prefix)),
        (json!(["a..c", {"match": "wildcard"}]), json!(wildcard)),
        (json!(["a"]), Value::Null),
    ] {
        assert_eq!(
            ask(&mut realm, asker, &of("lookup"), args.clone()),
            found,
            "{args}"
        );
    }
    for (procedure, found) in [
        ("a.b", json!(exact)),
        ("a.x.c", json!(prefix)),
        ("b", Value::Null),
    ] {
        assert_eq!(
            ask(&mut realm, asker, &of("match"), json!([procedure])),
            found
        );
    }
    assert_eq!(
        ask(&mut realm, asker, &of("get"), json!([wildcard])),
        json!({"id": wildcard, "uri": "a..c", "match": "wildcard", "invoke": "single"})
    );
    assert_eq!(
        ask(&mut realm, asker, &of("list_callees"), json!([exact])),
        json!([callee])
    );
    assert_eq!(
        ask(&mut realm, asker, &of("count_callees"), json!([exact])),
        json!(1)
    );
    for name in ["get", "list_callees", "count_callees"] {
        let (error, _) = refused(&mut realm, asker, &of(name), json!([99]));
        assert_eq!(error, "wamp.error.no_such_registration");
    }
    let (error, _) = refused(
        &mut realm,
        asker,
        &of("lookup"),
        json!(["a", {"match": "odd"}]),
    );
    assert_eq!(error, "wamp.error.invalid_argument");
}

#[test]
fn subscriptions_are_listed_found_and_their_subscribers_named() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    let exact = realm.subscribe(one, "exact", "a.b");
    realm.subscribe(two, "exact", "a.b");
    let prefix = realm.subscribe(one, "prefix", "a.");
    let of = |name: &str| format!("wamp.subscription.{name}");
    assert_eq!(
        ask(&mut realm, two, &of("list"), json!([])),
        json!({"exact": [exact], "prefix": [prefix], "wildcard": []})
    );
    assert_eq!(
        ask(&mut realm, two, &of("lookup"), json!(["a.b"])),
        json!(exact)
    );
    assert_eq!(
        ask(&mut realm, two, &of("match"), json!(["a.b"])),
        json!([exact, prefix])
    );
    assert_eq!(
        ask(&mut realm, two, &of("match"), json!(["b"])),
        Value::Null
    );
    assert_eq!(
        ask(&mut realm, two, &of("get"), json!([prefix])),
        json!({"id": prefix, "uri": "a.", "match": "prefix"})
    );
    assert_eq!(
        ask(&mut realm, two, &of("list_subscribers"), json!([exact])),
        json!([one, two])
    );
    assert_eq!(
        ask(&mut realm, two, &of("count_subscribers"), json!([exact])),
        json!(2)
    );
    let (error, _) = refused(&mut realm, two, &of("get"), json!([99]));
    assert_eq!(error, "wamp.error.no_such_subscription");
}

#[test]
fn pitfall_26_what_happens_is_told_to_others_in_order() {
    let mut realm = Realm::new();
    let watch = realm.login("staff");
    realm.subscribe(watch, "prefix", "wamp.");
    let session = realm.login("s1");
    let subscription = realm.subscribe(session, "exact", "a.b");
    let registration = realm.register(session, "prefix", "a");
    // Twice the same is no news.
    realm.subscribe(session, "exact", "a.b");
    let other = realm.login("s2");
    realm.subscribe(other, "exact", "a.b");
    realm.say(other, json!([34, 5, subscription]));
    realm.hear(other);
    realm.tell(session, Input::Slow(Slow::CaughtUp { dropped: 3 }));
    realm.tell(session, Input::Closed);
    let named = |topic: &str, args: Value| (format!("wamp.{topic}"), args);
    let heard = events(&mut realm, watch);
    assert_eq!(heard[0].0, "wamp.session.on_join");
    assert_eq!(heard[0].1[0]["authid"], "s1");
    let slow = json!([session, "s1", "player", "caught_up", 3]);
    let details = json!({"id": subscription, "uri": "a.b", "match": "exact"});
    let offer = json!({"id": registration, "uri": "a", "match": "prefix", "invoke": "single"});
    assert_eq!(
        heard[1..],
        [
            named("subscription.on_create", json!([session, details])),
            named("subscription.on_subscribe", json!([session, subscription])),
            named("registration.on_create", json!([session, offer])),
            named("registration.on_register", json!([session, registration])),
            named("session.on_join", heard[5].1.clone()),
            named("subscription.on_subscribe", json!([other, subscription])),
            named("subscription.on_unsubscribe", json!([other, subscription])),
            named("session.on_slow", slow),
            named(
                "subscription.on_unsubscribe",
                json!([session, subscription])
            ),
            named("subscription.on_delete", json!([session, subscription])),
            named("registration.on_unregister", json!([session, registration])),
            named("registration.on_delete", json!([session, registration])),
            named("session.on_leave", json!([session, "s1", "player"])),
        ]
    );
    let told = heard.iter().map(|(topic, _)| topic.as_str());
    let told: std::collections::BTreeSet<&str> = told.collect();
    assert_eq!(
        told,
        META_TOPICS.into(),
        "every topic of the router is heard here"
    );
}

#[test]
fn pitfall_26_whoever_did_it_hears_the_answer_before_others_hear_of_it() {
    let mut realm = Realm::new();
    let watch = realm.login("staff");
    realm.subscribe(watch, "prefix", "wamp.");
    let session = realm.open();
    for (message, told) in [
        (
            json!([1, "realm1", {"roles": {"caller": {}}, "authmethods": ["anonymous"]}]),
            1,
        ),
        (json!([32, 1, {}, "a.b"]), 2),
        (json!([64, 1, {}, "a.b"]), 2),
        (json!([34, 1, 2]), 2),
        (json!([66, 1, 1]), 2),
        (json!([6, {}, "wamp.close.normal"]), 1),
    ] {
        realm.sent_to.clear();
        realm.say(session, message.clone());
        let expected = [vec![session], vec![watch; told]].concat();
        assert_eq!(realm.sent_to, expected, "{message}");
        assert_ne!(realm.hear_one(session)[0], 8, "{message}");
    }
}

#[test]
fn pitfall_26_who_listens_to_the_router_is_told_to_nobody_and_the_actor_hears_only_the_answer() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    for session in [one, two] {
        realm.subscribe(session, "prefix", "wamp.");
        realm.subscribe(session, "exact", "wamp.subscription.on_subscribe");
    }
    assert!(realm.hear(one).is_empty());
    realm.tell(two, Input::Closed);
    let heard = events(&mut realm, one);
    assert_eq!(
        heard,
        [(
            "wamp.session.on_leave".to_owned(),
            json!([two, "s2", "player"])
        )]
    );
    // `subscribe` expects nothing but SUBSCRIBED.
    realm.subscribe(one, "exact", "a.b");
}

#[test]
fn a_pattern_for_something_else_does_not_bring_what_the_router_tells() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    realm.subscribe(session, "prefix", "");
    realm.subscribe(session, "prefix", "wa");
    realm.subscribe(session, "wildcard", ".session.on_join");
    realm.login("s2");
    assert!(realm.hear(session).is_empty());
}

#[test]
fn the_gate_is_asked_who_may_call_the_router_and_nobody_can_take_a_procedure_from_it() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    realm.gate_open = false;
    for procedure in meta_procedures() {
        realm.say(session, json!([48, 7, {}, procedure, []]));
        assert_eq!(realm.asked.len(), 1, "{procedure}");
        realm.answer(None);
        assert_eq!(
            realm.hear_error(session).0,
            "wamp.error.authorization_failed"
        );
        let service = realm.join("service");
        realm.say(service, json!([64, 1, {}, procedure]));
        assert_eq!(realm.hear_error(service).0, "wamp.error.invalid_uri");
    }
}

#[test]
fn a_session_in_process_that_is_behind_is_spared_what_the_router_tells() {
    let mut realm = Realm::new();
    let service = realm.join("watch");
    realm.subscribe(service, "exact", "wamp.session.on_join");
    realm.tell(service, Input::Congested(true));
    realm.login("s1");
    assert!(realm.hear(service).is_empty());
    realm.tell(service, Input::Congested(false));
    realm.login("s2");
    assert_eq!(realm.hear_one(service)[4][0]["authid"], "s2");
}
