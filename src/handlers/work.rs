//! A handler at work: until it is done, panics or takes too long, it may wish for things that only its actor can do.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use games_contract::Resource;
use serde_json::Value;
use simpl::{Call, ErasedHandler, Rejected, Seat};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Sleep;

use crate::refusal;
use crate::scopes::Row;

/// What a handler asks of the actor it runs in.
pub(crate) enum Wish {
    /// A seat's decision for a period.
    Decide {
        period: u64,
        seat: Seat,
        data: Value,
        done: oneshot::Sender<Result<(), Rejected>>,
    },
    /// A row that was stored is taken into the tree.
    Absorb(Row, oneshot::Sender<()>),
    /// A row that was deleted is taken out of it.
    Remove((Resource, u64), oneshot::Sender<()>),
}

/// What comes next of a handler at work.
pub(crate) enum Next {
    /// The actor is to do this, and then to ask again.
    Wish(Wish),
    /// It has ended so.
    Done(Result<Value, Rejected>),
}

/// A handler at work.
pub(crate) struct Work {
    running: BoxFuture<'static, Result<Value, Rejected>>,
    wishes: mpsc::Receiver<Wish>,
    deadline: Pin<Box<Sleep>>,
    limit: Duration,
    /// What is at work, for whoever reads why it failed.
    what: &'static str,
}

impl Work {
    /// Starts `handler` on `call`, whose desk sends its wishes to `wishes`.
    pub(crate) fn new(
        what: &'static str,
        handler: ErasedHandler,
        call: Call,
        wishes: mpsc::Receiver<Wish>,
        limit: Duration,
    ) -> Self {
        let running = AssertUnwindSafe(async move { handler(call).await }).catch_unwind();
        let running =
            running.map(move |reply| reply.unwrap_or_else(|_| Err(refusal::panicked(what))));
        Self {
            running: running.boxed(),
            wishes,
            deadline: Box::pin(tokio::time::sleep(limit)),
            limit,
            what,
        }
    }

    /// Lets it go on until it wishes for something or has ended.
    pub(crate) async fn next(&mut self) -> Next {
        tokio::select! {
            biased;
            Some(wish) = self.wishes.recv() => Next::Wish(wish),
            reply = &mut self.running => Next::Done(reply),
            () = &mut self.deadline => Next::Done(Err(refusal::too_slow(self.what, self.limit))),
        }
    }
}

/// There is no period to decide in where a handler runs.
pub(crate) fn missing_period() -> Rejected {
    Rejected::because("a decision belongs to a period: submit it there")
}
