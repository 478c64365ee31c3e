//! Writing a run into a file and taking it out of the database.

use std::{
    fs,
    path::Path,
    sync::{Arc, OnceLock},
};

use super::{ArchiveError, close, file::Draft, header::Header, open, records};
use crate::{
    Clock, Config, random,
    rows::{self, OF_A_RUN},
    storage::{Connection, Fault, Storage, Write},
};

/// A run that was archived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archived {
    /// Its name.
    pub name: String,
    /// How many rows the file has, the run's own included.
    pub rows: usize,
}

/// Writes a run with everything below it into a new file, and removes it from the database unless it is to be kept. The file is whole and
/// on disk before anything is removed; when anything fails, there is no file and the run is as it was.
///
/// # Errors
/// [`ArchiveError`], also when there is something in the file's place.
pub async fn archive(
    config: Config,
    clock: Arc<dyn Clock>,
    run: u64,
    file: &Path,
    keep: bool,
) -> Result<Archived, ArchiveError> {
    let pk = i64::try_from(run).map_err(|_| ArchiveError::NoRun { run })?;
    let reason = |reason| ArchiveError::Store { reason };
    let id = random::hex(16).map_err(reason)?;
    let storage = open(config, clock).await?;
    let done = archive_in(&storage, pk, id, file, keep).await;
    close(&storage).await;
    done
}

async fn archive_in(
    storage: &Storage,
    run: i64,
    id: String,
    file: &Path,
    keep: bool,
) -> Result<Archived, ArchiveError> {
    let written: Arc<OnceLock<Archived>> = Arc::default();
    let done = storage.writer.write({
        let (written, id, file) = (Arc::clone(&written), id.clone(), file.to_owned());
        move |write| {
            let archived = save(write, run, &id, &file)?;
            // From here on there is a file to remove when something fails.
            let archived = written.get_or_init(|| archived).clone();
            note(write, run, id)?;
            if !keep {
                rows::remove_run(write, run)?;
            }
            Ok::<_, ArchiveError>(archived)
        }
    });
    let error = match (done.await, written.get()) {
        (Ok(archived), _) => return Ok(archived),
        (Err(error), None) => return Err(error),
        (Err(error), Some(archived)) => {
            // A commit that seemed to fail may have been done all the same; then the file is all that there is of the run.
            match storage.readers.read(move |c| is_noted(c, &id)).await {
                Ok(true) => return Ok(archived.clone()),
                Ok(false) => error,
                Err(_) => {
                    return Err(ArchiveError::Unknown {
                        run: run.unsigned_abs(),
                        file: file.to_owned(),
                        reason: error.to_string(),
                    });
                }
            }
        }
    };
    fs::remove_file(file).map_err(|left| {
        let reason = format!("{error}; and the file could not be removed: {left}");
        ArchiveError::unwritable(file, &reason)
    })?;
    Err(error)
}

/// Writes the file.
fn save(write: &mut Write<'_>, run: i64, id: &str, file: &Path) -> Result<Archived, ArchiveError> {
    let schema = write.connection().schema_version()?;
    let header = Header::of(write, run, id.to_owned(), schema)?;
    let header = header.ok_or_else(|| ArchiveError::NoRun {
        run: run.unsigned_abs(),
    })?;
    if let Some((child, one, parent, other)) = rows::entangled(write, run)? {
        return Err(ArchiveError::Entangled {
            run: run.unsigned_abs(),
            child: format!("the {child} {one}"),
            parent: format!("the {parent} {other}"),
        });
    }
    let mut draft = Draft::begin(file, &header)?;
    for resource in OF_A_RUN {
        rows::each_of_run(write, resource, run, |_, row| draft.add(resource, &row))?;
    }
    records::save(write, run, &mut draft)?;
    Ok(Archived {
        name: header.name,
        rows: draft.finish()?,
    })
}

/// Notes that the rows of this archive had their numbers here.
fn note(write: &mut Write<'_>, run: i64, id: String) -> Result<(), Fault> {
    let at = write.stamp().to_owned();
    write.execute(
        r#"INSERT INTO "archive" ("id", "run", "made_here", "at") VALUES ($1, $2, $3, $4)"#,
        &[id.into(), run.into(), true.into(), at.into()],
    )?;
    Ok(())
}

fn is_noted(connection: &mut dyn Connection, id: &str) -> Result<bool, Fault> {
    let sql = r#"SELECT "id" FROM "archive" WHERE "id" = $1"#;
    Ok(!connection.query(sql, &[id.into()])?.is_empty())
}
