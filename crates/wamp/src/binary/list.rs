//! A message written as a list that is not text.

use std::borrow::Cow;
use std::marker::PhantomData;

use bytes::Bytes;

use crate::encode::{self, List};
use crate::token::{Token, Wire};
use crate::{Dict, Id, Kind, Message, Payload, value};

/// Writes one message.
pub(crate) fn encode<W: Wire>(message: &Message) -> Bytes {
    encode::message::<BinaryList<W>>(message)
}

/// The list: a head of one byte, which comes last, and the elements.
struct BinaryList<W> {
    out: Vec<u8>,
    count: usize,
    wire: PhantomData<W>,
}

impl<W: Wire> BinaryList<W> {
    fn push(&mut self, token: &Token<'_>) {
        self.count += 1;
        W::write(&mut self.out, token);
    }
}

impl<W: Wire> List for BinaryList<W> {
    fn open(kind: Kind, room: usize) -> Self {
        let mut out = Vec::with_capacity(room);
        out.push(0);
        let mut list = Self {
            out,
            count: 0,
            wire: PhantomData,
        };
        list.id(kind.code());
        list
    }

    fn id(&mut self, id: Id) {
        self.push(&Token::Int(id.into()));
    }

    fn text(&mut self, text: &str) {
        self.push(&Token::Text(Cow::Borrowed(text)));
    }

    fn dict(&mut self, dict: &Dict) {
        self.count += 1;
        value::write_dict::<W>(&mut self.out, dict);
    }

    fn payload(&mut self, payload: &Payload) {
        if payload.is_empty() {
            return;
        }
        let payload = payload.written_in(W::SERIALIZER);
        if payload.raw_args().is_empty() {
            self.push(&Token::List(Some(0)));
        } else {
            self.count += 1;
            self.out.extend_from_slice(payload.raw_args());
        }
        if !payload.raw_kwargs().is_empty() {
            self.count += 1;
            self.out.extend_from_slice(payload.raw_kwargs());
        }
    }

    fn close(mut self) -> Bytes {
        let mut head = Vec::with_capacity(1);
        W::write(&mut head, &Token::List(Some(self.count)));
        // At most seven elements: their number is in the head's one byte.
        self.out[..1].copy_from_slice(&head);
        Bytes::from(self.out)
    }
}
