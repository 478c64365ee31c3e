//! What a request may do inside the writer's transaction.

use std::collections::HashMap;

use time::OffsetDateTime;

use super::{
    Connection, Fault, Row, Value,
    connection::{Dialect, reads},
};
use crate::clock::timestamp;

/// Rows that one statement inserts or looks for. A few lengths, so that there are few statements to prepare.
const LENGTHS: [usize; 3] = [64, 8, 1];
/// Answers that are remembered at most, and values of changes.
const KNOWN: usize = 10_000;
/// Where the changes go, and how many values one has.
const OUTBOX: &str =
    r#"INSERT INTO "outbox" ("cursor", "at", "game", "resource", "action", "data") VALUES"#;
const CHANGE: usize = 6;

/// What a transaction holds in memory until it commits.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The cursor of the newest change, this transaction's included.
    pub(super) head: u64,
    /// The values of changes; the first ones are in the outbox already.
    changes: Vec<Value>,
    stored: usize,
    /// Rows that were looked up. The transaction keeps everybody else from writing, so they stay right until it writes them itself.
    known: HashMap<(&'static str, i64), Row>,
}

impl State {
    /// One that begins after a change.
    pub(super) fn after(head: u64) -> Self {
        Self {
            head,
            ..Self::default()
        }
    }

    /// True when there is so much that it should not wait for the commit.
    pub(super) const fn is_much(&self) -> bool {
        self.changes.len() > KNOWN
    }

    /// Puts the changes into the outbox.
    pub(super) fn flush(&mut self, connection: &mut dyn Connection) -> Result<(), Fault> {
        insert_all(connection, OUTBOX, CHANGE, &self.changes[self.stored..])?;
        self.stored = self.changes.len();
        Ok(())
    }

    /// As [`flush`](Self::flush), where nothing goes back any more.
    pub(super) fn settle(&mut self, connection: &mut dyn Connection) -> Result<(), Fault> {
        self.flush(connection)?;
        self.changes.clear();
        self.stored = 0;
        Ok(())
    }

    /// What there is to go back to.
    pub(super) const fn mark(&self) -> Mark {
        Mark {
            head: self.head,
            changes: self.changes.len(),
            stored: self.stored,
        }
    }

    /// Forgets what came after a mark, as the database does. Changes from before it that were stored after it are to be stored again.
    pub(super) fn go_back(&mut self, mark: Mark) {
        self.head = mark.head;
        self.changes.truncate(mark.changes);
        self.stored = mark.stored;
        self.known.clear();
    }
}

/// A place in a transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    head: u64,
    changes: usize,
    stored: usize,
}

/// What a request may do inside the transaction.
pub(crate) struct Write<'a> {
    connection: Watched<'a>,
    now: OffsetDateTime,
    stamp: String,
    state: &'a mut State,
}

impl<'a> Write<'a> {
    pub(super) fn new(
        connection: &'a mut dyn Connection,
        now: OffsetDateTime,
        state: &'a mut State,
    ) -> Self {
        Self {
            connection: Watched {
                inner: connection,
                touched: false,
            },
            now,
            stamp: timestamp(now),
            state,
        }
    }

