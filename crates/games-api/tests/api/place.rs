//! Where a games API keeps its data in this run of the suite: a SQLite file of its own.

use std::path::PathBuf;

use games_api::Config;
use tempfile::TempDir;

pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder }
    }

    /// The file, in a folder of its own.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("games.sqlite")
    }

    pub(crate) fn config(&self) -> Config {
        Config::new(self.file(), ([127, 0, 0, 1], 0).into())
    }

    /// Runs a statement behind the games API's back, and returns the number that it finds, if it looks for one.
    pub(crate) fn sql(&self, statement: &str) -> String {
        let file = rusqlite::Connection::open(self.file()).unwrap();
        if !statement.starts_with("SELECT") {
            file.execute_batch(statement).unwrap();
            return String::new();
        }
        let mut statement = file.prepare(statement).unwrap();
        let mut found = statement.query([]).unwrap();
        let number: Option<i64> = found.next().unwrap().map(|row| row.get(0).unwrap());
        number.map(|number| number.to_string()).unwrap_or_default()
    }

    /// Everything that is stored.
    pub(crate) fn content(&self) -> Vec<u8> {
        std::fs::read(self.file()).unwrap()
    }
}
