//! Where a games API keeps its data in this run of the suite: a PostgreSQL database of its own.

use games_api::{Config, Database, PostgresUrl};

use crate::cluster;

pub(crate) struct Place {
    url: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let Some(url) = cluster::database() else {
            // A test cannot say that it was skipped; the line that names what was has been written.
            std::process::exit(0);
        };
        Self { url }
    }

    pub(crate) fn config(&self) -> Config {
        let database = Database::Postgres(PostgresUrl::parse(&self.url).unwrap());
        Config::on(database, ([127, 0, 0, 1], 0).into())
    }

    /// Runs a statement behind the games API's back.
    pub(crate) fn sql(&self, statement: &str) -> String {
        cluster::sql(&self.url, statement)
    }

    /// Everything that is stored.
    pub(crate) fn content(&self) -> Vec<u8> {
        cluster::dump(&self.url).into_bytes()
    }

    /// The address of the database.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The name of the database.
    pub(crate) fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap()
    }
}