    pub(crate) fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        if !reads(sql) {
            self.forget();
        }
        self.connection.query(sql, params)
    }

    pub(crate) fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Fault> {
        self.forget();
        self.connection.execute(sql, params)
    }

    /// As [`execute`](Self::execute), for a change of a row after which everything that was [looked up](Self::look_up) is still right.
    pub(crate) fn amend(&mut self, sql: &str, params: &[Value]) -> Result<u64, Fault> {
        self.connection.execute(sql, params)
    }

    /// Inserts a row with an `INSERT … ON CONFLICT DO NOTHING` and returns its primary key; none where nothing was done.
    pub(crate) fn insert(&mut self, sql: &str, params: &[Value]) -> Result<Option<i64>, Fault> {
        self.connection.insert(sql, params)
    }

    /// Inserts rows of `width` values each, many with one statement; `into` ends with `VALUES`.
    pub(crate) fn insert_all(
        &mut self,
        into: &str,
        width: usize,
        values: &[Value],
    ) -> Result<(), Fault> {
        insert_all(&mut self.connection, into, width, values)
    }

    /// The row that a `SELECT` finds by primary key `$1`. It is asked for once a transaction, unless something else is written between.
    pub(crate) fn look_up(&mut self, sql: &'static str, pk: i64) -> Result<Option<&Row>, Fault> {
        if !self.state.known.contains_key(&(sql, pk)) {
            let Some(row) = self.connection.query(sql, &[pk.into()])?.into_iter().next() else {
                return Ok(None);
            };
            if self.state.known.len() >= KNOWN {
                self.state.known.clear();
            }
            self.state.known.insert((sql, pk), row);
        }
        Ok(self.state.known.get(&(sql, pk)))
    }

    /// The rows of a `SELECT` that ends with `IN`, for many values of one column; `first` are the parameters before them.
    pub(crate) fn find_all(
        &mut self,
        sql: &str,
        first: &[Value],
        wanted: &[Value],
    ) -> Result<Vec<Row>, Fault> {
        let mut found = Vec::new();
        for part in parts(wanted, 1) {
            let places = places(first.len(), part.len(), part.len());
            let params = [first, part].concat();
            found.extend(self.connection.query(&format!("{sql} {places}"), &params)?);
        }
        Ok(found)
    }

    /// Forgets what was looked up: something that it says has changed.
    pub(crate) fn forget(&mut self) {
        self.state.known.clear();
    }

    /// The connection, for what reads and writes have in common.
    pub(crate) fn connection(&mut self) -> &mut dyn Connection {
        &mut self.connection
    }

    /// When this request happens.
    pub(crate) const fn now(&self) -> OffsetDateTime {
        self.now
    }

    /// As a row's timestamp.
    pub(crate) fn stamp(&self) -> &str {
        &self.stamp
    }

    /// The cursor of the newest change, this transaction's included.
    pub(crate) const fn head(&self) -> u64 {
        self.state.head
    }

    /// Notes a change of a row, by the slug of its game, resource, action and JSON. It is stored, and told, with the transaction.
    pub(crate) fn note_change(&mut self, [game, resource, action, data]: [Value; 4]) {
        // Given by the one writer and not by the database, whose numbers have gaps where something was undone.
        self.state.head += 1;
        let cursor = Value::Integer(i64::try_from(self.state.head).unwrap_or(i64::MAX));
        let at = self.stamp.as_str().into();
        self.state
            .changes
            .extend([cursor, at, game, resource, action, data]);
    }

    /// Puts the changes so far into the outbox, for who wants to find them there.
    pub(crate) fn flush(&mut self) -> Result<(), Fault> {
        self.state.flush(&mut self.connection)
    }

    /// Does something with each part; a part that fails leaves nothing and the others alone. An error is the database's.
    ///
    /// All of them share one savepoint. Only where a part fails after it has written something, they are done again with a savepoint
    /// each: `work` has to be the same the second time.
    pub(crate) fn each_alone<P, T, E>(
        &mut self,
        parts: &[P],
        work: impl Fn(&mut Self, &P) -> Result<T, E>,
    ) -> Result<Vec<Result<T, E>>, Fault> {
        let mark = self.state.mark();
        let mut touched = self.connection.touched;
        let mut outcomes = Vec::with_capacity(parts.len());
        self.connection.execute("SAVEPOINT parts", &[])?;
        for part in parts {
            self.connection.touched = false;
            let outcome = work(self, part);
            if outcome.is_err() && self.connection.touched {
                return self.each_undone(mark, parts, work);
            }
            touched |= self.connection.touched;
            outcomes.push(outcome);
        }
        self.connection.execute("RELEASE SAVEPOINT parts", &[])?;
        self.connection.touched = touched;
        Ok(outcomes)
    }

    /// The second time, inside the first one's savepoint.
    fn each_undone<P, T, E>(
        &mut self,
        start: Mark,
        parts: &[P],
        work: impl Fn(&mut Self, &P) -> Result<T, E>,
    ) -> Result<Vec<Result<T, E>>, Fault> {
        self.connection
            .execute("ROLLBACK TO SAVEPOINT parts", &[])?;
        self.state.go_back(start);
        let mut outcomes = Vec::with_capacity(parts.len());
        for part in parts {
            let mark = self.state.mark();
            self.connection.execute("SAVEPOINT part", &[])?;
            let outcome = work(self, part);
            if outcome.is_err() {
                self.connection.execute("ROLLBACK TO SAVEPOINT part", &[])?;
                self.state.go_back(mark);
            }
            self.connection.execute("RELEASE SAVEPOINT part", &[])?;
            outcomes.push(outcome);
        }
        self.connection.execute("RELEASE SAVEPOINT parts", &[])?;
        Ok(outcomes)
    }
}

