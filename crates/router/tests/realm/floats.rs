//! Clients that write whole numbers of more than 32 bits as floats, as JavaScript does in CBOR.

use std::time::Duration;

use serde_json::json;

use crate::fixture::Realm;

/// An id as such a client writes it.
fn float(id: u64) -> f64 {
    id as f64
}

#[test]
fn pitfall_29_ids_among_arguments_may_be_floats() {
    let mut realm = Realm::new();
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    let get = json!([48, 1, {}, "wamp.session.get", [float(two)]]);
    realm.say(one, get);
    assert_eq!(realm.hear_one(one)[3][0]["authid"], "s2");
    let subscription = realm.subscribe(two, "exact", "a.b");
    let count = "wamp.subscription.count_subscribers";
    realm.say(one, json!([48, 2, {}, count, [float(subscription)]]));
    assert_eq!(realm.hear_one(one)[3][0], 1);
    for wrong in [json!(two as f64 + 0.5), json!(-1.0), json!(1e300)] {
        realm.say(one, json!([48, 3, {}, "wamp.session.get", [wrong]]));
        let (error, _) = realm.hear_error(one);
        assert_eq!(error, "wamp.error.invalid_argument", "{wrong}");
    }
}

#[test]
fn pitfall_29_ids_and_milliseconds_among_options_may_be_floats() {
    let mut realm = Realm::new();
    let (one, two, publisher) = (realm.login("s1"), realm.login("s2"), realm.login("p"));
    for session in [one, two] {
        realm.subscribe(session, "exact", "a.b");
    }
    for options in [
        json!({"eligible": [float(one)]}),
        json!({"exclude": [float(two)]}),
    ] {
        realm.say(publisher, json!([16, 1, options, "a.b"]));
        assert_eq!(realm.hear_one(one)[0], 36, "{options}");
        assert!(realm.hear(two).is_empty(), "{options}");
    }
    realm.register(one, "exact", "a.c");
    realm.say(two, json!([48, 1, {"timeout": 1000.0}, "a.c"]));
    realm.hear(one);
    realm.pass(Duration::from_secs(1));
    assert_eq!(realm.hear_error(two).0, "wamp.error.timeout");
}
