//! What `/metrics` tells: how the games API is doing, in numbers for Prometheus.
//!
//! Counting costs a request some atomic additions; whatever has to be looked up is looked up when somebody asks.

mod exposition;
mod histogram;
mod process;
mod requests;

pub use exposition::{Exposition, Kind, MEDIA_TYPE};
pub use histogram::Histogram;
pub(crate) use requests::Requests;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::{
    accounts::Passwords,
    hooks::{Deliveries, Subscriptions},
    storage::{Fault, Storage},
};

/// What is counted as it happens, besides what the writer counts.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) requests: Requests,
    pub(crate) streams: Open,
}

/// How many of something are open.
#[derive(Debug, Default)]
pub(crate) struct Open(AtomicU64);

/// One that is open until this is dropped.
#[derive(Debug)]
pub(crate) struct Entered<'a>(&'a Open);

impl Open {
    /// Counts one until the answer is dropped.
    pub(crate) fn enter(&self) -> Entered<'_> {
        self.0.fetch_add(1, Relaxed);
        Entered(self)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

/// What has to be asked of the database.
#[derive(Clone, Copy, Debug)]
struct Kept {
    bytes: u64,
    hooks: Subscriptions,
}

/// All numbers, as Prometheus reads them. Without a database those that it would tell are left out.
pub(crate) async fn tell(
    metrics: &Metrics,
    storage: &Storage,
    passwords: &Passwords,
    deliveries: &Deliveries,
) -> String {
    let head = *storage.head.borrow();
    let kept = storage.readers.read(move |connection| {
        let size = connection.query(connection.dialect().size, &[])?;
        let bytes = size.first().and_then(|row| row[0].integer()).unwrap_or(0);
        Ok::<_, Fault>(Kept {
            bytes: bytes.unsigned_abs(),
            hooks: Subscriptions::count(connection, head)?,
        })
    });
    let kept = kept.await;
    let mut text = Exposition::default();
    metrics.requests.tell(&mut text);
    tell_storage(&mut text, storage, head);
    text.single(
        "games_api_change_streams",
        Kind::Gauge,
        "Requests that read the change stream at this moment.",
        metrics.streams.0.load(Relaxed),
    );
    text.single(
        "games_api_password_hashes",
        Kind::Gauge,
        "Passwords being hashed or waiting for it.",
        passwords.under_way(),
    );
    let up = kept.is_ok();
    if let Ok(kept) = kept {
        tell_kept(&mut text, kept);
    }
    text.single(
        "games_api_database_up",
        Kind::Gauge,
        "1 when the database answers.",
        u8::from(up),
    );
    tell_deliveries(&mut text, deliveries);
    text.process();
    text.into_text()
}

fn tell_storage(text: &mut Exposition, storage: &Storage, head: u64) {
    let commits = storage.writer.commits();
    let (used, all) = storage.readers.in_use();
    text.single(
        "games_api_writer_queue",
        Kind::Gauge,
        "Requests that wait for the writer.",
        storage.writer.waiting(),
    );
    text.single(
        "games_api_commits_total",
        Kind::Counter,
        "Transactions on disk.",
        commits.count(),
    );
    text.single(
        "games_api_commit_requests_total",
        Kind::Counter,
        "Requests that shared them.",
        commits.requests(),
    );
    text.single(
        "games_api_commit_changes_total",
        Kind::Counter,
        "Changed rows in them.",
        commits.changes(),
    );
    let name = "games_api_commit_seconds";
    text.family(
        name,
        Kind::Histogram,
        "How long a transaction took, from its beginning until it was on disk.",
    );
    text.histogram(name, &[], commits.took());
    text.single(
        "games_api_readers",
        Kind::Gauge,
        "Connections that read.",
        all,
    );
    text.single(
        "games_api_readers_in_use",
        Kind::Gauge,
        "Those of them in use.",
        used,
    );
    text.single(
        "games_api_change_head",
        Kind::Counter,
        "The cursor of the newest change.",
        head,
    );
}

fn tell_kept(text: &mut Exposition, kept: Kept) {
    text.single(
        "games_api_database_bytes",
        Kind::Gauge,
        "Size of the database.",
        kept.bytes,
    );
    let name = "games_api_webhooks";
    text.family(
        name,
        Kind::Gauge,
        "Webhook subscriptions by how the last delivery went.",
    );
    text.sample(
        name,
        &[("state", "well")],
        kept.hooks.all - kept.hooks.erroring - kept.hooks.disabled,
    );
    text.sample(name, &[("state", "erroring")], kept.hooks.erroring);
    text.sample(name, &[("state", "disabled")], kept.hooks.disabled);
    text.single(
        "games_api_webhook_lag",
        Kind::Gauge,
        "Changes that the failing subscription furthest behind has yet to come to.",
        kept.hooks.lag,
    );
}

fn tell_deliveries(text: &mut Exposition, deliveries: &Deliveries) {
    let name = "games_api_webhook_deliveries_total";
    text.family(
        name,
        Kind::Counter,
        "Attempts to deliver to webhooks, by outcome.",
    );
    text.sample(name, &[("outcome", "delivered")], deliveries.delivered());
    text.sample(name, &[("outcome", "failed")], deliveries.failed());
}
