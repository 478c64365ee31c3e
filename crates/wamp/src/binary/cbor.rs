//! CBOR, as RFC 8949 has it.

use std::borrow::Cow;

use crate::Serializer;
use crate::token::{Cursor, Fault, Item, Token, Wire};

/// `wamp.2.cbor`.
#[derive(Debug)]
pub(crate) struct Cbor;

const BYTES: u8 = 2;
const TEXT: u8 = 3;
const LIST: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;

/// The tags of integers that are written as bytes, and of negative ones.
const BIG: [u64; 2] = [2, 3];

/// What follows a head.
enum Argument {
    Number(u64),
    /// The end comes with a break.
    Indefinite,
}

impl Wire for Cbor {
    const SERIALIZER: Serializer = Serializer::Cbor;

    fn item<'a>(input: &mut Cursor<'a>) -> Result<Item<'a>, Fault> {
        let mut head = input.byte()?;
        if head == 0xff {
            return Ok(Item::Break);
        }
        let mut tag = None;
        while head >> 5 == TAG {
            match argument(input, head)? {
                Argument::Number(number) => tag = Some(number),
                Argument::Indefinite => return Err(input.fault("a tag without a number")),
            }
            head = input.byte()?;
        }
        let token = untagged(input, head)?;
        Ok(Item::Token(match (token, tag) {
            (Token::Bytes(bytes), Some(tag)) if BIG.contains(&tag) => big(&bytes, tag == BIG[1]),
            (token, _) => token,
        }))
    }

    fn write(out: &mut Vec<u8>, token: &Token<'_>) {
        match token {
            Token::Null => out.push(0xf6),
            Token::Bool(value) => out.push(0xf4 + u8::from(*value)),
            Token::Int(number) => write_int(out, *number),
            Token::Float(number) => {
                out.push(0xfb);
                out.extend_from_slice(&number.to_be_bytes());
            }
            Token::Text(text) => {
                write_head(out, TEXT, text.len() as u64);
                out.extend_from_slice(text.as_bytes());
            }
            Token::Bytes(bytes) => {
                write_head(out, BYTES, bytes.len() as u64);
                out.extend_from_slice(bytes);
            }
            Token::List(count) => write_head(out, LIST, counted(*count)),
            Token::Map(count) => write_head(out, MAP, counted(*count)),
            Token::End => {}
        }
    }
}

fn counted(count: Option<usize>) -> u64 {
    count.expect("whoever writes has counted") as u64
}

fn argument(input: &mut Cursor<'_>, head: u8) -> Result<Argument, Fault> {
    Ok(Argument::Number(match head & 0x1f {
        small @ 0..=23 => small.into(),
        24 => input.byte()?.into(),
        25 => u16::from_be_bytes(input.array()?).into(),
        26 => u32::from_be_bytes(input.array()?).into(),
        27 => u64::from_be_bytes(input.array()?),
        31 => return Ok(Argument::Indefinite),
        _ => return Err(input.fault("a head that CBOR does not have")),
    }))
}

fn untagged<'a>(input: &mut Cursor<'a>, head: u8) -> Result<Token<'a>, Fault> {
    let major = head >> 5;
    if major == 7 {
        return simple(input, head);
    }
    let length = match argument(input, head)? {
        Argument::Number(number) if major < BYTES => {
            let number = i128::from(number);
            return Ok(Token::Int(if major == 0 { number } else { -1 - number }));
        }
        Argument::Number(number) => Some(usize::try_from(number).unwrap_or(usize::MAX)),
        Argument::Indefinite => None,
    };
    match (major, length) {
        (BYTES, Some(length)) => Ok(Token::Bytes(Cow::Borrowed(input.slice(length)?))),
        (TEXT, Some(length)) => Ok(Token::Text(Cow::Borrowed(input.text(length)?))),
        (BYTES, None) => Ok(Token::Bytes(Cow::Owned(chunks(input, BYTES)?))),
        (TEXT, None) => {
            let text = String::from_utf8(chunks(input, TEXT)?).map_err(|_| Fault::NotUtf8)?;
            Ok(Token::Text(Cow::Owned(text)))
        }
        (LIST, length) => Ok(Token::List(length)),
        (MAP, length) => Ok(Token::Map(length)),
        _ => Err(input.fault("a number without an end")),
    }
}

