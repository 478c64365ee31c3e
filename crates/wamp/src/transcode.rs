//! The same value in another serializer's bytes, without a tree of it in between.

use crate::Serializer;
use crate::binary::{cbor::Cbor, msgpack::MsgPack};
use crate::json::{tokens::JsonTokens, writer::JsonWriter};
use crate::token::{Fault, Reader, Token, Tokens, Wire};

/// Rewrites one value. What was checked when it came in can always be rewritten.
///
/// Integers stay exact from -2^63 to 2^64 - 1, floats stay floats. What a serializer has no word for becomes the nearest it has: larger
/// integers floats, floats that are not finite null in JSON, undefined null, extensions of MessagePack their bytes, tags of CBOR what they
/// stand before.
pub(crate) fn transcode(from: Serializer, bytes: &[u8], to: Serializer) -> Result<Vec<u8>, Fault> {
    match from {
        Serializer::Json => {
            let text = std::str::from_utf8(bytes).map_err(|_| Fault::NotUtf8)?;
            rewrite(|| JsonTokens::new(text), to)
        }
        Serializer::MsgPack => rewrite(|| Reader::<MsgPack>::new(bytes), to),
        Serializer::Cbor => rewrite(|| Reader::<Cbor>::new(bytes), to),
    }
}

fn rewrite<'a, T: Tokens<'a>>(tokens: impl Fn() -> T, to: Serializer) -> Result<Vec<u8>, Fault> {
    match to {
        Serializer::Json => {
            let mut writer = JsonWriter::default();
            each(&mut tokens(), |token| writer.write(&token))?;
            Ok(writer.text)
        }
        Serializer::MsgPack => counted::<MsgPack, T>(&tokens),
        Serializer::Cbor => counted::<Cbor, T>(&tokens),
    }
}

/// Where the source does not say how long lists and maps are, they are counted first: there is no other way to write the shortest heads
/// without moving what comes after them.
fn counted<'a, W: Wire, T: Tokens<'a>>(tokens: &impl Fn() -> T) -> Result<Vec<u8>, Fault> {
    let counts = counts(&mut tokens())?;
    let mut next = counts.into_iter();
    let mut out = Vec::new();
    each(&mut tokens(), |token| {
        let token = match token {
            Token::List(None) => Token::List(next.next()),
            Token::Map(None) => Token::Map(next.next()),
            token => token,
        };
        W::write(&mut out, &token);
    })?;
    Ok(out)
}

/// How many elements or pairs there are in each list and map that does not say so, in the order in which they begin.
fn counts<'a>(tokens: &mut impl Tokens<'a>) -> Result<Vec<usize>, Fault> {
    /// What is open: which entry of `counts` it has, if it is counted, and whether it is a map.
    struct Open(Option<usize>, bool);
    let mut counts: Vec<usize> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut count = |token: Token<'_>| {
        let begins = match token {
            Token::End => {
                if let Some(Open(Some(entry), true)) = open.pop() {
                    // Keys were counted as well as values.
                    counts[entry] /= 2;
                }
                return;
            }
            Token::List(said) => Some((said, false)),
            Token::Map(said) => Some((said, true)),
            _ => None,
        };
        if let Some(Open(Some(entry), _)) = open.last() {
            counts[*entry] += 1;
        }
        if let Some((said, map)) = begins {
            let entry = said.is_none().then_some(counts.len());
            if entry.is_some() {
                counts.push(0);
            }
            open.push(Open(entry, map));
        }
    };
    each(tokens, &mut count)?;
    Ok(counts)
}

/// Goes through the tokens of one value.
fn each<'a>(tokens: &mut impl Tokens<'a>, mut take: impl FnMut(Token<'a>)) -> Result<(), Fault> {
    let mut depth = 0_usize;
    loop {
        let token = tokens.next()?;
        match token {
            Token::List(_) | Token::Map(_) => depth += 1,
            Token::End => depth = depth.saturating_sub(1),
            _ => {}
        }
        take(token);
        if depth == 0 {
            return Ok(());
        }
    }
}