/// A connection of which is known whether anything was written, or has failed: then there is something to undo.
#[derive(Debug)]
struct Watched<'a> {
    inner: &'a mut dyn Connection,
    touched: bool,
}

impl Connection for Watched<'_> {
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        let found = self.inner.query(sql, params);
        self.touched |= found.is_err() || !reads(sql);
        found
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Fault> {
        self.touched = true;
        self.inner.execute(sql, params)
    }

    fn insert(&mut self, sql: &str, params: &[Value]) -> Result<Option<i64>, Fault> {
        let inserted = self.inner.insert(sql, params);
        self.touched |= !matches!(inserted, Ok(None));
        inserted
    }

    fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.touched = true;
        self.inner.batch(sql)
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.inner.begin()
    }

    fn schema_version(&mut self) -> Result<i64, Fault> {
        self.inner.schema_version()
    }

    fn set_schema_version(&mut self, version: i64) -> Result<(), Fault> {
        self.touched = true;
        self.inner.set_schema_version(version)
    }

    fn dialect(&self) -> Dialect {
        self.inner.dialect()
    }
}

fn insert_all(
    connection: &mut dyn Connection,
    into: &str,
    width: usize,
    values: &[Value],
) -> Result<(), Fault> {
    for part in parts(values, width) {
        let places = places(0, width, part.len());
        connection.execute(&format!("{into} {places}"), part)?;
    }
    Ok(())
}

/// Cuts a row of values into pieces of as many times `width` as one statement takes.
fn parts(values: &[Value], width: usize) -> impl Iterator<Item = &[Value]> {
    let mut rest = values;
    std::iter::from_fn(move || {
        let rows = rest.len() / width;
        let length = LENGTHS.into_iter().find(|length| *length <= rows)?;
        let (part, left) = rest.split_at(length * width);
        rest = left;
        Some(part)
    })
}

/// Placeholders for `all` values in rows of `width`, numbered after `before` others.
fn places(before: usize, width: usize, all: usize) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(all * 6);
    for n in 0..all {
        let start = match (n % width, n) {
            (0, 0) => "(",
            (0, _) => "), (",
            _ => ", ",
        };
        let _ = write!(text, "{start}${}", before + n + 1);
    }
    text.push(')');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_are_cut_into_few_lengths() {
        let values: Vec<Value> = (0..83 * 2).map(Value::Integer).collect();
        let lengths: Vec<usize> = parts(&values, 2).map(<[Value]>::len).collect();
        assert_eq!(lengths, [128, 16, 16, 2, 2, 2]);
        assert_eq!(parts(&[], 2).count(), 0);
    }

    #[test]
    fn places_are_numbered_in_order() {
        assert_eq!(places(0, 2, 4), "($1, $2), ($3, $4)");
        assert_eq!(places(1, 3, 3), "($2, $3, $4)");
    }
}
