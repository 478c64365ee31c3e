//! A run with everything below it, into a file and back.
//!
//! Both are done in one transaction, also while somebody else serves the database, and tell of every row in the outbox: whoever follows
//! the changes learns that the run has gone, or come.
//!
//! * [`archive`], [`unarchive`]: what the operator does;
//! * `file`, `header`: the file, line by line;
//! * `remove`: writing it and taking the run away;
//! * `restore`: putting the run back; `places`: to which rows and numbers;
//! * `records`: what is kept of the run beside its rows.

mod error;
mod file;
mod header;
mod places;
mod records;
mod remove;
mod restore;

pub use error::ArchiveError;
pub use remove::{Archived, archive};
pub use restore::{Unarchived, unarchive};

use std::sync::Arc;

use crate::{Clock, Config, StartError, storage::Storage};

/// Opens a database beside whoever serves it.
async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Storage, StartError> {
    let opened = tokio::task::spawn_blocking(move || Storage::beside(&config, clock));
    opened.await.map_err(|error| StartError::System {
        what: "a thread",
        reason: error.to_string(),
    })?
}

async fn close(storage: &Storage) {
    storage.readers.close().await;
    storage.writer.close().await;
}
