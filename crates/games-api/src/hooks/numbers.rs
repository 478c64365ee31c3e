//! How deliveries go, in numbers.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::Relaxed},
};

use crate::storage::{Connection, Fault};

/// Attempts since the start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deliveries(Arc<[AtomicU64; 2]>);

impl Deliveries {
    pub(super) fn note(&self, arrived: bool) {
        self.0[usize::from(arrived)].fetch_add(1, Relaxed);
    }

    pub(crate) fn delivered(&self) -> u64 {
        self.0[1].load(Relaxed)
    }

    pub(crate) fn failed(&self) -> u64 {
        self.0[0].load(Relaxed)
    }
}

/// The subscriptions there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subscriptions {
    pub(crate) all: u64,
    /// Those whose last delivery failed and is tried again.
    pub(crate) erroring: u64,
    /// Those to which nothing is sent any more.
    pub(crate) disabled: u64,
    /// Changes that the one furthest behind has yet to come to.
    pub(crate) lag: u64,
}

impl Subscriptions {
    /// Counts them; `head` is the newest change.
    pub(crate) fn count(connection: &mut dyn Connection, head: u64) -> Result<Self, Fault> {
        let sql = r#"SELECT COUNT(*), COUNT(CASE WHEN "erroring" AND NOT "disabled" THEN 1 END), COUNT(CASE WHEN "disabled" THEN 1 END),
            MIN(CASE WHEN "erroring" AND NOT "disabled" THEN "cursor" END) FROM "hook""#;
        let rows = connection.query(sql, &[])?;
        let number = |at: usize| {
            let number = rows.first().and_then(|row| row[at].integer());
            number.map(i64::unsigned_abs)
        };
        Ok(Self {
            all: number(0).unwrap_or(0),
            erroring: number(1).unwrap_or(0),
            disabled: number(2).unwrap_or(0),
            // One that is well is told of every change at once; its cursor is only kept when something was for it.
            lag: number(3).map_or(0, |cursor| head.saturating_sub(cursor)),
        })
    }
}
