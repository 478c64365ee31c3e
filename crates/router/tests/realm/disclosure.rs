//! Who learns who calls and publishes, and what passes without being understood.

use serde_json::{Value, json};
use wamp_router::{AuthMethod, Disclosure, RealmConfig};

use crate::fixture::Realm;

fn realm(disclosure: Disclosure) -> Realm {
    Realm::of(RealmConfig {
        auth_methods: vec![AuthMethod::Ticket],
        disclosure,
        ..RealmConfig::default()
    })
}

/// What the callee learns of a caller that says this, when it registers saying that.
fn caller_told(disclosure: Disclosure, call: Value, register: Value) -> Option<Value> {
    let mut realm = realm(disclosure);
    let (callee, caller) = (realm.login("callee"), realm.login("s1"));
    realm.say(callee, json!([64, 1, register, "a.b"]));
    realm.hear(callee);
    realm.say(caller, json!([48, 1, call, "a.b"]));
    let details = realm.hear_one(callee)[3].clone();
    let told = details.get("caller_authid").cloned();
    assert_eq!(details.get("caller").is_some(), told.is_some());
    assert_eq!(details.get("caller_authrole").is_some(), told.is_some());
    told
}

#[test]
fn callees_learn_who_calls_as_the_realm_the_caller_and_they_themselves_want() {
    let (asked, wanted) = (
        json!({"disclose_me": true}),
        json!({"disclose_caller": true}),
    );
    let none = || json!({});
    for (disclosure, call, register, told) in [
        (Disclosure::Always, none(), none(), true),
        (
            Disclosure::Always,
            json!({"disclose_me": false}),
            none(),
            true,
        ),
        (Disclosure::Requested, none(), none(), false),
        (Disclosure::Requested, asked, none(), true),
        (Disclosure::Requested, none(), wanted.clone(), true),
        (Disclosure::Never, none(), wanted, false),
    ] {
        assert_eq!(
            caller_told(disclosure, call.clone(), register.clone()),
            told.then(|| json!("s1")),
            "{disclosure:?} {call} {register}"
        );
    }
}

#[test]
fn subscribers_learn_who_publishes_as_the_realm_and_the_publisher_want() {
    for (disclosure, options, told) in [
        (Disclosure::Always, json!({}), true),
        (Disclosure::Requested, json!({}), false),
        (Disclosure::Requested, json!({"disclose_me": true}), true),
        (Disclosure::Never, json!({}), false),
    ] {
        let mut realm = realm(disclosure);
        let (listener, publisher) = (realm.login("s1"), realm.login("s2"));
        realm.subscribe(listener, "exact", "a.b");
        realm.say(publisher, json!([16, 1, options, "a.b"]));
        let event = realm.hear_one(listener);
        let who = json!({"publisher": publisher, "publisher_authid": "s2", "publisher_authrole": "player"});
        let expected = if told { who } else { json!({}) };
        assert_eq!(event[3], expected, "{disclosure:?} {options}");
    }
}

#[test]
fn pitfall_12_asking_to_be_known_where_nobody_is_told_is_refused() {
    let mut realm = realm(Disclosure::Never);
    let session = realm.login("s1");
    realm.register(session, "exact", "a.b");
    realm.subscribe(session, "exact", "a.b");
    let asked = json!({"disclose_me": true, "acknowledge": true, "exclude_me": false});
    for message in [json!([48, 1, asked, "a.b"]), json!([16, 2, asked, "a.b"])] {
        realm.say(session, message);
        assert_eq!(
            realm.hear_error(session).0,
            "wamp.error.option_disallowed.disclose_me"
        );
    }
    realm.say(
        session,
        json!([16, 3, {"disclose_me": true, "exclude_me": false}, "a.b"]),
    );
    assert!(realm.hear(session).is_empty());
}

#[test]
fn pitfall_3_what_a_realm_never_tells_is_not_announced() {
    for (disclosure, announced) in [(Disclosure::Always, true), (Disclosure::Never, false)] {
        let mut realm = realm(disclosure);
        let session = realm.open();
        realm.hello(session, json!({"authmethods": ["ticket"], "authid": "s1"}));
        realm.say(session, json!([5, "right", {}]));
        let roles = realm.hear(session).pop().unwrap()[2]["roles"].clone();
        for (role, feature) in [
            ("dealer", "caller_identification"),
            ("broker", "publisher_identification"),
        ] {
            assert_eq!(roles[role]["features"][feature], announced);
        }
    }
}

#[test]
fn pitfall_32_what_belongs_to_a_payload_only_peers_can_read_passes_unchanged() {
    let mut realm = realm(Disclosure::Never);
    let (one, two) = (realm.login("s1"), realm.login("s2"));
    realm.register(one, "exact", "a.b");
    realm.subscribe(one, "exact", "a.b");
    let ppt = json!({
        "ppt_scheme": "x_test", "ppt_serializer": "cbor", "ppt_cipher": "xsalsa20poly1305", "ppt_keyid": "k1",
    });
    let with = |more: Value| {
        let mut options = ppt.clone();
        for (key, value) in more.as_object().unwrap() {
            options[key] = value.clone();
        }
        options
    };
    let payload = json!(["\u{0}EjRWeJ0="]);
    realm.say(
        two,
        json!([
            16,
            1,
            with(json!({"acknowledge": true, "x_odd": 1})),
            "a.b",
            payload
        ]),
    );
    realm.hear(two);
    let event = realm.hear_one(one);
    assert_eq!((&event[3], &event[4]), (&ppt, &payload));

    realm.say(
        two,
        json!([
            48,
            2,
            with(json!({"receive_progress": true})),
            "a.b",
            payload
        ]),
    );
    let invocation = realm.hear_one(one);
    assert_eq!(invocation[3], with(json!({"receive_progress": true})));
    assert_eq!(invocation[4], payload);
    realm.say(
        one,
        json!([70, 1, with(json!({"progress": true})), payload]),
    );
    realm.say(one, json!([70, 1, ppt, payload]));
    realm.say(two, json!([48, 3, {}, "a.b"]));
    realm.hear(one);
    realm.say(one, json!([8, 68, 2, ppt, "a.error", payload]));
    assert_eq!(
        realm.hear(two),
        [
            json!([50, 2, with(json!({"progress": true})), payload]),
            json!([50, 2, ppt, payload]),
            json!([8, 48, 3, ppt, "a.error", payload]),
        ]
    );
}
