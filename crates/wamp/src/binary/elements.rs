//! The elements of a message that is not text.

use std::marker::PhantomData;

use bytes::Bytes;

use crate::decode::{self, DecodeError, Element, List, Shape};
use crate::token::{Fault, Reader, Token, Tokens, Wire};
use crate::{Dict, Message, Serializer, value};

/// Reads one message from one frame.
pub(crate) fn decode<W: Wire>(frame: &Bytes) -> Result<Message, DecodeError> {
    let list = cut::<W>(frame).map_err(|fault| match fault {
        Fault::TooDeep => DecodeError::TooDeep,
        Fault::NotUtf8 => DecodeError::NotUtf8,
        Fault::Syntax(..) => DecodeError::Syntax {
            serializer: W::SERIALIZER,
            reason: fault.to_string(),
        },
    })?;
    decode::message(frame, list)
}

/// Checks the whole frame and finds where its elements are.
fn cut<W: Wire>(frame: &[u8]) -> Result<List<Slice<'_, W>>, Fault> {
    let mut reader = Reader::<W>::new(frame);
    let mut list = List::new();
    match reader.next()? {
        Token::List(_) => {}
        _ => return Err(Fault::Syntax("no list", 0)),
    }
    loop {
        let start = reader.at();
        match reader.next()? {
            Token::End => break,
            Token::List(_) | Token::Map(_) => reader.skip_to(1)?,
            _ => {}
        }
        if !list.push(Slice::new(&frame[start..reader.at()])) {
            return Err(Fault::Syntax("an eighth element", start));
        }
    }
    if !reader.is_done() {
        return Err(Fault::Syntax("more after the list", reader.at()));
    }
    Ok(list)
}

/// The bytes of one element, which have been checked.
struct Slice<'a, W> {
    bytes: &'a [u8],
    wire: PhantomData<W>,
}

impl<W> Clone for Slice<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W> Copy for Slice<'_, W> {}

impl<'a, W: Wire> Slice<'a, W> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            wire: PhantomData,
        }
    }

    fn first(self) -> Option<Token<'a>> {
        Reader::<W>::new(self.bytes).next().ok()
    }
}

impl<W: Wire> Element for Slice<'_, W> {
    const SERIALIZER: Serializer = W::SERIALIZER;

    fn number(self) -> Option<u64> {
        match self.first()? {
            Token::Int(number) => u64::try_from(number).ok(),
            Token::Float(number) => decode::whole(number),
            _ => None,
        }
    }

    fn text(self) -> Option<String> {
        match self.first()? {
            Token::Text(text) => Some(text.into_owned()),
            _ => None,
        }
    }

    fn dict(self) -> Option<Dict> {
        let mut reader = Reader::<W>::new(self.bytes);
        match reader.next().ok()? {
            Token::Map(_) => value::dict(&mut reader).ok(),
            _ => None,
        }
    }

    fn part(self, frame: &Bytes, shape: Shape) -> Option<Bytes> {
        let mut reader = Reader::<W>::new(self.bytes);
        match (reader.next().ok()?, shape) {
            (Token::Null, _) => Some(Bytes::new()),
            (Token::List(_), Shape::List) | (Token::Map(_), Shape::Map) => {
                match reader.next().ok()? {
                    Token::End => Some(Bytes::new()),
                    _ => Some(frame.slice_ref(self.bytes)),
                }
            }
            _ => None,
        }
    }

    fn describe(self) -> &'static str {
        match self.first() {
            None | Some(Token::End) => "nothing",
            Some(Token::Null) => "null",
            Some(Token::Bool(_)) => "a boolean",
            Some(Token::Int(_) | Token::Float(_)) => "another number",
            Some(Token::Text(_)) => "a string",
            Some(Token::Bytes(_)) => "bytes",
            Some(Token::List(_)) => "a list",
            Some(Token::Map(_)) => "an object",
        }
    }
}
