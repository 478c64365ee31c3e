//! Users that have to be there before anybody can log in.

use std::fmt;

use games_contract::{Map, Resource};
use serde_json::Value as Json;

use crate::{
    accounts::Accounts,
    refusal::Refusal,
    rows::{self, Body, Mode},
    storage::{Storage, Write},
};

/// A user that somebody wants to be there before anybody can log in.
#[derive(Clone, Copy)]
pub struct Account<'a> {
    /// The e-mail address, which is the login.
    pub email: &'a str,
    /// The password in clear.
    pub password: &'a str,
    /// The first name; may be empty.
    pub first_name: &'a str,
    /// The last name; may be empty.
    pub last_name: &'a str,
    /// May everything.
    pub staff: bool,
    /// Sets the password of a user who is there already.
    pub reset_password: bool,
}

impl fmt::Debug for Account<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("email", &self.email)
            .field("staff", &self.staff)
            .finish_non_exhaustive()
    }
}

/// Why an account could not be made sure of.
#[derive(Debug, thiserror::Error)]
#[error(
    "expected to store the user {email}, got: {reason}: correct the account, or look at the disk"
)]
pub struct AccountError {
    /// Whose account.
    pub email: String,
    /// What stood in the way.
    pub reason: String,
}

impl AccountError {
    pub(super) fn new(email: &str, reason: impl Into<String>) -> Self {
        Self {
            email: email.to_owned(),
            reason: reason.into(),
        }
    }

    pub(super) fn of(email: &str, refusal: &Refusal) -> Self {
        Self::new(email, words(refusal))
    }
}

/// What stood in the way, in one line.
pub(super) fn words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Failed(reason) => reason.clone(),
        Refusal::Invalid(Json::Object(errors)) => {
            let words = |(name, messages): (&String, &Json)| {
                let messages = match messages {
                    Json::Array(messages) => messages.iter().filter_map(Json::as_str).collect(),
                    other => vec![other.as_str().unwrap_or_default()],
                };
                format!("{name}: {}", messages.join(" "))
            };
            errors.iter().map(words).collect::<Vec<_>>().join("; ")
        }
        other => {
            let (_, body) = other.told();
            let detail = body.get("detail").and_then(Json::as_str);
            detail.map_or_else(|| body.to_string(), str::to_owned)
        }
    }
}

/// Makes sure of an account; the user's id, and true when they are new.
pub(crate) async fn ensure(
    storage: &Storage,
    accounts: &Accounts,
    account: Account<'_>,
) -> Result<(u64, bool), AccountError> {
    store(storage, accounts, account)
        .await
        .map_err(|refusal| AccountError::of(account.email, &refusal))
}

async fn store(
    storage: &Storage,
    accounts: &Accounts,
    account: Account<'_>,
) -> Result<(u64, bool), Refusal> {
    let email = account.email.to_owned();
    let found = storage
        .readers
        .read(move |connection| rows::find_user(connection, &email).map_err(Refusal::from))
        .await?;
    // The hash is slow: it is made only when it is needed, and never inside the transaction.
    let mut members = match found {
        Some(pk) if !account.reset_password => return Ok((pk.unsigned_abs(), false)),
        Some(_) => Map::new(),
        None => Map::from_iter([
            ("email".to_owned(), account.email.into()),
            ("first_name".to_owned(), account.first_name.into()),
            ("last_name".to_owned(), account.last_name.into()),
            ("is_staff".to_owned(), account.staff.into()),
        ]),
    };
    let hash = accounts.passwords.hash(account.password.to_owned()).await?;
    members.insert("password".to_owned(), hash.into());
    let body = Body::of(members);
    let row = storage
        .writer
        .write(move |write: &mut Write<'_>| match found {
            Some(pk) => rows::update(write, Resource::User, pk, Mode::Patch, &body),
            None => rows::create(write, Resource::User, 0, &body),
        })
        .await?;
    let id = row.get("id").and_then(Json::as_u64).unwrap_or_default();
    accounts.forget(i64::try_from(id).unwrap_or_default());
    Ok((id, found.is_none()))
}
