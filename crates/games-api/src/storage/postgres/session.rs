//! One session with a PostgreSQL server: how it is begun, its limits, and its prepared statements.

use std::{collections::HashMap, error::Error as _, ops::ControlFlow, pin::pin, time::Duration};

use futures_util::TryStreamExt;
use tokio_postgres::{Client, Error, SimpleQueryMessage, Statement, error::SqlState, types::ToSql};

use super::{
    super::{
        Row,
        connection::{Fault, Open, Value},
    },
    tls::Tls,
};
use crate::PostgresUrl;

/// How long a connection may take to come about, and how long it may take until it can be used.
const CONNECT: Duration = Duration::from_secs(5);
const OPEN: Duration = Duration::from_secs(10);
/// A silent network is noticed within half a minute, on both sides.
const SILENCE: Duration = Duration::from_secs(10);
/// Prepared statements kept; beyond it all are forgotten and prepared again.
const STATEMENTS: usize = 256;
/// "games": who holds this advisory lock of the database serves it.
const LOCK: i64 = 0x67_616d_6573;
/// Who holds this one has a transaction under way that writes.
const TURN: i64 = LOCK + 1;

/// What each session says first. A commit waits for the disk, or for more where the server asks for more; no statement lasts for
/// ever; and a session whose network has gone ends on the server too, so that its lock is free.
const MANNERS: &str = "
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local');
    SET statement_timeout = '10s';
    SET lock_timeout = '3s';
    SET idle_in_transaction_session_timeout = '60s';
    SET tcp_keepalives_idle = 10;
    SET tcp_keepalives_interval = 5;
    SET tcp_keepalives_count = 3;
    SET standard_conforming_strings = on;";

/// Why there is no session.
#[derive(Debug)]
pub(super) enum NoSession {
    /// The database cannot be reached, or cannot be used; in words for the operator.
    Unusable(String),
    /// Another session serves it.
    Taken,
}

/// A session that is open.
#[derive(Debug)]
pub(super) struct Session {
    client: Client,
    statements: HashMap<String, Statement>,
}

impl Session {
    /// Connects and logs in. Has to run inside the runtime that the session then lives in.
    pub(super) async fn open(at: &PostgresUrl, purpose: Open) -> Result<Self, NoSession> {
        let opened = tokio::time::timeout(OPEN, Self::log_in(at, purpose)).await;
        opened.unwrap_or_else(|_| {
            let silence = format!("no answer within {} s", OPEN.as_secs());
            Err(NoSession::Unusable(silence))
        })
    }

