//! Putting a run back that was archived.

use std::{path::Path, sync::Arc};

use games_contract::{Action, Resource};
use serde_json::{Value as Json, value::RawValue};

use super::{ArchiveError, close, file::Archive, open, places::Places, records};
use crate::{
    Clock, Config,
    people::{self, Traces},
    rows::{self, Members},
    storage::{Fault, Value, Write, newest_schema},
};

/// Rows that are stored together.
const PART: usize = 500;

/// A run that was put back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unarchived {
    /// Its number.
    pub run: u64,
    /// The number that it has in the file.
    pub was: u64,
    /// Its name.
    pub name: String,
    /// How many rows were stored, the run's own included.
    pub rows: usize,
}

/// Puts the run of an archive back: under the numbers that its rows had, where those are free and never were other rows', else under new
/// ones. Its game, phase, roles and users have to be there. Whoever was erased meanwhile is not named again. All of it or nothing.
///
/// # Errors
/// [`ArchiveError`], with everything that is missing.
pub async fn unarchive(
    config: Config,
    clock: Arc<dyn Clock>,
    file: &Path,
) -> Result<Unarchived, ArchiveError> {
    let path = file.to_owned();
    let read = tokio::task::spawn_blocking(move || Archive::open(&path, newest_schema()));
    let archive = read
        .await
        .map_err(|error| ArchiveError::unreadable(file, &error))??;
    let storage = open(config, clock).await?;
    let done = storage.writer.write(move |write| restore(write, &archive));
    let done = done.await;
    close(&storage).await;
    done
}

fn restore(write: &mut Write<'_>, archive: &Archive) -> Result<Unarchived, ArchiveError> {
    let header = &archive.header;
    let known = Known::of(write, &header.id)?;
    let made_here = known.as_ref().is_some_and(|known| known.made_here);
    let mut places = Places::find(write, archive, made_here)?;
    let candidates = known.iter().map(|known| known.run);
    for run in candidates.chain([header.run]) {
        if is_there(write, archive, &places, run, known.as_ref())? {
            return Err(ArchiveError::There {
                file: archive.file.clone(),
                run: run.unsigned_abs(),
            });
        }
    }
    let were_here = known.as_ref().is_some_and(|known| known.run == header.run);
    places.number(write, archive, were_here)?;
    let run = places
        .leads(Resource::Run, header.run)
        .ok_or_else(|| ArchiveError::unreadable(&archive.file, &"one without its run"))?;
    let erased = erased(write, archive, &places)?;
    put(write, archive, &places, run, &erased)?;
    records::put(write, archive, &places, run, &erased)?;
    note(write, archive, known.as_ref(), run)?;
    rows::tell_run(write, run, Action::Created)?;
    Ok(Unarchived {
        run: run.unsigned_abs(),
        was: header.run.unsigned_abs(),
        name: header.name.clone(),
        rows: archive.rows,
    })
}

/// What this database knows of an archive.
struct Known {
    /// The number that its run has, or had, here.
    run: i64,
    /// Its rows come from here.
    made_here: bool,
}

impl Known {
    fn of(write: &mut Write<'_>, id: &str) -> Result<Option<Self>, Fault> {
        let sql = r#"SELECT "run", "made_here" FROM "archive" WHERE "id" = $1"#;
        let found = write.query(sql, &[id.into()])?;
        Ok(found.first().map(|row| Self {
            run: row[0].integer().unwrap_or_default(),
            made_here: row[1].flag(),
        }))
    }
}

/// Whether a run is the one of the archive: it is noted as that, or it has its number, its game and its time, as in a copy of the
/// database that is older than the archive.
fn is_there(
    write: &mut Write<'_>,
    archive: &Archive,
    places: &Places,
    run: i64,
    known: Option<&Known>,
) -> Result<bool, Fault> {
    let sql = r#"SELECT "game", "created" FROM "run" WHERE "id" = $1"#;
    let found = write.query(sql, &[run.into()])?;
    let Some([game, created]) = found.first().map(Vec::as_slice) else {
        return Ok(false);
    };
    let noted = known.is_some_and(|known| known.run == run);
    let same = *game == places.leads(Resource::Game, archive.header.game).into()
        && created.text() == Some(archive.header.created.as_str());
    Ok(noted || same)
}

/// Stores the rows.
fn put(
    write: &mut Write<'_>,
    archive: &Archive,
    places: &Places,
    run: i64,
    erased: &[Traces],
) -> Result<(), ArchiveError> {
    let mut resource = Resource::Run;
    let mut part: Vec<Vec<Value>> = Vec::with_capacity(PART);
    archive.each(|of, mut members| {
        if of != resource || part.len() == PART {
            rows::insert_as_they_were(write, resource, &part)?;
            part.clear();
            resource = of;
        }
        clean(&mut members, erased);
        let leads = |to, pk| places.leads(to, pk);
        let row = rows::as_it_was(write, of, &members, run, leads).map_err(|member| {
            let reason = format!("a {of} whose {member} is not as it has to be");
            ArchiveError::unreadable(&archive.file, &reason)
        })?;
        part.push(row);
        Ok(())
    })?;
    Ok(rows::insert_as_they_were(write, resource, &part)?)
}

/// Notes where the run is now. Other archives of it follow.
fn note(
    write: &mut Write<'_>,
    archive: &Archive,
    known: Option<&Known>,
    run: i64,
) -> Result<(), Fault> {
    if let Some(known) = known {
        let sql = r#"UPDATE "archive" SET "run" = $1 WHERE "run" = $2"#;
        write.execute(sql, &[run.into(), known.run.into()])?;
        return Ok(());
    }
    let at = write.stamp().to_owned();
    let id = archive.header.id.as_str();
    write.execute(
        r#"INSERT INTO "archive" ("id", "run", "made_here", "at") VALUES ($1, $2, $3, $4)"#,
        &[id.into(), run.into(), false.into(), at.into()],
    )?;
    Ok(())
}

/// What names users in the archive who have been erased since.
fn erased(write: &mut Write<'_>, archive: &Archive, places: &Places) -> Result<Vec<Traces>, Fault> {
    let mut traces = Vec::new();
    for person in &archive.header.users {
        let Some(user) = places.leads(Resource::User, person.id) else {
            continue;
        };
        let address = people::address_of_erased(user);
        let found = rows::find_user(write.connection(), &address)?;
        if found == Some(user) && person.email != address {
            let named = person.as_row();
            traces.push(Traces::of(user, &named, &address));
        }
    }
    Ok(traces)
}

/// Takes those who were erased out of a row's data.
fn clean(members: &mut Members, erased: &[Traces]) {
    let Some(data) = members.get_mut("data").filter(|_| !erased.is_empty()) else {
        return;
    };
    let Ok(mut value) = serde_json::from_str::<Json>(data.get()) else {
        return;
    };
    let found = erased
        .iter()
        .fold(false, |found, traces| traces.scrub(&mut value) | found);
    if found && let Ok(cleaned) = RawValue::from_string(value.to_string()) {
        *data = cleaned;
    }
}
