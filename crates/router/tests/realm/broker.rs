//! Subscriptions and publications.

use serde_json::{Value, json};
use wamp_router::{Input, Limits, Permission, Verdict};

use crate::fixture::Realm;

fn publish(realm: &mut Realm, session: u64, options: Value, topic: &str) {
    realm.say(session, json!([16, 9, options, topic, ["hello"]]));
}

#[test]
fn pitfall_11_subscribing_twice_gives_the_same_id_and_one_event() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    let first = realm.subscribe(one, "exact", "a.b");
    assert_eq!(realm.subscribe(one, "exact", "a.b"), first);
    assert_eq!(realm.subscribe(two, "exact", "a.b"), first);
    publish(&mut realm, two, json!({}), "a.b");
    assert_eq!(realm.hear_one(one)[1], first);

    realm.say(one, json!([34, 5, first]));
    assert_eq!(realm.hear_one(one), json!([35, 5]));
    publish(&mut realm, two, json!({}), "a.b");
    assert!(realm.hear(one).is_empty());
    realm.say(one, json!([34, 6, first]));
    assert_eq!(realm.hear_error(one).0, "wamp.error.no_such_subscription");
}

#[test]
fn pitfall_20_one_does_not_hear_oneself_unless_one_asks_and_then_after_published() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    realm.subscribe(session, "exact", "a.b");
    publish(&mut realm, session, json!({}), "a.b");
    assert!(realm.hear(session).is_empty());
    publish(
        &mut realm,
        session,
        json!({"acknowledge": true, "exclude_me": false}),
        "a.b",
    );
    let heard = realm.hear(session);
    let kinds: Vec<_> = heard.iter().map(|message| message[0].clone()).collect();
    assert_eq!(kinds, [17, 36]);
    assert_eq!(heard[0][2], heard[1][2], "the same publication");
}

#[test]
fn pitfall_21_every_matching_subscription_gets_its_event_of_the_same_publication() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    let exact = realm.subscribe(one, "exact", "a.b.c");
    let prefix = realm.subscribe(one, "prefix", "a.b");
    let wildcard = realm.subscribe(one, "wildcard", "a..c");
    // None of these matches.
    realm.subscribe(one, "exact", "a.b");
    realm.subscribe(one, "prefix", "a.c");
    realm.subscribe(one, "wildcard", "a.");
    publish(&mut realm, two, json!({}), "a.b.c");
    let events = realm.hear(one);
    let publication = events[0][2].clone();
    let who = json!({"publisher": two, "publisher_authid": "s2", "publisher_authrole": "player"});
    let mut with_topic = who.clone();
    with_topic["topic"] = json!("a.b.c");
    assert_eq!(
        events,
        [
            json!([36, exact, publication, who, ["hello"]]),
            json!([36, prefix, publication, with_topic, ["hello"]]),
            json!([36, wildcard, publication, with_topic, ["hello"]]),
        ]
    );
}

#[test]
fn pitfall_22_prefixes_match_as_text() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    realm.subscribe(one, "prefix", "pa");
    publish(&mut realm, two, json!({}), "pat.a.b");
    assert_eq!(realm.hear(one).len(), 1);
}

#[test]
fn pitfall_23_lists_combine_exclusion_wins_and_an_empty_list_is_no_restriction() {
    let mut realm = Realm::new();
    let (one, two, three) = (realm.login("s1"), realm.login("s2"), realm.join("model"));
    for session in [one, two, three] {
        realm.subscribe(session, "exact", "a.b");
    }
    let publisher = realm.login("p");
    for (options, heard) in [
        (json!({}), [true, true, true]),
        (json!({"eligible": []}), [true, true, true]),
        (
            json!({"eligible_authid": [], "exclude": []}),
            [true, true, true],
        ),
        (json!({"eligible": [one, 5]}), [true, false, false]),
        (json!({"exclude": [one]}), [false, true, true]),
        (
            json!({"eligible_authid": ["s1", "model"]}),
            [true, false, true],
        ),
        (json!({"exclude_authid": ["s1"]}), [false, true, true]),
        (
            json!({"eligible_authrole": ["player"]}),
            [true, true, false],
        ),
        (
            json!({"exclude_authrole": ["player"]}),
            [false, false, true],
        ),
        (
            json!({"eligible": [one, two], "exclude": [one]}),
            [false, true, false],
        ),
        (
            json!({"eligible_authid": ["s1", "s2"], "exclude_authid": ["s2"]}),
            [true, false, false],
        ),
        (
            json!({"eligible": [one, three], "eligible_authrole": ["player"]}),
            [true, false, false],
        ),
    ] {
        publish(&mut realm, publisher, options.clone(), "a.b");
        let got = [one, two, three].map(|session| !realm.hear(session).is_empty());
        assert_eq!(got, heard, "{options}");
    }
}

