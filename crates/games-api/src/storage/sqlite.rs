//! SQLite: how a file is opened, and the dialect.

use std::{ops::ControlFlow, path::Path};

use rusqlite::{
    ErrorCode, OpenFlags, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    Row,
    connection::{Connection, Dialect, Fault, Open, Snapshot, Value},
};

/// "simp": says that the file is ours.
const APPLICATION: i64 = 0x7369_6d70;
/// How long a statement waits for another process.
const BUSY_MS: u32 = 5_000;
/// Prepared statements kept a connection.
const STATEMENTS: usize = 96;

/// One connection to a SQLite file.
#[derive(Debug)]
pub(crate) struct Sqlite {
    inner: rusqlite::Connection,
}

impl Sqlite {
    /// Opens the file; the writer makes it when it is not there.
    pub(crate) fn open(path: &Path, how: Open) -> Result<Self, Fault> {
        let access = match how {
            Open::Write | Open::Beside => {
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
            }
            Open::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let inner = rusqlite::Connection::open_with_flags(path, flags)?;
        inner.set_prepared_statement_cache_capacity(STATEMENTS);
        let mut connection = Self { inner };
        connection.batch(&format!("PRAGMA busy_timeout = {BUSY_MS};"))?;
        if how != Open::Read {
            connection.claim()?;
            // FULL: a commit is on disk before it is acknowledged; in WAL mode NORMAL does not sync on commit. Secure: what is erased
            // is not left in the file's empty places.
            connection.batch(
                "PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = FULL;
                 PRAGMA foreign_keys = ON;
                 PRAGMA secure_delete = ON;
                 PRAGMA temp_store = MEMORY;
                 PRAGMA cache_size = -16384;
                 PRAGMA wal_autocheckpoint = 4000;",
            )?;
        } else {
            connection.batch("PRAGMA query_only = ON; PRAGMA cache_size = -1024;")?;
        }
        Ok(connection)
    }

    /// True for a file that a games API has made.
    pub(crate) fn is_ours(&mut self) -> Result<bool, Fault> {
        Ok(self.number("PRAGMA application_id")? == APPLICATION)
    }

    fn number(&mut self, sql: &str) -> Result<i64, Fault> {
        let rows = self.query(sql, &[])?;
        Ok(rows.first().and_then(|row| row[0].integer()).unwrap_or(0))
    }

    /// Marks a new file as ours, and refuses one that another program has filled.
    fn claim(&mut self) -> Result<(), Fault> {
        if self.is_ours()? {
            return Ok(());
        }
        if self.number("SELECT COUNT(*) FROM sqlite_master")? > 0 {
            return Err(Fault::Other(
                "a database that another program has made".to_owned(),
            ));
        }
        self.batch(&format!("PRAGMA application_id = {APPLICATION};"))
    }
}

impl Connection for Sqlite {
    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Fault> {
        let mut all = Vec::new();
        self.each(sql, params, &mut |row| {
            all.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(all)
    }

    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Fault> {
        let mut statement = self.inner.prepare_cached(sql)?;
        Ok(statement.execute(params_from_iter(params))? as u64)
    }

    // Without `RETURNING`, for which SQLite would copy every page that it is about to change.
    fn insert(&mut self, sql: &str, params: &[Value]) -> Result<Option<i64>, Fault> {
        let inserted = self.execute(sql, params)? > 0;
        Ok(inserted.then(|| self.inner.last_insert_rowid()))
    }

    fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        Ok(self.inner.execute_batch(sql)?)
    }

    fn begin(&mut self) -> Result<(), Fault> {
        self.execute("BEGIN IMMEDIATE", &[]).map(drop)
    }

    fn schema_version(&mut self) -> Result<i64, Fault> {
        self.number("PRAGMA user_version")
    }

    fn set_schema_version(&mut self, version: i64) -> Result<(), Fault> {
        self.batch(&format!("PRAGMA user_version = {version};"))
    }

    fn dialect(&self) -> Dialect {
        Dialect {
            identity: "INTEGER PRIMARY KEY AUTOINCREMENT",
            text: "TEXT",
            patience: "",
            size: "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
            last_pk: r#"SELECT "seq" FROM sqlite_sequence WHERE "name" = $1"#,
            pks_given: None,
        }
    }
}

impl Snapshot for Sqlite {
    // The moment is that of the first statement.
    fn begin_snapshot(&mut self) -> Result<(), Fault> {
        self.batch("BEGIN")
    }

    fn each(
        &mut self,
        sql: &str,
        params: &[Value],
        take: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        let mut statement = self.inner.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(params))?;
        while let Some(row) = rows.next()? {
            let mut values = Row::with_capacity(columns);
            for column in 0..columns {
                values.push(read(row.get_ref(column)?));
            }
            if take(values).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn read(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        // No column of ours holds a real or a blob.
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => Value::Null,
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Boolean(flag) => ValueRef::Integer(i64::from(*flag)),
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        const UNIQUE: i32 = rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
        match error.sqlite_error() {
            Some(found) if found.extended_code == UNIQUE => Self::Unique,
            Some(found)
                if matches!(
                    found.code,
                    ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked
                ) =>
            {
                Self::Busy
            }
            _ => Self::Other(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_syncs_every_commit_and_checks_references() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Sqlite::open(&folder.path().join("a.sqlite"), Open::Write).unwrap();
        let mut pragma =
            |name: &str| writer.query(&format!("PRAGMA {name}"), &[]).unwrap()[0][0].clone();
        assert_eq!(pragma("synchronous"), Value::Integer(2));
        assert_eq!(pragma("foreign_keys"), Value::Integer(1));
        assert_eq!(pragma("journal_mode"), Value::from("wal"));
    }

    #[test]
    fn a_file_of_another_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("theirs.sqlite");
        let theirs = rusqlite::Connection::open(&path).unwrap();
        theirs.execute_batch("CREATE TABLE a (b);").unwrap();
        drop(theirs);
        let refused = Sqlite::open(&path, Open::Write).unwrap_err();
        assert!(refused.to_string().contains("another program"));
    }
}
