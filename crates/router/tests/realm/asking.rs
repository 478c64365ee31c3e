//! Questions about what a session may do.

use serde_json::json;
use wamp::MatchPolicy;
use wamp_router::{CloseReason, Input, Limits, Operation, Permission, Question, Verdict};

use crate::fixture::{Realm, allow};

/// A client about which nothing has been answered yet.
fn waiting_realm(limits: Limits) -> (Realm, u64) {
    let mut realm = Realm::with(limits);
    let session = realm.login("s1");
    realm.gate_open = false;
    (realm, session)
}

#[test]
fn every_request_of_a_client_is_asked_about_with_its_uri_and_policy() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    for (message, operation, uri, policy) in [
        (
            json!([16, 1, {}, "a.b"]),
            Operation::Publish,
            "a.b",
            MatchPolicy::Exact,
        ),
        (
            json!([32, 2, {"match": "prefix"}, "a."]),
            Operation::Subscribe,
            "a.",
            MatchPolicy::Prefix,
        ),
        (
            json!([64, 3, {"match": "wildcard"}, "a..c"]),
            Operation::Register,
            "a..c",
            MatchPolicy::Wildcard,
        ),
        (
            json!([48, 4, {}, "a.x.d"]),
            Operation::Call,
            "a.x.d",
            MatchPolicy::Exact,
        ),
    ] {
        realm.gate_open = false;
        realm.say(session, message);
        let Question::Authorize(request) = &realm.asked[0].2 else {
            panic!("{:?}", realm.asked);
        };
        assert_eq!(request.session.authid, "s1");
        assert_eq!(
            (
                request.operation,
                request.uri.as_str(),
                request.match_policy
            ),
            (operation, uri, policy)
        );
        realm.answer(Some(allow()));
    }
}

#[test]
fn trusted_sessions_are_never_asked_about() {
    let mut realm = Realm::new();
    realm.gate_open = false;
    let model = realm.join("model");
    realm.register(model, "exact", "forbidden.procedure");
    realm.subscribe(model, "prefix", "forbidden");
    realm.say(
        model,
        json!([16, 1, {"acknowledge": true}, "forbidden.topic"]),
    );
    assert_eq!(realm.hear_one(model)[0], 17);
    assert!(realm.asked.is_empty());
}

#[test]
fn what_is_forbidden_is_refused_with_the_gates_words_and_not_done() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    realm.say(session, json!([48, 1, {}, "forbidden.x"]));
    let (error, message) = realm.hear_error(session);
    assert_eq!(error, "wamp.error.not_authorized");
    assert_eq!(message, "Call of <forbidden.x> is not for you");

    realm.say(session, json!([32, 2, {}, "forbidden.x"]));
    realm.hear(session);
    let model = realm.join("model");
    realm.say(model, json!([16, 1, {}, "forbidden.x"]));
    assert!(realm.hear(session).is_empty());
}

#[test]
fn pitfall_24_publishing_without_acknowledge_is_never_answered() {
    let mut realm = Realm::new();
    let session = realm.login("s1");
    for (options, topic) in [
        (json!({}), "forbidden.x"),
        (json!({}), "not a uri"),
        (json!({}), "wamp.session.on_join"),
        (json!({"eligible": "everybody"}), "a.b"),
        (json!({"acknowledge": false}), "forbidden.x"),
        (json!({}), "a.b"),
    ] {
        realm.say(session, json!([16, 1, options, topic]));
    }
    // Nor when it cannot be found out whether it is allowed.
    realm.gate_open = false;
    realm.say(session, json!([16, 1, {}, "a.b"]));
    realm.answer(None);
    assert!(realm.hear(session).is_empty());
    assert_eq!(realm.closed(session), None);
}

#[test]
fn pitfall_30_messages_wait_in_order_while_a_question_is_open() {
    let (mut realm, session) = waiting_realm(Limits::default());
    let model = realm.join("model");
    let registration = realm.register(model, "exact", "sim.x");
    for request in 1..=3 {
        realm.say(session, json!([48, request, {}, "sim.x", [request]]));
    }
    assert_eq!(realm.router.waiting(session), 2);
    assert!(realm.hear(model).is_empty());
    for request in 1..=3 {
        assert_eq!(realm.asked.len(), 1, "one question at a time");
        realm.answer(Some(allow()));
        let invocation = realm.hear_one(model);
        assert_eq!(invocation[1], request);
        assert_eq!(invocation[2], registration);
        assert_eq!(invocation[4], json!([request]));
    }
    assert_eq!(realm.router.waiting(session), 0);
}

#[test]
fn pitfall_33_who_sends_more_than_may_wait_is_closed_with_a_reason() {
    for limits in [
        Limits {
            waiting_messages: 2,
            ..Limits::default()
        },
        Limits {
            waiting_bytes: 2 * "[1]".len(),
            ..Limits::default()
        },
    ] {
        let (mut realm, session) = waiting_realm(limits);
        for request in 1..=3 {
            realm.say(session, json!([48, request, {}, "sim.x", [1]]));
        }
        assert_eq!(realm.closed(session), None);
        realm.say(session, json!([48, 4, {}, "sim.x", [1]]));
        assert_eq!(realm.hear_one(session)[2], "wamp.error.limit_exceeded");
        assert_eq!(realm.closed(session), Some(CloseReason::TooMuchWaiting));
        assert_eq!(realm.left, ["s1"]);
        realm.answer(Some(allow()));
        assert_eq!(realm.router.next_deadline(), None);
    }
}

#[test]
fn pitfall_12_a_question_without_an_answer_ends_in_authorization_failed() {
    let limits = Limits::default();
    let patience = limits.ask_timeout;
    let (mut realm, session) = waiting_realm(limits);
    realm.say(session, json!([48, 1, {}, "sim.x"]));
    realm.say(session, json!([48, 2, {}, "sim.x"]));
    realm.pass(patience);
    assert_eq!(
        realm.hear_error(session).0,
        "wamp.error.authorization_failed"
    );

    // The first answer comes too late; the second question is still open.
    realm.answer(Some(allow()));
    assert!(realm.hear(session).is_empty());
    realm.answer(None);
    assert_eq!(
        realm.hear_error(session).0,
        "wamp.error.authorization_failed"
    );
    assert_eq!(realm.closed(session), None);
}

#[test]
fn an_answer_to_another_kind_of_question_counts_as_none() {
    let (mut realm, session) = waiting_realm(Limits::default());
    realm.say(session, json!([48, 1, {}, "sim.x"]));
    realm.answer(Some(Verdict::Admission(crate::fixture::welcome("s1"))));
    assert_eq!(
        realm.hear_error(session).0,
        "wamp.error.authorization_failed"
    );

    let newcomer = realm.open();
    realm.hello(newcomer, json!({"authmethods": ["anonymous"]}));
    realm.answer(Some(Verdict::Permission(Permission::Allow)));
    assert_eq!(
        realm.hear_one(newcomer)[2],
        "wamp.error.authorization_failed"
    );
}

#[test]
fn an_answer_about_a_session_that_is_gone_leads_to_nothing() {
    let (mut realm, session) = waiting_realm(Limits::default());
    realm.say(session, json!([32, 1, {}, "sim.x"]));
    realm.tell(session, Input::Closed);
    assert_eq!(realm.left, ["s1"]);
    realm.answer(Some(allow()));
    assert!(realm.hear(session).is_empty());
    assert_eq!(realm.router.session_count(), 0);
    assert_eq!(realm.router.next_deadline(), None);
}
