//! The file: JSON lines. The first says what it is ([`Header`]), then comes a line for each row as REST shows it, parents before
//! children, then one for each record, and the last one has the number of both and the SHA-256 of every byte before it.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Read, Write as _},
    path::{Path, PathBuf},
};

use games_contract::{Map, Resource};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    ArchiveError,
    header::{Header, KIND},
    records::Record,
};
use crate::{
    new_file,
    rows::{Members, Shown},
};

/// The longest line that is read; no row comes near it.
const LINE: u64 = 64 * 1024 * 1024;

/// The line of a row, or of a record.
#[derive(Deserialize)]
struct Line {
    resource: Option<Resource>,
    row: Option<Members>,
    record: Option<Record>,
    kept: Option<Map>,
}

/// The last line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seal {
    rows: usize,
    sha256: String,
}

/// A new archive, under the name of a part until it is whole. One that is dropped before leaves nothing.
#[derive(Debug)]
pub(super) struct Draft {
    file: PathBuf,
    part: PathBuf,
    out: BufWriter<File>,
    digest: Sha256,
    rows: usize,
    records: usize,
    is_whole: bool,
}

impl Draft {
    /// Begins one where nothing is.
    pub(super) fn begin(file: &Path, header: &Header) -> Result<Self, ArchiveError> {
        let failed = |reason: String| ArchiveError::unwritable(file, &reason);
        if file.exists() {
            return Err(failed("a file that is there already".to_owned()));
        }
        let part = new_file::part_of(file);
        let out = File::options().write(true).create_new(true).open(&part);
        let out = out.map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => failed(format!(
                "{}, which an archive leaves that is being made, or was cut short: remove it if it is old",
                part.display()
            )),
            _ => failed(error.to_string()),
        })?;
        let mut draft = Self {
            file: file.to_owned(),
            part,
            out: BufWriter::new(out),
            digest: Sha256::new(),
            rows: 0,
            records: 0,
            is_whole: false,
        };
        let header = serde_json::to_string(header).map_err(|error| failed(error.to_string()))?;
        draft.line(&header)?;
        Ok(draft)
    }

    /// Adds a row.
    pub(super) fn add(&mut self, resource: Resource, row: &Shown) -> Result<(), ArchiveError> {
        self.rows += 1;
        let line = format!(r#"{{"resource":"{resource}","row":{}}}"#, row.json);
        self.line(&line)
    }

    /// Adds a record.
    pub(super) fn add_record(&mut self, record: Record, kept: &Map) -> Result<(), ArchiveError> {
        self.records += 1;
        let line = json!({"record": record, "kept": kept});
        self.line(&line.to_string())
    }

    /// Ends it, reads it once more, and gives it its name; the number of its rows.
    pub(super) fn finish(mut self) -> Result<usize, ArchiveError> {
        let seal = Seal {
            rows: self.rows + self.records,
            sha256: hexadecimal(&self.digest.finalize_reset()),
        };
        let failed = |error: std::io::Error| ArchiveError::unwritable(&self.file, &error);
        let line = serde_json::to_string(&seal).map_err(|error| failed(error.into()))?;
        writeln!(self.out, "{line}")
            .and_then(|()| self.out.flush())
            .map_err(failed)?;
        Archive::open(&self.part, i64::MAX)?;
        new_file::settle(&self.part, &self.file).map_err(failed)?;
        self.is_whole = true;
        Ok(self.rows)
    }

    fn line(&mut self, line: &str) -> Result<(), ArchiveError> {
        self.digest.update(line.as_bytes());
        self.digest.update(b"\n");
        writeln!(self.out, "{line}").map_err(|error| ArchiveError::unwritable(&self.file, &error))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_whole {
            // What cannot be removed has the name of a part, and is told of by the next attempt.
            let _ = fs::remove_file(&self.part);
        }
    }
}

/// An archive that is whole.
#[derive(Debug)]
pub(super) struct Archive {
    pub(super) file: PathBuf,
    pub(super) header: Header,
    pub(super) rows: usize,
    lines: usize,
    /// The primary keys of its rows.
    pub(super) pks: HashMap<Resource, Vec<i64>>,
}

impl Archive {
    /// Reads a file through, and takes it only if every byte is as it was written, by a program whose tables are at most at version
    /// `schema`.
    pub(super) fn open(file: &Path, schema: i64) -> Result<Self, ArchiveError> {
        let damaged = |reason: &str| ArchiveError::unreadable(file, &reason);
        let mut lines = Lines::open(file)?;
        let mut digest = Sha256::new();
        let Some(mut line) = lines.next()? else {
            return Err(damaged("an empty file"));
        };
        let header = line.clone();
        let mut count = 0;
        while let Some(next) = lines.next()? {
            digest.update(line.as_bytes());
            line = next;
            count += 1;
        }
        let Ok(seal) = serde_json::from_str::<Seal>(&line) else {
            return Err(damaged("one that was cut short: its last line is missing"));
        };
        if seal.sha256 != hexadecimal(&digest.finalize()) || !line.ends_with('\n') {
            return Err(damaged("one whose content has changed since"));
        }
        if seal.rows + 1 != count {
            return Err(damaged("one with another number of rows than it says"));
        }
        // What a newer program writes may be read no further than this.
        let known: Version = serde_json::from_str(&header)
            .map_err(|error| ArchiveError::unreadable(file, &error))?;
        if known.archive != KIND {
            return Err(damaged("a file of another kind"));
        }
        if known.schema > schema {
            return Err(ArchiveError::Newer {
                file: file.to_owned(),
                found: known.schema,
                known: schema,
            });
        }
        let header = serde_json::from_str(&header)
            .map_err(|error| ArchiveError::unreadable(file, &error))?;
        let mut archive = Self {
            file: file.to_owned(),
            header,
            rows: 0,
            lines: seal.rows,
            pks: HashMap::new(),
        };
        let mut pks: HashMap<Resource, Vec<i64>> = HashMap::new();
        archive.each(|resource, row| {
            let pk = row.get("id").and_then(|pk| pk.get().parse().ok());
            let pk = pk.ok_or_else(|| damaged("a row without a primary key"))?;
            pks.entry(resource).or_default().push(pk);
            Ok(())
        })?;
        archive.rows = pks.values().map(Vec::len).sum();
        archive.pks = pks;
        Ok(archive)
    }

