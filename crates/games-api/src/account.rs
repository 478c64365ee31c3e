//! Users that have to be there before anybody can log in.

use std::fmt;

use games_contract::Resource;
use serde_json::{Value as Json, json};

use crate::{
    refusal::Refusal,
    rest::Api,
    rows::{self, Body, Mode},
    storage::Write,
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

pub(crate) async fn ensure(api: &Api, account: Account<'_>) -> Result<u64, AccountError> {
    store(api, account).await.map_err(|refusal| AccountError {
        email: account.email.to_owned(),
        reason: match refusal {
            Refusal::Invalid(body) => body.to_string(),
            Refusal::Failed(reason) => reason,
            other => format!("{other:?}"),
        },
    })
}

async fn store(api: &Api, account: Account<'_>) -> Result<u64, Refusal> {
    // As the index folds it: databases differ in what they do with other letters.
    let email = account.email.to_ascii_lowercase();
    let found = api
        .storage
        .readers
        .read(move |connection| {
            let sql = r#"SELECT "id" FROM "user" WHERE lower("email") = $1"#;
            let rows = connection.query(sql, &[email.into()])?;
            Ok::<_, Refusal>(rows.first().and_then(|row| row[0].integer()))
        })
        .await?;
    // The hash is slow: it is made only when it is needed, and never inside the transaction.
    let (existing, body) = match found {
        Some(pk) if !account.reset_password => return Ok(pk.unsigned_abs()),
        Some(pk) => (Some(pk), json!({})),
        None => (
            None,
            json!({
                "email": account.email,
                "first_name": account.first_name,
                "last_name": account.last_name,
                "is_staff": account.staff,
            }),
        ),
    };
    let hash = api
        .accounts
        .passwords
        .hash(account.password.to_owned())
        .await?;
    let Json::Object(mut members) = body else {
        unreachable!("made as an object above");
    };
    members.insert("password".to_owned(), hash.into());
    let body = Body::of(members);
    let row = api
        .storage
        .writer
        .write(move |write: &mut Write<'_>| match existing {
            Some(pk) => rows::update(write, Resource::User, pk, Mode::Patch, &body),
            None => rows::create(write, Resource::User, 0, &body),
        })
        .await?;
    let id = row.get("id").and_then(Json::as_u64).unwrap_or_default();
    api.accounts.forget(i64::try_from(id).unwrap_or_default());
    Ok(id)
}
