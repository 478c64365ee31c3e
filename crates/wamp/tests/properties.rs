//! Properties of the serializers and of pattern matching, over generated input.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value};
use wamp::uri::{self, MatchPolicy, Strictness};
use wamp::{Dict, Kind, MAX_ID, Message, Payload, Secret, Serializer};

/// Text that does not stand for bytes in JSON.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("stands for bytes", |text| !text.starts_with('\0'))
}

fn serializer() -> impl Strategy<Value = Serializer> {
    prop::sample::select(&Serializer::ALL)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has it", |float| float.is_finite())
            .prop_map(Value::from),
        text().prop_map(Value::from),
        vec(any::<u8>(), 0..40)
            .prop_map(|bytes| Value::from(format!("\0{}", STANDARD.encode(bytes)))),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            hash_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::from(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A value without bytes, of which JSON values of other programs know nothing.
fn plain() -> impl Strategy<Value = Value> {
    value().prop_filter("has bytes in it", |value| {
        !value.to_string().contains("\\u0000")
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

/// The same message with its payload in JSON.
fn in_json(mut message: Message) -> Message {
    if let Message::Error { payload, .. }
    | Message::Publish { payload, .. }
    | Message::Event { payload, .. }
    | Message::Call { payload, .. }
    | Message::Result { payload, .. }
    | Message::Invocation { payload, .. }
    | Message::Yield { payload, .. } = &mut message
    {
        *payload = payload.written_in(Serializer::Json).into_owned();
    }
    message
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
    fn every_message_survives_the_round_trip(serializer in serializer(), message in message()) {
        let frame = serializer.encode(&message);
        let again = serializer.decode(&frame).expect("what was written can be read");
        prop_assert_eq!(serializer.encode(&again), frame);
        // A payload that was read is in the bytes of the serializer that it was read with.
        prop_assert_eq!(in_json(again), message);
    }

    #[test]
    fn a_message_goes_from_any_serializer_to_any_other_and_comes_back_the_same(
        one in serializer(), other in serializer(), message in message()
    ) {
        let frame = one.encode(&message);
        let through = other.encode(&one.decode(&frame).expect("what was written can be read"));
        let back = one.encode(&other.decode(&through).expect("what was rewritten can be read"));
        prop_assert_eq!(back, frame);
    }

    #[test]
    fn arbitrary_bytes_never_panic(serializer in serializer(), bytes in vec(any::<u8>(), 0..200)) {
        let _ = serializer.decode(&Bytes::from(bytes));
    }

    #[test]
    fn arguments_of_arbitrary_bytes_are_refused_or_can_be_rewritten(
        binary in prop::sample::select(&[Serializer::MsgPack, Serializer::Cbor]), bytes in vec(any::<u8>(), 0..60)
    ) {
        // [RESULT, 1, {}, and what comes.
        let head: &[u8] = if binary == Serializer::Cbor { &[0x84, 0x18, 50, 1, 0xa0] } else { &[0x94, 50, 1, 0x80] };
        for opening in [0x80, 0x90, 0xa0, 0x81, 0x91, 0x9f, 0xbf] {
            let frame = [head, &[opening], &bytes].concat();
            // Bytes that go on behind the message are refused, so as many as make one are taken.
            for end in head.len()..=frame.len() {
                if let Ok(message) = binary.decode(&Bytes::copy_from_slice(&frame[..end])) {
                    for other in Serializer::ALL {
                        let rewritten = other.encode(&message);
                        prop_assert!(other.decode(&rewritten).is_ok(), "{:?} {:02x?}", other, rewritten);
                    }
                }
            }
        }
    }

    #[test]
    fn a_frame_with_a_byte_changed_never_panics(
        serializer in serializer(), message in message(), place in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut frame = serializer.encode(&message).to_vec();
        let place = place.index(frame.len());
        frame[place] = byte;
        if let Ok(message) = serializer.decode(&Bytes::from(frame)) {
            for other in Serializer::ALL {
                prop_assert!(other.decode(&other.encode(&message)).is_ok());
            }
        }
    }

    #[test]
    fn arbitrary_lists_never_panic(value in vec(value(), 0..9)) {
        let _ = Serializer::Json.decode(&Bytes::from(serde_json::to_vec(&value).expect("values serialize")));
    }

    #[test]
    fn what_decodes_encodes_to_something_that_decodes_alike(code in 0..80_u64, rest in vec(value(), 0..6)) {
        let mut list = vec![Value::from(code)];
        list.extend(rest);
        let json = Serializer::Json;
        if let Ok(message) = json.decode(&Bytes::from(serde_json::to_vec(&list).expect("values serialize"))) {
            prop_assert_eq!(json.decode(&json.encode(&message)), Ok(message));
        }
    }

    #[test]
    fn other_programs_read_what_is_written_here(list in vec(plain(), 1..6)) {
        let message = Message::Result { request: 1, details: Dict::new(), payload: Payload::from_args(&list) };
        let expected = Value::from(vec![50.into(), 1.into(), Value::Object(Dict::new()), Value::from(list)]);
        let packed = Serializer::MsgPack.encode(&message);
        prop_assert_eq!(rmp_serde::from_slice::<Value>(&packed).expect("MessagePack"), expected.clone());
        let cbor = Serializer::Cbor.encode(&message);
        prop_assert_eq!(ciborium::from_reader::<Value, _>(&cbor[..]).expect("CBOR"), expected);
    }

    #[test]
    fn what_other_programs_write_is_read_here(list in vec(plain(), 1..6)) {
        let sent = Value::from(vec![50.into(), 1.into(), Value::Object(Dict::new()), Value::from(list.clone())]);
        let packed = rmp_serde::to_vec(&sent).expect("MessagePack");
        let mut cbor = Vec::new();
        ciborium::into_writer(&sent, &mut cbor).expect("CBOR");
        for (serializer, frame) in [(Serializer::MsgPack, packed), (Serializer::Cbor, cbor)] {
            let message = serializer.decode(&Bytes::from(frame)).expect("it is a message");
            let args = message.payload().expect("RESULT has arguments").args().expect("they are values");
            prop_assert_eq!(&args, &list);
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