#[test]
fn a_list_that_cannot_be_read_publishes_to_nobody() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    realm.subscribe(one, "exact", "a.b");
    for options in [
        json!({"acknowledge": true, "eligible": "s1"}),
        json!({"acknowledge": true, "eligible_authid": [1]}),
    ] {
        publish(&mut realm, two, options, "a.b");
        assert_eq!(realm.hear_error(two).0, "wamp.error.invalid_argument");
        assert!(realm.hear(one).is_empty());
    }
}

#[test]
fn pitfall_10_invalid_and_reserved_uris_are_refused_and_the_session_goes_on() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    for message in [
        json!([32, 1, {}, "a b"]),
        json!([32, 1, {}, "a..b"]),
        json!([32, 1, {"match": "prefix"}, "a..b"]),
        json!([64, 1, {}, "a."]),
        json!([64, 1, {}, "wamp.session.count"]),
        json!([64, 1, {"match": "prefix"}, "wamp"]),
        json!([16, 1, {"acknowledge": true}, "wamp.session.on_join"]),
        json!([16, 1, {"acknowledge": true}, ""]),
        json!([48, 1, {}, "a..b"]),
    ] {
        realm.say(session, message.clone());
        assert_eq!(
            realm.hear_error(session).0,
            "wamp.error.invalid_uri",
            "{message}"
        );
    }
    for message in [
        json!([32, 1, {"match": "regex"}, "a"]),
        json!([64, 1, {"match": 5}, "a"]),
    ] {
        realm.say(session, message.clone());
        assert_eq!(
            realm.hear_error(session).0,
            "wamp.error.invalid_argument",
            "{message}"
        );
    }
    assert_eq!(realm.closed(session), None);
    realm.subscribe(session, "exact", "wamp.session.on_join");
    realm.subscribe(session, "prefix", "");
}

#[test]
fn pitfall_30_events_keep_their_order_and_come_after_subscribed() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    realm.say(one, json!([32, 1, {"match": "prefix"}, "a."]));
    for number in 0..20 {
        realm.say(
            two,
            json!([16, number, {}, format!("a.{}", number % 3), [number]]),
        );
    }
    let heard = realm.hear(one);
    assert_eq!(heard[0][0], 33);
    let numbers: Vec<_> = heard[1..]
        .iter()
        .map(|event| event[4][0].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
}

#[test]
fn pitfall_30_calls_and_events_of_one_to_another_keep_their_order_and_results_need_not() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    realm.subscribe(one, "prefix", "a.");
    realm.register(one, "prefix", "a.");
    for number in 0..20_u64 {
        let message = match number % 2 {
            0 => json!([48, number, {}, format!("a.{}", number % 3), [number]]),
            _ => json!([16, number, {}, format!("a.{}", number % 3), [number]]),
        };
        realm.say(two, message);
    }
    let heard = realm.hear(one);
    let numbers: Vec<_> = heard.iter().map(|message| message[4][0].clone()).collect();
    assert_eq!(numbers, (0..20).collect::<Vec<_>>());
    for invocation in heard.iter().rev().filter(|message| message[0] == 68) {
        realm.say(one, json!([70, invocation[1], {}, invocation[4]]));
        let request = &invocation[4][0];
        assert_eq!(realm.hear_one(two), json!([50, request, {}, [request]]));
    }
}

