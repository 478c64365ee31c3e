//! What becomes of values in each serializer and between them, and what is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use bytes::Bytes;
use serde_json::json;
use wamp::{DecodeError, Dict, MAX_DEPTH, Message, Payload, Serializer};

use Serializer::{Cbor, Json, MsgPack};

/// RESULT 1 with these bytes as arguments, in that serializer.
fn frame(serializer: Serializer, args: &[u8]) -> Bytes {
    let head: &[u8] = match serializer {
        Json => b"[50,1,{},",
        MsgPack => &[0x94, 50, 1, 0x80],
        Cbor => &[0x84, 0x18, 50, 1, 0xa0],
    };
    let tail: &[u8] = if serializer == Json { b"]" } else { b"" };
    Bytes::from([head, args, tail].concat())
}

fn read(serializer: Serializer, args: &[u8]) -> Result<Message, DecodeError> {
    serializer.decode(&frame(serializer, args))
}

/// How arguments that come in one serializer leave in another.
fn rewritten(from: Serializer, args: &[u8], to: Serializer) -> Vec<u8> {
    let message = read(from, args).unwrap();
    message
        .payload()
        .unwrap()
        .written_in(to)
        .raw_args()
        .to_vec()
}

fn in_json(from: Serializer, args: &[u8]) -> String {
    String::from_utf8(rewritten(from, args, Json)).unwrap()
}

#[test]
fn a_call_is_written_as_each_serializer_has_it() {
    let message = Message::Call {
        request: 7,
        options: Dict::from_iter([("timeout".to_owned(), json!(300))]),
        procedure: "a.b".to_owned(),
        payload: Payload::json(&("x", -1, 1.5), &json!({"k": null})).unwrap(),
    };
    assert_eq!(
        Json.encode(&message),
        r#"[48,7,{"timeout":300},"a.b",["x",-1,1.5],{"k":null}]"#
    );
    let expected = b"\x96\x30\x07\x81\xa7timeout\xcd\x01\x2c\xa3a.b\x93\xa1x\xff\xcb\x3f\xf8\0\0\0\0\0\0\x81\xa1k\xc0";
    assert_eq!(MsgPack.encode(&message), expected.as_slice());
    let expected = b"\x86\x18\x30\x07\xa1\x67timeout\x19\x01\x2c\x63a.b\x83\x61x\x20\xfb\x3f\xf8\0\0\0\0\0\0\xa1\x61k\xf6";
    assert_eq!(Cbor.encode(&message), expected.as_slice());
}

#[test]
fn pitfall_28_between_peers_of_one_serializer_arguments_are_not_touched() {
    for (serializer, args) in [
        (Json, &b"[ 1.50, \"\\u0041\" ]"[..]),
        // A number in more bytes than it needs, and an extension.
        (MsgPack, b"\xdc\x00\x02\xcd\x00\x01\xd4\x05\x00"),
        // A list without a length, a text in pieces, a tag.
        (Cbor, b"\x9f\x7f\x61a\x61b\xff\xc1\x00\xff"),
    ] {
        let frame = frame(serializer, args);
        let message = serializer.decode(&frame).unwrap();
        let raw = message.payload().unwrap().raw_args();
        assert_eq!(raw, args);
        assert!(frame.as_ptr_range().contains(&raw.as_ptr()));
        assert_eq!(serializer.encode(&message), frame);
    }
}

