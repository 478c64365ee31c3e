//! What was published before, for those who may subscribe to it.

use std::time::Duration;

use serde_json::{Value, json};
use time::macros::datetime;
use wamp::MatchPolicy;
use wamp_router::{AuthMethod, HistoryRule, Operation, Permission, Question, RealmConfig, Verdict};

use crate::fixture::{Realm, allow};

fn config() -> RealmConfig {
    let rule = |topic: &str, match_policy| HistoryRule {
        topic: topic.to_owned(),
        match_policy,
        events: 4,
        bytes: 4_096,
    };
    RealmConfig {
        auth_methods: vec![AuthMethod::Ticket],
        history: vec![
            rule("a.", MatchPolicy::Prefix),
            rule("a.b", MatchPolicy::Exact),
        ],
        epoch: Some(datetime!(2026-11-21 12:00 UTC)),
        ..RealmConfig::default()
    }
}

fn publish(realm: &mut Realm, session: u64, options: Value, topic: &str, number: u64) {
    realm.say(session, json!([16, 1, options, topic, [number]]));
    realm.hear(session);
    realm.now += Duration::from_secs(1);
}

fn find(realm: &mut Realm, session: u64, policy: &str, topic: &str) -> u64 {
    let lookup = "wamp.subscription.lookup";
    realm.say(
        session,
        json!([48, 1, {}, lookup, [topic, {"match": policy}]]),
    );
    realm.hear_one(session)[3][0].as_u64().unwrap()
}

fn events(realm: &mut Realm, session: u64, history: u64, kwargs: Value) -> Vec<Value> {
    let procedure = "wamp.subscription.get_events";
    realm.say(session, json!([48, 1, {}, procedure, [history], kwargs]));
    let answer = realm.hear_one(session);
    assert_eq!(answer[0], 50, "{answer}");
    answer[3][0].as_array().unwrap().clone()
}

fn numbers(realm: &mut Realm, session: u64, history: u64, kwargs: Value) -> Vec<u64> {
    let found = events(realm, session, history, kwargs);
    let numbers = found.iter().map(|event| event["args"][0].as_u64().unwrap());
    numbers.collect()
}

#[test]
fn pitfall_33_events_are_kept_up_to_a_bound_before_and_after_anybody_has_subscribed() {
    let mut realm = Realm::of(config());
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    for (number, topic) in [
        (1, "a.b"),
        (2, "a.c"),
        (3, "b"),
        (4, "a.b"),
        (5, "a.c"),
        (6, "a.d"),
    ] {
        publish(&mut realm, one, json!({}), topic, number);
    }
    let (all, exact) = (
        find(&mut realm, two, "prefix", "a."),
        find(&mut realm, two, "exact", "a.b"),
    );
    assert_eq!(numbers(&mut realm, two, all, json!({})), [2, 4, 5, 6]);
    assert_eq!(numbers(&mut realm, two, exact, json!({})), [1, 4]);
    assert_eq!(realm.subscribe(two, "exact", "a.b"), exact);
    realm.say(two, json!([34, 1, exact]));
    realm.hear(two);
    assert_eq!(
        numbers(&mut realm, two, exact, json!({})),
        [1, 4],
        "it stays"
    );
}

#[test]
fn an_event_is_told_with_its_date_its_details_and_its_arguments_letter_by_letter() {
    let mut realm = Realm::of(config());
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    realm.now = Duration::from_millis(1_500);
    realm.say(
        one,
        json!([16, 1, {"acknowledge": true}, "a.b", [1.0, 9007199254740993_u64], {"k": [0.10]}]),
    );
    let publication = realm.hear_one(one)[2].clone();
    let all = find(&mut realm, two, "prefix", "a.");
    let who = json!({"publisher": one, "publisher_authid": "s1", "publisher_authrole": "player", "topic": "a.b"});
    assert_eq!(
        events(&mut realm, two, all, json!({})),
        [json!({
            "timestamp": "2026-11-21T12:00:01.500Z", "subscription": all, "publication": publication,
            "details": who, "args": [1.0, 9007199254740993_u64], "kwargs": {"k": [0.10]},
        })]
    );
    publish(&mut realm, one, json!({}), "a.b", 2);
    realm.say(one, json!([16, 1, {}, "a.b"]));
    let last = events(&mut realm, two, all, json!({"reverse": true, "limit": 1}));
    assert_eq!(last[0].get("args"), None);
    assert_eq!(last[0].get("kwargs"), None);
}

