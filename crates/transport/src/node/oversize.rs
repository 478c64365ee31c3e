//! A message that is larger than the one it is for takes, as clients say over RawSocket.

use wamp::{Dict, Kind, Message, Payload, error};

/// What is done instead of sending it.
#[derive(Debug, PartialEq)]
pub(super) enum Instead {
    /// This is sent.
    Send(Message),
    /// The router hears this from the session.
    Hear(Message),
    /// Nothing: nobody waits for it.
    Drop,
    /// This is sent, and the connection closed: the session is of no use.
    Close(Message),
}

/// A call whose arguments or result do not fit ends with `wamp.error.payload_size_exceeded`.
pub(super) fn instead(message: &Message) -> Instead {
    match message {
        Message::Invocation { request, .. } => Instead::Hear(failed(
            Kind::Invocation,
            *request,
            "the callee takes no message as large as this call",
        )),
        // More may follow a part of a result, so the call has to end first.
        Message::Result {
            request, details, ..
        } if details.get("progress").is_some_and(|part| part == true) => {
            Instead::Hear(Message::Cancel {
                request: *request,
                options: Dict::new(),
            })
        }
        Message::Result { request, .. } => Instead::Send(failed(
            Kind::Call,
            *request,
            "the caller takes no message as large as the result",
        )),
        Message::Error {
            request_kind,
            request,
            details,
            error,
            payload,
        } if !payload.is_empty() => Instead::Send(Message::Error {
            request_kind: *request_kind,
            request: *request,
            details: details.clone(),
            error: error.clone(),
            payload: Payload::empty(),
        }),
        Message::Event { .. } => Instead::Drop,
        other => {
            let text = format!(
                "expected a client that takes messages as large as {}, got one that takes less",
                other.kind()
            );
            Instead::Close(Message::Abort {
                details: Dict::from_iter([("message".to_owned(), text.into())]),
                reason: error::PAYLOAD_SIZE_EXCEEDED.to_owned(),
            })
        }
    }
}

fn failed(request_kind: Kind, request: wamp::Id, sentence: &str) -> Message {
    Message::Error {
        request_kind,
        request,
        details: Dict::new(),
        error: error::PAYLOAD_SIZE_EXCEEDED.to_owned(),
        payload: Payload::text(sentence),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_result_that_is_too_large_ends_the_call() {
        let part = Message::Result {
            request: 7,
            details: Dict::from_iter([("progress".to_owned(), true.into())]),
            payload: Payload::text("large"),
        };
        let cancel = Message::Cancel {
            request: 7,
            options: Dict::new(),
        };
        assert_eq!(instead(&part), Instead::Hear(cancel));
    }

    #[test]
    fn an_error_that_is_too_large_keeps_its_uri() {
        let error = |payload| Message::Error {
            request_kind: Kind::Call,
            request: 7,
            details: Dict::new(),
            error: "com.error".to_owned(),
            payload,
        };
        let short = error(Payload::empty());
        assert_eq!(
            instead(&error(Payload::text("large"))),
            Instead::Send(short.clone())
        );
        assert!(matches!(instead(&short), Instead::Close(_)));
    }
}
