//! A message written as a JSON list.

use bytes::Bytes;
use serde_json::Value;

use crate::encode::{self, List};
use crate::{Dict, Id, Kind, Message, Payload, Serializer};

/// Writes one message.
pub(crate) fn encode(message: &Message) -> Bytes {
    encode::message::<JsonList>(message)
}

/// The text so far.
struct JsonList(Vec<u8>);

impl List for JsonList {
    fn open(kind: Kind, room: usize) -> Self {
        let mut text = Vec::with_capacity(room);
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
        let payload = payload.written_in(Serializer::Json);
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
