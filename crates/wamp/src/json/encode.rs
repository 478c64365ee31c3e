//! Messages to JSON text.

use bytes::Bytes;
use serde_json::Value;

use crate::{Dict, Id, Kind, Message, Payload};

/// The JSON text of `message`. Trailing empty arguments are left out.
#[must_use]
pub fn encode(message: &Message) -> Bytes {
    let size = message.payload().map_or(0, Payload::len);
    let mut list = List::open(message.kind(), size);
    match message {
        Message::Hello { realm, details } => {
            list.text(realm);
            list.dict(details);
        }
        Message::Welcome { session, details } => {
            list.id(*session);
            list.dict(details);
        }
        Message::Abort { details, reason } | Message::Goodbye { details, reason } => {
            list.dict(details);
            list.text(reason);
        }
        Message::Challenge { method, extra } => {
            list.text(method);
            list.dict(extra);
        }
        Message::Authenticate { signature, extra } => {
            list.text(signature.reveal());
            list.dict(extra);
        }
        Message::Error {
            request_kind,
            request,
            details,
            error,
            payload,
        } => {
            list.id(request_kind.code());
            list.id(*request);
            list.dict(details);
            list.text(error);
            list.payload(payload);
        }
        Message::Publish {
            request,
            options,
            topic: uri,
            payload,
        }
        | Message::Call {
            request,
            options,
            procedure: uri,
            payload,
        } => {
            list.id(*request);
            list.dict(options);
            list.text(uri);
            list.payload(payload);
        }
        Message::Subscribe {
            request,
            options,
            topic: uri,
        }
        | Message::Register {
            request,
            options,
            procedure: uri,
        } => {
            list.id(*request);
            list.dict(options);
            list.text(uri);
        }
        Message::Published {
            request,
            publication: id,
        }
        | Message::Subscribed {
            request,
            subscription: id,
        }
        | Message::Unsubscribe {
            request,
            subscription: id,
        }
        | Message::Registered {
            request,
            registration: id,
        }
        | Message::Unregister {
            request,
            registration: id,
        } => {
            list.id(*request);
            list.id(*id);
        }
        Message::Unsubscribed { request } => list.id(*request),
        Message::Unregistered { request, details } => {
            list.id(*request);
            if !details.is_empty() {
                list.dict(details);
            }
        }
        Message::Cancel { request, options } | Message::Interrupt { request, options } => {
            list.id(*request);
            list.dict(options);
        }
        Message::Event {
            subscription: first,
            publication: second,
            details,
            payload,
        }
        | Message::Invocation {
            request: first,
            registration: second,
            details,
            payload,
        } => {
            list.id(*first);
            list.id(*second);
            list.dict(details);
            list.payload(payload);
        }
        Message::Result {
            request,
            details,
            payload,
        }
        | Message::Yield {
            request,
            options: details,
            payload,
        } => {
            list.id(*request);
            list.dict(details);
            list.payload(payload);
        }
    }
    list.close()
}

/// A JSON list being written.
struct List(Vec<u8>);

impl List {
    /// Room for a usual envelope besides the payload.
    const ENVELOPE: usize = 128;

    fn open(kind: Kind, payload: usize) -> Self {
        let mut text = Vec::with_capacity(Self::ENVELOPE + payload);
        text.push(b'[');
        push_number(&mut text, kind.code());
        Self(text)
    }

    fn id(&mut self, id: Id) {
        self.0.push(b',');
        push_number(&mut self.0, id);
    }

    fn text(&mut self, text: &str) {
        self.0.push(b',');
        push_text(&mut self.0, text);
    }

    fn dict(&mut self, dict: &Dict) {
        self.0.extend_from_slice(b",{");
        for (position, (key, value)) in dict.iter().enumerate() {
            if position > 0 {
                self.0.push(b',');
            }
            push_text(&mut self.0, key);
            self.0.push(b':');
            push_value(&mut self.0, value);
        }
        self.0.push(b'}');
    }

    fn payload(&mut self, payload: &Payload) {
        if payload.is_empty() {
            return;
        }
        self.0.push(b',');
        if payload.raw_args().is_empty() {
            self.0.extend_from_slice(b"[]");
        } else {
            self.0.extend_from_slice(payload.raw_args());
        }
        if !payload.raw_kwargs().is_empty() {
            self.0.push(b',');
            self.0.extend_from_slice(payload.raw_kwargs());
        }
    }

    fn close(mut self) -> Bytes {
        self.0.push(b']');
        Bytes::from(self.0)
    }
}

fn push_number(text: &mut Vec<u8>, mut number: u64) {
    // 2^64 has twenty digits.
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + u8::try_from(number % 10).expect("a digit fits a byte");
        number /= 10;
        if number == 0 {
            break;
        }
    }
    text.extend_from_slice(&digits[start..]);
}

fn push_text(text: &mut Vec<u8>, value: &str) {
    serde_json::to_writer(text, value).expect("text always serializes");
}

fn push_value(text: &mut Vec<u8>, value: &Value) {
    serde_json::to_writer(text, value).expect("JSON values always serialize");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(payload: Payload) -> String {
        let message = Message::Call {
            request: 1,
            options: Dict::new(),
            procedure: "a.b".to_owned(),
            payload,
        };
        String::from_utf8(encode(&message).to_vec()).unwrap()
    }

    #[test]
    fn pitfall_27_trailing_empty_arguments_are_left_out() {
        let with = |args, kwargs| call(Payload::json(&args, &kwargs).unwrap());
        assert_eq!(with(json!([]), json!({})), r#"[48,1,{},"a.b"]"#);
        assert_eq!(with(json!([1]), json!({})), r#"[48,1,{},"a.b",[1]]"#);
        assert_eq!(
            with(json!([]), json!({"k": 1})),
            r#"[48,1,{},"a.b",[],{"k":1}]"#
        );
    }

    #[test]
    fn numbers_are_written_in_full() {
        let mut text = Vec::new();
        for number in [0, 7, 10, 1 << 53, u64::MAX] {
            text.clear();
            push_number(&mut text, number);
            assert_eq!(String::from_utf8_lossy(&text), number.to_string());
        }
    }
}