    /// Does something with each row.
    pub(super) fn each(
        &self,
        mut work: impl FnMut(Resource, Members) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        self.each_line(|line| match (line.resource, line.row, line.record) {
            (Some(resource), Some(row), _) => work(resource, row),
            (.., Some(_)) => Ok(()),
            _ => Err(ArchiveError::unreadable(
                &self.file,
                &"a line that is neither a row nor a record",
            )),
        })
    }

    /// Does something with each record.
    pub(super) fn each_record<E>(
        &self,
        mut work: impl FnMut(Record, Map) -> Result<(), E>,
    ) -> Result<(), ArchiveError>
    where
        ArchiveError: From<E>,
    {
        self.each_line(|line| match line.record.zip(line.kept) {
            Some((record, kept)) => Ok(work(record, kept)?),
            None => Ok(()),
        })
    }

    fn each_line(
        &self,
        mut work: impl FnMut(Line) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let mut lines = Lines::open(&self.file)?;
        lines.next()?;
        for _ in 0..self.lines {
            let line = lines.next()?.unwrap_or_default();
            let line = serde_json::from_str(&line)
                .map_err(|error| ArchiveError::unreadable(&self.file, &error))?;
            work(line)?;
        }
        Ok(())
    }
}

/// The part of the first line that never changes.
#[derive(Deserialize)]
struct Version {
    archive: String,
    schema: i64,
}

/// The lines of a file, with their ends.
struct Lines<'a> {
    file: &'a Path,
    input: BufReader<File>,
}

impl<'a> Lines<'a> {
    fn open(file: &'a Path) -> Result<Self, ArchiveError> {
        let input = File::open(file).map_err(|error| ArchiveError::unreadable(file, &error))?;
        let input = BufReader::new(input);
        Ok(Self { file, input })
    }

    fn next(&mut self) -> Result<Option<String>, ArchiveError> {
        let mut line = String::new();
        let mut limited = self.input.by_ref().take(LINE);
        match limited.read_line(&mut line) {
            Ok(0) => Ok(None),
            Ok(_) if limited.limit() == 0 => Err(ArchiveError::unreadable(
                self.file,
                &"a line that is too long for a row",
            )),
            Ok(_) => Ok(Some(line)),
            Err(error) => Err(ArchiveError::unreadable(self.file, &error)),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(schema: i64) -> Header {
        Header {
            archive: KIND.to_owned(),
            schema,
            id: "a".to_owned(),
            at: String::new(),
            run: 5,
            name: "default".to_owned(),
            created: String::new(),
            game: 1,
            games: Vec::new(),
            phases: Vec::new(),
            roles: Vec::new(),
            users: Vec::new(),
        }
    }

    fn written(file: &Path, schema: i64) {
        let mut draft = Draft::begin(file, &header(schema)).unwrap();
        for pk in [5, 6] {
            let json = format!(r#"{{"id":{pk},"name":"a","data":{{"n":1.50}}}}"#);
            draft.add(Resource::Run, &Shown { pk, json }).unwrap();
        }
        assert_eq!(draft.finish().unwrap(), 2);
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jsonl");
        written(&file, 4);
        let archive = Archive::open(&file, 4).unwrap();
        assert_eq!(archive.pks[&Resource::Run], [5, 6]);
        let newer = Archive::open(&file, 3).unwrap_err().to_string();
        assert!(newer.contains("version 3 or older, got 4"), "{newer}");
        let whole = fs::read(&file).unwrap();
        let damaged = folder.path().join("b.jsonl");
        for cut in [0, 1, whole.len() / 2, whole.len() - 40, whole.len() - 1] {
            fs::write(&damaged, &whole[..cut]).unwrap();
            assert!(Archive::open(&damaged, 4).is_err(), "cut at {cut}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&damaged, &changed).unwrap();
            assert!(Archive::open(&damaged, 4).is_err(), "changed at {at}");
        }
        let text = String::from_utf8(whole).unwrap();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        lines.remove(1);
        fs::write(&damaged, lines.concat()).unwrap();
        assert!(Archive::open(&damaged, 4).is_err(), "without a line");
    }

    #[test]
    fn a_draft_that_is_dropped_leaves_nothing_and_a_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.jsonl");
        drop(Draft::begin(&file, &header(4)).unwrap());
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        written(&file, 4);
        let before = fs::read(&file).unwrap();
        let told = Draft::begin(&file, &header(4)).unwrap_err().to_string();
        assert!(told.contains("there already"), "{told}");
        assert_eq!(fs::read(&file).unwrap(), before);
        let other = folder.path().join("b.jsonl");
        fs::write(new_file::part_of(&other), "half").unwrap();
        let told = Draft::begin(&other, &header(4)).unwrap_err().to_string();
        assert!(told.contains("b.jsonl.part"), "{told}");
    }
}