#[test]
fn events_are_chosen_by_number_topic_time_and_place() {
    let mut realm = Realm::of(config());
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    for (number, topic) in [(1, "a.b"), (2, "a.c"), (3, "a.b"), (4, "a.c")] {
        publish(&mut realm, one, json!({}), topic, number);
    }
    let all = find(&mut realm, two, "prefix", "a.");
    let ids: Vec<Value> = events(&mut realm, two, all, json!({}))
        .iter()
        .map(|event| event["publication"].clone())
        .collect();
    let (second, third) = ("2026-11-21T12:00:01Z", "2026-11-21T13:00:02+01:00");
    for (kwargs, found) in [
        (json!({"limit": 2}), vec![1, 2]),
        (json!({"limit": 2, "reverse": true}), vec![4, 3]),
        (json!({"topic": "a.b"}), vec![1, 3]),
        (json!({"topic": "a"}), vec![]),
        (json!({"from_time": second}), vec![2, 3, 4]),
        (json!({"after_time": second}), vec![3, 4]),
        (json!({"before_time": third}), vec![1, 2]),
        (json!({"until_time": third}), vec![1, 2, 3]),
        (json!({"from_publication": ids[1]}), vec![2, 3, 4]),
        (json!({"after_publication": ids[1], "limit": 1}), vec![3]),
        (json!({"before_publication": ids[1]}), vec![1]),
        (
            json!({"until_publication": ids[1], "after_publication": ids[0]}),
            vec![2],
        ),
        (
            json!({"limit": null, "reverse": false, "topic": null}),
            vec![1, 2, 3, 4],
        ),
    ] {
        let got = numbers(&mut realm, two, all, kwargs.clone());
        assert_eq!(got, found, "{kwargs}");
    }
    for kwargs in [
        json!({"limit": -1}),
        json!({"reverse": "yes"}),
        json!({"topic": 5}),
        json!({"from_time": "yesterday"}),
        json!({"after_publication": 5}),
    ] {
        let procedure = "wamp.subscription.get_events";
        realm.say(two, json!([48, 1, {}, procedure, [all], kwargs]));
        assert_eq!(
            realm.hear_error(two).0,
            "wamp.error.invalid_argument",
            "{kwargs}"
        );
    }
}

#[test]
fn pitfall_25_history_shows_what_one_was_meant_to_see() {
    let mut realm = Realm::of(config());
    let (one, two, service) = (realm.login("s1"), realm.login("s2"), realm.join("model"));
    publish(
        &mut realm,
        one,
        json!({"eligible_authid": ["s2"]}),
        "a.b",
        1,
    );
    publish(&mut realm, one, json!({"exclude_authid": ["s2"]}), "a.b", 2);
    publish(
        &mut realm,
        one,
        json!({"eligible_authrole": ["service"]}),
        "a.b",
        3,
    );
    // Sessions come and go: what is for some of them, or not for them, is not kept.
    publish(&mut realm, one, json!({"eligible": [two]}), "a.b", 4);
    publish(&mut realm, one, json!({"exclude": [two]}), "a.b", 5);
    realm.gate_open = false;
    realm.say(one, json!([16, 1, {}, "a.b", [6]]));
    realm.answer(Some(Verdict::Permission(Permission::AllowInside)));
    realm.gate_open = true;
    let exact = find(&mut realm, two, "exact", "a.b");
    assert_eq!(numbers(&mut realm, two, exact, json!({})), [1]);
    assert_eq!(numbers(&mut realm, one, exact, json!({})), [2]);
    assert_eq!(numbers(&mut realm, service, exact, json!({})), [2, 3, 6]);
    // Nor is there a way to find out about the others.
    let hidden = events(&mut realm, service, exact, json!({}))[0]["publication"].clone();
    let procedure = "wamp.subscription.get_events";
    let from = json!({"from_publication": hidden});
    realm.say(two, json!([48, 1, {}, procedure, [exact], from]));
    assert_eq!(realm.hear_error(two).0, "wamp.error.invalid_argument");
}

