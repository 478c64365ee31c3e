//! A call that takes its time.

use tokio::time::timeout;
use wamp::{Dict, Id, Message, Payload};

use super::parts::Parts;
use super::pending::Reply;
use super::{CallError, CancelMode, Closed, Session, options};

/// A call on its way: its result may come in parts, more of it may be sent, and it may be given up.
///
/// Dropping it forgets the call; its callee is not told.
#[derive(Debug)]
pub struct Call {
    session: Session,
    request: Id,
    procedure: String,
    reply: Reply,
    parts: Parts,
}

impl Call {
    pub(super) fn new(
        session: Session,
        request: Id,
        procedure: &str,
        reply: Reply,
        parts: Parts,
    ) -> Self {
        Self {
            session,
            request,
            procedure: procedure.to_owned(),
            reply,
            parts,
        }
    }

    /// The next part of the result; `None` when the last one has come, which [`result`](Self::result) gives. Cancel safe.
    ///
    /// # Errors
    /// [`CallError::Timeout`] when nothing came in time.
    pub async fn part(&mut self) -> Result<Option<Payload>, CallError> {
        let patience = self.session.inner.call_timeout;
        let part = timeout(patience, self.parts.next()).await;
        part.map_err(|_| self.session.too_late())
    }

    /// The end of the call: its result, or the last part of it. Parts that were not taken are dropped.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub async fn result(self) -> Result<Payload, CallError> {
        match self.session.await_reply(self.reply).await? {
            Message::Result { payload, .. } => Ok(payload),
            other => Err(CallError::unexpected(&other)),
        }
    }

    /// Sends more of a call that was begun with [`CallOptions::more`](super::CallOptions::more); the last time without `more`.
    ///
    /// # Errors
    /// [`Closed`] when the session has ended.
    pub async fn send(&self, payload: Payload, more: bool) -> Result<(), Closed> {
        let mut given = Dict::new();
        options::set_if(&mut given, "progress", more);
        self.say(given, payload).await
    }

    /// Gives the call up. [`result`](Self::result) tells when it has ended, usually with `wamp.error.canceled`.
    ///
    /// # Errors
    /// [`Closed`] when the session has ended.
    pub async fn cancel(&self, mode: CancelMode) -> Result<(), Closed> {
        let mut options = Dict::new();
        options.insert("mode".to_owned(), mode.as_str().into());
        let cancel = Message::Cancel {
            request: self.request,
            options,
        };
        self.session.send(cancel).await
    }

    pub(super) async fn say(&self, options: Dict, payload: Payload) -> Result<(), Closed> {
        let call = Message::Call {
            request: self.request,
            options,
            procedure: self.procedure.clone(),
            payload,
        };
        self.session.send(call).await
    }
}