/// Text or bytes in pieces.
fn chunks(input: &mut Cursor<'_>, major: u8) -> Result<Vec<u8>, Fault> {
    let mut whole = Vec::new();
    loop {
        let head = input.byte()?;
        if head == 0xff {
            return Ok(whole);
        }
        if head >> 5 != major {
            return Err(input.fault("a piece of another kind"));
        }
        let Argument::Number(length) = argument(input, head)? else {
            return Err(input.fault("pieces within a piece"));
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let piece = input.slice(length)?;
        if major == TEXT && std::str::from_utf8(piece).is_err() {
            return Err(Fault::NotUtf8);
        }
        whole.extend_from_slice(piece);
    }
}

fn simple<'a>(input: &mut Cursor<'a>, head: u8) -> Result<Token<'a>, Fault> {
    Ok(match head & 0x1f {
        20 => Token::Bool(false),
        21 => Token::Bool(true),
        // Null, and undefined, which JavaScript tells from it.
        22 | 23 => Token::Null,
        25 => Token::Float(half(u16::from_be_bytes(input.array()?))),
        26 => Token::Float(f32::from_be_bytes(input.array()?).into()),
        27 => Token::Float(f64::from_be_bytes(input.array()?)),
        _ => return Err(input.fault("a simple value without a meaning")),
    })
}

/// A float of 16 bits.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let size = match (bits >> 10) & 0x1f {
        0 => fraction / 2_f64.powi(24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction / 1_024.0) * 2_f64.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// An integer of any size; the nearest float, if it is too large for us.
fn big<'a>(bytes: &[u8], negative: bool) -> Token<'a> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let bytes = &bytes[zeros..];
    if bytes.len() < size_of::<i128>() {
        let size = bytes
            .iter()
            .fold(0, |size: i128, byte| size << 8 | i128::from(*byte));
        Token::Int(if negative { -1 - size } else { size })
    } else {
        let size = bytes
            .iter()
            .fold(0.0, |size, byte| size * 256.0 + f64::from(*byte));
        Token::Float(if negative { -size } else { size })
    }
}

/// The shortest form. What no plain integer of CBOR holds becomes the nearest float.
fn write_int(out: &mut Vec<u8>, number: i128) {
    if let Ok(number) = u64::try_from(number) {
        write_head(out, 0, number);
    } else if let Ok(number) = u64::try_from(-1 - number) {
        write_head(out, 1, number);
    } else {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is meant")]
        Cbor::write(out, &Token::Float(number as f64));
    }
}

fn write_head(out: &mut Vec<u8>, major: u8, number: u64) {
    let major = major << 5;
    let bytes = number.to_be_bytes();
    match number {
        0..=23 => out.push(major | bytes[7]),
        24..=0xff => out.extend_from_slice(&[major | 24, bytes[7]]),
        0x100..=0xffff => {
            out.push(major | 25);
            out.extend_from_slice(&bytes[6..]);
        }
        0x1_0000..=0xffff_ffff => {
            out.push(major | 26);
            out.extend_from_slice(&bytes[4..]);
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_of_16_bits_are_what_the_rfc_says() {
        // RFC 8949, appendix A.
        for (bits, value) in [
            (0x3c00, 1.0),
            (0x3e00, 1.5),
            (0x7bff, 65_504.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x0400, 0.000_061_035_156_25),
            (0xc400, -4.0),
            (0x7c00, f64::INFINITY),
            (0xfc00, f64::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:04x}");
        }
        assert!(half(0x7e00).is_nan());
    }
}
