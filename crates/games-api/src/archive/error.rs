//! Why a run is not archived, or not put back.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use crate::{StartError, storage::Fault};

/// Things that are named in one message at most.
const NAMED: usize = 20;

/// Why a run is not archived, or not put back. Each text says what was expected, what came and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The database cannot be had.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There is no such run.
    #[error(
        "expected the number of a run, got {run}, which no run has: look it up at /apis/runs/?game_slug=…"
    )]
    NoRun {
        /// The number that was given.
        run: u64,
    },
    /// Rows of two runs lead to each other, so that one cannot go without the other.
    #[error(
        "expected run {run} to stand alone, got {child}, which refers to {parent}, of which one belongs to another run: delete or change the first one; nothing is archived"
    )]
    Entangled {
        /// The run.
        run: u64,
        /// The row that refers.
        child: String,
        /// The row that it refers to.
        parent: String,
    },
    /// The file cannot be written.
    #[error("expected to write {}, got: {reason}: name another file, or make room; nothing is archived", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// What stood in the way.
        reason: String,
    },
    /// The file cannot be read, or is not as it was written.
    #[error("expected a whole archive of a run at {}, got: {reason}: use another copy of it", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The file was written by a newer program.
    #[error(
        "expected {} to have schema version {known} or older, got {found}: use the newer program that wrote it", file.display()
    )]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its version.
        found: i64,
        /// The version of this program.
        known: i64,
    },
    /// The database does not have what the run needs.
    #[error(
        "expected what the run in {} refers to, got a database without {}: make them, or give them the names that they had; nothing is put back", file.display(), listed(missing)
    )]
    Missing {
        /// The file.
        file: PathBuf,
        /// What is missing, by kind and name.
        missing: Vec<String>,
    },
    /// The run was put back before, or never left.
    #[error(
        "expected a database without the run of {}, got one that has it as run {run}: delete or archive that one first, if it is to be replaced", file.display()
    )]
    There {
        /// The file.
        file: PathBuf,
        /// The number that the run has.
        run: u64,
    },
    /// The database refused, or has gone; everything is as it was.
    #[error("expected to read and store the run, got: {reason}: nothing is changed; try again")]
    Store {
        /// What it said.
        reason: String,
    },
    /// The database went away at the last moment.
    #[error(
        "expected to remove run {run}, got: {reason}; whether it was removed is not known: its archive is whole, at {}; look whether the run is there, and if it is, archive it again under another name", file.display()
    )]
    Unknown {
        /// The run.
        run: u64,
        /// The file, which is kept.
        file: PathBuf,
        /// What the database said.
        reason: String,
    },
}

impl ArchiveError {
    pub(super) fn unwritable(file: &Path, reason: &dyn fmt::Display) -> Self {
        Self::Unwritable {
            file: file.to_owned(),
            reason: reason.to_string(),
        }
    }

    pub(super) fn unreadable(file: &Path, reason: &dyn fmt::Display) -> Self {
        Self::Unreadable {
            file: file.to_owned(),
            reason: reason.to_string(),
        }
    }
}

impl From<Fault> for ArchiveError {
    fn from(fault: Fault) -> Self {
        let reason = fault.to_string();
        Self::Store { reason }
    }
}

fn listed(missing: &[String]) -> String {
    let mut listed = missing[..missing.len().min(NAMED)].join(", ");
    if missing.len() > NAMED {
        listed.push_str(&format!(" and {} more", missing.len() - NAMED));
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_and_a_long_list_is_cut() {
        let told = |count: usize| {
            let missing = (0..count).map(|n| format!("the user u{n}@x.edu")).collect();
            let file = "a.jsonl".into();
            ArchiveError::Missing { file, missing }.to_string()
        };
        assert!(told(2).contains("without the user u0@x.edu, the user u1@x.edu: make"));
        assert!(
            told(25).contains("u19@x.edu and 5 more: make"),
            "{}",
            told(25)
        );
    }
}
