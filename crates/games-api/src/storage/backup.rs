//! Copies of a SQLite file, consistent while it is in use.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use time::{OffsetDateTime, macros::format_description};

use super::connection::{Connection, Fault};

/// Copies the file beside itself, named after the version of its schema and the time, and returns the copy's path.
pub(super) fn beside(
    connection: &mut dyn Connection,
    file: &Path,
    version: i64,
    now: OffsetDateTime,
) -> Result<PathBuf, Fault> {
    let failed = |reason: String| Fault::Other(format!("no copy of it could be made: {reason}"));
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let at = now.to_offset(time::UtcOffset::UTC).format(format);
    let at = at.map_err(|error| failed(error.to_string()))?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".before-{}.{at}", version + 1));
    let copy = file.with_file_name(name);
    write(connection, &copy).map_err(|fault| failed(fault.to_string()))?;
    Ok(copy)
}

/// Writes everything that is committed into a new file. It has its name only once it is whole and on disk.
fn write(connection: &mut dyn Connection, copy: &Path) -> Result<(), Fault> {
    let failed = |error: std::io::Error| Fault::Other(format!("{}: {error}", copy.display()));
    let mut part = copy.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let Some(text) = part.to_str() else {
        return Err(Fault::Other(format!("{} is not UTF-8", part.display())));
    };
    if part.exists() {
        // Left over from a copy that was cut short.
        std::fs::remove_file(&part).map_err(failed)?;
    }
    connection.execute("VACUUM INTO $1", &[text.into()])?;
    File::open(&part)
        .and_then(|file| file.sync_all())
        .and_then(|()| std::fs::rename(&part, copy))
        .map_err(failed)?;
    let folder = copy
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    sync_folder(folder.unwrap_or_else(|| Path::new("."))).map_err(failed)
}

/// A new name is on disk once its folder is; only Unix lets a folder be opened for that.
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
