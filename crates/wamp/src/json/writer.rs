//! Tokens to JSON text.

use super::binary;
use crate::token::Token;

/// JSON being written.
#[derive(Debug, Default)]
pub(crate) struct JsonWriter {
    /// What is written.
    pub(crate) text: Vec<u8>,
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    map: bool,
    /// Keys, values and elements so far.
    count: usize,
}

impl JsonWriter {
    pub(crate) fn write(&mut self, token: &Token<'_>) {
        if *token == Token::End {
            let map = self.open.pop().is_some_and(|open| open.map);
            self.text.push(if map { b'}' } else { b']' });
            return;
        }
        if let Some(open) = self.open.last_mut() {
            match (open.count, open.map) {
                (0, _) => {}
                (count, true) if count % 2 == 1 => self.text.push(b':'),
                _ => self.text.push(b','),
            }
            open.count += 1;
        }
        match token {
            Token::Null | Token::End => self.text.extend_from_slice(b"null"),
            Token::Bool(value) => self.serialize(value),
            Token::Int(number) => self.serialize(number),
            // What is not finite becomes null.
            Token::Float(number) => self.serialize(number),
            Token::Text(text) => self.serialize(text),
            Token::Bytes(bytes) => self.serialize(&binary::to_text(bytes)),
            Token::List(_) => self.begin(false),
            Token::Map(_) => self.begin(true),
        }
    }

    fn begin(&mut self, map: bool) {
        self.text.push(if map { b'{' } else { b'[' });
        self.open.push(Open { map, count: 0 });
    }

    fn serialize(&mut self, value: &impl serde::Serialize) {
        serde_json::to_writer(&mut self.text, value).expect("plain values always serialize");
    }
}
