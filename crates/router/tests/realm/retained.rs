//! Events for those who subscribe later.

use serde_json::{Value, json};
use wamp_router::{Input, Limits, Permission, Verdict};

use crate::fixture::Realm;

fn retain(realm: &mut Realm, session: u64, mut options: Value, topic: &str, number: u64) {
    options["retain"] = json!(true);
    realm.say(session, json!([16, 1, options, topic, [number]]));
}

/// The numbers of the retained events that come with a subscription.
fn latecomer(realm: &mut Realm, session: u64, policy: &str, topic: &str) -> Vec<u64> {
    let options = json!({"match": policy, "get_retained": true});
    realm.say(session, json!([32, 1, options, topic]));
    let mut heard = realm.hear(session);
    let subscribed = heard.remove(0);
    assert_eq!(subscribed[0], 33, "first the answer");
    let events = heard.iter().map(|event| {
        assert_eq!((&event[0], &event[1]), (&json!(36), &subscribed[2]));
        assert_eq!(event[3]["retained"], true);
        assert_eq!(event[3].get("topic").is_some(), policy != "exact");
        event[4][0].as_u64().unwrap()
    });
    events.collect()
}

#[test]
fn pitfall_25_the_last_event_comes_after_subscribed_to_those_who_ask() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    for number in 1..=2 {
        retain(&mut realm, one, json!({}), "a.b", number);
    }
    realm.say(one, json!([16, 1, {}, "a.b", [3]]));
    realm.subscribe(two, "exact", "a.b");
    assert!(realm.hear(two).is_empty(), "it has not asked");
    assert_eq!(latecomer(&mut realm, two, "exact", "a.b"), [2]);
    realm.tell(one, Input::Closed);
    let three = realm.login("s3");
    assert_eq!(latecomer(&mut realm, three, "exact", "a.b"), [2]);
    assert_eq!(latecomer(&mut realm, three, "exact", "a.c"), [0; 0]);
}

#[test]
fn a_retained_event_is_the_one_that_was_published() {
    let mut realm = Realm::new();
    let (one, two, three) = (realm.login("s1"), realm.login("s2"), realm.login("s3"));
    realm.subscribe(two, "exact", "a.b");
    let options = json!({"retain": true, "ppt_scheme": "x_test"});
    realm.say(one, json!([16, 1, options, "a.b", [1], {"k": 1.0}]));
    let mut event = realm.hear_one(two);
    event[3]["retained"] = json!(true);
    realm.say(three, json!([32, 1, {"get_retained": true}, "a.b"]));
    assert_eq!(realm.hear(three)[1], event);
}

#[test]
fn a_pattern_brings_the_last_event_of_every_topic_in_the_order_of_publishing() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    for (number, topic) in [(1, "a.x"), (2, "a.b"), (3, "b.x"), (4, "a.x.y"), (5, "a.b")] {
        retain(&mut realm, one, json!({}), topic, number);
    }
    assert_eq!(latecomer(&mut realm, two, "prefix", "a."), [1, 4, 5]);
    assert_eq!(latecomer(&mut realm, two, "wildcard", ".x"), [1, 3]);
}

#[test]
fn pitfall_25_who_was_not_meant_then_is_not_meant_later_and_gets_the_last_they_were_meant_for() {
    let mut realm = Realm::new();
    let one = realm.login("s1");
    let two = realm.login("s2");
    retain(&mut realm, one, json!({}), "a.b", 1);
    retain(
        &mut realm,
        one,
        json!({"eligible_authid": ["s2"]}),
        "a.b",
        2,
    );
    retain(&mut realm, one, json!({"exclude": [two]}), "a.b", 3);
    let three = realm.login("s3");
    assert_eq!(latecomer(&mut realm, two, "exact", "a.b"), [2]);
    assert_eq!(latecomer(&mut realm, three, "exact", "a.b"), [3]);
    assert_eq!(
        latecomer(&mut realm, one, "exact", "a.b"),
        [0; 0],
        "its own"
    );
    // One for everybody takes the place of all before it.
    retain(&mut realm, one, json!({"exclude_me": false}), "a.b", 4);
    for session in [one, two, three] {
        realm.hear(session);
        assert_eq!(latecomer(&mut realm, session, "exact", "a.b"), [4]);
    }
}

