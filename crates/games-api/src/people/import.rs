//! Making sure of everybody in a file, all of them or none.

use std::{collections::HashSet, thread::available_parallelism};

use games_contract::{Map, Resource};
use tokio::task::JoinSet;

use super::{
    account::words,
    file::{self, ImportError, Line, LineError},
};
use crate::{
    accounts::{Accounts, Passwords},
    refusal::Refusal,
    rows::{self, Body, Mode},
    storage::{Storage, Write},
};

/// What became of a file of users.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Users who are new.
    pub created: usize,
    /// Users who were there and have other names now.
    pub changed: usize,
    /// Users who were there just so.
    pub unchanged: usize,
    /// New users for whom the file has no password: they cannot log in yet.
    pub without_password: usize,
    /// The names of the columns that were not read.
    pub ignored_columns: Vec<String>,
}

pub(super) async fn import(
    storage: &Storage,
    accounts: &Accounts,
    text: &str,
) -> Result<Imported, ImportError> {
    let store = |refusal: Refusal| ImportError::Store(words(&refusal));
    let (mut lines, ignored_columns) = file::read(text)?;
    let emails: Vec<String> = lines.iter().map(|line| line.email.clone()).collect();
    let known = storage
        .readers
        .read(move |connection| {
            let mut known = HashSet::new();
            for email in emails {
                if rows::find_user(connection, &email)?.is_some() {
                    known.insert(email);
                }
            }
            Ok::<_, Refusal>(known)
        })
        .await
        .map_err(store)?;
    // Slow on purpose, so only for those who are new, and before the transaction.
    hash(&accounts.passwords, &mut lines, &known)
        .await
        .map_err(store)?;
    let outcome = storage
        .writer
        .write(move |write| store_all(write, lines))
        .await;
    match outcome {
        Ok(imported) => Ok(Imported {
            ignored_columns,
            ..imported
        }),
        Err(Wrong::Lines(errors)) => Err(ImportError::Lines(errors)),
        Err(Wrong::Store(refusal)) => Err(store(refusal)),
    }
}

/// Puts a hash in the place of each password that is needed, as many at once as there are cores.
async fn hash(
    passwords: &Passwords,
    lines: &mut [Line],
    known: &HashSet<String>,
) -> Result<(), Refusal> {
    let cores = available_parallelism().map_or(1, usize::from);
    let mut under_way = JoinSet::new();
    let mut hashed = Vec::new();
    for (at, line) in lines.iter_mut().enumerate() {
        let password = line.password.take();
        let Some(password) = password.filter(|_| !known.contains(&line.email)) else {
            continue;
        };
        if under_way.len() == cores {
            hashed.extend(under_way.join_next().await);
        }
        let passwords = passwords.clone();
        under_way.spawn(async move { (at, passwords.hash(password).await) });
    }
    while let Some(done) = under_way.join_next().await {
        hashed.push(done);
    }
    for done in hashed {
        let (at, hash) = done.map_err(|error| Refusal::Failed(error.to_string()))?;
        let hash = hash?;
        lines[at].members.insert("password".to_owned(), hash.into());
    }
    Ok(())
}

/// Why a file is not stored.
#[derive(Debug)]
enum Wrong {
    Lines(Vec<LineError>),
    Store(Refusal),
}

impl<R: Into<Refusal>> From<R> for Wrong {
    fn from(refusal: R) -> Self {
        Self::Store(refusal.into())
    }
}

fn store_all(write: &mut Write<'_>, lines: Vec<Line>) -> Result<Imported, Wrong> {
    let mut imported = Imported::default();
    let mut errors = Vec::new();
    for line in lines {
        let number = line.number;
        match store(write, line, &mut imported) {
            Ok(()) => {}
            Err(refusal @ Refusal::Invalid(_)) => errors.push(LineError {
                line: number,
                reason: words(&refusal),
            }),
            Err(other) => return Err(other.into()),
        }
    }
    if errors.is_empty() {
        return Ok(imported);
    }
    Err(Wrong::Lines(errors))
}

fn store(write: &mut Write<'_>, line: Line, imported: &mut Imported) -> Result<(), Refusal> {
    let mut members = line.members;
    let Some(pk) = rows::find_user(write.connection(), &line.email)? else {
        let has_password = members.contains_key("password");
        rows::create(write, Resource::User, 0, &Body::of(members))?;
        imported.created += 1;
        imported.without_password += usize::from(!has_password);
        return Ok(());
    };
    members.shift_remove("password");
    // However it is written in the file, the address stays as it is.
    members.shift_remove("email");
    let before = rows::read(write.connection(), Resource::User, pk)?;
    if before.is_some_and(|before| holds(&before, &members)) {
        imported.unchanged += 1;
        return Ok(());
    }
    rows::update(write, Resource::User, pk, Mode::Patch, &Body::of(members))?;
    imported.changed += 1;
    Ok(())
}

fn holds(row: &Map, members: &Map) -> bool {
    members
        .iter()
        .all(|(name, value)| row.get(name) == Some(value))
}