#[test]
fn who_asks_for_events_must_be_allowed_to_subscribe_to_them() {
    let mut realm = Realm::of(config());
    let session = realm.login("s1");
    let all = find(&mut realm, session, "prefix", "a.");
    realm.gate_open = false;
    for verdict in [
        Permission::Forbid {
            error: "wamp.error.not_authorized".to_owned(),
            message: "no".to_owned(),
        },
        Permission::Allow,
    ] {
        realm.say(
            session,
            json!([48, 7, {}, "wamp.subscription.get_events", [all]]),
        );
        realm.say(session, json!([48, 8, {}, "a.unknown"]));
        realm.answer(Some(allow()));
        let Question::Authorize(request) = &realm.asked[0].2 else {
            panic!("{:?}", realm.asked);
        };
        let needed = (request.operation, &*request.uri, request.match_policy);
        assert_eq!(needed, (Operation::Subscribe, "a.", MatchPolicy::Prefix));
        let refused = verdict != Permission::Allow;
        realm.answer(Some(Verdict::Permission(verdict)));
        let answer = realm.hear_one(session);
        assert_eq!(answer[0], if refused { 8 } else { 50 }, "{answer}");
        // What was said meanwhile has waited.
        realm.answer(Some(allow()));
        assert_eq!(realm.hear_one(session)[2], 8);
    }
}

#[test]
fn there_is_no_history_where_none_is_kept_and_an_event_too_large_for_it_is_left_out() {
    let mut realm = Realm::of(config());
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    let other = realm.subscribe(two, "exact", "b");
    for (id, error) in [
        (other, "wamp.error.history_unavailable"),
        (99, "wamp.error.no_such_subscription"),
    ] {
        realm.say(
            two,
            json!([48, 1, {}, "wamp.subscription.get_events", [id]]),
        );
        assert_eq!(realm.hear_error(two).0, error);
    }
    let exact = find(&mut realm, two, "exact", "a.b");
    publish(&mut realm, one, json!({}), "a.b", 1);
    realm.say(one, json!([16, 1, {}, "a.b", [2, "x".repeat(5_000)]]));
    realm.say(one, json!([16, 1, {}, "a.b", [3, "x".repeat(2_000)]]));
    assert_eq!(numbers(&mut realm, two, exact, json!({})), [1, 3]);
    realm.say(one, json!([16, 1, {}, "a.b", [4, "x".repeat(2_000)]]));
    assert_eq!(numbers(&mut realm, two, exact, json!({})), [4], "by bytes");
}

#[test]
fn without_a_calendar_events_have_no_date_and_are_asked_for_by_publication() {
    let mut realm = Realm::of(RealmConfig {
        epoch: None,
        ..config()
    });
    let one = realm.login("s1");
    publish(&mut realm, one, json!({}), "a.b", 1);
    let exact = find(&mut realm, one, "exact", "a.b");
    assert_eq!(
        events(&mut realm, one, exact, json!({}))[0].get("timestamp"),
        None
    );
    let since = json!({"from_time": "2026-11-21T12:00:00Z"});
    realm.say(
        one,
        json!([48, 1, {}, "wamp.subscription.get_events", [exact], since]),
    );
    let (error, sentence) = realm.hear_error(one);
    assert_eq!(error, "wamp.error.invalid_argument");
    assert!(sentence.contains("knows no calendar"), "{sentence}");
}

#[test]
fn pitfall_3_a_history_is_announced_where_there_is_one() {
    for (config, announced) in [(config(), true), (RealmConfig::default(), false)] {
        let mut realm = Realm::of(config);
        let session = realm.open();
        realm.hello(session, json!({"authmethods": ["ticket"], "authid": "s1"}));
        realm.say(session, json!([5, "right", {}]));
        let welcome = realm.hear(session).pop().unwrap();
        let features = &welcome[2]["roles"]["broker"]["features"];
        assert_eq!(features["event_history"], announced);
    }
}

#[test]
fn with_a_calendar_registrations_and_subscriptions_have_a_date() {
    let mut realm = Realm::of(config());
    let session = realm.login("s1");
    realm.now = Duration::from_secs(60);
    let registration = realm.register(session, "exact", "a.b");
    let subscription = realm.subscribe(session, "exact", "b");
    for (procedure, id) in [
        ("wamp.registration.get", registration),
        ("wamp.subscription.get", subscription),
    ] {
        realm.say(session, json!([48, 1, {}, procedure, [id]]));
        let created = realm.hear_one(session)[3][0]["created"].clone();
        assert_eq!(created, "2026-11-21T12:01:00.000Z", "{procedure}");
    }
}
