//! Requests that wait for their answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use wamp::{Id, Message, Payload};

use super::Closed;
use super::parts::{self, Parts};

/// The open requests of one session, how much it has not read, and whether it still lives.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    table: Mutex<Table>,
    done: CancellationToken,
    /// Bytes that wait to be read.
    held: AtomicUsize,
}

#[derive(Debug, Default)]
struct Table {
    waiting: HashMap<Id, Waiting>,
    closed: Option<Closed>,
}

/// Who waits for an answer.
#[derive(Debug)]
struct Waiting {
    answer: oneshot::Sender<Message>,
    /// Where parts of a result go, if they are taken.
    parts: Option<mpsc::UnboundedSender<Payload>>,
}

/// The answer to one request, to come. Dropping it forgets the request.
#[derive(Debug)]
pub(crate) struct Reply {
    pending: Arc<Pending>,
    request: Id,
    receiver: oneshot::Receiver<Message>,
}

impl Pending {
    /// Announces that `request` is about to be sent.
    pub(crate) fn expect(self: &Arc<Self>, request: Id) -> Result<Reply, Closed> {
        self.wait_for(request, None)
    }

    /// Announces a call whose result may come in parts.
    pub(super) fn expect_parts(self: &Arc<Self>, request: Id) -> Result<(Reply, Parts), Closed> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let reply = self.wait_for(request, Some(sender))?;
        Ok((reply, Parts::new(receiver, Arc::clone(self))))
    }

    fn wait_for(
        self: &Arc<Self>,
        request: Id,
        parts: Option<mpsc::UnboundedSender<Payload>>,
    ) -> Result<Reply, Closed> {
        let (answer, receiver) = oneshot::channel();
        let mut table = self.lock();
        if let Some(closed) = &table.closed {
            return Err(closed.clone());
        }
        table.waiting.insert(request, Waiting { answer, parts });
        Ok(Reply {
            pending: Arc::clone(self),
            request,
            receiver,
        })
    }

    /// Hands an answer to whoever waits for it. An answer to nothing is dropped: it came too late.
    pub(crate) fn resolve(&self, request: Id, answer: Message) {
        let waiting = self.lock().waiting.remove(&request);
        if let Some(waiting) = waiting {
            let _ = waiting.answer.send(answer);
        }
    }

    /// Hands part of a result to whoever takes parts.
    pub(super) fn part(&self, request: Id, part: Payload) {
        let table = self.lock();
        let waiting = table.waiting.get(&request);
        if let Some(parts) = waiting.and_then(|waiting| waiting.parts.as_ref()) {
            let size = parts::size(&part);
            self.put(size);
            if parts.send(part).is_err() {
                self.taken(size);
            }
        }
    }

    /// So many bytes wait to be read from now on.
    pub(super) fn put(&self, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    /// So many bytes have been read.
    pub(super) fn taken(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// How many bytes wait to be read.
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Ends the session: whoever waits learns of it, and so does everybody who asks later.
    pub(crate) fn close(&self, reason: &str) {
        let mut table = self.lock();
        table.closed.get_or_insert_with(|| Closed {
            reason: reason.to_owned(),
        });
        table.waiting.clear();
        drop(table);
        self.done.cancel();
    }

    /// An error if the session has ended.
    pub(crate) fn check(&self) -> Result<(), Closed> {
        match &self.lock().closed {
            Some(closed) => Err(closed.clone()),
            None => Ok(()),
        }
    }

    /// Why the session has ended.
    pub(crate) fn why_closed(&self) -> Closed {
        let closed = self.lock().closed.clone();
        closed.unwrap_or_else(|| Closed {
            reason: String::from("the connection was lost"),
        })
    }

    /// Waits for the end of the session.
    pub(crate) async fn closed(&self) {
        self.done.cancelled().await;
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        // Nothing panics while holding it, so what it guards is whole.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reply {
    pub(crate) async fn wait(mut self) -> Result<Message, Closed> {
        match (&mut self.receiver).await {
            Ok(message) => Ok(message),
            Err(_) => Err(self.pending.why_closed()),
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.pending.lock().waiting.remove(&self.request);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: Message = Message::Unsubscribed { request: 1 };

    #[tokio::test]
    async fn an_answer_reaches_the_request_it_belongs_to() {
        let pending = Arc::new(Pending::default());
        let (first, second) = (pending.expect(1).unwrap(), pending.expect(2).unwrap());
        pending.resolve(1, ANSWER);
        pending.close("over");
        assert_eq!(first.wait().await, Ok(ANSWER));
        assert_eq!(second.wait().await.unwrap_err().reason, "over");
    }

    #[tokio::test]
    async fn a_request_that_is_given_up_leaves_nothing_behind() {
        let pending = Arc::new(Pending::default());
        drop(pending.expect(1).unwrap());
        assert!(pending.lock().waiting.is_empty());
        pending.resolve(1, ANSWER);
    }

    #[tokio::test]
    async fn after_the_end_nothing_is_expected_any_more() {
        let pending = Arc::new(Pending::default());
        pending.close("first reason");
        pending.close("second reason");
        assert_eq!(pending.expect(1).unwrap_err().reason, "first reason");
        pending.closed().await;
    }
}