#[test]
fn a_topic_has_listeners_from_its_first_subscription_to_the_end_of_its_last() {
    let mut realm = Realm::new();
    let listeners = realm.router.listeners();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    assert!(!listeners.hear("a.b.c"));
    for (policy, pattern) in [("exact", "a.b.c"), ("prefix", "a.b"), ("wildcard", "a..c")] {
        let subscription = realm.subscribe(one, policy, pattern);
        assert!(listeners.hear("a.b.c"), "{policy}");
        assert!(!listeners.hear("a.d.d"), "{policy}");
        assert_eq!(realm.subscribe(two, policy, pattern), subscription);
        realm.say(one, json!([34, 5, subscription]));
        assert!(listeners.hear("a.b.c"), "somebody else listens still");
        realm.say(two, json!([34, 5, subscription]));
        assert!(!listeners.hear("a.b.c"), "{policy}");
        realm.hear(one);
        realm.hear(two);
    }
    realm.subscribe(one, "exact", "a.b.c");
    realm.tell(one, Input::Closed);
    assert!(!listeners.hear("a.b.c"), "whoever is gone does not listen");
}

#[test]
fn a_subscription_that_is_still_asked_about_or_refused_makes_no_listener() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    realm.gate_open = false;
    for allowed in [false, true] {
        realm.say(session, json!([32, 1, {}, "a.b"]));
        assert!(!realm.router.listeners().hear("a.b"));
        let (ask, session, _) = realm.asked.remove(0);
        let permission = match allowed {
            true => Permission::Allow,
            false => Permission::Forbid {
                error: "wamp.error.not_authorized".to_owned(),
                message: "no".to_owned(),
            },
        };
        let verdict = Some(Verdict::Permission(permission));
        realm.tell(session, Input::Answer { ask, verdict });
        assert_eq!(realm.router.listeners().hear("a.b"), allowed);
    }
}

#[test]
fn pitfall_33_there_is_a_limit_to_the_subscriptions_of_a_session() {
    let mut realm = Realm::with(Limits {
        subscriptions: 2,
        ..Limits::default()
    });
    let session = realm.login("s1");
    realm.subscribe(session, "exact", "a.1");
    let second = realm.subscribe(session, "exact", "a.2");
    realm.say(session, json!([32, 3, {}, "a.3"]));
    assert_eq!(realm.hear_error(session).0, "wamp.error.limit_exceeded");
    assert_eq!(
        realm.subscribe(session, "exact", "a.2"),
        second,
        "it has that one"
    );
    realm.say(session, json!([34, 4, second]));
    realm.hear(session);
    realm.subscribe(session, "exact", "a.3");
}

#[test]
fn a_trusted_session_that_is_behind_is_spared_the_events_of_clients_only() {
    let mut realm = Realm::new();
    let (model, other) = (realm.join("model"), realm.join("other"));
    let (player, listener) = (realm.login("s1"), realm.login("s2"));
    for session in [model, listener] {
        realm.subscribe(session, "exact", "a.b");
    }
    realm.tell(model, Input::Congested(true));
    realm.tell(listener, Input::Congested(true));
    publish(&mut realm, player, json!({}), "a.b");
    assert!(realm.hear(model).is_empty());
    assert_eq!(
        realm.hear(listener).len(),
        1,
        "a client is never fed with gaps"
    );
    publish(&mut realm, other, json!({}), "a.b");
    assert_eq!(realm.hear(model).len(), 1);
    realm.tell(model, Input::Congested(false));
    publish(&mut realm, player, json!({}), "a.b");
    assert_eq!(realm.hear(model).len(), 1);
}

#[test]
fn what_is_permitted_inside_only_reaches_no_client_not_even_its_publisher() {
    let mut realm = Realm::new();
    let service = realm.join("model");
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    for session in [service, one, two] {
        realm.subscribe(session, "prefix", "a.");
    }
    realm.gate_open = false;
    publish(
        &mut realm,
        one,
        json!({"acknowledge": true, "exclude_me": false}),
        "a.b",
    );
    realm.answer(Some(Verdict::Permission(Permission::AllowInside)));
    assert_eq!(realm.hear_one(one)[0], 17);
    assert_eq!(realm.hear_one(service)[4], json!(["hello"]));
    assert!(realm.hear(two).is_empty());
}
