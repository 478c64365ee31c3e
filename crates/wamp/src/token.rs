//! Values as a stream of tokens: what the three serializers have in common.
//!
//! Nothing here recurses or allocates by what a message announces, so a hostile one costs what its bytes cost.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// How deep lists and maps may nest in a message, the message itself counted.
///
/// Below the 128 levels at which `serde_json` stops, so that whoever parses a payload later can.
pub const MAX_DEPTH: usize = 100;

/// A piece of a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token<'a> {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
    /// A list begins: of so many elements, if that is said.
    List(Option<usize>),
    /// A map begins: of so many pairs, if that is said. Keys are texts.
    Map(Option<usize>),
    /// A list or a map ends.
    End,
}

/// Why bytes are no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    TooDeep,
    NotUtf8,
    /// What was found at which byte.
    Syntax(&'static str, usize),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooDeep => write!(f, "more than {MAX_DEPTH} levels of lists and maps"),
            Self::NotUtf8 => f.write_str("text that is not UTF-8"),
            Self::Syntax(what, at) => write!(f, "{what} at byte {at}"),
        }
    }
}

/// Something that values are read from.
pub(crate) trait Tokens<'a> {
    fn next(&mut self) -> Result<Token<'a>, Fault>;
}

/// A serializer whose values are bytes: how one item is read and written.
pub(crate) trait Wire {
    /// Which one it is.
    const SERIALIZER: crate::Serializer;

    fn item<'a>(input: &mut Cursor<'a>) -> Result<Item<'a>, Fault>;

    /// Writes one token. Lists and maps must say how many they are of; their end is not written.
    fn write(out: &mut Vec<u8>, token: &Token<'_>);
}

/// What stands at one place of the input.
pub(crate) enum Item<'a> {
    Token(Token<'a>),
    /// The end of a list or map that did not say how long it is.
    Break,
}

/// Bytes being read.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Cursor<'a> {
    /// A complaint about what was read last.
    pub(crate) fn fault(&self, what: &'static str) -> Fault {
        Fault::Syntax(what, self.at)
    }

    fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(crate) fn byte(&mut self) -> Result<u8, Fault> {
        self.array().map(|[byte]| byte)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.bytes.get(self.at..).unwrap_or_default();
        let found = bytes.first_chunk::<N>().copied();
        let found =
            found.ok_or_else(|| self.fault("the end of the message in the middle of it"))?;
        self.at += N;
        Ok(found)
    }

    pub(crate) fn slice(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        if length > self.left() {
            return Err(self.fault("a length beyond the end of the message"));
        }
        let slice = &self.bytes[self.at..self.at + length];
        self.at += length;
        Ok(slice)
    }

    pub(crate) fn text(&mut self, length: usize) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.slice(length)?).map_err(|_| Fault::NotUtf8)
    }
}

/// A list or map that has begun.
#[derive(Clone, Copy, Debug)]
struct Open {
    map: bool,
    /// Elements or pairs still to come, if that was said.
    left: Option<usize>,
    /// In a map: does a value come next?
    value: bool,
}

/// Reads a value of a binary serializer, checking all of it.
#[derive(Debug)]
pub(crate) struct Reader<'a, W> {
    input: Cursor<'a>,
    open: Vec<Open>,
    wire: PhantomData<W>,
}

impl<'a, W: Wire> Reader<'a, W> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self {
            input: Cursor { bytes, at: 0 },
            open: Vec::new(),
            wire: PhantomData,
        }
    }

    /// How far it has come.
    pub(crate) fn at(&self) -> usize {
        self.input.at
    }

    /// Is everything read?
    pub(crate) fn is_done(&self) -> bool {
        self.input.left() == 0
    }

    /// Goes on until only `depth` lists and maps are open, behind one value at least.
    pub(crate) fn skip_to(&mut self, depth: usize) -> Result<(), Fault> {
        loop {
            self.next()?;
            if self.open.len() <= depth {
                return Ok(());
            }
        }
    }

    /// Opens a list or map, if there can be so much in it.
    fn push(&mut self, map: bool, left: Option<usize>) -> Result<(), Fault> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Fault::TooDeep);
        }
        // Every element takes a byte at least, and a pair two.
        let least = left.unwrap_or(0).saturating_mul(if map { 2 } else { 1 });
        if least > self.input.left() {
            return Err(self.input.fault("a length beyond the end of the message"));
        }
        self.open.push(Open {
            map,
            left,
            value: false,
        });
        Ok(())
    }
}

impl<'a, W: Wire> Tokens<'a> for Reader<'a, W> {
    fn next(&mut self) -> Result<Token<'a>, Fault> {
        if let Some(Open {
            left: Some(0),
            value: false,
            ..
        }) = self.open.last()
        {
            self.open.pop();
            return Ok(Token::End);
        }
        let token = match W::item(&mut self.input)? {
            Item::Token(token) => token,
            Item::Break => {
                let last = self.open.pop();
                return match last {
                    Some(Open {
                        left: None,
                        value: false,
                        ..
                    }) => Ok(Token::End),
                    _ => Err(self.input.fault("an end of nothing")),
                };
            }
        };
        let mut token = token;
        if let Some(open) = self.open.last_mut() {
            if open.map && !open.value {
                token = Token::Text(key(token, &self.input)?);
                open.value = true;
                return Ok(token);
            }
            open.value = false;
            open.left = open.left.map(|left| left - 1);
        }
        match token {
            Token::List(left) => self.push(false, left)?,
            Token::Map(left) => self.push(true, left)?,
            _ => {}
        }
        Ok(token)
    }
}

/// A key is text. Old MessagePack knew no difference between text and bytes, so bytes that are text will do.
fn key<'a>(token: Token<'a>, input: &Cursor<'_>) -> Result<Cow<'a, str>, Fault> {
    match token {
        Token::Text(text) => Ok(text),
        Token::Bytes(Cow::Borrowed(bytes)) => std::str::from_utf8(bytes)
            .map(Cow::Borrowed)
            .map_err(|_| Fault::NotUtf8),
        _ => Err(input.fault("a key that is no text")),
    }
}