#[test]
fn pitfall_28_bytes_are_bytes_again_behind_json() {
    let bytes = [0x10, 0xff, 0x00];
    let packed = [&[0x91, 0xc4, 3][..], &bytes].concat();
    let cbor = [&[0x81, 0x43][..], &bytes].concat();
    let text = br#"["\u0000EP8A"]"#;
    for (from, args) in [(MsgPack, &packed[..]), (Cbor, &cbor), (Json, text)] {
        assert_eq!(rewritten(from, args, MsgPack), packed, "{from}");
        assert_eq!(rewritten(from, args, Cbor), cbor, "{from}");
        assert_eq!(rewritten(from, args, Json), text, "{from}");
    }
    // Without padding too; what is no base64 is text.
    assert_eq!(
        rewritten(Json, br#"["\u0000EA"]"#, MsgPack),
        [0x91, 0xc4, 1, 0x10]
    );
    assert_eq!(
        rewritten(Json, br#"["\u0000*"]"#, MsgPack),
        [0x91, 0xa2, 0, b'*']
    );
    // Pieces are put together.
    assert_eq!(
        rewritten(Cbor, b"\x81\x5f\x41\x10\x42\xff\x00\xff", MsgPack),
        packed
    );
}

#[test]
fn pitfall_28_bytes_in_options_are_kept_too() {
    let mut frame = MsgPack.encode(&Message::Result {
        request: 1,
        details: Dict::from_iter([("ppt_keyid".to_owned(), json!("\0EP8A"))]),
        payload: Payload::empty(),
    });
    assert!(frame.ends_with(&[0xc4, 3, 0x10, 0xff, 0x00]));
    let message = MsgPack.decode(&frame).unwrap();
    frame = Json.encode(&message);
    assert_eq!(frame, br#"[50,1,{"ppt_keyid":"\u0000EP8A"}]"#.as_slice());
}

#[test]
fn pitfall_29_integers_stay_exact_and_floats_stay_floats() {
    for number in [
        "0",
        "-1",
        "23",
        "24",
        "127",
        "128",
        "-32",
        "-33",
        "-128",
        "-129",
        "255",
        "256",
        "65535",
        "65536",
        "-32769",
        "4294967295",
        "4294967296",
        "-2147483649",
        "9007199254740993",
        "9223372036854775808",
        "18446744073709551615",
        "-9223372036854775808",
        "1.0",
        "-0.0",
        "0.1",
        "1e300",
        "5e-324",
    ] {
        let args = format!("[{number}]");
        for other in [MsgPack, Cbor] {
            let there = rewritten(Json, args.as_bytes(), other);
            let back: f64 = in_json(other, &there)[1..]
                .trim_end_matches(']')
                .parse()
                .unwrap();
            if number.contains(['.', 'e']) {
                assert_eq!(
                    there[1],
                    0xcb + u8::from(other == Cbor) * 0x30,
                    "{number} is a float in {other}"
                );
                assert_eq!(
                    back,
                    number.parse::<f64>().unwrap(),
                    "{number} through {other}"
                );
            } else {
                assert_eq!(in_json(other, &there), args, "{number} through {other}");
            }
        }
    }
}

#[test]
fn pitfall_29_what_a_serializer_has_no_word_for_becomes_the_nearest_it_has() {
    for (from, args, json) in [
        // Floats that are not finite.
        (MsgPack, &b"\x91\xcb\x7f\xf8\0\0\0\0\0\0"[..], "[null]"),
        (Cbor, b"\x82\xf9\x7c\x00\xfa\xff\x80\0\0", "[null,null]"),
        // Floats of 16 and 32 bits.
        (Cbor, b"\x82\xf9\x3e\x00\xfa\x3f\x80\0\0", "[1.5,1.0]"),
        // undefined; a tagged text; the smallest integer of CBOR; integers as bytes.
        (Cbor, b"\x81\xf7", "[null]"),
        (Cbor, b"\x81\xc0\x61x", r#"["x"]"#),
        (
            Cbor,
            b"\x81\x3b\xff\xff\xff\xff\xff\xff\xff\xff",
            "[-18446744073709551616]",
        ),
        (Cbor, b"\x82\xc2\x42\x01\x00\xc3\x41\x00", "[256,-1]"),
        // An extension of MessagePack, and the one for undefined; a key in bytes.
        (MsgPack, b"\x91\xd4\x00\x00", "[null]"),
        (MsgPack, b"\x91\xd4\x05\x10", r#"["\u0000EA=="]"#),
        (MsgPack, b"\x91\x81\xc4\x01k\x01", r#"[{"k":1}]"#),
    ] {
        assert_eq!(in_json(from, args), json, "{from} {args:02x?}");
    }
    // More than 64 bits: the nearest float, also of what no float holds.
    assert_eq!(
        rewritten(Json, b"[1e400]", MsgPack),
        b"\x91\xcb\x7f\xf0\0\0\0\0\0\0"
    );
    let large = rewritten(Json, b"[18446744073709551616]", MsgPack);
    assert_eq!(large, b"\x91\xcb\x43\xf0\0\0\0\0\0\0");
    // Half a surrogate pair is no character.
    assert_eq!(
        rewritten(Json, br#"["\ud800x"]"#, MsgPack),
        [&[0x91, 0xa4][..], "\u{fffd}x".as_bytes()].concat()
    );
    assert_eq!(
        rewritten(Json, br#"["\ud83d\ude00\n"]"#, Cbor),
        [&[0x81, 0x65][..], "😀\n".as_bytes()].concat()
    );
}

/// UNSUBSCRIBED with these bytes as its id.
fn unsubscribed(serializer: Serializer, id: &[u8]) -> Bytes {
    let (head, tail): (&[u8], &[u8]) = match serializer {
        Json => (b"[35,", b"]"),
        MsgPack => (b"\x92\x23", b""),
        Cbor => (b"\x82\x18\x23", b""),
    };
    Bytes::from([head, id, tail].concat())
}

#[test]
fn pitfall_29_ids_come_in_any_width_and_as_floats() {
    for (serializer, id) in [
        (MsgPack, &b"\x07"[..]),
        (MsgPack, b"\xcf\0\0\0\0\0\0\0\x07"),
        (MsgPack, b"\xd3\0\0\0\0\0\0\0\x07"),
        (MsgPack, b"\xcb\x40\x1c\0\0\0\0\0\0"),
        (MsgPack, b"\xca\x40\xe0\0\0"),
        (Cbor, b"\x1b\0\0\0\0\0\0\0\x07"),
        (Cbor, b"\xf9\x47\x00"),
        (Json, b"7.0"),
        (Json, b"0.7e1"),
    ] {
        let frame = unsubscribed(serializer, id);
        let expected = Message::Unsubscribed { request: 7 };
        assert_eq!(serializer.decode(&frame), Ok(expected), "{id:02x?}");
    }
    for (serializer, id) in [
        (MsgPack, &b"\xff"[..]),
        (MsgPack, b"\xcb\x40\x1c\0\0\0\0\0\x01"),
        (MsgPack, b"\xcb\x7f\xf8\0\0\0\0\0\0"),
        (MsgPack, b"\xcf\0\x20\0\0\0\0\0\x01"),
        (MsgPack, b"\xa17"),
        (Json, b"7.5"),
        (Json, b"-7.0"),
        (Json, b"1e16"),
        (Json, b"1e400"),
        (Json, b"\"7\""),
    ] {
        let frame = unsubscribed(serializer, id);
        let complaint = serializer.decode(&frame).unwrap_err().to_string();
        assert!(
            complaint.contains("an integer from 0 to 2^53"),
            "{complaint}"
        );
    }
}

#[test]
fn pitfall_27_empty_and_null_arguments_are_dropped_in_every_serializer() {
    for (serializer, args) in [
        (MsgPack, &b"\x90"[..]),
        (MsgPack, b"\xc0"),
        (MsgPack, b"\xdd\0\0\0\0"),
        (Cbor, b"\x80"),
        (Cbor, b"\x9f\xff"),
        (Cbor, b"\xf6"),
    ] {
        let message = read(serializer, args).unwrap();
        assert!(
            message.payload().unwrap().is_empty(),
            "{serializer} {args:02x?}"
        );
    }
}

#[test]
fn pitfall_27_what_is_left_out_is_an_empty_list_or_nothing_and_never_null() {
    let all = [Json, MsgPack, Cbor];
    // RESULT 1 with null and {"k": 1}, and with [1] and {}.
    for (said, written) in [
        (
            [
                &b"[50,1,{},null,{\"k\":1}]"[..],
                b"\x95\x32\x01\x80\xc0\x81\xa1k\x01",
                b"\x85\x18\x32\x01\xa0\xf6\xa1\x61k\x01",
            ],
            [
                &b"[50,1,{},[],{\"k\":1}]"[..],
                b"\x95\x32\x01\x80\x90\x81\xa1k\x01",
                b"\x85\x18\x32\x01\xa0\x80\xa1\x61k\x01",
            ],
        ),
        (
            [
                b"[50,1,{},[1],{}]",
                b"\x95\x32\x01\x80\x91\x01\x80",
                b"\x85\x18\x32\x01\xa0\x81\x01\xa0",
            ],
            [
                b"[50,1,{},[1]]",
                b"\x94\x32\x01\x80\x91\x01",
                b"\x84\x18\x32\x01\xa0\x81\x01",
            ],
        ),
    ] {
        for (from, frame) in all.into_iter().zip(said) {
            let message = from.decode(&Bytes::copy_from_slice(frame)).unwrap();
            for (to, expected) in all.into_iter().zip(written) {
                assert_eq!(to.encode(&message), expected, "{from} to {to}");
            }
        }
    }
}

#[test]
fn pitfall_29_of_options_that_come_twice_the_last_counts_and_arguments_pass_as_they_are() {
    for (serializer, options, args) in [
        (Json, &b"{\"k\":1,\"k\":2}"[..], &b"[{\"k\":1,\"k\":2}]"[..]),
        (
            MsgPack,
            b"\x82\xa1k\x01\xa1k\x02",
            b"\x91\x82\xa1k\x01\xa1k\x02",
        ),
        // Without a length, and a key in bytes.
        (
            Cbor,
            b"\xbf\x61k\x01\x41k\x02\xff",
            b"\x81\xa2\x61k\x01\x61k\x02",
        ),
    ] {
        let (head, comma, tail): (&[u8], &[u8], &[u8]) = match serializer {
            Json => (b"[50,1,", b",", b"]"),
            MsgPack => (b"\x94\x32\x01", b"", b""),
            Cbor => (b"\x84\x18\x32\x01", b"", b""),
        };
        let frame = Bytes::from([head, options, comma, args, tail].concat());
        let message = serializer.decode(&frame).unwrap();
        let Message::Result {
            details, payload, ..
        } = &message
        else {
            panic!("expected RESULT, got {message:?}");
        };
        assert_eq!(*details, Dict::from_iter([("k".to_owned(), json!(2))]));
        assert_eq!(payload.raw_args(), args);
        // Rewritten they are still two: whoever reads them decides.
        let written = payload.written_in(Json);
        assert_eq!(written.raw_args(), &b"[{\"k\":1,\"k\":2}]"[..]);
        assert_eq!(payload.args().unwrap(), [json!({"k": 2})]);
    }
}

#[test]
fn pitfall_29_depth_bombs_are_refused_in_every_serializer() {
    let nested = |serializer: Serializer, levels: usize| {
        let (opening, closing): (&[u8], &[u8]) = match serializer {
            Json => (b"[", b"]"),
            MsgPack => (&[0x91], &[]),
            Cbor => (&[0x81], &[]),
        };
        // The innermost is empty.
        let inner: &[u8] = match serializer {
            Json => b"[]",
            MsgPack => &[0x90],
            Cbor => &[0x80],
        };
        let args = [
            &opening.repeat(levels - 1),
            inner,
            &closing.repeat(levels - 1),
        ]
        .concat();
        read(serializer, &args)
    };
    for serializer in Serializer::ALL {
        assert!(nested(serializer, MAX_DEPTH - 1).is_ok(), "{serializer}");
        assert_eq!(nested(serializer, MAX_DEPTH), Err(DecodeError::TooDeep));
        assert_eq!(nested(serializer, 1_000_000), Err(DecodeError::TooDeep));
    }
    // Tags nest as well, and cost nothing.
    let tagged = [&[0x81][..], &[0xc1].repeat(1_000_000), &[0x00]].concat();
    assert_eq!(in_json(Cbor, &tagged), "[0]");
}

#[test]
fn pitfall_29_lengths_beyond_the_end_are_refused() {
    for (serializer, args) in [
        (MsgPack, &b"\xdb\xff\xff\xff\xff"[..]),
        (MsgPack, b"\xc6\xff\xff\xff\xffx"),
        (MsgPack, b"\xdd\xff\xff\xff\xff\x01"),
        (MsgPack, b"\xdf\xff\xff\xff\xff\xa1k\x01"),
        (MsgPack, b"\xc9\xff\xff\xff\xff\x01"),
        (Cbor, b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff"),
        (Cbor, b"\x5b\xff\xff\xff\xff\xff\xff\xff\xffx"),
        (Cbor, b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
        (Cbor, b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff\x61k\x01"),
        (Cbor, b"\x5f\x5b\xff\xff\xff\xff\xff\xff\xff\xff"),
    ] {
        let complaint = read(serializer, args).unwrap_err().to_string();
        assert!(
            complaint.contains("beyond the end"),
            "{args:02x?}: {complaint}"
        );
    }
}

#[test]
fn what_is_no_message_is_refused_with_what_was_wrong() {
    let complaint = |serializer: Serializer, frame: &[u8]| {
        serializer
            .decode(&Bytes::copy_from_slice(frame))
            .unwrap_err()
            .to_string()
    };
    for (serializer, bytes, expected) in [
        (
            MsgPack,
            &b""[..],
            "expected a MessagePack list that is a WAMP message: the end of the message",
        ),
        (MsgPack, b"\x80", "no list"),
        (
            MsgPack,
            b"\x92\x23\x07\x00",
            "more after the list at byte 3",
        ),
        (
            MsgPack,
            b"\x92\x23\xc1",
            "the byte that MessagePack never uses",
        ),
        (MsgPack, b"\x92\x23\xa1\xff", "expected UTF-8 text"),
        (
            MsgPack,
            b"\x98\x01\x01\x01\x01\x01\x01\x01\x01",
            "an eighth element",
        ),
        (
            MsgPack,
            b"\x92\xa1x\x01",
            "expected a message type (a number) first, got a string",
        ),
        (MsgPack, b"\x91\x07", "expected a known message type, got 7"),
        (
            MsgPack,
            b"\x93\x30\x01\x80",
            "expected CALL to have 4 to 6 elements, got 3",
        ),
        (
            MsgPack,
            b"\x94\x30\x01\x80\xc4\x01x",
            "CALL element 4 (Procedure): expected a string, got bytes",
        ),
        (
            MsgPack,
            b"\x94\x30\x01\x81\x01\x02\xa1a",
            "a key that is no text",
        ),
        (Cbor, b"", "expected a CBOR list that is a WAMP message"),
        (Cbor, b"\x82\x18\x23\xff", "an end of nothing"),
        (Cbor, b"\xff", "an end of nothing"),
        (Cbor, b"\x82\x18\x23\x61\xff", "expected UTF-8 text"),
        // The halves of a character may not come in two pieces.
        (
            Cbor,
            b"\x82\x18\x23\x7f\x61\xc3\x61\xa9\xff",
            "expected UTF-8 text",
        ),
        (
            Cbor,
            b"\x82\x18\x23\x5f\x61x\xff",
            "a piece of another kind",
        ),
        (
            Cbor,
            b"\x82\x18\x23\x5f\x5f\xff\xff",
            "pieces within a piece",
        ),
        (Cbor, b"\x82\x18\x23\x1c", "a head that CBOR does not have"),
        (Cbor, b"\x82\x18\x23\x1f", "a number without an end"),
        (
            Cbor,
            b"\x82\x18\x23\xe0",
            "a simple value without a meaning",
        ),
        (Cbor, b"\x83\x18\x30\x01\xbf\x61k\xff", "an end of nothing"),
        (Cbor, b"\x9f\x18\x23\x07", "the end of the message"),
    ] {
        let got = complaint(serializer, bytes);
        assert!(got.contains(expected), "{bytes:02x?}: {got}");
    }
}

#[test]
fn a_message_without_a_length_is_a_message() {
    let frame = Bytes::from_static(b"\x9f\x18\x23\x07\xff");
    assert_eq!(
        Cbor.decode(&frame),
        Ok(Message::Unsubscribed { request: 7 })
    );
}

#[test]
fn arguments_in_any_serializer_are_read_as_values() {
    let payload = Payload::json(&(1, "a"), &json!({"k": [true, null]})).unwrap();
    for serializer in Serializer::ALL {
        let payload = payload.written_in(serializer);
        assert_eq!(payload.serializer(), serializer);
        assert_eq!(payload.args_as::<(u8, String)>().unwrap().1, "a");
        assert_eq!(payload.kwargs().unwrap()["k"], json!([true, null]));
        let other = payload.with_kwargs(&json!({"n": 1})).unwrap();
        assert_eq!(other.args().unwrap(), payload.args().unwrap());
        assert_eq!(other.kwargs().unwrap()["n"], 1);
    }
}
