//! Which database: a SQLite file, or a PostgreSQL address whose password nobody is shown.

use std::{fmt, path::PathBuf};

use tokio_postgres::config::Host;

use crate::StartError;

/// Where a games API keeps its data.
#[derive(Clone, Debug)]
pub enum Database {
    /// A SQLite file; made when it is not there. Its folder has to exist.
    Sqlite(PathBuf),
    /// A PostgreSQL database; it has to exist, its tables are made when it is empty.
    Postgres(PostgresUrl),
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => write!(f, "{url}"),
        }
    }
}

/// The address of a PostgreSQL database with its login. Shown without the password.
#[derive(Clone)]
pub struct PostgresUrl(Box<tokio_postgres::Config>);

impl PostgresUrl {
    /// Reads `postgres://user:password@host:port/database?sslmode=…`, as other programs take it.
    ///
    /// Without `sslmode`, TLS is used where the server offers it; `disable` never, `require` always. Where TLS is used, the
    /// server's certificate is checked, so `verify-full` is the same as `require`. A host that begins with `/` (written `%2F`) is the
    /// folder of a socket.
    ///
    /// # Errors
    /// [`StartError::Address`] for a text that is no such address.
    pub fn parse(text: &str) -> Result<Self, StartError> {
        // The text may hold a password: it is never part of a message.
        let refuse = |reason: String| StartError::Address { reason };
        if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
            return Err(refuse("a text that begins differently".to_owned()));
        }
        let spelled = match text.split_once('?') {
            Some((place, query)) => {
                let query = query.replace("sslmode=verify-full", "sslmode=require");
                format!("{place}?{query}")
            }
            None => text.to_owned(),
        };
        let config: tokio_postgres::Config = spelled
            .parse()
            .map_err(|error: tokio_postgres::Error| refuse(told(&error)))?;
        if config.get_dbname().is_none_or(str::is_empty) {
            return Err(refuse("one without the name of a database".to_owned()));
        }
        if config.get_hosts().is_empty() {
            return Err(refuse("one without a host".to_owned()));
        }
        Ok(Self(Box::new(config)))
    }

    /// The same address with this password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.0.password(password);
        self
    }

    pub(crate) const fn config(&self) -> &tokio_postgres::Config {
        &self.0
    }
}

/// An error with what lies beneath it: the first sentence alone says little.
fn told(error: &tokio_postgres::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.0.get_user() {
            write!(f, "{user}@")?;
        }
        for (at, host) in self.0.get_hosts().iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                #[cfg(unix)]
                Host::Unix(folder) => write!(f, "{comma}{}", folder.display())?,
            }
            let ports = self.0.get_ports();
            if let Some(port) = ports.get(at).or_else(|| ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.0.get_dbname().unwrap_or_default())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let text = "postgres://games:hunter2@db.example.edu:5433/simpl?sslmode=verify-full";
        let url = PostgresUrl::parse(text).unwrap();
        let database = Database::Postgres(url.clone().with_password("hunter3"));
        assert_eq!(
            database.to_string(),
            "postgres://games@db.example.edu:5433/simpl"
        );
        assert!(!format!("{url:?} {database:?}").contains("hunter"));
        let socket = PostgresUrl::parse("postgresql://games@%2Frun%2Fpg/simpl").unwrap();
        assert_eq!(socket.to_string(), "postgres://games@/run/pg:5432/simpl");
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for text in [
            "mysql://games:hunter2@db/simpl",
            "postgres://games:hunter2@db",
            "postgres:///simpl",
            "postgres://games:hunter2@db:port/simpl",
            "postgres://games:hunter2@db/simpl?sslmode=perhaps",
        ] {
            let refused = PostgresUrl::parse(text).unwrap_err().to_string();
            assert!(refused.contains("postgres://user:password@"), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
    }
}
