//! JSON that has been checked already, piece by piece.

use std::borrow::Cow;

use super::binary;
use crate::token::{Fault, Token, Tokens};

/// Reads text that is known to be one JSON value: commas and colons say nothing then.
#[derive(Debug)]
pub(crate) struct JsonTokens<'a> {
    text: &'a str,
    at: usize,
    /// For each list and map that is open: does a key come next?
    open: Vec<Option<bool>>,
}

impl<'a> JsonTokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            open: Vec::new(),
        }
    }

    fn fault(&self, what: &'static str) -> Fault {
        Fault::Syntax(what, self.at)
    }

    /// The text from here to where `ends` says, which is passed over.
    fn take(&mut self, ends: impl Fn(u8) -> bool) -> &'a str {
        let rest = &self.text[self.at..];
        let length = rest.bytes().position(ends).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// A string whose opening quote has been read.
    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let plain = self.take(|byte| matches!(byte, b'"' | b'\\'));
        if self.text.as_bytes().get(self.at) == Some(&b'"') {
            self.at += 1;
            return Ok(Cow::Borrowed(plain));
        }
        let mut whole = plain.to_owned();
        loop {
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(whole));
                }
                Some(b'\\') => {
                    self.at += 1;
                    whole.push(self.escape()?);
                }
                Some(_) => whole.push_str(self.take(|byte| matches!(byte, b'"' | b'\\'))),
                None => return Err(self.fault("the end in a string")),
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<char, Fault> {
        let kind = self.text.as_bytes().get(self.at).copied();
        self.at += 1;
        Ok(match kind {
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_point(),
            Some(itself @ (b'"' | b'\\' | b'/')) => itself.into(),
            _ => return Err(self.fault("an unknown escape")),
        })
    }

    /// What stands behind `\u`. Half of a surrogate pair is no character, and is replaced.
    fn code_point(&mut self) -> Result<char, Fault> {
        let first = self.hex()?;
        if !(0xd800..0xdc00).contains(&first) {
            return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        let here = self.at;
        if self.text[self.at..].starts_with("\\u") {
            self.at += 2;
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let both = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(both).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.at = here;
        Ok(char::REPLACEMENT_CHARACTER)
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let digits = self.text.get(self.at..self.at + 4);
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        self.at += 4;
        number.ok_or_else(|| self.fault("an escape without four digits"))
    }

    fn number(&mut self) -> Result<Token<'a>, Fault> {
        let digits =
            self.take(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
        // An integer has no zero with a sign; a float has.
        if digits != "-0"
            && let Ok(number) = digits.parse()
        {
            return Ok(Token::Int(number));
        }
        let number = digits.parse().map_err(|_| self.fault("no value"))?;
        Ok(Token::Float(number))
    }
}

impl<'a> Tokens<'a> for JsonTokens<'a> {
    fn next(&mut self) -> Result<Token<'a>, Fault> {
        self.take(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b':'));
        let Some(first) = self.text.as_bytes().get(self.at).copied() else {
            return Err(self.fault("the end"));
        };
        if let b']' | b'}' = first {
            self.at += 1;
            self.open.pop();
            return Ok(Token::End);
        }
        let is_key = match self.open.last_mut() {
            Some(Some(key)) => std::mem::replace(key, !*key),
            _ => false,
        };
        match first {
            b'[' => {
                self.at += 1;
                self.open.push(None);
                Ok(Token::List(None))
            }
            b'{' => {
                self.at += 1;
                self.open.push(Some(true));
                Ok(Token::Map(None))
            }
            b'"' => {
                self.at += 1;
                let text = self.string()?;
                match binary::from_text(&text) {
                    Some(bytes) if !is_key => Ok(Token::Bytes(Cow::Owned(bytes))),
                    _ => Ok(Token::Text(text)),
                }
            }
            b'a'..=b'z' => match self.take(|byte| !byte.is_ascii_lowercase()) {
                "null" => Ok(Token::Null),
                "true" => Ok(Token::Bool(true)),
                "false" => Ok(Token::Bool(false)),
                _ => Err(self.fault("no value")),
            },
            _ => self.number(),
        }
    }
}
