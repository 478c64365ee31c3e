//! What is published for a session when it has ended.

use serde_json::{Value, json};
use wamp_router::{Input, Limits, Operation, Permission, Question, Verdict};

use crate::fixture::{Realm, allow};

const ADD: &str = "wamp.session.add_testament";
const FLUSH: &str = "wamp.session.flush_testaments";

fn call(realm: &mut Realm, session: u64, procedure: &str, args: Value, kwargs: Value) -> Value {
    realm.say(session, json!([48, 1, {}, procedure, args, kwargs]));
    realm.hear_one(session)
}

fn add(realm: &mut Realm, session: u64, topic: &str, kwargs: Value) {
    let answer = call(
        realm,
        session,
        ADD,
        json!([topic, [topic], {"bye": true}]),
        kwargs,
    );
    assert_eq!(answer, json!([50, 1, {}]));
}

/// The topics of the events that somebody has heard.
fn topics(realm: &mut Realm, session: u64) -> Vec<Value> {
    let heard = realm.hear(session).into_iter();
    heard.map(|event| event[3]["topic"].clone()).collect()
}

#[test]
fn testaments_are_published_however_a_session_ends_before_it_is_told_to_have_left() {
    let endings: [fn(&mut Realm, u64); 4] = [
        |realm, session| realm.tell(session, Input::Closed),
        |realm, session| realm.say(session, json!([6, {}, "wamp.close.normal"])),
        |realm, session| realm.tell(session, Input::Violation("odd".to_owned())),
        |realm, session| {
            let staff = realm.join("staff");
            realm.say(staff, json!([48, 1, {}, "wamp.session.kill", [session]]));
        },
    ];
    for end in endings {
        let mut realm = Realm::new();
        let (one, watch) = (realm.login("s1"), realm.login("s2"));
        add(&mut realm, one, "a.2", json!({}));
        add(&mut realm, one, "a.1", json!({"scope": "detached"}));
        add(&mut realm, one, "a.3", json!({"scope": "destroyed"}));
        realm.subscribe(watch, "prefix", "a.");
        realm.subscribe(watch, "prefix", "wamp.session.on_leave");
        end(&mut realm, one);
        let heard = realm.hear(watch);
        let told: Vec<_> = heard.iter().map(|event| &event[3]["topic"]).collect();
        assert_eq!(told, ["a.1", "a.2", "a.3", "wamp.session.on_leave"]);
        assert_eq!(heard[0][3]["publisher_authid"], "s1");
        assert_eq!(heard[0][4], json!(["a.1"]));
        assert_eq!(heard[0][5], json!({"bye": true}));
        realm.tell(one, Input::Closed);
        assert!(realm.hear(watch).is_empty(), "once");
    }
}

#[test]
fn testaments_reach_whom_their_options_say_and_may_be_retained() {
    let mut realm = Realm::new();
    let (one, two, three) = (realm.login("s1"), realm.login("s2"), realm.login("s3"));
    realm.subscribe(two, "prefix", "a.");
    realm.subscribe(three, "prefix", "a.");
    let options = json!({"eligible_authid": ["s2"], "retain": true, "acknowledge": true});
    add(&mut realm, one, "a.b", json!({"publish_options": options}));
    realm.tell(one, Input::Closed);
    assert_eq!(topics(&mut realm, two), ["a.b"]);
    assert!(realm.hear(three).is_empty());
    realm.say(two, json!([32, 1, {"get_retained": true}, "a.b"]));
    assert_eq!(realm.hear(two).len(), 2);
}

#[test]
fn a_testament_can_be_taken_back_by_its_scope() {
    let mut realm = Realm::new();
    let (one, watch) = (realm.login("s1"), realm.login("s2"));
    realm.subscribe(watch, "prefix", "a.");
    for (topic, scope) in [
        ("a.1", "detached"),
        ("a.2", "destroyed"),
        ("a.3", "detached"),
    ] {
        add(&mut realm, one, topic, json!({"scope": scope}));
    }
    let flushed = call(
        &mut realm,
        one,
        FLUSH,
        json!([]),
        json!({"scope": "detached"}),
    );
    assert_eq!(flushed[0], 50);
    realm.tell(one, Input::Closed);
    assert_eq!(topics(&mut realm, watch), ["a.2"]);

    let two = realm.login("s1");
    add(&mut realm, two, "a.4", json!({}));
    call(&mut realm, two, FLUSH, json!([]), json!({}));
    realm.tell(two, Input::Closed);
    assert!(realm.hear(watch).is_empty());
}

