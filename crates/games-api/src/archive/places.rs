//! Where the references of an archive lead in this database.
//!
//! What is outside of the run is found by number where the archive was made here, since a number never stands for two; by slug, name and
//! e-mail address otherwise, or where it has been made anew since.

use std::collections::{HashMap, HashSet};

use games_contract::Resource;

use super::{
    ArchiveError,
    file::Archive,
    header::{Game, Header, Part, Person},
};
use crate::{
    rows::{self, OF_A_RUN},
    storage::{Fault, Value, Write},
};

/// From the primary keys of an archive to those of this database.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// For each resource; one of the run that is not here keeps its numbers.
    maps: HashMap<Resource, HashMap<i64, i64>>,
}

impl Places {
    /// Where a reference leads; nothing when the archive says nothing of it.
    pub(super) fn leads(&self, to: Resource, pk: i64) -> Option<i64> {
        match self.maps.get(&to) {
            Some(map) => map.get(&pk).copied(),
            None => OF_A_RUN.contains(&to).then_some(pk),
        }
    }

    /// Finds what the rows of a run refer to outside of it.
    pub(super) fn find(
        write: &mut Write<'_>,
        archive: &Archive,
        made_here: bool,
    ) -> Result<Self, ArchiveError> {
        let Header {
            games,
            phases,
            roles,
            users,
            ..
        } = &archive.header;
        let mut search = Search {
            write,
            made_here,
            places: Self::default(),
            missing: Vec::new(),
        };
        for Game { id, slug } in games {
            let sql = r#"SELECT "id" FROM "game" WHERE "slug" = $1"#;
            let name = [slug.as_str().into()];
            search.one(Resource::Game, *id, sql, &name, || {
                format!("the game {slug}")
            })?;
        }
        for (resource, parts) in [(Resource::Phase, phases), (Resource::Role, roles)] {
            for Part { id, game, name } in parts {
                let sql = match resource {
                    Resource::Phase => {
                        r#"SELECT "id" FROM "phase" WHERE "game" = $1 AND "name" = $2"#
                    }
                    _ => r#"SELECT "id" FROM "role" WHERE "game" = $1 AND "name" = $2"#,
                };
                let of = search.places.leads(Resource::Game, *game);
                let by_name = [of.into(), name.as_str().into()];
                search.one(resource, *id, sql, &by_name, || {
                    let slug = games.iter().find(|of| of.id == *game);
                    let slug = slug.map_or("?", |game| game.slug.as_str());
                    format!("the {resource} {name} of the game {slug}")
                })?;
            }
        }
        let mut seen = HashSet::new();
        for Person { id, email, .. } in users {
            let sql = r#"SELECT "id" FROM "user" WHERE lower("email") = $1"#;
            let name = [email.to_ascii_lowercase().into()];
            let found = search.one(Resource::User, *id, sql, &name, || {
                format!("the user {email}")
            })?;
            if found.is_some_and(|found| !seen.insert(found)) {
                search.missing.push(format!(
                    "another user {email}, whose address is now that of somebody else in the run"
                ));
            }
        }
        if search.missing.is_empty() {
            return Ok(search.places);
        }
        Err(ArchiveError::Missing {
            file: archive.file.clone(),
            missing: search.missing,
        })
    }

    /// Gives the rows of the run itself their numbers: those that they had where they are free and never were another row's here, new
    /// ones otherwise. True when they keep theirs.
    pub(super) fn number(
        &mut self,
        write: &mut Write<'_>,
        archive: &Archive,
        were_here: bool,
    ) -> Result<bool, Fault> {
        let mut given = HashMap::new();
        let mut all_free = true;
        for (resource, pks) in &archive.pks {
            let last = last_pk(write, *resource)?;
            given.insert(*resource, last);
            all_free &= if were_here {
                let sql = format!(r#"SELECT "id" FROM "{resource}" WHERE "id" IN"#);
                let pks: Vec<Value> = pks.iter().copied().map(Value::Integer).collect();
                write.find_all(&sql, &[], &pks)?.is_empty()
            } else {
                pks.iter().all(|pk| *pk > last)
            };
        }
        for (resource, pks) in &archive.pks {
            let before = given.get(resource).copied().unwrap_or_default();
            let mut last = before;
            if all_free {
                last = pks.iter().copied().fold(last, i64::max);
            } else {
                let mut numbers = pks.clone();
                numbers.sort_unstable();
                let next = numbers.into_iter().map(|pk| {
                    last += 1;
                    (pk, last)
                });
                self.maps.insert(*resource, next.collect());
            }
            if let Some(sql) = write
                .connection()
                .dialect()
                .pks_given
                .filter(|_| last > before)
            {
                write.query(sql, &[resource.name().into(), last.into()])?;
            }
        }
        Ok(all_free)
    }
}

/// The last primary key that a resource was given.
fn last_pk(write: &mut Write<'_>, resource: Resource) -> Result<i64, Fault> {
    let sql = write.connection().dialect().last_pk;
    let found = write.query(sql, &[resource.name().into()])?;
    let last = found.first().and_then(|row| row[0].integer());
    Ok(last.unwrap_or_default())
}

struct Search<'w, 'c> {
    write: &'w mut Write<'c>,
    made_here: bool,
    places: Places,
    /// What was not found, in words.
    missing: Vec<String>,
}

impl Search<'_, '_> {
    /// Looks for one row, and notes where it is or that it is missing.
    fn one(
        &mut self,
        resource: Resource,
        pk: i64,
        sql: &str,
        name: &[Value],
        words: impl Fn() -> String,
    ) -> Result<Option<i64>, Fault> {
        let mut found = None;
        if self.made_here {
            found = self.first(&rows::shape(resource).exists, &[pk.into()])?;
        }
        if found.is_none() {
            found = self.first(sql, name)?;
        }
        match found {
            Some(here) => {
                let map = self.places.maps.entry(resource).or_default();
                map.insert(pk, here);
            }
            None => self.missing.push(words()),
        }
        Ok(found)
    }

    fn first(&mut self, sql: &str, params: &[Value]) -> Result<Option<i64>, Fault> {
        let found = self.write.query(sql, params)?;
        Ok(found.first().and_then(|row| row[0].integer()))
    }
}
