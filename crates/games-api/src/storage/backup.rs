//! Copies of a SQLite file, consistent while it is in use, and the way back.

use std::{
    fs,
    path::{Path, PathBuf},
};

use time::{OffsetDateTime, macros::format_description};

use super::{
    connection::{Connection, Fault, Open},
    schema,
    sqlite::Sqlite,
};
use crate::{Clock, new_file};

/// Why a copy could not be made or put back. Each text says what was expected, what came and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// There is no such database of ours, or it is damaged.
    #[error("expected a database of the games API at {}, got: {reason}: name another file", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The copy cannot be written.
    #[error("expected to write {}, got: {reason}: name another file, or make room", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// What stood in the way.
        reason: String,
    },
    /// The file that is to be replaced is in use.
    #[error("expected nobody to use {}, got: {reason}: stop the games API first", file.display())]
    InUse {
        /// The file.
        file: PathBuf,
        /// What SQLite said.
        reason: String,
    },
}

/// Copies a SQLite file of the games API, which may be running, as it is at this moment. The copy is whole and on disk when this
/// returns.
///
/// # Errors
/// [`BackupError`], also when there is something in the copy's place.
pub fn backup(file: &Path, copy: &Path) -> Result<(), BackupError> {
    let mut connection = ours(file)?;
    if copy.exists() {
        return Err(BackupError::Unwritable {
            file: copy.to_owned(),
            reason: "a file that is there already".to_owned(),
        });
    }
    write(&mut connection, copy).map_err(|fault| BackupError::Unwritable {
        file: copy.to_owned(),
        reason: fault.to_string(),
    })
}

/// Puts a copy in the place of a SQLite file that nobody uses, and returns where the file's content is kept, if there was a file.
/// Whoever follows the changes is told at the next start that this is another database.
///
/// # Errors
/// [`BackupError`]; the file is then as it was.
pub fn restore(
    copy: &Path,
    file: &Path,
    clock: &dyn Clock,
) -> Result<Option<PathBuf>, BackupError> {
    let mut from = ours(copy)?;
    let damage = |reason: String| BackupError::Unreadable {
        file: copy.to_owned(),
        reason,
    };
    let checked = from.query("PRAGMA integrity_check", &[]);
    let checked = checked.map_err(|fault| damage(fault.to_string()))?;
    match checked.first().and_then(|row| row[0].text()) {
        Some("ok") => {}
        other => return Err(damage(other.unwrap_or("nothing").to_owned())),
    }
    let unwritable = |reason: String| BackupError::Unwritable {
        file: file.to_owned(),
        reason,
    };
    let replaced = file.exists();
    if replaced {
        alone(file)?;
    }
    let next = beside_name(file, "restored", clock.now()).map_err(|f| unwritable(f.to_string()))?;
    write(&mut from, &next)
        .and_then(|()| rename_database(&next))
        .map_err(|fault| unwritable(fault.to_string()))?;
    let failed = |error: std::io::Error| unwritable(error.to_string());
    let mut before = None;
    if replaced {
        let kept = beside_name(file, "replaced", clock.now());
        let kept = kept.map_err(|fault| unwritable(fault.to_string()))?;
        fs::rename(file, &kept).map_err(failed)?;
        before = Some(kept);
    }
    fs::rename(&next, file)
        .and_then(|()| new_file::sync_folder_of(file))
        .map_err(failed)?;
    Ok(before)
}

/// Opens a file for reading, if it is a database of ours.
fn ours(file: &Path) -> Result<Sqlite, BackupError> {
    let unreadable = |reason: String| BackupError::Unreadable {
        file: file.to_owned(),
        reason,
    };
    let mut connection =
        Sqlite::open(file, Open::Read).map_err(|fault| unreadable(fault.to_string()))?;
    // A copy counts as writing, although it leaves the file alone; that stays open for reading only.
    let ours = connection.batch("PRAGMA query_only = OFF");
    match ours.and_then(|()| connection.is_ours()) {
        Ok(true) => Ok(connection),
        Ok(false) => Err(unreadable("a file of another program".to_owned())),
        Err(fault) => Err(unreadable(fault.to_string())),
    }
}

/// Makes sure that nobody else has the file open: only then may it leave WAL, and only then is all of it in the one file.
fn alone(file: &Path) -> Result<(), BackupError> {
    let leave = || {
        let mut connection = Sqlite::open(file, Open::Write)?;
        connection.query("PRAGMA journal_mode = DELETE", &[])
    };
    let in_use = |reason: String| BackupError::InUse {
        file: file.to_owned(),
        reason,
    };
    let mode = leave().map_err(|fault| in_use(fault.to_string()))?;
    match mode.first().and_then(|row| row[0].text()) {
        Some("delete") => Ok(()),
        _ => Err(in_use("another program that has it open".to_owned())),
    }
}

/// Takes the name of the database out of a copy, so that the next start gives it a new one.
fn rename_database(copy: &Path) -> Result<(), Fault> {
    let mut connection = Sqlite::open(copy, Open::Write)?;
    schema::forget_epoch(&mut connection)?;
    // Leaves nothing beside the one file.
    connection
        .query("PRAGMA journal_mode = DELETE", &[])
        .map(drop)
}

/// Copies the file beside itself before its schema changes, and returns the copy's path.
pub(super) fn beside(
    connection: &mut dyn Connection,
    file: &Path,
    version: i64,
    now: OffsetDateTime,
) -> Result<PathBuf, Fault> {
    let copy = beside_name(file, &format!("before-{}", version + 1), now)?;
    write(connection, &copy)
        .map_err(|fault| Fault::Other(format!("no copy of it could be made: {fault}")))?;
    Ok(copy)
}

/// A name in the same folder that says what for and when.
fn beside_name(file: &Path, what: &str, now: OffsetDateTime) -> Result<PathBuf, Fault> {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let at = now.to_offset(time::UtcOffset::UTC).format(format);
    let at = at.map_err(|error| Fault::Other(error.to_string()))?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{what}.{at}"));
    Ok(file.with_file_name(name))
}

/// Writes everything that is committed into a new file. It has its name only once it is whole and on disk.
fn write(connection: &mut dyn Connection, copy: &Path) -> Result<(), Fault> {
    let failed = |error: std::io::Error| Fault::Other(error.to_string());
    let part = new_file::part_of(copy);
    let Some(text) = part.to_str() else {
        return Err(Fault::Other("a name that is not UTF-8".to_owned()));
    };
    if part.exists() {
        // Left over from a copy that was cut short.
        fs::remove_file(&part).map_err(failed)?;
    }
    connection.execute("VACUUM INTO $1", &[text.into()])?;
    new_file::settle(&part, copy).map_err(failed)
}
