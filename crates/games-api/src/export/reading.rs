//! The run that is exported, as it is at one moment.

use std::ops::ControlFlow;

use tokio_util::sync::CancellationToken;

use crate::{
    refusal::Refusal,
    storage::{Row, Snapshot, Value},
};

/// A run in a database that stands still.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    connection: &'a mut dyn Snapshot,
    run: i64,
    /// Set when nobody waits for the export any more.
    stop: &'a CancellationToken,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(
        connection: &'a mut dyn Snapshot,
        run: i64,
        stop: &'a CancellationToken,
    ) -> Self {
        Self {
            connection,
            run,
            stop,
        }
    }

    /// Does something with each row of a statement whose `$1` is the run, without keeping them.
    pub(super) fn each(
        &mut self,
        sql: &str,
        mut work: impl FnMut(Row) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let mut outcome = Ok(());
        let stop = self.stop;
        self.connection
            .each(sql, &[Value::Integer(self.run)], &mut |row| {
                outcome = match stop.is_cancelled() {
                    true => Err(Refusal::Busy),
                    false => work(row),
                };
                match outcome {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(_) => ControlFlow::Break(()),
                }
            })?;
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Config, SystemClock, storage::Storage};

    #[tokio::test]
    async fn a_reading_ends_when_nobody_waits_for_it_or_when_its_work_fails() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(folder.path().join("a.sqlite"), ([127, 0, 0, 1], 0).into());
        let storage = Storage::open(&config, Arc::new(SystemClock)).unwrap();
        let read = storage.snapshots.read(|connection| {
            let two = "SELECT $1 UNION ALL SELECT 8";
            let stop = CancellationToken::new();
            let mut reading = Reading::new(connection, 7, &stop);
            let mut found = Vec::new();
            let all = reading.each(two, |row| {
                found.push(row[0].integer());
                Ok(())
            });
            assert_eq!((all, found), (Ok(()), vec![Some(7), Some(8)]));
            let mut asked = 0;
            let failed = reading.each(two, |_| {
                asked += 1;
                Err(Refusal::Forbidden)
            });
            assert_eq!((failed, asked), (Err(Refusal::Forbidden), 1));
            stop.cancel();
            reading.each(two, |_| Ok(()))
        });
        assert_eq!(read.await, Err(Refusal::Busy));
    }
}
