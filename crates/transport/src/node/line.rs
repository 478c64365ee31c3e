//! The line from the router to one session.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Notify, OwnedSemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;
use wamp::Serializer;
use wamp_router::CloseReason;

use crate::carrier::Frame;
use crate::session::Delivery;

/// What a queued frame counts for besides its bytes.
const OVERHEAD: usize = 64;

/// What the router's task knows of how to reach a session.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) end: End,
    /// Whether the router has been told that too much waits here.
    pub(super) congested: bool,
    /// Events that were dropped since it fell behind.
    pub(super) dropped: u64,
    /// Credits of messages that wait in the router.
    pub(super) credits: VecDeque<OwnedSemaphorePermit>,
}

/// What is at the other end of a line.
#[derive(Debug)]
pub(super) enum End {
    /// A connection.
    Socket(Outbox),
    /// A session in this process.
    Process(Delivery),
}

impl Wire {
    pub(super) fn new(end: End) -> Self {
        Self {
            end,
            congested: false,
            dropped: 0,
            credits: VecDeque::new(),
        }
    }

    /// How many bytes wait to be taken.
    pub(super) fn held(&self) -> usize {
        match &self.end {
            End::Socket(outbox) => outbox.line.held(),
            End::Process(delivery) => delivery.held(),
        }
    }
}

/// One thing for a connection to send.
#[derive(Debug)]
pub(crate) enum Parcel {
    /// A message.
    Frame(Frame),
    /// The end: what is queued before it is sent, then the connection closes.
    Close(CloseReason),
}

/// The router's end of the queue to a connection. Bounded in bytes by the router's task, which cuts
/// the line when more waits than may.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: mpsc::UnboundedSender<Parcel>,
    line: Arc<Line>,
    /// What the client reads.
    pub(super) serializer: Serializer,
    /// The largest message that it takes, in bytes.
    pub(super) largest: usize,
}

/// What both ends of the queue share.
#[derive(Debug)]
pub(crate) struct Line {
    held: AtomicUsize,
    /// From how many bytes on the connection reads nothing more.
    high_water: usize,
    taken: Notify,
    cut: CancellationToken,
}

impl Outbox {
    /// A queue that counts as congested from `high_water` bytes on.
    pub(crate) fn new(
        high_water: usize,
        serializer: Serializer,
        largest: usize,
    ) -> (Self, Arc<Line>, mpsc::UnboundedReceiver<Parcel>) {
        let (queue, receiver) = mpsc::unbounded_channel();
        let line = Arc::new(Line {
            held: AtomicUsize::new(0),
            high_water,
            taken: Notify::new(),
            cut: CancellationToken::new(),
        });
        let outbox = Self {
            queue,
            line: Arc::clone(&line),
            serializer,
            largest,
        };
        (outbox, line, receiver)
    }

    /// Queues one parcel. A connection that is gone takes nothing and needs nothing.
    pub(super) fn push(&self, parcel: Parcel) {
        self.line.held.fetch_add(parcel.size(), Ordering::Relaxed);
        let _ = self.queue.send(parcel);
    }

    /// Gives the connection up: what is queued will not be sent.
    pub(super) fn cut(&self) {
        self.line.cut.cancel();
    }
}

impl Parcel {
    /// What it counts for in the queue.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Frame(frame) => OVERHEAD + frame.len(),
            Self::Close(_) => OVERHEAD,
        }
    }
}

impl Line {
    /// How many bytes wait.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// The connection has sent this many bytes.
    pub(crate) fn sent(&self, bytes: usize) {
        let before = self.held.fetch_sub(bytes, Ordering::Relaxed);
        if before > self.high_water && before - bytes <= self.high_water {
            self.taken.notify_one();
        }
    }

    /// Waits until less than the high-water mark is queued.
    pub(crate) async fn flows(&self) {
        while self.held() > self.high_water {
            self.taken.notified().await;
        }
    }

    /// Waits until the router gives the connection up.
    pub(crate) async fn is_cut(&self) {
        self.cut.cancelled().await;
    }
}