#[test]
fn who_leaves_a_testament_must_be_allowed_to_publish_it() {
    let mut realm = Realm::new();
    let (one, two, service) = (realm.login("s1"), realm.login("s2"), realm.join("model"));
    realm.subscribe(two, "prefix", "");
    realm.subscribe(service, "prefix", "");
    realm.gate_open = false;
    for (topic, verdict, kind) in [
        (
            "a.1",
            Permission::Forbid {
                error: "wamp.error.not_authorized".to_owned(),
                message: "no".to_owned(),
            },
            8,
        ),
        ("a.2", Permission::AllowInside, 50),
        ("a.3", Permission::Allow, 50),
    ] {
        realm.say(one, json!([48, 1, {}, ADD, [topic]]));
        realm.answer(Some(allow()));
        let Question::Authorize(request) = &realm.asked[0].2 else {
            panic!("{:?}", realm.asked);
        };
        assert_eq!(
            (request.operation, &*request.uri),
            (Operation::Publish, topic)
        );
        realm.answer(Some(Verdict::Permission(verdict)));
        assert_eq!(realm.hear_one(one)[0], kind);
    }
    realm.tell(one, Input::Closed);
    assert_eq!(topics(&mut realm, two), ["a.3"]);
    assert_eq!(topics(&mut realm, service), ["a.2", "a.3"]);
}

#[test]
fn pitfall_33_there_is_a_limit_to_what_a_session_leaves() {
    let mut realm = Realm::with(Limits {
        testaments: 2,
        testament_bytes: 1_000,
        ..Limits::default()
    });
    let session = realm.login("s1");
    add(&mut realm, session, "a.1", json!({}));
    let long = json!(["a.2", ["x".repeat(1_000)]]);
    let refused = call(&mut realm, session, ADD, long, json!({}));
    assert_eq!(refused[4], "wamp.error.limit_exceeded");
    add(&mut realm, session, "a.2", json!({}));
    let refused = call(&mut realm, session, ADD, json!(["a.3"]), json!({}));
    assert_eq!(refused[4], "wamp.error.limit_exceeded");
}

#[test]
fn a_testament_that_makes_no_sense_is_refused() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    for (args, kwargs, error) in [
        (json!([]), json!({}), "invalid_argument"),
        (json!(["a", 5]), json!({}), "invalid_argument"),
        (json!(["a", [], []]), json!({}), "invalid_argument"),
        (json!(["a"]), json!({"scope": "gone"}), "invalid_argument"),
        (
            json!(["a"]),
            json!({"publish_options": []}),
            "invalid_argument",
        ),
        (
            json!(["a"]),
            json!({"publish_options": {"eligible": "s1"}}),
            "invalid_argument",
        ),
        (json!(["a..b"]), json!({}), "invalid_uri"),
        (json!(["wamp.session.on_join"]), json!({}), "invalid_uri"),
    ] {
        let refused = call(&mut realm, session, ADD, args.clone(), kwargs.clone());
        assert_eq!(refused[4], format!("wamp.error.{error}"), "{args} {kwargs}");
    }
}

#[test]
fn pitfall_3_a_realm_that_takes_no_testaments_says_so() {
    for (most, announced) in [(0, false), (1, true)] {
        let mut realm = Realm::with(Limits {
            testaments: most,
            ..Limits::default()
        });
        let session = realm.open();
        realm.hello(session, json!({"authmethods": ["anonymous"]}));
        let roles = realm.hear_one(session)[2]["roles"].clone();
        assert_eq!(roles["dealer"]["features"]["testament_meta_api"], announced);
        let answer = call(&mut realm, session, ADD, json!(["a.b"]), json!({}));
        assert_eq!(answer[0], if announced { 50 } else { 8 }, "{answer}");
    }
}
