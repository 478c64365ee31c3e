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
