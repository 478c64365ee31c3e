//! From a message to the elements of a list, whatever the list is written in.

use bytes::Bytes;

use crate::{Dict, Id, Kind, Message, Payload};

/// Room for a usual envelope besides the payload, in bytes.
const ENVELOPE: usize = 128;

/// A list being written.
pub(crate) trait List {
    /// A list that begins with the number of `kind`, with room for so many bytes.
    fn open(kind: Kind, room: usize) -> Self;

    fn id(&mut self, id: Id);

    fn text(&mut self, text: &str);

    fn dict(&mut self, dict: &Dict);

    /// The arguments; trailing empty ones are left out.
    fn payload(&mut self, payload: &Payload);

    fn close(self) -> Bytes;
}

/// Writes `message` as a list of this form.
pub(crate) fn message<L: List>(message: &Message) -> Bytes {
    let size = message.payload().map_or(0, Payload::len);
    let mut list = L::open(message.kind(), ENVELOPE + size);
    match message {
        Message::Hello { realm, details } => {
            list.text(realm);
            list.dict(details);
        }
        Message::Welcome { session, details } => {
            list.id(*session);
            list.dict(details);
        }
        Message::Abort { details, reason } | Message::Goodbye { details, reason } => {
            list.dict(details);
            list.text(reason);
        }
        Message::Challenge { method, extra } => {
            list.text(method);
            list.dict(extra);
        }
        Message::Authenticate { signature, extra } => {
            list.text(signature.reveal());
            list.dict(extra);
        }
        Message::Error {
            request_kind,
            request,
            details,
            error,
            payload,
        } => {
            list.id(request_kind.code());
            list.id(*request);
            list.dict(details);
            list.text(error);
            list.payload(payload);
        }
        Message::Publish {
            request,
            options,
            topic: uri,
            payload,
        }
        | Message::Call {
            request,
            options,
            procedure: uri,
            payload,
        } => {
            list.id(*request);
            list.dict(options);
            list.text(uri);
            list.payload(payload);
        }
        Message::Subscribe {
            request,
            options,
            topic: uri,
        }
        | Message::Register {
            request,
            options,
            procedure: uri,
        } => {
            list.id(*request);
            list.dict(options);
            list.text(uri);
        }
        Message::Published {
            request,
            publication: id,
        }
        | Message::Subscribed {
            request,
            subscription: id,
        }
        | Message::Unsubscribe {
            request,
            subscription: id,
        }
        | Message::Registered {
            request,
            registration: id,
        }
        | Message::Unregister {
            request,
            registration: id,
        } => {
            list.id(*request);
            list.id(*id);
        }
        Message::Unsubscribed { request } => list.id(*request),
        Message::Unregistered { request, details } => {
            list.id(*request);
            if !details.is_empty() {
                list.dict(details);
            }
        }
        Message::Cancel { request, options } | Message::Interrupt { request, options } => {
            list.id(*request);
            list.dict(options);
        }
        Message::Event {
            subscription: first,
            publication: second,
            details,
            payload,
        }
        | Message::Invocation {
            request: first,
            registration: second,
            details,
            payload,
        } => {
            list.id(*first);
            list.id(*second);
            list.dict(details);
            list.payload(payload);
        }
        Message::Result {
            request,
            details,
            payload,
        }
        | Message::Yield {
            request,
            options: details,
            payload,
        } => {
            list.id(*request);
            list.dict(details);
            list.payload(payload);
        }
    }
    list.close()
}