#[test]
fn who_is_not_told_what_they_publish_themselves_gets_what_was_published_before() {
    let mut realm = Realm::new();
    let (one, two, three) = (realm.login("s1"), realm.login("s2"), realm.login("s3"));
    for (number, session) in [(1, one), (2, three), (3, two), (4, one)] {
        retain(&mut realm, session, json!({}), "a.b", number);
    }
    assert_eq!(latecomer(&mut realm, one, "exact", "a.b"), [3]);
    assert_eq!(latecomer(&mut realm, two, "exact", "a.b"), [4]);
}

#[test]
fn what_is_permitted_inside_only_is_retained_for_sessions_in_process_only() {
    let mut realm = Realm::new();
    let (one, two, service) = (realm.login("s1"), realm.login("s2"), realm.join("model"));
    realm.gate_open = false;
    retain(&mut realm, one, json!({}), "a.b", 1);
    realm.answer(Some(Verdict::Permission(Permission::AllowInside)));
    realm.gate_open = true;
    assert_eq!(latecomer(&mut realm, two, "exact", "a.b"), [0; 0]);
    assert_eq!(latecomer(&mut realm, service, "exact", "a.b"), [1]);
}

#[test]
fn pitfall_33_no_more_is_retained_than_there_is_room_for() {
    let mut realm = Realm::with(Limits {
        retained_events: 3,
        retained_bytes: 1_500,
        ..Limits::default()
    });
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    for number in 1..=5 {
        retain(&mut realm, one, json!({}), &format!("a.{number}"), number);
    }
    assert_eq!(latecomer(&mut realm, two, "prefix", "a."), [1, 2, 3]);
    // A topic that is there already may have a newer one.
    retain(&mut realm, one, json!({}), "a.1", 6);
    realm.hear(two);
    assert_eq!(latecomer(&mut realm, two, "prefix", "a."), [2, 3, 6]);
    let long = "x".repeat(1_400);
    realm.say(one, json!([16, 1, {"retain": true}, "a.2", [7, long]]));
    realm.hear(two);
    assert_eq!(
        latecomer(&mut realm, two, "prefix", "a."),
        [3, 6],
        "out of date and too large"
    );
}

#[test]
fn of_one_topic_there_is_one_for_everybody_and_some_for_some() {
    let mut realm = Realm::new();
    let (one, two, three) = (realm.login("s1"), realm.login("s2"), realm.login("s3"));
    retain(&mut realm, one, json!({}), "a.b", 1);
    for number in 2..100 {
        let options = json!({"eligible_authid": ["s2"]});
        retain(&mut realm, one, options, "a.b", number);
    }
    assert_eq!(latecomer(&mut realm, two, "exact", "a.b"), [99]);
    assert_eq!(latecomer(&mut realm, three, "exact", "a.b"), [1]);
}

#[test]
fn pitfall_3_a_realm_that_retains_nothing_says_so() {
    for (most, announced) in [(0, false), (1, true)] {
        let mut realm = Realm::with(Limits {
            retained_events: most,
            ..Limits::default()
        });
        let session = realm.open();
        realm.hello(session, json!({"authmethods": ["anonymous"]}));
        let roles = realm.hear_one(session)[2]["roles"].clone();
        assert_eq!(roles["broker"]["features"]["event_retention"], announced);
        retain(&mut realm, session, json!({"exclude_me": false}), "a.b", 1);
        let kept = latecomer(&mut realm, session, "exact", "a.b");
        assert_eq!(kept, vec![1; most], "retained as announced");
    }
}