    async fn log_in(at: &PostgresUrl, purpose: Open) -> Result<Self, NoSession> {
        let unusable = |error: Error| NoSession::Unusable(words(&error));
        let mut config = at.config().clone();
        config
            .application_name("games-api")
            .connect_timeout(CONNECT)
            .keepalives(true)
            .keepalives_idle(SILENCE)
            .keepalives_interval(SILENCE / 2)
            .keepalives_retries(3)
            .tcp_user_timeout(SILENCE * 2);
        let (client, connection) = config.connect(Tls).await.map_err(unusable)?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error = words(&error), "a database connection ended");
            }
        });
        client.batch_execute(MANNERS).await.map_err(unusable)?;
        let session = Self {
            client,
            statements: HashMap::new(),
        };
        match purpose {
            Open::Read => {
                let read = "SET default_transaction_read_only = on";
                session.client.batch_execute(read).await.map_err(unusable)?;
            }
            Open::Write => session.claim().await?,
            Open::Beside => {}
        }
        Ok(session)
    }

    /// Becomes the only one that serves, and looks whether the database can keep what is acknowledged.
    async fn claim(&self) -> Result<(), NoSession> {
        let unusable = |error: Error| NoSession::Unusable(words(&error));
        let lock = format!("SELECT pg_advisory_lock({LOCK})");
        if let Err(error) = self.client.batch_execute(&lock).await {
            return Err(match error.code() {
                Some(&SqlState::LOCK_NOT_AVAILABLE) => NoSession::Taken,
                _ => unusable(error),
            });
        }
        let encoding = self.show("server_encoding").await.map_err(unusable)?;
        if encoding != "UTF8" {
            return Err(NoSession::Unusable(format!(
                "one with the encoding {encoding}, where UTF8 is needed"
            )));
        }
        if self.show("fsync").await.map_err(unusable)? != "on" {
            tracing::warn!(
                "the server runs with fsync = off: what is acknowledged may be lost when its machine fails"
            );
        }
        Ok(())
    }

    async fn show(&self, setting: &str) -> Result<String, Error> {
        let answer = self.client.simple_query(&format!("SHOW {setting}")).await?;
        let value = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Ok(value.unwrap_or_default().to_owned())
    }

    /// Lets the next writer in without waiting for the server to notice that this one has gone.
    pub(super) async fn release(&self) {
        let unlock = format!("SELECT pg_advisory_unlock({LOCK})");
        if let Err(error) = self.client.batch_execute(&unlock).await {
            tracing::debug!(
                error = words(&error),
                "the writer's lock goes with its session"
            );
        }
    }

    /// Begins a transaction and waits for its turn to write.
    pub(super) async fn begin(&self) -> Result<(), Error> {
        let sql = format!("BEGIN; SELECT pg_advisory_xact_lock({TURN})");
        self.client.batch_execute(&sql).await
    }

    /// True when the connection is known to have ended.
    pub(super) fn has_ended(&self) -> bool {
        self.client.is_closed()
    }

    pub(super) async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, Error> {
        let statement = self.prepare(sql).await?;
        let rows = self.client.query(&statement, &borrowed(params)).await?;
        rows.iter().map(values).collect()
    }

    /// Hands on rows as they come; the server waits with the next ones meanwhile.
    pub(super) async fn each(
        &mut self,
        sql: &str,
        params: &[Value],
        take: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let statement = self.prepare(sql).await?;
        let rows = self.client.query_raw(&statement, params).await?;
        let mut rows = pin!(rows);
        while let Some(row) = rows.try_next().await? {
            if take(values(&row)?).is_break() {
                break;
            }
        }
        Ok(())
    }

    pub(super) async fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, Error> {
        let statement = self.prepare(sql).await?;
        self.client.execute(&statement, &borrowed(params)).await
    }

    pub(super) async fn batch(&self, sql: &str) -> Result<(), Error> {
        self.client.batch_execute(sql).await
    }

    async fn prepare(&mut self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        if self.statements.len() >= STATEMENTS {
            self.statements.clear();
        }
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

fn values(row: &tokio_postgres::Row) -> Result<Row, Error> {
    (0..row.len()).map(|column| row.try_get(column)).collect()
}

fn borrowed(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params
        .iter()
        .map(|value| value as &(dyn ToSql + Sync))
        .collect()
}

/// An error in the server's words, or with all that lies beneath it: the first sentence alone says little.
pub(super) fn words(error: &Error) -> String {
    if let Some(told) = error.as_db_error() {
        return told.message().to_owned();
    }
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        words = format!("{words}: {next}");
        cause = next.source();
    }
    words
}

/// What an error means to whoever asked.
pub(super) fn fault(error: &Error) -> Fault {
    const AWAY: [&SqlState; 5] = [
        &SqlState::ADMIN_SHUTDOWN,
        &SqlState::CRASH_SHUTDOWN,
        &SqlState::CANNOT_CONNECT_NOW,
        &SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        // A server that has become another one's copy.
        &SqlState::READ_ONLY_SQL_TRANSACTION,
    ];
    const BUSY: [&SqlState; 3] = [
        &SqlState::QUERY_CANCELED,
        &SqlState::LOCK_NOT_AVAILABLE,
        &SqlState::T_R_DEADLOCK_DETECTED,
    ];
    match error.code() {
        Some(code) if *code == SqlState::UNIQUE_VIOLATION => Fault::Unique,
        Some(code) if BUSY.contains(&code) => Fault::Busy,
        Some(code) if AWAY.contains(&code) => Fault::Away,
        Some(_) => Fault::Other(words(error)),
        None => {
            let cause = error.source();
            let network = cause.is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
            if network || error.is_closed() {
                Fault::Away
            } else {
                Fault::Other(words(error))
            }
        }
    }
}
