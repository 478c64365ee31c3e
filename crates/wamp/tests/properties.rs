//! Properties of the codec and of pattern matching, over generated input.

use bytes::Bytes;
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value};
use wamp::uri::{self, MatchPolicy, Strictness};
use wamp::{Dict, Kind, MAX_ID, Message, Payload, Secret, json};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn dict() -> impl Strategy<Value = Dict> {
    hash_map("[a-z_]{1,8}", value(), 0..3).prop_map(|map| map.into_iter().collect())
}

fn payload() -> impl Strategy<Value = Payload> {
    (vec(value(), 0..4), dict())
        .prop_map(|(args, kwargs)| Payload::json(&args, &kwargs).expect("shapes are right"))
}

fn id() -> impl Strategy<Value = u64> {
    0..=MAX_ID
}

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL)
}

/// A message of any kind, made of the same few ingredients.
fn message() -> impl Strategy<Value = Message> {
    let text = any::<String>();
    (kind(), kind(), id(), id(), dict(), text, payload()).prop_map(
        |(kind, request_kind, first, second, dict, text, payload)| match kind {
            Kind::Hello => Message::Hello {
                realm: text,
                details: dict,
            },
            Kind::Welcome => Message::Welcome {
                session: first,
                details: dict,
            },
            Kind::Abort => Message::Abort {
                details: dict,
                reason: text,
            },
            Kind::Challenge => Message::Challenge {
                method: text,
                extra: dict,
            },
            Kind::Authenticate => Message::Authenticate {
                signature: Secret::new(text),
                extra: dict,
            },
            Kind::Goodbye => Message::Goodbye {
                details: dict,
                reason: text,
            },
            Kind::Error => Message::Error {
                request_kind,
                request: first,
                details: dict,
                error: text,
                payload,
            },
            Kind::Publish => Message::Publish {
                request: first,
                options: dict,
                topic: text,
                payload,
            },
            Kind::Published => Message::Published {
                request: first,
                publication: second,
            },
            Kind::Subscribe => Message::Subscribe {
                request: first,
                options: dict,
                topic: text,
            },
            Kind::Subscribed => Message::Subscribed {
                request: first,
                subscription: second,
            },
            Kind::Unsubscribe => Message::Unsubscribe {
                request: first,
                subscription: second,
            },
            Kind::Unsubscribed => Message::Unsubscribed { request: first },
            Kind::Event => Message::Event {
                subscription: first,
                publication: second,
                details: dict,
                payload,
            },
            Kind::Call => Message::Call {
                request: first,
                options: dict,
                procedure: text,
                payload,
            },
            Kind::Cancel => Message::Cancel {
                request: first,
                options: dict,
            },
            Kind::Result => Message::Result {
                request: first,
                details: dict,
                payload,
            },
            Kind::Register => Message::Register {
                request: first,
                options: dict,
                procedure: text,
            },
            Kind::Registered => Message::Registered {
                request: first,
                registration: second,
            },
            Kind::Unregister => Message::Unregister {
                request: first,
                registration: second,
            },
            Kind::Unregistered => Message::Unregistered {
                request: first,
                details: dict,
            },
            Kind::Invocation => Message::Invocation {
                request: first,
                registration: second,
                details: dict,
                payload,
            },
            Kind::Interrupt => Message::Interrupt {
                request: first,
                options: dict,
            },
            Kind::Yield => Message::Yield {
                request: first,
                options: dict,
                payload,
            },
        },
    )
}

/// Matching written the slow and obvious way.
fn naive_matches(policy: MatchPolicy, pattern: &str, uri: &str) -> bool {
    match policy {
        MatchPolicy::Exact => pattern == uri,
        MatchPolicy::Prefix => uri.as_bytes().get(..pattern.len()) == Some(pattern.as_bytes()),
        MatchPolicy::Wildcard => {
            let (want, got): (Vec<_>, Vec<_>) =
                (pattern.split('.').collect(), uri.split('.').collect());
            want.len() == got.len()
                && (0..want.len()).all(|i| want[i].is_empty() || want[i] == got[i])
        }
    }
}

fn policy() -> impl Strategy<Value = MatchPolicy> {
    prop::sample::select(&[
        MatchPolicy::Exact,
        MatchPolicy::Prefix,
        MatchPolicy::Wildcard,
    ])
}

proptest! {
    #[test]
    fn every_message_survives_the_round_trip(message in message()) {
        let text = json::encode(&message);
        prop_assert_eq!(json::decode(&text), Ok(message));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = json::decode(&Bytes::from(bytes));
    }

    #[test]
    fn arbitrary_lists_never_panic(value in vec(value(), 0..9)) {
        let _ = json::decode(&Bytes::from(serde_json::to_vec(&value).expect("values serialize")));
    }

    #[test]
    fn what_decodes_encodes_to_something_that_decodes_alike(code in 0..80_u64, rest in vec(value(), 0..6)) {
        let mut list = vec![Value::from(code)];
        list.extend(rest);
        if let Ok(message) = json::decode(&Bytes::from(serde_json::to_vec(&list).expect("values serialize"))) {
            prop_assert_eq!(json::decode(&json::encode(&message)), Ok(message));
        }
    }

    #[test]
    fn matching_equals_the_naive_matcher(policy in policy(), pattern in "[ab.]{0,6}", uri in "[ab.]{1,6}") {
        prop_assert_eq!(uri::matches(policy, &pattern, &uri), naive_matches(policy, &pattern, &uri));
    }

    #[test]
    fn a_valid_uri_is_a_valid_pattern_and_matches_itself(policy in policy(), uri in "[a-z0-9_]{1,3}(\\.[a-z0-9_]{1,3}){0,3}") {
        prop_assert!(uri::is_valid(&uri, Strictness::Strict));
        prop_assert!(uri::is_valid_pattern(policy, &uri, Strictness::Strict));
        prop_assert!(uri::is_valid_pattern(policy, &uri, Strictness::Loose));
        prop_assert!(uri::matches(policy, &uri, &uri));
    }
}
