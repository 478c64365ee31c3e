//! The users of a database, for whoever runs it: made, given passwords and tokens, read from a file.

mod account;
mod erase;
mod export;
mod file;
mod import;
mod sheet;
mod traces;

pub use account::{Account, AccountError};
pub use erase::Erased;
pub use file::{ImportError, LineError};
pub use import::Imported;
pub use sheet::{Sheet, SheetRow};

pub(crate) use account::ensure;
pub(crate) use erase::{address_of_erased, erase};
pub(crate) use export::export;
pub(crate) use traces::Traces;

use std::{fmt, sync::Arc};

use games_contract::{Map, Resource};
use serde_json::Value as Json;

use crate::{
    Clock, Config, StartError,
    accounts::{Accounts, tokens},
    refusal::Refusal,
    rows::{self, Body, Mode},
    storage::{Connection, Storage},
};

/// The users of a database, without serving it. Somebody else may serve the same database meanwhile: a password that was changed
/// here may then still be taken there for a minute.
pub struct People {
    storage: Storage,
    accounts: Accounts,
}

impl fmt::Debug for People {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("People").finish_non_exhaustive()
    }
}

impl People {
    /// Opens the database of a games API; its address is not used.
    ///
    /// # Errors
    /// [`StartError`] when the file cannot be had.
    pub async fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let system = |what| move |reason| StartError::System { what, reason };
        let time = Arc::clone(&clock);
        let storage = tokio::task::spawn_blocking(move || Storage::beside(&config, time))
            .await
            .map_err(|error| system("a thread")(error.to_string()))??;
        let accounts = Accounts::open(&storage, clock)
            .await
            .map_err(system("a key for tickets"))?;
        Ok(Self { storage, accounts })
    }

    /// Makes a user, unless there is one with this e-mail address, who then keeps names, rights and, unless `reset_password` says
    /// otherwise, their password. The user's id, and true when they are new.
    ///
    /// # Errors
    /// The account is not valid, or cannot be stored.
    pub async fn create_user(&self, account: Account<'_>) -> Result<(u64, bool), AccountError> {
        ensure(&self.storage, &self.accounts, account).await
    }

    /// Gives a user another password. Their tokens end with the old one.
    ///
    /// # Errors
    /// There is no such user, the password is empty, or it cannot be stored.
    pub async fn set_password(&self, email: &str, password: &str) -> Result<(), AccountError> {
        // Nobody waits for a hash that nobody gets.
        self.user(email).await?;
        if password.is_empty() {
            return Err(AccountError::new(email, "an empty password"));
        }
        let hash = self.accounts.passwords.hash(password.to_owned()).await;
        let hash = hash.map_err(|refusal| AccountError::of(email, &refusal))?;
        self.change(email, "password", hash.into()).await
    }

    /// Gives or takes the right to create runs and lead them.
    ///
    /// # Errors
    /// There is no such user, or it cannot be stored.
    pub async fn set_lecturer(&self, email: &str, lecturer: bool) -> Result<(), AccountError> {
        self.change(email, "is_lecturer", lecturer.into()).await
    }

    /// A new token for a user, to be shown as `Authorization: Token …` instead of their password. It is not kept in clear: this
    /// is the only time that it is told.
    ///
    /// # Errors
    /// There is no such user, or it cannot be stored.
    pub async fn create_token(&self, email: &str) -> Result<String, AccountError> {
        let user = self.user(email).await?;
        let token = tokens::generate().map_err(|reason| AccountError::new(email, reason))?;
        let kept = token.clone();
        self.storage
            .writer
            .write(move |write| tokens::add(write, user, &kept).map_err(Refusal::from))
            .await
            .map_err(|refusal| AccountError::of(email, &refusal))?;
        Ok(token)
    }

    /// Makes sure of everybody in a file: a line for each user below one with the names of the columns, `email`, `first_name` and
    /// `last_name`, and perhaps `password` and `external_id`, separated by commas, semicolons or tabs. Users who are there get the
    /// names of the file and keep their password, so that the same file can be read again. All of them or none.
    ///
    /// # Errors
    /// [`ImportError`], with every wrong line.
    pub async fn import(&self, text: &str) -> Result<Imported, ImportError> {
        import::import(&self.storage, &self.accounts, text).await
    }

    /// Everything that is stored about a user, as JSON: their account, run users, runs, worlds and decisions, what they played alone, and
    /// that there are tokens and subscriptions. No secrets.
    ///
    /// # Errors
    /// There is no such user, or it cannot be read.
    pub async fn export(&self, email: &str) -> Result<Json, AccountError> {
        let user = self.user(email).await?;
        let read = move |connection: &mut dyn Connection| export(connection, user);
        let found = self.storage.readers.read(read).await;
        found.map_err(|refusal| AccountError::of(email, &refusal))
    }

    /// Takes a user out of everything that is stored, but for what the class played: address, names, numbers of elsewhere, password,
    /// tokens, tickets, subscriptions and rights go, and texts that name them in the data of their runs, in changes and in answers that
    /// are kept. Done again, it finds what has come since. Copies made before still have them. `None` when nobody has that address.
    ///
    /// # Errors
    /// It cannot be stored.
    pub async fn erase(&self, email: &str) -> Result<Option<Erased>, AccountError> {
        let failed = |refusal: Refusal| AccountError::of(email, &refusal);
        let Some(user) = self.find(email).await? else {
            return Ok(None);
        };
        let erased = self.storage.writer.write(move |write| erase(write, user));
        let erased = erased.await.map_err(failed)?;
        self.accounts.forget(user);
        Ok(Some(erased))
    }

    /// Closes the database.
    pub async fn close(self) {
        self.storage.readers.close().await;
        self.storage.writer.close().await;
    }

    async fn change(&self, email: &str, field: &str, value: Json) -> Result<(), AccountError> {
        let user = self.user(email).await?;
        let body = Body::of(Map::from_iter([(field.to_owned(), value)]));
        self.storage
            .writer
            .write(move |write| rows::update(write, Resource::User, user, Mode::Patch, &body))
            .await
            .map(drop)
            .map_err(|refusal| AccountError::of(email, &refusal))
    }

    async fn user(&self, email: &str) -> Result<i64, AccountError> {
        self.find(email)
            .await?
            .ok_or_else(|| AccountError::new(email, "no user with that e-mail address"))
    }

    async fn find(&self, email: &str) -> Result<Option<i64>, AccountError> {
        let wanted = email.to_owned();
        let find = move |connection: &mut dyn Connection| {
            rows::find_user(connection, &wanted).map_err(Refusal::from)
        };
        let found = self.storage.readers.read(find).await;
        found.map_err(|refusal| AccountError::of(email, &refusal))
    }
}
