//! Options and details, which are JSON values here, from and to other serializers.

use std::borrow::Cow;

use serde_json::{Number, Value};

use crate::Dict;
use crate::json::binary;
use crate::token::{Fault, Token, Tokens, Wire};

/// The rest of a map that has begun. Nests as deep as its tokens do, which is bounded.
pub(crate) fn dict<'a>(tokens: &mut impl Tokens<'a>) -> Result<Dict, Fault> {
    let mut dict = Dict::new();
    while let Token::Text(key) = tokens.next()? {
        let first = tokens.next()?;
        dict.insert(key.into_owned(), value(tokens, first)?);
    }
    Ok(dict)
}

/// The value that begins with this token.
fn value<'a>(tokens: &mut impl Tokens<'a>, first: Token<'a>) -> Result<Value, Fault> {
    Ok(match first {
        Token::Null | Token::End => Value::Null,
        Token::Bool(value) => Value::from(value),
        Token::Int(number) => integer(number),
        // What is not finite has no JSON.
        Token::Float(number) => Number::from_f64(number).map_or(Value::Null, Value::from),
        Token::Text(text) => Value::from(text.into_owned()),
        Token::Bytes(bytes) => Value::from(binary::to_text(&bytes)),
        Token::List(_) => {
            let mut list = Vec::new();
            loop {
                match tokens.next()? {
                    Token::End => break Value::from(list),
                    first => list.push(value(tokens, first)?),
                }
            }
        }
        Token::Map(_) => Value::from(dict(tokens)?),
    })
}

fn integer(number: i128) -> Value {
    if let Ok(number) = u64::try_from(number) {
        Value::from(number)
    } else if let Ok(number) = i64::try_from(number) {
        Value::from(number)
    } else {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is meant")]
        Value::from(number as f64)
    }
}

/// Writes a dictionary.
pub(crate) fn write_dict<W: Wire>(out: &mut Vec<u8>, dict: &Dict) {
    W::write(out, &Token::Map(Some(dict.len())));
    for (key, value) in dict {
        W::write(out, &Token::Text(Cow::Borrowed(key)));
        write::<W>(out, value);
    }
}

fn write<W: Wire>(out: &mut Vec<u8>, value: &Value) {
    let token = match value {
        Value::Null => Token::Null,
        Value::Bool(value) => Token::Bool(*value),
        Value::Number(number) => match (number.as_i128(), number.as_f64()) {
            (Some(number), _) => Token::Int(number),
            (None, float) => Token::Float(float.unwrap_or(f64::NAN)),
        },
        Value::String(text) => match binary::from_text(text) {
            Some(bytes) => Token::Bytes(Cow::Owned(bytes)),
            None => Token::Text(Cow::Borrowed(text)),
        },
        Value::Array(list) => {
            W::write(out, &Token::List(Some(list.len())));
            list.iter().for_each(|value| write::<W>(out, value));
            return;
        }
        Value::Object(dict) => return write_dict::<W>(out, dict),
    };
    W::write(out, &token);
}
