//! What the rest of the crate knows of a database.

use std::{fmt, ops::ControlFlow};

/// A value that goes into a statement or comes out of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// SQL's `NULL`.
    Null,
    /// A flag; SQLite gives it back as [`Value::Integer`].
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Text, also of JSON and of timestamps.
    Text(String),
}

impl Value {
    pub(crate) const fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Boolean(flag) => Some(*flag as i64),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn flag(&self) -> bool {
        self.integer().is_some_and(|number| number != 0)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<Option<i64>> for Value {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Integer)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Boolean(flag)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// One row of an answer, in the order of the columns asked for.
pub(crate) type Row = Vec<Value>;

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    /// The one that writes for whoever serves the database.
    Write,
    /// One that writes beside it.
    Beside,
    /// One that only reads.
    Read,
}

/// The texts in which databases differ; migrations name them in braces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dialect {
    /// `{identity}`: a primary key that is never reused.
    pub(crate) identity: &'static str,
    /// `{text}`: text that sorts by code point.
    pub(crate) text: &'static str,
    /// What a migration says first, so that it may take its time.
    pub(crate) patience: &'static str,
    /// The statement that tells how many bytes the database has.
    pub(crate) size: &'static str,
    /// The statement that tells the last primary key that was given in table `$1`; null or no row where none was.
    pub(crate) last_pk: &'static str,
    /// The statement that says that primary keys up to `$2` were given in table `$1`, where the database does not notice by itself.
    pub(crate) pks_given: Option<&'static str>,
}

/// One connection to a database. Statements are texts of ours; what comes from outside travels only in `params`.
pub(crate) trait Connection: Send + fmt::Debug {
    /// Runs a statement and returns its rows.
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Fault>;

    /// Runs a statement and returns how many rows it touched.
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Fault>;

    /// Runs an `INSERT … ON CONFLICT DO NOTHING` of one row into a table whose primary key is `id`, and returns that; none where nothing
    /// was inserted.
    fn insert(&mut self, sql: &str, params: &[Value]) -> Result<Option<i64>, Fault>;

    /// Runs several statements without parameters, however long they take.
    fn batch(&mut self, sql: &str) -> Result<(), Fault>;

    /// Makes sure that statements can be run, before the first one of a read.
    fn ready(&mut self) -> Result<(), Fault> {
        Ok(())
    }

    /// Begins a transaction that may write, so that it never fails later for having read first. Until it ends nobody else writes, in
    /// no other process either.
    fn begin(&mut self) -> Result<(), Fault>;

    /// Says goodbye; nothing is asked of it afterwards.
    fn close(&mut self) {}

    /// The schema's version; 0 in a new database.
    fn schema_version(&mut self) -> Result<i64, Fault>;

    /// Notes the schema's version.
    fn set_schema_version(&mut self, version: i64) -> Result<(), Fault>;

    /// The texts of this database.
    fn dialect(&self) -> Dialect;
}

/// A connection for reads that take long.
pub(crate) trait Snapshot: Connection {
    /// Begins a transaction that only reads: all of its statements see the database as it is at one moment, and nobody waits for it. It
    /// ends with the connection.
    fn begin_snapshot(&mut self) -> Result<(), Fault>;

    /// Runs a statement and hands on its rows one by one, without keeping them, for as long as `take` goes on.
    fn each(
        &mut self,
        sql: &str,
        params: &[Value],
        take: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), Fault>;
}

/// True for a statement that only reads. One of which this is not known counts as one that writes.
pub(super) fn reads(sql: &str) -> bool {
    sql.starts_with("SELECT ")
}

/// What went wrong in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A unique constraint.
    Unique,
    /// Another process holds it, or too much has queued.
    Busy,
    /// The server cannot be reached, or has hung up in the middle.
    Away,
    /// The writer has ended.
    Closed,
    /// Anything else, in the database's words.
    Other(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unique => "a unique constraint was violated",
            Self::Busy => "the database is in use by another process, or overloaded",
            Self::Away => "the database cannot be reached",
            Self::Closed => "the database is closed",
            Self::Other(text) => text,
        })
    }
}
