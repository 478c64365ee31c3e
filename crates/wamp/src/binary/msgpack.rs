//! MessagePack, as <https://github.com/msgpack/msgpack/blob/master/spec.md> has it.

use std::borrow::Cow;

use crate::Serializer;
use crate::token::{Cursor, Fault, Item, Token, Wire};

/// `wamp.2.msgpack`.
#[derive(Debug)]
pub(crate) struct MsgPack;

impl Wire for MsgPack {
    const SERIALIZER: Serializer = Serializer::MsgPack;

    fn item<'a>(input: &mut Cursor<'a>) -> Result<Item<'a>, Fault> {
        let head = input.byte()?;
        let short = usize::from(head & 0x0f);
        Ok(Item::Token(match head {
            0x00..=0x7f => Token::Int(head.into()),
            0x80..=0x8f => Token::Map(Some(short)),
            0x90..=0x9f => Token::List(Some(short)),
            0xa0..=0xbf => text(input, usize::from(head & 0x1f))?,
            0xc0 => Token::Null,
            0xc1 => return Err(input.fault("the byte that MessagePack never uses")),
            0xc2 => Token::Bool(false),
            0xc3 => Token::Bool(true),
            0xc4..=0xc6 => {
                let length = length(input, head - 0xc4)?;
                bytes(input, length)?
            }
            0xc7..=0xc9 => {
                let length = length(input, head - 0xc7)?;
                extension(input, length)?
            }
            0xca => Token::Float(f32::from_be_bytes(input.array()?).into()),
            0xcb => Token::Float(f64::from_be_bytes(input.array()?)),
            0xcc => Token::Int(u8::from_be_bytes(input.array()?).into()),
            0xcd => Token::Int(u16::from_be_bytes(input.array()?).into()),
            0xce => Token::Int(u32::from_be_bytes(input.array()?).into()),
            0xcf => Token::Int(u64::from_be_bytes(input.array()?).into()),
            0xd0 => Token::Int(i8::from_be_bytes(input.array()?).into()),
            0xd1 => Token::Int(i16::from_be_bytes(input.array()?).into()),
            0xd2 => Token::Int(i32::from_be_bytes(input.array()?).into()),
            0xd3 => Token::Int(i64::from_be_bytes(input.array()?).into()),
            0xd4..=0xd8 => extension(input, 1 << (head - 0xd4))?,
            0xd9..=0xdb => {
                let length = length(input, head - 0xd9)?;
                text(input, length)?
            }
            0xdc | 0xdd => Token::List(Some(length(input, head - 0xdc + 1)?)),
            0xde | 0xdf => Token::Map(Some(length(input, head - 0xde + 1)?)),
            0xe0..=0xff => Token::Int(head.cast_signed().into()),
        }))
    }

    fn write(out: &mut Vec<u8>, token: &Token<'_>) {
        match token {
            Token::Null => out.push(0xc0),
            Token::Bool(value) => out.push(0xc2 + u8::from(*value)),
            Token::Int(number) => write_int(out, *number),
            Token::Float(number) => {
                out.push(0xcb);
                out.extend_from_slice(&number.to_be_bytes());
            }
            Token::Text(text) => {
                match u8::try_from(text.len()) {
                    Ok(length @ 0..=31) => out.push(0xa0 | length),
                    _ => write_length(out, text.len(), [Some(0xd9), Some(0xda), Some(0xdb)]),
                }
                out.extend_from_slice(text.as_bytes());
            }
            Token::Bytes(bytes) => {
                write_length(out, bytes.len(), [Some(0xc4), Some(0xc5), Some(0xc6)]);
                out.extend_from_slice(bytes);
            }
            Token::List(count) => write_count(out, *count, 0x90, 0xdc),
            Token::Map(count) => write_count(out, *count, 0x80, 0xde),
            Token::End => {}
        }
    }
}

/// A length in one, two or four bytes: `width` 0, 1 or 2.
fn length(input: &mut Cursor<'_>, width: u8) -> Result<usize, Fault> {
    Ok(match width {
        0 => usize::from(input.byte()?),
        1 => usize::from(u16::from_be_bytes(input.array()?)),
        _ => usize::try_from(u32::from_be_bytes(input.array()?)).unwrap_or(usize::MAX),
    })
}

fn text<'a>(input: &mut Cursor<'a>, length: usize) -> Result<Token<'a>, Fault> {
    Ok(Token::Text(Cow::Borrowed(input.text(length)?)))
}

fn bytes<'a>(input: &mut Cursor<'a>, length: usize) -> Result<Token<'a>, Fault> {
    Ok(Token::Bytes(Cow::Borrowed(input.slice(length)?)))
}

/// What an extension means only its users know; for others it is its bytes. But for one: the msgpackr and msgpack5 of JavaScript write
/// `undefined` so, also in options that nobody has set.
fn extension<'a>(input: &mut Cursor<'a>, length: usize) -> Result<Token<'a>, Fault> {
    let kind = input.byte()?;
    let bytes = input.slice(length)?;
    Ok(match (kind, bytes) {
        (0, [0]) => Token::Null,
        _ => Token::Bytes(Cow::Borrowed(bytes)),
    })
}

/// The shortest form. What no integer of MessagePack holds becomes the nearest float.
fn write_int(out: &mut Vec<u8>, number: i128) {
    if let Ok(number) = u64::try_from(number) {
        match number {
            0..=0x7f => out.push(number.to_be_bytes()[7]),
            0x80..=0xff => put(out, 0xcc, &number.to_be_bytes()[7..]),
            0x100..=0xffff => put(out, 0xcd, &number.to_be_bytes()[6..]),
            0x1_0000..=0xffff_ffff => put(out, 0xce, &number.to_be_bytes()[4..]),
            _ => put(out, 0xcf, &number.to_be_bytes()),
        }
    } else if let Ok(number) = i64::try_from(number) {
        match number {
            -0x20.. => out.push(number.to_be_bytes()[7]),
            -0x80.. => put(out, 0xd0, &number.to_be_bytes()[7..]),
            -0x8000.. => put(out, 0xd1, &number.to_be_bytes()[6..]),
            -0x8000_0000.. => put(out, 0xd2, &number.to_be_bytes()[4..]),
            _ => put(out, 0xd3, &number.to_be_bytes()),
        }
    } else {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is meant")]
        MsgPack::write(out, &Token::Float(number as f64));
    }
}

fn put(out: &mut Vec<u8>, head: u8, bytes: &[u8]) {
    out.push(head);
    out.extend_from_slice(bytes);
}

/// A head with a length in one, two or four bytes, where there is a head for that.
fn write_length(out: &mut Vec<u8>, length: usize, heads: [Option<u8>; 3]) {
    let bytes = u32::try_from(length)
        .expect("a message is far shorter than 4 GB")
        .to_be_bytes();
    match (length, heads) {
        (0..=0xff, [Some(head), _, _]) => put(out, head, &bytes[3..]),
        (0..=0xffff, [_, Some(head), _]) => put(out, head, &bytes[2..]),
        (_, [_, _, head]) => put(out, head.unwrap_or_default(), &bytes),
    }
}

fn write_count(out: &mut Vec<u8>, count: Option<usize>, short: u8, long: u8) {
    let count = count.expect("whoever writes has counted");
    match u8::try_from(count) {
        Ok(count @ 0..=15) => out.push(short | count),
        _ => write_length(out, count, [None, Some(long), Some(long + 1)]),
    }
}
